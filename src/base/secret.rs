//! Secrets that cannot be printed, and the tokens that open doors (I1, I2, R1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::seal::SealKey;

/// What a token opens; told by its first four letters, by which secret scanners know it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `dgs_`: SCIM, until it is revoked (I1).
    Provisioning,
    /// `dga_`: SCIM, for as long as the client that asked for it may have it (I2).
    Access,
    /// `dgc_`: no door by itself; a client asks for access tokens with it (I2).
    ClientSecret,
}

impl TokenKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Provisioning, Self::Access, Self::ClientSecret];

    /// What every token of the kind begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Provisioning => "dgs_",
            Self::Access => "dga_",
            Self::ClientSecret => "dgc_",
        }
    }
}

const TOKEN_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;

/// A token in clear: its kind, then 256 random bits and a checksum in URL-safe base 64.
///
/// The checksum is a keyed one. It catches a typing error, as any would, and it tells what was made under this key from
/// what anybody could make up: who guesses is known as such without a look into the database, and what is looked up was
/// given to somebody once.
///
/// It exists twice: when it is made and shown, and while a request carries it. It has no `Display`, and its `Debug`
/// says nothing.
#[derive(Debug)]
pub struct Token {
    kind: TokenKind,
    text: SecretString,
}

impl Token {
    /// Makes a token from the system's random source.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub fn generate(kind: TokenKind, key: &HashKey) -> Result<Self, getrandom::Error> {
        let mut body = Zeroizing::new([0u8; TOKEN_BYTES + CHECKSUM_BYTES]);
        let (random, checksum) = body.split_at_mut(TOKEN_BYTES);
        getrandom::fill(random)?;
        checksum.copy_from_slice(&key.checksum(kind, random));
        let text = format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(body.as_ref()));
        Ok(Self { kind, text: text.into() })
    }

    /// Reads a token that somebody sent. `None` for anything that was not made under this key: wrong prefix, length or
    /// checksum; such a credential needs no look-up.
    #[must_use]
    pub fn parse(text: &str, key: &HashKey) -> Option<Self> {
        let by_prefix = |kind: TokenKind| Some((kind, text.strip_prefix(kind.prefix())?));
        let (kind, encoded) = TokenKind::ALL.into_iter().find_map(by_prefix)?;
        let mut body = Zeroizing::new([0u8; TOKEN_BYTES + CHECKSUM_BYTES]);
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, body.as_mut()).ok()?;
        let (random, checksum) = body.get(..length)?.split_at_checked(TOKEN_BYTES)?;
        let right = bool::from(key.checksum(kind, random).as_slice().ct_eq(checksum));
        right.then(|| Self { kind, text: text.to_owned().into() })
    }

    /// What it opens.
    #[must_use]
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Hands out the clear text: to show it once, never to keep it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }
}

/// The key under which tokens are made and hashed, and from which others are made; without it a stolen table of hashes
/// cannot even be tried.
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
        self.mac(&[token.reveal().as_bytes()])
    }

    /// By what the key is known again; nobody gets from it to the key.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.mac(&[b"fingerprint"])
    }

    /// A key for something else than tokens, of which each `purpose` has its own. None tells anything of this one.
    #[must_use]
    pub fn derive(&self, purpose: &'static str) -> SealKey {
        SealKey::new(&Zeroizing::new(self.mac(&[purpose.as_bytes()])))
    }

    fn checksum(&self, kind: TokenKind, random: &[u8]) -> [u8; CHECKSUM_BYTES] {
        let [a, b, c, d, ..] = self.mac(&[b"checksum ", kind.prefix().as_bytes(), random]);
        [a, b, c, d]
    }

    /// No two uses take the same text: a token's begins with its prefix.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        parts.iter().for_each(|part| mac.update(part));
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
    use super::{HashKey, Token, TokenKind};

    #[test]
    fn i1_a_token_carries_256_bits_and_a_checksum_that_catches_a_typing_error() {
        let key = HashKey::new([1; 32]);
        let token = Token::generate(TokenKind::Provisioning, &key).unwrap();
        let text = token.reveal().to_owned();
        assert!(text.starts_with("dgs_"));
        assert_eq!(text.len(), "dgs_".len() + 48);
        assert!(Token::parse(&text, &key).is_some());
        let last = if text.ends_with('A') { "B" } else { "A" };
        assert!(Token::parse(&format!("{}{last}", &text[..text.len() - 1]), &key).is_none());
        for wrong in ["", "dgs_", "Bearer x", "dgs_AAAA", &text[1..], &format!("{text}A"), &format!("{text}AAAA")] {
            assert!(Token::parse(wrong, &key).is_none(), "{wrong}");
        }
    }

    #[test]
    fn i1_what_was_made_under_another_key_is_no_token() {
        let (key, other) = (HashKey::new([1; 32]), HashKey::new([2; 32]));
        let token = Token::generate(TokenKind::Provisioning, &other).unwrap();
        assert!(Token::parse(token.reveal(), &other).is_some());
        assert!(Token::parse(token.reveal(), &key).is_none());
        assert_eq!(key.fingerprint(), HashKey::new([1; 32]).fingerprint());
        assert_ne!(key.fingerprint(), other.fingerprint());
    }

    #[test]
    fn i2_the_kinds_of_tokens_cannot_be_taken_for_one_another() {
        let key = HashKey::new([1; 32]);
        for kind in TokenKind::ALL {
            let token = Token::generate(kind, &key).unwrap();
            assert_eq!(Token::parse(token.reveal(), &key).unwrap().kind(), kind);
            for other in TokenKind::ALL.into_iter().filter(|other| *other != kind) {
                let disguised = token.reveal().replacen(kind.prefix(), other.prefix(), 1);
                assert!(Token::parse(&disguised, &key).is_none());
            }
        }
    }

    #[test]
    fn r1_neither_token_nor_key_can_be_printed() {
        let key = HashKey::new([7; 32]);
        let token = Token::generate(TokenKind::Provisioning, &key).unwrap();
        let clear = token.reveal().to_owned();
        assert!(!format!("{token:?}").contains(&clear[8..]));
        assert_eq!(format!("{key:?}"), "HashKey(..)");
    }

    #[test]
    fn hashes_depend_on_token_and_key() {
        let (key, other) = (HashKey::new([1; 32]), HashKey::new([2; 32]));
        let [one, two] = [(); 2].map(|()| Token::generate(TokenKind::Provisioning, &key).unwrap());
        assert_eq!(key.hash(&one), key.hash(&one));
        assert_ne!(key.hash(&one), key.hash(&two));
        assert_ne!(key.hash(&one), other.hash(&one));
    }
}
