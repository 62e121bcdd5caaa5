//! Extensions: the internal numbers of a telephone system.

use std::collections::HashSet;

use super::range::{self, DASHES, HYPHENS, RangeError, Runs};
use crate::base::e164::Service;
use crate::base::json::shortened;

/// The fewest digits.
pub const MIN_DIGITS: usize = 2;
/// The most digits.
pub const MAX_DIGITS: usize = 6;
/// The most extensions that one text may stand for.
pub const MAX_EXTENSIONS: usize = 10_000;
/// The longest text that is read as extensions.
pub const MAX_TEXT: usize = 64 * 1024;

/// An internal number of 2 to 6 digits. Extensions are ordered as people count them: the shorter first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extension {
    length: u8,
    value: u32,
}

/// What a telephone system keeps free among its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionRules {
    /// The digit that leads out of the house; no extension begins with it. `None`: there is none.
    pub exchange_line_digit: Option<ExchangeLineDigit>,
}

impl Default for ExtensionRules {
    /// 0 leads out.
    fn default() -> Self {
        Self { exchange_line_digit: Some(ExchangeLineDigit(b'0')) }
    }
}

/// The digit dialled to get a line out of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeLineDigit(u8);

impl ExchangeLineDigit {
    /// One of 0 to 9.
    #[must_use]
    pub const fn parse(digit: char) -> Option<Self> {
        // A cast that loses nothing: the digit is ASCII.
        if digit.is_ascii_digit() { Some(Self(digit as u8)) } else { None }
    }
}

impl std::fmt::Display for ExchangeLineDigit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        char::from(self.0).fmt(f)
    }
}

/// Why a text is no extension, or no list of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// Nothing there.
    #[error("an extension is missing: write 2 to 6 digits, like 201, or a range, like 200-299")]
    Missing,
    /// Something else than 2 to 6 digits.
    #[error("{0:?} is no extension: write {MIN_DIGITS} to {MAX_DIGITS} digits")]
    NotDigits(String),
    /// A number that has to reach a service from every phone.
    #[error("{digits} is {}, which every phone must reach: choose another", service.name())]
    Service {
        /// The digits.
        digits: Extension,
        /// What answers there.
        service: Service,
    },
    /// It would lead out of the house.
    #[error("{extension} begins with {digit}, which leads out of the house: choose another first digit")]
    ExchangeLine {
        /// The digits.
        extension: Extension,
        /// The digit.
        digit: ExchangeLineDigit,
    },
    /// The ends of a range cannot be told.
    #[error("{0:?} is no range: write it like 200-299, both ends with equally many digits")]
    Range(String),
    /// The last comes before the first.
    #[error("{0:?} ends before it begins: write the lower extension first")]
    Backwards(String),
    /// An extension given twice.
    #[error("{0} is there twice: leave one out")]
    Twice(Extension),
    /// More text than is read.
    #[error("the text is longer than {MAX_TEXT} bytes: give it in parts")]
    TooLong,
    /// More extensions than one text may stand for.
    #[error("{0:?} brings the extensions to more than {MAX_EXTENSIONS}: give them in parts")]
    TooMany(String),
    /// Nothing is left of a range.
    #[error("no extension of {0:?} can be given: choose another range")]
    NothingLeft(String),
}

/// A list of extensions, and those of its ranges that nobody may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    /// In the order of the text.
    pub extensions: Vec<Extension>,
    /// What lies in a range and was left out, with the reason: 110 and 112 in 100-199.
    pub left_out: Vec<ExtensionError>,
}

impl Extension {
    /// Reads 2 to 6 digits.
    ///
    /// # Errors
    ///
    /// Other text; 110, 112, 115, 116 and three more digits, 118 and two or three more, 19222; what begins with the
    /// exchange line's digit.
    pub fn parse(text: &str, rules: &ExtensionRules) -> Result<Self, ExtensionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ExtensionError::Missing);
        }
        let extension =
            Self::from_canonical(text).ok_or_else(|| ExtensionError::NotDigits(shortened(text).to_owned()))?;
        extension.allowed(rules)
    }

    /// Reads what was stored: 2 to 6 digits, whatever the rules say today.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        let well_formed =
            (MIN_DIGITS..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if !well_formed {
            return None;
        }
        Some(Self { length: u8::try_from(text.len()).ok()?, value: text.parse().ok()? })
    }

    /// The key by which extensions sort as people count them, in any database: the number of digits, then the digits.
    #[must_use]
    pub fn sort_key(self) -> String {
        format!("{}{:06}", self.length, self.value)
    }

    fn allowed(self, rules: &ExtensionRules) -> Result<Self, ExtensionError> {
        let digits = self.to_string();
        if let Some(service) = Service::of_short(&digits) {
            return Err(ExtensionError::Service { digits: self, service });
        }
        match rules.exchange_line_digit {
            Some(digit) if digits.as_bytes().first() == Some(&digit.0) => {
                Err(ExtensionError::ExchangeLine { extension: self, digit })
            }
            _ => Ok(self),
        }
    }
}

impl std::fmt::Display for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0width$}", self.value, width = usize::from(self.length))
    }
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Extension {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Extension {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_canonical(&text).ok_or_else(|| serde::de::Error::custom("not 2 to 6 digits"))
    }
}

/// Reads extensions and ranges of them, separated by commas, semicolons or line ends: `201, 210-219, 300…399`.
///
/// # Errors
///
/// What to change. A forbidden extension is an error where it is written, and left out where a range contains it.
pub fn parse_extensions(text: &str, rules: &ExtensionRules) -> Result<Extensions, ExtensionError> {
    if text.len() > MAX_TEXT {
        return Err(ExtensionError::TooLong);
    }
    let mut list = Extensions::default();
    let mut seen = HashSet::new();
    for item in range::items(text) {
        let quoted = || shortened(item).to_owned();
        let before = list.extensions.len();
        match range::ends(item).or_else(|| item.split_once(HYPHENS)).or_else(|| item.split_once(DASHES)) {
            None => list.extensions.push(Extension::parse(item, rules)?),
            Some((first, last)) => {
                let (first, last) = (first.trim(), last.trim());
                let both = [first, last].map(Extension::from_canonical);
                if both.contains(&None) || first.len() != last.len() {
                    return Err(ExtensionError::Range(quoted()));
                }
                let runs = Runs::new(first, last).map_err(|error| match error {
                    RangeError::Backwards => ExtensionError::Backwards(quoted()),
                    RangeError::NotDigits | RangeError::Lengths => ExtensionError::Range(quoted()),
                })?;
                let so_far = before + list.left_out.len();
                if runs.count() > u64::try_from(MAX_EXTENSIONS.saturating_sub(so_far)).unwrap_or(0) {
                    return Err(ExtensionError::TooMany(quoted()));
                }
                for extension in runs.numbers().filter_map(|digits| Extension::from_canonical(&digits)) {
                    match extension.allowed(rules) {
                        Ok(extension) => list.extensions.push(extension),
                        Err(error) => list.left_out.push(error),
                    }
                }
                if list.extensions.len() == before {
                    return Err(ExtensionError::NothingLeft(quoted()));
                }
            }
        }
        let new = list.extensions.get(before..).unwrap_or_default();
        if let Some(twice) = new.iter().find(|extension| !seen.insert(**extension)) {
            return Err(ExtensionError::Twice(*twice));
        }
    }
    if list.extensions.is_empty() { Err(ExtensionError::Missing) } else { Ok(list) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ExchangeLineDigit, Extension, ExtensionError, ExtensionRules, parse_extensions};

    fn read(text: &str) -> Result<String, String> {
        let list = parse_extensions(text, &ExtensionRules::default()).map_err(|error| error.to_string())?;
        Ok(list.extensions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn extensions_and_ranges_are_read() {
        assert_eq!(read("201").as_deref(), Ok("201"));
        assert_eq!(read("201, 210-212; 300…302").as_deref(), Ok("201 210 211 212 300 301 302"));
        assert_eq!(read("20 – 22\n30 bis 31").as_deref(), Ok("20 21 22 30 31"));
        assert_eq!(read("123456").as_deref(), Ok("123456"));
        assert_eq!(parse_extensions("1000-9999", &ExtensionRules::default()).unwrap().extensions.len(), 9000);
    }

    #[test]
    fn forbidden_extensions_are_refused_where_written_and_left_out_of_ranges() {
        let rules = ExtensionRules::default();
        for text in ["110", "112", "115", "116117", "11833", "118000", "19222"] {
            assert!(matches!(Extension::parse(text, &rules), Err(ExtensionError::Service { .. })), "{text}");
        }
        assert_eq!(
            read("112").unwrap_err(),
            "112 is an emergency or short service number, which every phone must reach: choose another"
        );
        let hundred = parse_extensions("100-199", &rules).unwrap();
        assert_eq!(hundred.extensions.len(), 97);
        assert_eq!(hundred.left_out.len(), 3);
        assert_eq!(
            read("116000-116999").unwrap_err(),
            "no extension of \"116000-116999\" can be given: choose another range"
        );
        assert_eq!(read("1180").as_deref(), Ok("1180"));
    }

    #[test]
    fn no_extension_begins_with_the_exchange_lines_digit() {
        assert_eq!(
            read("012").unwrap_err(),
            "012 begins with 0, which leads out of the house: choose another first digit"
        );
        let nine = ExtensionRules { exchange_line_digit: ExchangeLineDigit::parse('9') };
        assert_eq!(Extension::parse("012", &nine).unwrap().to_string(), "012");
        assert!(Extension::parse("912", &nine).is_err());
        let none = ExtensionRules { exchange_line_digit: None };
        assert!(Extension::parse("012", &none).is_ok() && Extension::parse("912", &none).is_ok());
        assert_eq!(ExchangeLineDigit::parse('x'), None);
    }

    #[test]
    fn what_is_no_extension_is_refused_with_what_to_change() {
        for (text, expected) in [
            ("", "an extension is missing: write 2 to 6 digits, like 201, or a range, like 200-299"),
            ("7", "\"7\" is no extension: write 2 to 6 digits"),
            ("1234567", "\"1234567\" is no extension: write 2 to 6 digits"),
            ("20a", "\"20a\" is no extension: write 2 to 6 digits"),
            ("２０１", "\"２０１\" is no extension: write 2 to 6 digits"),
            ("98-102", "\"98-102\" is no range: write it like 200-299, both ends with equally many digits"),
            ("200-", "\"200-\" is no range: write it like 200-299, both ends with equally many digits"),
            ("299-200", "\"299-200\" ends before it begins: write the lower extension first"),
            ("20-29, 100000-109999", "\"100000-109999\" brings the extensions to more than 10000: give them in parts"),
            ("201, 200-210", "201 is there twice: leave one out"),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same_extension(text in "[0-9]{2,6}", other in "[0-9]{2,6}") {
            let [one, two] = [&text, &other].map(|text| Extension::from_canonical(text).unwrap());
            prop_assert_eq!(one.to_string(), text);
            prop_assert_eq!(one.cmp(&two), one.sort_key().cmp(&two.sort_key()));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", signs in "[0-9 ,;…–-]{0,24}") {
            let _ = read(&text);
            let _ = read(&signs);
        }
    }
}
