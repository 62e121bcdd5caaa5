//! Devices: the SIP accounts with which telephones register, and their secrets (S2).

use md5::Md5;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::json::shortened;
use crate::base::random;

/// The fewest characters of a SIP user name.
pub const MIN_NAME: usize = 3;
/// The most characters of a SIP user name.
pub const MAX_NAME: usize = 32;
/// Characters of a generated name, 60 random bits: none is made twice, and none is guessed.
const GENERATED: usize = 12;
/// Characters of a secret, 130 random bits.
const SECRET: usize = 26;

/// Why a text is no SIP user name or domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SipError {
    /// Not a user name.
    #[error(
        "{0:?} is no SIP user name: write {MIN_NAME} to {MAX_NAME} small letters, digits, points, hyphens and underscores, beginning with a letter or digit"
    )]
    Name(String),
    /// Not a domain.
    #[error("{0:?} is no SIP domain: write a host name like pbx.example.com")]
    Domain(String),
}

/// The user name of a SIP account: `[a-z0-9][a-z0-9._-]{2,31}`, compared exactly and never given to another device.
///
/// It is no e-mail address: the hashes of the secret hold it, so a telephone would fall silent when its owner marries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct SipName(String);

impl SipName {
    /// Takes a name as an administrator gives it; blanks at its ends fall away, and nothing else is mended.
    ///
    /// # Errors
    ///
    /// What a name may consist of.
    pub fn parse(text: &str) -> Result<Self, SipError> {
        let text = text.trim();
        let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let well_formed = (MIN_NAME..=MAX_NAME).contains(&text.len())
            && text.bytes().next().is_some_and(is_first)
            && text.bytes().all(|byte| is_first(byte) || matches!(byte, b'.' | b'_' | b'-'));
        if well_formed { Ok(Self(text.to_owned())) } else { Err(SipError::Name(shortened(text).to_owned())) }
    }

    /// Makes one from the system's random source.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        random::readable(GENERATED).map(|text| Self(text.to_string()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SipName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for SipName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The domain of a telephone system, which is the realm of its SIP accounts, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipDomain(String);

impl SipDomain {
    /// Takes a host name in any case.
    ///
    /// # Errors
    ///
    /// What is no host name (RFC 1123, section 2.1).
    pub fn parse(text: &str) -> Result<Self, SipError> {
        let domain = text.trim().to_ascii_lowercase();
        if is_host(&domain) { Ok(Self(domain)) } else { Err(SipError::Domain(shortened(text).to_owned())) }
    }

    /// The text, in small letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether it is a host name: labels of letters, digits and hyphens.
pub(super) fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// The secret of a SIP account in clear: 26 characters, 130 random bits. It exists once, to be shown (S2).
///
/// No `Display`, and `Debug` says nothing.
pub struct SipSecret(SecretString);

impl SipSecret {
    /// Makes one from the system's random source; nobody chooses it.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        random::readable(SECRET).map(|text| Self(text.as_str().into()))
    }

    /// Hands out the clear text: to show it once, never to keep it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept instead of it.
    #[must_use]
    pub fn digests(&self, name: &SipName, domain: &SipDomain) -> SipDigests {
        SipDigests::of(name.as_str(), domain.as_str(), self.reveal())
    }
}

impl std::fmt::Debug for SipSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SipSecret(..)")
    }
}

/// The hashes with which a SIP proxy checks a digest login, in small hexadecimal letters. Each is as good as the secret:
/// whoever has it can phone. So they have no `Display`, no `Debug` and no `Serialize`.
pub struct SipDigests {
    ha1: SecretString,
    ha1b: SecretString,
    ha1_sha256: SecretString,
}

impl SipDigests {
    /// MD5 of `name:realm:secret` (RFC 2617, section 3.2.2.2).
    #[must_use]
    pub fn ha1(&self) -> &str {
        self.ha1.expose_secret()
    }

    /// MD5 of `name@domain:realm:secret`, for telephones that send their whole address as user name.
    #[must_use]
    pub fn ha1b(&self) -> &str {
        self.ha1b.expose_secret()
    }

    /// SHA-256 of `name:realm:secret` (RFC 8760).
    #[must_use]
    pub fn ha1_sha256(&self) -> &str {
        self.ha1_sha256.expose_secret()
    }

    fn of(name: &str, domain: &str, secret: &str) -> Self {
        Self {
            ha1: digest::<Md5>(&[name, ":", domain, ":", secret]),
            ha1b: digest::<Md5>(&[name, "@", domain, ":", domain, ":", secret]),
            ha1_sha256: digest::<Sha256>(&[name, ":", domain, ":", secret]),
        }
    }
}

impl std::fmt::Debug for SipDigests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SipDigests(..)")
    }
}

fn digest<D: Digest>(parts: &[&str]) -> SecretString {
    let mut hash = D::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    let mut hex = Zeroizing::new(String::with_capacity(64));
    for byte in hash.finalize() {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    hex.as_str().into()
}

#[cfg(test)]
mod tests {
    use super::{SipDigests, SipDomain, SipName, SipSecret};

    #[test]
    fn sip_user_names_are_small_plain_and_bounded() {
        for right in ["abc", "201", "ada.lovelace-1_2", "a--", &"x".repeat(32)] {
            assert_eq!(SipName::parse(right).unwrap().as_str(), right);
        }
        for wrong in ["", "ab", &"x".repeat(33), "Ada", ".ada", "-ada", "ada@x", "a da", "ädam", "ada'", "ada:1"] {
            let error = SipName::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("is no SIP user name: write 3 to 32 small letters"), "{error}");
        }
        let generated = SipName::generate().unwrap();
        assert_eq!(SipName::parse(generated.as_str()), Ok(generated.clone()));
        assert_ne!(generated, SipName::generate().unwrap());
    }

    #[test]
    fn sip_domains_are_host_names_in_small_letters() {
        assert_eq!(SipDomain::parse("PBX.Example.com").unwrap().as_str(), "pbx.example.com");
        for wrong in ["", "a:b", "a..b", "-a.b", "a_b.c", "example.com.", "ä.de"] {
            assert!(SipDomain::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn s2_secrets_are_random_and_long_and_cannot_be_printed() {
        let secret = SipSecret::generate().unwrap();
        assert_eq!(secret.reveal().len(), 26);
        assert_ne!(secret.reveal(), SipSecret::generate().unwrap().reveal());
        assert_eq!(format!("{secret:?}"), "SipSecret(..)");
        let name = SipName::parse("ada").unwrap();
        let digests = secret.digests(&name, &SipDomain::parse("pbx.example.com").unwrap());
        assert_eq!(format!("{digests:?}"), "SipDigests(..)");
        assert_eq!((digests.ha1().len(), digests.ha1b().len(), digests.ha1_sha256().len()), (32, 32, 64));
    }

    #[test]
    fn digests_are_those_of_the_rfcs() {
        // RFC 2617, section 3.5, and RFC 7616, section 3.9.1: user, realm and password of the examples.
        let digests = SipDigests::of("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(digests.ha1(), "939e7578ed9e3c518a452acee763bce9");
        let digests = SipDigests::of("Mufasa", "http-auth@example.org", "Circle of Life");
        assert_eq!(digests.ha1(), "3d78807defe7de2157e2b0b6573a855f");
        assert_eq!(digests.ha1_sha256(), "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
        let digests = SipDigests::of("ada", "pbx", "x");
        assert_ne!(digests.ha1(), digests.ha1b());
        assert_eq!(digests.ha1b(), SipDigests::of("ada@pbx", "pbx", "x").ha1());
    }
}
