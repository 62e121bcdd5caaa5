//! From what somebody typed to a number.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, ValidationError};

use super::{E164, MAX_DIGITS, Region, Service};
use crate::base::json::shortened;

/// The longest text that is read as one number.
pub const MAX_TEXT: usize = 64;

/// Why a text is no phone number, in words that say what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum E164Error {
    /// Nothing there.
    #[error("a phone number is missing: write it like +49 30 1234500")]
    Missing,
    /// More text than any number has.
    #[error("this is longer than a phone number can be ({MAX_TEXT} characters)")]
    TooLong,
    /// Something that is no part of a number.
    #[error("{character:?} at position {position} is no part of a phone number: leave it out")]
    Character {
        /// What stands there.
        character: char,
        /// Where, from 1.
        position: usize,
    },
    /// A number as it is dialled in one town.
    #[error("the area code of {0:?} is missing: write it like +49 30 1234500 or 030 1234500")]
    NoAreaCode(String),
    /// A number that belongs to a service.
    #[error("{digits} is {}, which nobody can hold", service.name())]
    Service {
        /// As typed.
        digits: String,
        /// What answers there.
        service: Service,
    },
    /// No country has this code.
    #[error("no country has numbers that begin like {0}: check the digits after the +")]
    UnknownCountry(String),
    /// Too few digits for its country.
    #[error("{0} has too few digits for its country: write the whole number")]
    TooShort(String),
    /// Too many digits for its country, or for any.
    #[error("{0} has too many digits: at most {MAX_DIGITS} with the country's code, in some countries fewer")]
    TooManyDigits(String),
    /// A length that its country does not have.
    #[error("{0} cannot be a number of its country: check the digits")]
    Impossible(String),
}

pub(super) fn parse(text: &str, region: Region) -> Result<E164, E164Error> {
    let typed = Typed::read(text)?;
    if typed.international {
        return international(&typed.digits, typed.bracketed_zero);
    }
    if let Some(service) = Service::of_short(&typed.digits) {
        return Err(E164Error::Service { digits: typed.digits, service });
    }
    if region.has_trunk_zero() && !typed.digits.starts_with('0') {
        return Err(E164Error::NoAreaCode(shortened(text.trim()).to_owned()));
    }
    if let Some((digits, zero)) = typed.without_international_prefix() {
        return international(&digits, zero);
    }
    let number = PHONE_NUMBER_UTIL
        .parse(&typed.digits, Some(region.code()))
        .map_err(|error| refused(&error, typed.digits.clone()))?;
    settled(&number, &typed.digits)
}

/// The digits of a text, and what its signs say of them.
struct Typed {
    /// All of them, without `+`, and without a trunk prefix in brackets.
    digits: String,
    /// It begins with `+`.
    international: bool,
    /// How many digits stand before a `(0)`.
    bracketed_zero: Option<usize>,
}

impl Typed {
    fn read(text: &str) -> Result<Self, E164Error> {
        if text.len() > MAX_TEXT * 4 || text.chars().count() > MAX_TEXT {
            return Err(E164Error::TooLong);
        }
        let trimmed = text.trim_start_matches(is_left_out);
        // RFC 3966, as some directories send numbers.
        let body = trimmed.strip_prefix("tel:").unwrap_or(trimmed);
        let mut offset = text.chars().count() - body.chars().count();
        let mut typed = Self { digits: String::new(), international: false, bracketed_zero: None };
        let mut rest = body;
        while let Some(character) = rest.chars().next() {
            offset += 1;
            if typed.bracketed_zero.is_none()
                && !typed.digits.is_empty()
                && let Some(after) = rest.strip_prefix("(0)")
            {
                typed.bracketed_zero = Some(typed.digits.len());
                offset += 2;
                rest = after;
                continue;
            }
            match character {
                '0'..='9' => typed.digits.push(character),
                '+' | '＋' if typed.digits.is_empty() && !typed.international => typed.international = true,
                _ if is_left_out(character) => {}
                _ => return Err(E164Error::Character { character, position: offset }),
            }
            rest = rest.strip_prefix(character).unwrap_or_default();
        }
        if typed.digits.is_empty() {
            return Err(E164Error::Missing);
        }
        if typed.bracketed_zero.is_some() && !typed.international && !typed.digits.starts_with("00") {
            // "030 (0) 12": no country's code before it, so it is a digit like the others.
            let at = typed.bracketed_zero.take().unwrap_or_default();
            typed.digits.insert(at.min(typed.digits.len()), '0');
        }
        Ok(typed)
    }

    /// What follows `00`, the international prefix of almost all countries that write a trunk prefix.
    fn without_international_prefix(&self) -> Option<(String, Option<usize>)> {
        let digits = self.digits.strip_prefix("00")?;
        Some((digits.to_owned(), self.bracketed_zero.map(|at| at.saturating_sub(2))))
    }
}

/// Blanks, the punctuation that people put into numbers, and the invisible marks that come along when a number is copied
/// from an address book.
const fn is_left_out(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t'
            | '\u{a0}'
            | '\u{2009}'
            | '\u{202f}'
            | '-'
            | '\u{2010}'
            | '\u{2011}'
            | '\u{2013}'
            | '/'
            | '.'
            | '('
            | ')'
    ) || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A number with its country's code. A `(0)` is a trunk prefix, but for the countries whose numbers have that 0.
fn international(digits: &str, bracketed_zero: Option<usize>) -> Result<E164, E164Error> {
    let without = judged(digits);
    let Some((country, national)) = bracketed_zero.and_then(|at| digits.split_at_checked(at)) else { return without };
    let is_valid = |number: &Result<E164, E164Error>| {
        number.as_ref().ok().and_then(|number| number.known()).is_some_and(|known| known.is_valid())
    };
    if is_valid(&without) {
        return without;
    }
    let with = judged(&format!("{country}0{national}"));
    if is_valid(&with) { with } else { without }
}

fn judged(digits: &str) -> Result<E164, E164Error> {
    let shown = || format!("+{}", shortened(digits));
    if digits.len() > MAX_DIGITS + 1 {
        return Err(E164Error::TooManyDigits(shown()));
    }
    let number = PHONE_NUMBER_UTIL.parse(shown(), None).map_err(|error| refused(&error, shown()))?;
    settled(&number, digits)
}

/// The number that the library has found, if reading it again finds the same: it takes a trunk prefix off where it sees
/// one, and must not take off more each time.
fn settled(number: &PhoneNumber, typed: &str) -> Result<E164, E164Error> {
    let digits = format!("{}{}", number.country_code, number.get_national_significant_number());
    let shown = || format!("+{digits}");
    // Dialled behind an area's 0 or the country's code it is still the service.
    let national = digits.strip_prefix("49").map(|national| national.strip_prefix('0').unwrap_or(national));
    if let Some(service) = national.and_then(Service::of_short) {
        return Err(E164Error::Service { digits: shown(), service });
    }
    let found = E164::from_digits(&digits).ok_or_else(|| {
        if digits.len() > MAX_DIGITS { E164Error::TooManyDigits(shown()) } else { E164Error::TooShort(shown()) }
    })?;
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => {}
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
            return Err(E164Error::TooShort(shown()));
        }
        Err(ValidationError::InvalidCountryCode) => return Err(E164Error::UnknownCountry(shown())),
        Err(ValidationError::TooLong) => return Err(E164Error::TooManyDigits(shown())),
        Err(ValidationError::InvalidLength) => return Err(E164Error::Impossible(shown())),
    }
    if digits != typed && found.known().as_ref() != Some(number) {
        return Err(E164Error::Impossible(shown()));
    }
    Ok(found)
}

fn refused(error: &ParseError, shown: String) -> E164Error {
    match error {
        ParseError::InvalidCountryCode => E164Error::UnknownCountry(shown),
        ParseError::NotANumber(_) => E164Error::Impossible(shown),
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => E164Error::TooShort(shown),
        ParseError::TooLongNsn => E164Error::TooManyDigits(shown),
    }
}
