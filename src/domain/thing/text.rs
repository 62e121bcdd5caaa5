//! What people call things: labels, which may be empty, and names, under which things are found.

use unicode_normalization::UnicodeNormalization;

use crate::base::caseless::fold;
use crate::base::showable::is_unshowable;

/// The longest label.
pub const MAX_LABEL: usize = 200;
/// The longest name of a pool, a destination, an announcement or a mailbox.
pub const MAX_NAME: usize = 100;

/// Why a text is no label or name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A name that is empty.
    #[error("a name is missing")]
    Missing,
    /// More characters than allowed.
    #[error("{length} characters are more than the {most} allowed: shorten it")]
    TooLong {
        /// So many there are.
        length: usize,
        /// So many there may be.
        most: usize,
    },
    /// A character that no screen shows, or that changes how the rest is shown.
    #[error("the character U+{:04X} at position {position} cannot be shown: leave it out", u32::from(*character))]
    Control {
        /// The character.
        character: char,
        /// Where, from 1.
        position: usize,
    },
}

/// What an administrator notes about a thing: one line of at most [`MAX_LABEL`] characters, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// Takes blanks away at both ends.
    ///
    /// # Errors
    ///
    /// Too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        line(text, MAX_LABEL).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> serde::Deserialize<'de> for Label {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The name of a pool, a destination, an announcement or a mailbox: as written, and the key under which it is unique.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    text: String,
    key: NameKey,
}

impl Name {
    /// Takes blanks away at both ends and makes one of several between words.
    ///
    /// # Errors
    ///
    /// Empty, longer than [`MAX_NAME`] characters, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = line(text, MAX_NAME)?;
        let words: Vec<&str> = text.split_whitespace().collect();
        let text: String = words.join(" ").nfc().collect();
        if text.is_empty() {
            return Err(TextError::Missing);
        }
        let key = NameKey(fold(&text));
        Ok(Self { text, key })
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key under which it is unique.
    #[must_use]
    pub const fn key(&self) -> &NameKey {
        &self.key
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A name without its letter case: what the database compares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct NameKey(String);

impl NameKey {
    /// A key as it was stored; `None` for what is no key.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        // Folding may make text longer, and a key may have an owner before it.
        let is_line = line(text, 4 * MAX_NAME).is_ok_and(|line| line == text && !line.is_empty());
        (is_line && fold(text) == text && text.split(' ').all(|word| !word.is_empty())).then(|| Self(text.to_owned()))
    }

    /// The key of the same name among those that belong to `owner` alone.
    pub(super) fn of_owner(&self, owner: impl std::fmt::Display) -> Self {
        Self(format!("{owner}/{self}"))
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for NameKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for NameKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_canonical(&text).ok_or_else(|| serde::de::Error::custom("not the key of a name"))
    }
}

/// One line without blanks at its ends.
pub(super) fn line(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.trim();
    let length = text.chars().count();
    if length > most {
        return Err(TextError::TooLong { length, most });
    }
    match text.chars().enumerate().find(|(_, character)| is_unshowable(*character)) {
        Some((before, character)) => Err(TextError::Control { character, position: before + 1 }),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Label, Name, NameKey};

    #[test]
    fn names_meet_under_one_key_whatever_their_case_and_blanks() {
        let key = |text: &str| Name::parse(text).unwrap().key().as_str().to_owned();
        assert_eq!(key(" Zentrale  Berlin "), "zentrale berlin");
        assert_eq!(key("BEGRÜSSUNG"), key("begrüssung"));
        assert_eq!(key("Begru\u{308}ßung"), key("Begrüßung"));
        assert_eq!(Name::parse(" Zentrale  Berlin ").unwrap().as_str(), "Zentrale Berlin");
    }

    #[test]
    fn w4_labels_hold_no_control_characters_and_nothing_that_turns_text_round() {
        for wrong in ["a\u{1b}[31m", "a\nb", "a\u{202e}b", "a\0", "a\u{85}b", "a\u{2028}b", "a\u{2066}b"] {
            let error = Label::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("at position 2 cannot be shown"), "{error}");
            assert!(Name::parse(wrong).is_err());
        }
        assert_eq!(
            Label::parse("a\tb").unwrap_err().to_string(),
            "the character U+0009 at position 2 cannot be shown: leave it out"
        );
        assert_eq!(Label::parse("  ").unwrap(), Label::default());
        assert_eq!(Label::parse("=1+2 <b>").unwrap().as_str(), "=1+2 <b>", "who shows it escapes it");
    }

    #[test]
    fn labels_and_names_are_bounded() {
        assert!(Label::parse(&"ä".repeat(200)).is_ok());
        assert!(
            Label::parse(&"ä".repeat(201)).unwrap_err().to_string().starts_with("201 characters are more than the 200")
        );
        assert!(Name::parse(&"x".repeat(101)).is_err());
        assert_eq!(Name::parse(" ").unwrap_err().to_string(), "a name is missing");
    }

    #[test]
    fn a_key_may_be_longer_than_its_name() {
        let name = Name::parse(&"İ".repeat(100)).unwrap();
        assert!(name.key().as_str().chars().count() > 100);
        assert_eq!(NameKey::from_canonical(name.key().as_str()), Some(name.key().clone()));
        for wrong in ["", "Sales", " sales", "sales  team", "a\u{1b}"] {
            assert_eq!(NameKey::from_canonical(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_the_key_of_itself(text in "\\PC{0,60}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert_eq!(NameKey::from_canonical(name.key().as_str()), Some(name.key().clone()));
                let again = Name::parse(name.as_str()).unwrap();
                prop_assert_eq!(again, name);
            }
        }
    }
}
