//! The key of a thing: what it is found under, and sorted by.

use super::device::{SipError, SipName};
use super::extension::{Extension, ExtensionError, ExtensionRules};
use super::kind::Class;
use super::number::{Hyphened, hyphened};
use super::text::{Name, NameKey, TextError};
use crate::base::e164::{E164, E164Error, Region, Service};
use crate::base::json::shortened;

/// What a tenant says about how its numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberingPlan {
    /// The country whose national numbers are meant where a number does not say.
    pub region: Region,
    /// What is kept free among the extensions.
    pub extensions: ExtensionRules,
}

/// The key of a thing: within a tenant, and there in its class, it names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A phone number.
    Number(E164),
    /// An extension.
    Extension(Extension),
    /// A SIP user name.
    Device(SipName),
    /// The name of a destination, folded.
    Destination(NameKey),
    /// The name of an announcement, folded.
    Announcement(NameKey),
    /// The name of a mailbox, folded.
    Mailbox(NameKey),
}

/// Why a text is no key of its class, in words that say what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Of a phone number.
    #[error(transparent)]
    Number(#[from] E164Error),
    /// More than one number.
    #[error("{0:?} is a block of numbers: name one of them")]
    Block(String),
    /// A number that nobody can hold.
    #[error("{number} is {}, which cannot be in stock", service.name())]
    Service {
        /// The number.
        number: E164,
        /// What answers there.
        service: Service,
    },
    /// Of an extension.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// Of a device.
    #[error(transparent)]
    Device(#[from] SipError),
    /// Of a name.
    #[error(transparent)]
    Name(#[from] TextError),
}

impl Key {
    /// Reads a key as somebody typed it: a number in any notation, an extension's digits, a SIP user name, a name in any
    /// case.
    ///
    /// # Errors
    ///
    /// What to change.
    pub fn parse(class: Class, text: &str, plan: NumberingPlan) -> Result<Self, KeyError> {
        Ok(match class {
            Class::Number => Self::Number(assignable(text, plan.region)?),
            Class::Extension => Self::Extension(Extension::parse(text, plan.extensions)?),
            Class::Device => Self::Device(SipName::parse(text)?),
            Class::Destination => Self::Destination(Name::parse(text)?.key().clone()),
            Class::Announcement => Self::Announcement(Name::parse(text)?.key().clone()),
            Class::Mailbox => Self::Mailbox(Name::parse(text)?.key().clone()),
        })
    }

    /// Reads a key as [`Display`](std::fmt::Display) writes it, and nothing else.
    #[must_use]
    pub fn from_canonical(class: Class, text: &str) -> Option<Self> {
        Some(match class {
            Class::Number => Self::Number(E164::from_canonical(text)?),
            Class::Extension => Self::Extension(Extension::from_canonical(text)?),
            Class::Device => Self::Device(SipName::parse(text).ok().filter(|name| name.as_str() == text)?),
            Class::Destination => Self::Destination(NameKey::from_canonical(text)?),
            Class::Announcement => Self::Announcement(NameKey::from_canonical(text)?),
            Class::Mailbox => Self::Mailbox(NameKey::from_canonical(text)?),
        })
    }

    /// Its name space.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Number(_) => Class::Number,
            Self::Extension(_) => Class::Extension,
            Self::Device(_) => Class::Device,
            Self::Destination(_) => Class::Destination,
            Self::Announcement(_) => Class::Announcement,
            Self::Mailbox(_) => Class::Mailbox,
        }
    }

    /// The text that sorts things of a class as people sort them, compared byte by byte: numbers and extensions by their
    /// value, the rest by name.
    #[must_use]
    pub fn sort_key(&self) -> String {
        match self {
            Self::Number(number) => number.sort_key(),
            Self::Extension(extension) => extension.sort_key(),
            Self::Device(name) => name.as_str().to_owned(),
            Self::Destination(name) | Self::Announcement(name) | Self::Mailbox(name) => name.as_str().to_owned(),
        }
    }
}

impl std::fmt::Display for Key {
    /// The form in which keys are kept: `+49301234500`, `201`, `zentrale`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Extension(extension) => extension.fmt(f),
            Self::Device(name) => name.fmt(f),
            Self::Destination(name) | Self::Announcement(name) | Self::Mailbox(name) => name.fmt(f),
        }
    }
}

/// A number that may be in stock or called by a forward: no emergency call, no service.
///
/// # Errors
///
/// What to change.
pub fn assignable(text: &str, region: Region) -> Result<E164, KeyError> {
    // What may be either is one number here, where one is asked for.
    if matches!(hyphened(text.trim(), region), Hyphened::Block(..)) {
        return Err(KeyError::Block(shortened(text.trim()).to_owned()));
    }
    let number = E164::parse(text, region)?;
    match number.service() {
        Some(service) => Err(KeyError::Service { number, service }),
        None => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Key, NumberingPlan};

    #[test]
    fn a_key_is_read_as_typed_and_kept_in_one_form() {
        let plan = NumberingPlan::default();
        for (class, typed, kept, sort) in [
            (Class::Number, "030 1234-500", "+49301234500", "000049301234500"),
            (Class::Extension, " 201 ", "201", "3000201"),
            (Class::Device, "ada.desk", "ada.desk", "ada.desk"),
            (Class::Destination, "Zentrale  Berlin", "zentrale berlin", "zentrale berlin"),
            (Class::Announcement, "Begrüßung", "begrüßung", "begrüßung"),
            (Class::Mailbox, "Sales", "sales", "sales"),
        ] {
            let key = Key::parse(class, typed, plan).unwrap();
            assert_eq!((key.class(), key.to_string().as_str(), key.sort_key().as_str()), (class, kept, sort));
            assert_eq!(Key::from_canonical(class, kept), Some(key));
            assert_eq!(Key::from_canonical(class, typed).is_some(), typed == kept, "{typed}");
        }
    }

    #[test]
    fn a_service_number_is_no_key_and_neither_is_a_block() {
        let error = Key::parse(Class::Number, "0900 1234567", NumberingPlan::default()).unwrap_err();
        assert_eq!(error.to_string(), "+499001234567 is a premium rate number, which cannot be in stock");
        let error = Key::parse(Class::Number, "+49 30 23125-150-159", NumberingPlan::default()).unwrap_err();
        assert!(error.to_string().starts_with("\"+49 30 23125-150-159\" is a block of numbers"), "{error}");
        assert!(Key::parse(Class::Number, "+1 212-555-1234", NumberingPlan::default()).is_ok());
        assert!(Key::parse(Class::Extension, "112", NumberingPlan::default()).is_err());
    }
}
