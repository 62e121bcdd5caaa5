//! Secrets that cannot be printed, and the provisioning token (I1, R1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Every provisioning token begins so: secret scanners know it by that.
pub const TOKEN_PREFIX: &str = "dgs_";
const TOKEN_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;

/// A provisioning token in clear: `dgs_`, then 256 random bits and a checksum in URL-safe base 64.
///
/// It exists twice: when it is made and shown, and while a request carries it. It has no `Display`, and its `Debug`
/// says nothing.
#[derive(Debug)]
pub struct Token(SecretString);

impl Token {
    /// Makes a token from the system's random source.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut random = Zeroizing::new([0u8; TOKEN_BYTES]);
        getrandom::fill(random.as_mut())?;
        let mut body = Zeroizing::new([0u8; TOKEN_BYTES + CHECKSUM_BYTES]);
        let (secret, checksum) = body.split_at_mut(TOKEN_BYTES);
        secret.copy_from_slice(random.as_ref());
        checksum.copy_from_slice(&crc32fast::hash(random.as_ref()).to_be_bytes());
        Ok(Self(format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(body.as_ref())).into()))
    }

    /// Reads a token that somebody sent. `None` for anything that this daemon cannot have made: wrong prefix, length
    /// or checksum; such a credential needs no look-up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(TOKEN_PREFIX)?;
        let mut body = Zeroizing::new([0u8; TOKEN_BYTES + CHECKSUM_BYTES]);
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, body.as_mut()).ok()?;
        let (random, checksum) = body.get(..length)?.split_at_checked(TOKEN_BYTES)?;
        (crc32fast::hash(random).to_be_bytes() == *checksum).then(|| Self(text.to_owned().into()))
    }

    /// Hands out the clear text: to show it once, never to keep it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The key under which tokens are hashed; without it a stolen table of hashes cannot even be tried.
pub struct HashKey(SecretBox<[u8; 32]>);

impl HashKey {
    /// Takes 32 bytes; the caller's copy should be zeroed.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// HMAC-SHA-256 of the token: what the database keeps and looks up by.
    #[must_use]
    pub fn hash(&self, token: &Token) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        mac.update(token.reveal().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{HashKey, TOKEN_PREFIX, Token};

    #[test]
    fn i1_a_token_carries_256_bits_and_a_checksum_that_catches_a_typing_error() {
        let token = Token::generate().unwrap();
        let text = token.reveal().to_owned();
        assert!(text.starts_with(TOKEN_PREFIX));
        assert_eq!(text.len(), TOKEN_PREFIX.len() + 48);
        assert!(Token::parse(&text).is_some());
        let last = if text.ends_with('A') { "B" } else { "A" };
        assert!(Token::parse(&format!("{}{last}", &text[..text.len() - 1])).is_none());
        for wrong in ["", "dgs_", "Bearer x", "dgs_AAAA", &text[1..], &format!("{text}A"), &format!("{text}AAAA")] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn r1_neither_token_nor_key_can_be_printed() {
        let token = Token::generate().unwrap();
        let clear = token.reveal().to_owned();
        assert!(!format!("{token:?}").contains(&clear[8..]));
        assert_eq!(format!("{:?}", HashKey::new([7; 32])), "HashKey(..)");
    }

    #[test]
    fn hashes_depend_on_token_and_key() {
        let (one, two) = (Token::generate().unwrap(), Token::generate().unwrap());
        let (key, other) = (HashKey::new([1; 32]), HashKey::new([2; 32]));
        assert_eq!(key.hash(&one), key.hash(&one));
        assert_ne!(key.hash(&one), key.hash(&two));
        assert_ne!(key.hash(&one), other.hash(&one));
    }
}
