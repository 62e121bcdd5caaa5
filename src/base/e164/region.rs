//! The country whose way of writing numbers is meant where a number does not say.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region as Code};

/// A country that has a numbering plan; Germany unless somebody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(Code);

impl Region {
    /// Germany.
    pub const GERMANY: Self = Self(Code::DE);

    /// Reads the two letters of ISO 3166, in any case; `None` for what is no country with a numbering plan.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Code::from_code(text).ok().and_then(Self::of)
    }

    pub(super) fn of(code: Code) -> Option<Self> {
        (code != Code::World && PHONE_NUMBER_UTIL.get_country_code_for_region(code).is_some()).then_some(Self(code))
    }

    pub(super) const fn code(self) -> Code {
        self.0
    }

    /// Whether its numbers are written with a 0 that is no part of them, as in most of Europe but Italy.
    pub(super) fn has_trunk_zero(self) -> bool {
        PHONE_NUMBER_UTIL.get_example_number(self.0).is_ok_and(|example| {
            let national = example.get_national_significant_number();
            let shown = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National);
            shown.chars().filter(char::is_ascii_digit).eq(std::iter::once('0').chain(national.chars()))
        })
    }
}

impl Default for Region {
    fn default() -> Self {
        Self::GERMANY
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_region_str().as_str())
    }
}
