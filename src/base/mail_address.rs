//! Where letters go.

/// The longest address (RFC 5321, section 4.5.3.1.3, without its angle brackets).
pub const MAX_BYTES: usize = 254;

/// One e-mail address, of the common kind: no quoted local part, no comment, no address literal (F3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct MailAddress(String);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no e-mail address: write one address, like team@example.com")]
pub struct MailAddressError(String);

impl MailAddress {
    /// Takes one address; blanks at its ends fall away. Letters beyond ASCII are fine on both sides (RFC 6531).
    ///
    /// # Errors
    ///
    /// Anything else than one address.
    pub fn parse(text: &str) -> Result<Self, MailAddressError> {
        let text = text.trim();
        let refused = || MailAddressError(super::json::shortened(text).to_owned());
        let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
        let is_atom =
            |part: &str| !part.is_empty() && part.chars().all(|c| is_plain(c) && !r#"()<>[]:;@\,"."#.contains(c));
        let is_label = |part: &str| {
            let plain = |c: char| c == '-' || c.is_alphanumeric();
            !part.is_empty()
                && part.len() <= 63
                && part.chars().all(plain)
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let well_formed = text.len() <= MAX_BYTES
            && local.len() <= 64
            && local.split('.').all(is_atom)
            && domain.contains('.')
            && domain.split('.').all(is_label);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }

    /// The address as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(character: char) -> bool {
    !character.is_control()
        && !character.is_whitespace()
        && (character.is_ascii_graphic() || character.is_alphanumeric())
}

impl<'de> serde::Deserialize<'de> for MailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::MailAddress;

    #[test]
    fn f3_an_address_is_one_address_and_nothing_else() {
        for right in ["team@example.com", "a.b+c@sub.example.de", "grüße@bücher.example", "o'hara@example.com"] {
            assert_eq!(MailAddress::parse(right).unwrap().as_str(), right);
        }
        for wrong in [
            "",
            "team",
            "team@",
            "@example.com",
            "team@localhost",
            "a@b@example.com",
            "a@example.com,b@example.com",
            "Team <a@example.com>",
            "a@example.com\r\nBcc: b@example.com",
            "a b@example.com",
            "a..b@example.com",
            "a@exa_mple.com",
            "a@-x.example.com",
            "a@[192.0.2.1]",
            "\u{202e}a@example.com",
            &format!("{}@example.com", "x".repeat(65)),
        ] {
            assert!(MailAddress::parse(wrong).is_err(), "{wrong}");
        }
    }
}
