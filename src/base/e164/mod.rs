//! Phone numbers as the ITU numbers them (E.164): read as people write them, kept as `+` and digits, shown as people
//! read them.
//!
//! What a country's numbers look like is libphonenumber's to know. It says which lengths can be, and how digits are
//! grouped; whether a number of the right length is in use it cannot say: its lists lag behind the regulators, and a
//! customer's own new block must not be refused.

mod parse;
mod region;
mod service;

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

pub use parse::{E164Error, MAX_TEXT};
pub use region::Region;
pub use service::Service;

/// The fewest digits, the country's code included.
pub const MIN_DIGITS: usize = 4;
/// The most digits, the country's code included.
pub const MAX_DIGITS: usize = 15;

/// A phone number: 4 to 15 digits of which the first is not 0.
///
/// Numbers are ordered as people count them: the shorter first, then by their digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(u64);

impl E164 {
    /// Reads a number as somebody typed it: `+49 30 1234-500`, `+49 (0)30/1234500`, `0049…`, or with the trunk prefix of
    /// `region`, `030 1234500`. Blanks, hyphens (DIN 5008), slashes, points and brackets are no part of a number.
    ///
    /// # Errors
    ///
    /// What to change: there is a letter, the area code is missing, no country has such numbers, it is an emergency
    /// number …
    pub fn parse(text: &str, region: Region) -> Result<Self, E164Error> {
        parse::parse(text, region)
    }

    /// Reads the one form in which numbers are kept, `+` and 4 to 15 digits.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        text.strip_prefix('+').and_then(Self::from_digits)
    }

    /// The number of these digits, the country's code first. `None` unless they are 4 to 15 digits, not 0 first.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let well_formed = (MIN_DIGITS..=MAX_DIGITS).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed { digits.parse().ok().map(Self) } else { None }
    }

    /// The digits, without `+`.
    #[must_use]
    pub fn digits(self) -> String {
        self.0.to_string()
    }

    /// As the country itself writes it, `030 1234500`; as [`international`](Self::international) where that would not
    /// be read as this number again.
    #[must_use]
    pub fn national(self) -> String {
        let shown = self.formatted(PhoneNumberFormat::National);
        let region = self.region();
        shown
            .zip(region)
            .filter(|(text, region)| Self::parse(text, *region) == Ok(self))
            .map_or_else(|| self.international(), |(text, _)| text)
    }

    /// As the world writes it (ITU-T E.123): `+49 30 1234500`.
    #[must_use]
    pub fn international(self) -> String {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        self.formatted(PhoneNumberFormat::International)
            .filter(|text| text.starts_with('+') && digits(text) == self.digits())
            .unwrap_or_else(|| self.to_string())
    }

    /// As it is shown in `region`: national there, international elsewhere.
    #[must_use]
    pub fn shown_in(self, region: Region) -> String {
        if self.region().is_some_and(|own| own == region) { self.national() } else { self.international() }
    }

    /// The service behind the number, if it is one that nobody can hold and no call may be forwarded to.
    #[must_use]
    pub fn service(self) -> Option<Service> {
        service::of(self)
    }

    /// The key by which numbers sort as people count them, in any database: 15 digits.
    #[must_use]
    pub fn sort_key(self) -> String {
        format!("{:015}", self.0)
    }

    /// Whether `other` begins with this number and goes on: dialled digit by digit, it could never be reached.
    #[must_use]
    pub fn is_beginning_of(self, other: Self) -> bool {
        let more = other.0.ilog10().saturating_sub(self.0.ilog10());
        more > 0 && other.0 / 10_u64.pow(more) == self.0
    }

    /// Whether its country has numbers like this one, as far as is known.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.known().is_some_and(|known| known.is_valid())
    }

    /// The number as the library has it; `None` when no country has such a number.
    fn known(self) -> Option<PhoneNumber> {
        PHONE_NUMBER_UTIL.parse(self.to_string(), None).ok()
    }

    fn formatted(self, format: PhoneNumberFormat) -> Option<String> {
        Some(PHONE_NUMBER_UTIL.format(&self.known()?, format).into_owned())
    }

    fn region(self) -> Option<Region> {
        let known = self.known()?;
        PHONE_NUMBER_UTIL
            .get_region_for_number(&known)
            .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(known.country_code))
            .and_then(Region::of)
    }
}

impl fmt::Display for E164 {
    /// The form in which numbers are kept: `+49301234500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for E164 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for E164 {
    /// Only the form in which numbers are kept.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_canonical(&text).ok_or_else(|| serde::de::Error::custom("not + and 4 to 15 digits"))
    }
}

#[cfg(test)]
mod tests;
