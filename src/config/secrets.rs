//! `[secrets]`: the key that protects what the database holds (S4).

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::key::{Audience, Key, Shape};
use super::reader::Reader;
use crate::base::secret::HashKey;

/// `secrets.key_file`
pub const KEY_FILE: Key = Key {
    name: "secrets.key_file",
    variable: "DESKGATE_KEY_FILE",
    flag: "key-file",
    placeholder: "FILE",
    shape: Shape::Text,
    default: "none: the key lives in the database",
    help: "A file with the 32-byte key under which tokens are hashed, in hex or base64, mode 0400 or 0600",
    audience: Audience::Everyone,
};

/// The section.
pub const KEYS: &[Key] = &[KEY_FILE];

const KEY_BYTES: usize = 32;
/// Far more than any way to write 32 bytes: a file that is longer is the wrong file.
const MAX_FILE: u64 = 1024;

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The file; `None`: the database keeps a key of its own.
    pub key_file: Option<PathBuf>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let show = |path: &PathBuf| path.display().to_string();
        Self { key_file: reader.read_optional(&KEY_FILE, |text| Ok(PathBuf::from(text)), show) }
    }

    /// Reads the key file, if there is one.
    ///
    /// # Errors
    ///
    /// See [`KeyFileError`].
    pub fn key(&self) -> Result<Option<HashKey>, KeyFileError> {
        self.key_file.as_deref().map(read_key).transpose()
    }
}

/// Why the key file is of no use. Nothing of its content is told.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("the key file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is a directory, a device, a pipe.
    #[error("the key file {} is no regular file", .0.display())]
    NoFile(PathBuf),
    /// Others could read or change it.
    #[error("the key file {} has mode {mode:04o}, but only 0400 and 0600 keep the key from others", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It does not hold 32 bytes in hex or base64.
    #[error("the key file {} does not hold {KEY_BYTES} bytes in hex or base64", .0.display())]
    Content(PathBuf),
}

impl KeyFileError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Unreadable { .. } | Self::NoFile(_) => {
                "Name a file that the daemon's user can read, or leave secrets.key_file out.".to_owned()
            }
            Self::Mode { path, .. } => format!("Run: chmod 0400 {}", path.display()),
            Self::Content(path) => {
                format!("Make a key with: (umask 077; openssl rand -hex 32 > {})", path.display())
            }
        }
    }
}

fn read_key(path: &Path) -> Result<HashKey, KeyFileError> {
    let unreadable = |source| KeyFileError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    // Asked of the open file, not of the path: what is checked is what is read.
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(KeyFileError::NoFile(path.to_owned()));
    }
    let mode = about.permissions().mode() & 0o7777;
    if !matches!(mode, 0o400 | 0o600) {
        return Err(KeyFileError::Mode { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_FILE).read_to_string(&mut text).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => KeyFileError::Content(path.to_owned()),
        _ => unreadable(error),
    })?;
    decode(text.trim()).map(|key| HashKey::new(*key)).ok_or_else(|| KeyFileError::Content(path.to_owned()))
}

fn decode(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    // 64 hex digits are base64 too, but of 48 bytes: the length tells which it is.
    let bytes = if text.len() == 2 * KEY_BYTES {
        hex(text)?
    } else {
        let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
        Zeroizing::new(engines.into_iter().find_map(|engine| engine.decode(text).ok())?)
    };
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if bytes.len() != KEY_BYTES {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(key)
}

fn hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.as_bytes().chunks_exact(2) {
        let digits = std::str::from_utf8(pair).ok()?;
        // `from_str_radix` would also take a sign.
        if !pair.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::{KeyFileError, Secrets};

    struct KeyFile {
        _directory: tempfile::TempDir,
        secrets: Secrets,
        path: PathBuf,
    }

    fn key_file(content: &str, mode: u32) -> KeyFile {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        KeyFile { _directory: directory, secrets: Secrets { key_file: Some(path.clone()) }, path }
    }

    const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\n";
    const BASE64: &str = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";

    #[test]
    fn s4_a_key_file_with_any_other_mode_than_0400_and_0600_is_refused() {
        for mode in [0o400, 0o600] {
            assert!(key_file(HEX, mode).secrets.key().unwrap().is_some());
        }
        for mode in [0o640, 0o644, 0o660, 0o440, 0o700, 0o500, 0o604, 0o4600] {
            let file = key_file(HEX, mode);
            let error = file.secrets.key().unwrap_err();
            assert!(matches!(error, KeyFileError::Mode { mode: told, .. } if told == mode), "{error}");
            assert!(error.to_string().contains(&format!("mode {mode:04o}")));
            assert_eq!(error.advice(), format!("Run: chmod 0400 {}", file.path.display()));
        }
    }

    #[test]
    fn keys_are_read_in_hex_and_in_every_base64() {
        let hash = |text| key_file(text, 0o400).secrets.key().unwrap().unwrap().fingerprint();
        let expected = hash(HEX);
        for text in [
            BASE64,
            BASE64.trim_end_matches('='),
            &BASE64.replace('/', "_"),
            "  ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8\n",
        ] {
            assert_eq!(hash(text), expected, "{text}");
        }
    }

    #[test]
    fn a_file_without_a_key_is_refused_and_not_quoted() {
        for text in ["", "geheim", &HEX[2..], &"+1".repeat(32), &"é".repeat(32), &"A".repeat(5000)] {
            let error = key_file(text, 0o400).secrets.key().unwrap_err();
            assert!(matches!(error, KeyFileError::Content(_)), "{error}");
            assert!(!error.to_string().contains("geheim"));
        }
        assert!(Secrets { key_file: None }.key().unwrap().is_none());
        let missing = Secrets { key_file: Some("/nowhere/key".into()) };
        assert!(matches!(missing.key(), Err(KeyFileError::Unreadable { .. })));
        let directory = tempfile::tempdir().unwrap();
        let no_file = Secrets { key_file: Some(directory.path().to_owned()) };
        assert!(matches!(no_file.key(), Err(KeyFileError::NoFile(_))));
    }
}
