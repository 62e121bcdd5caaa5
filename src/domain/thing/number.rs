//! Phone numbers in stock: single ones, and blocks in the German way of writing them.
//!
//! A block is a base number and a range of extensions behind it (DIN 5008: the hyphen stands before the extension). Each
//! of its numbers is a thing of its own; the block is remembered with it.

use std::collections::HashSet;

use super::range::{self, DASHES, HYPHENS, RangeError, Runs};
use crate::base::e164::{E164, E164Error, MAX_DIGITS, Region, Service};
use crate::base::json::shortened;

/// The most numbers that one text may stand for.
pub const MAX_NUMBERS: usize = 10_000;
/// The longest text that is read as numbers.
pub const MAX_TEXT: usize = 64 * 1024;

/// A phone number for the stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockNumber {
    /// The number.
    pub number: E164,
    /// The block it was given with.
    pub block: Option<Block>,
}

/// A base number and a range of extensions behind it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Block {
    base: String,
    first: String,
    last: String,
}

impl Block {
    /// Reads what [`Display`](std::fmt::Display) writes, and nothing else.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        let (base, range) = text.strip_prefix('+')?.split_once('-')?;
        let (first, last) = range.split_once('…')?;
        let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (is_digits(base) && base.len() + last.len() <= MAX_DIGITS && Runs::new(first, last).is_ok()).then(|| Self {
            base: base.to_owned(),
            first: first.to_owned(),
            last: last.to_owned(),
        })
    }
}

impl std::fmt::Display for Block {
    /// `+49301234-100…199`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "+{}-{}…{}", self.base, self.first, self.last)
    }
}

impl serde::Serialize for Block {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Block {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_canonical(&text).ok_or_else(|| serde::de::Error::custom("not a block of numbers"))
    }
}

/// Whether a number may be the beginning of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlaps {
    /// It may not: where numbers are dialled digit by digit, the longer one cannot be reached.
    #[default]
    Refused,
    /// It may: the operator insists.
    Allowed,
}

/// Why a text stands for no numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumbersError {
    /// Nothing there.
    #[error("numbers are missing: write them like +49 30 1234500, +49 30 1234-100…199")]
    Missing,
    /// More text than is read.
    #[error("the text is longer than {MAX_TEXT} bytes: give it in parts")]
    TooLong,
    /// More numbers than one text may stand for.
    #[error("{0:?} brings the numbers to more than {MAX_NUMBERS}: give them in parts")]
    TooMany(String),
    /// One of the numbers is none.
    #[error("{item:?}: {error}")]
    Number {
        /// The part of the text.
        item: String,
        /// Why.
        error: E164Error,
    },
    /// A number that nobody can hold.
    #[error("{number} is {}, which cannot be in stock", service.name())]
    Service {
        /// The number.
        number: E164,
        /// What answers there.
        service: Service,
    },
    /// An extension without anything before it.
    #[error("{0:?} is an extension without its number: write the number once before it, like +49 30 12345-0, -10…-99")]
    NoBase(String),
    /// A dash that may mean two things.
    #[error("{0:?}: write … between the first and the last number, and a hyphen (-) before an extension")]
    Ambiguous(String),
    /// A second hyphen that may divide a number or end a block.
    #[error(
        "{0:?} may be one number or a block of them: write a block like +49 30 1234-100…199, and one number without a second hyphen"
    )]
    Unclear(String),
    /// The end of a range is no extension.
    #[error("{0:?} is no range: write it like +49 30 1234-100…199 or +49 30 1234100…+49 30 1234199")]
    Range(String),
    /// The last number comes before the first.
    #[error("{0:?} ends before it begins: write the lower number first")]
    Backwards(String),
    /// A range with leading zeros whose ends differ in length.
    #[error("{0:?} has a leading 0: give its first and last number equally many digits")]
    Lengths(String),
    /// A number given twice.
    #[error("{0} is there twice: leave one out")]
    Twice(E164),
    /// A number that is the beginning of another.
    #[error(
        "{short} is the beginning of {long}: dialled digit by digit, {long} could never be reached; leave one out, or say that overlapping numbers are meant"
    )]
    Overlap {
        /// The beginning.
        short: E164,
        /// The one that goes on.
        long: E164,
    },
}

/// Reads single numbers and blocks, separated by commas, semicolons or line ends, in the order in which they stand:
/// `+49 30 1234-100…199`, `+49 30 1234100…+49 30 1234199`, `030 12345-0, -10..-99`. A part that begins with a hyphen goes
/// behind the base of the part before it.
///
/// # Errors
///
/// What to change. Nothing is read of a text with one error in it.
pub fn parse_numbers(text: &str, region: Region, overlaps: Overlaps) -> Result<Vec<StockNumber>, NumbersError> {
    if text.len() > MAX_TEXT {
        return Err(NumbersError::TooLong);
    }
    let mut numbers = Vec::new();
    let mut base = None;
    for item in range::items(text) {
        let part = Part::read(item, base.as_deref(), region)?;
        let room = u64::try_from(MAX_NUMBERS - numbers.len()).unwrap_or(0);
        if part.runs.count() > room {
            return Err(NumbersError::TooMany(quoted(item)));
        }
        part.numbers(item, &mut numbers)?;
        base = part.continued;
    }
    if numbers.is_empty() {
        return Err(NumbersError::Missing);
    }
    let mut seen = HashSet::with_capacity(numbers.len());
    if let Some(twice) = numbers.iter().find(|stock| !seen.insert(stock.number)) {
        return Err(NumbersError::Twice(twice.number));
    }
    if overlaps == Overlaps::Refused
        && let Some((short, long)) = overlap(seen)
    {
        return Err(NumbersError::Overlap { short, long });
    }
    Ok(numbers)
}

/// A number among these that is the beginning of another, with that other.
#[must_use]
pub fn overlap(numbers: impl IntoIterator<Item = E164>) -> Option<(E164, E164)> {
    let mut numbers: Vec<(String, E164)> = numbers.into_iter().map(|number| (number.digits(), number)).collect();
    // Everything that goes on from a number stands right behind it.
    numbers.sort_unstable();
    let mut neighbours = numbers.iter().zip(numbers.iter().skip(1));
    neighbours.find(|(one, next)| one.1.is_beginning_of(next.1)).map(|(one, next)| (one.1, next.1))
}

/// What a text with two hyphens in it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hyphened<'t> {
    /// One number, if any.
    Number,
    /// The block from the one end to the other.
    Block(&'t str, &'t str),
    /// One or the other.
    Unclear,
}

/// So many digits stand behind a hyphen of a block at most.
const SHORT: usize = 4;

/// Whether the last of several hyphens ends a block, `+49 30 23125-150-159`: that is how many write it, and in an
/// extension's range the hyphen means nothing else. It can, where what stands before it is a number already, which the
/// groups of `+1 212-555-1234` are not; it must, where the first hyphen stands behind a number, too, and as many digits
/// follow the one as the other.
pub(super) fn hyphened(item: &str, region: Region) -> Hyphened<'_> {
    let Some((first, last)) = item.rsplit_once(HYPHENS) else { return Hyphened::Number };
    let Some((base, extension)) = first.rsplit_once(HYPHENS) else { return Hyphened::Number };
    let (Some(from), Some(to)) = (plain(extension), plain(last)) else { return Hyphened::Number };
    let is_short = from.len() <= to.len() && to.len() <= SHORT;
    if !is_short || !E164::parse(first, region).is_ok_and(E164::is_valid) {
        return Hyphened::Number;
    }
    let is_behind_number = !base.contains(HYPHENS) && E164::parse(base, region).is_ok();
    if from.len() == to.len() && is_behind_number {
        Hyphened::Block(first.trim(), last.trim())
    } else {
        Hyphened::Unclear
    }
}

/// One part of a list: the digits before the range, and the range.
struct Part {
    base: String,
    runs: Runs,
    block: Option<Block>,
    /// What a part after it that begins with a hyphen goes behind.
    continued: Option<String>,
}

impl Part {
    fn read(item: &str, before: Option<&str>, region: Region) -> Result<Self, NumbersError> {
        let (first, last) = match range::ends(item) {
            Some((first, last)) => (first, Some(last)),
            None => match hyphened(item, region) {
                Hyphened::Number => Self::dashed(item)?,
                Hyphened::Block(first, last) => (first, Some(last)),
                Hyphened::Unclear => return Err(NumbersError::Unclear(quoted(item))),
            },
        };
        let (base, extension) = match first.strip_prefix(HYPHENS) {
            Some(extension) => {
                let base = before.ok_or_else(|| NumbersError::NoBase(quoted(item)))?;
                (base.to_owned(), Some(plain(extension).ok_or_else(|| NumbersError::Range(quoted(item)))?))
            }
            None => Self::split(first, item, region)?,
        };
        let continued = extension.is_some().then(|| base.clone());
        let Some(last) = last else {
            let (base, single) = match extension {
                Some(extension) => (base, extension),
                None => tail(&base, 1).ok_or_else(|| NumbersError::Range(quoted(item)))?,
            };
            let runs = Self::runs(&single, &single, item)?;
            return Ok(Self { base, runs, block: None, continued });
        };
        let (base, first, last) = Self::ends(base, extension, last, item, region)?;
        let runs = Self::runs(&first, &last, item)?;
        let block = continued.is_some().then(|| Block { base: base.clone(), first, last });
        Ok(Self { base, runs, block, continued })
    }

    /// A range whose ends a dash divides: only where a hyphen says what is the extension can it mean nothing else.
    fn dashed(item: &str) -> Result<(&str, Option<&str>), NumbersError> {
        let Some((first, last)) = item.split_once(DASHES) else { return Ok((item, None)) };
        let (first, last) = (first.trim(), last.trim());
        let extension = first.rsplit_once(HYPHENS).and_then(|(_, extension)| plain(extension));
        let last_digits = plain(last.strip_prefix(HYPHENS).unwrap_or(last));
        if extension.is_some() && last_digits.is_some() {
            Ok((first, Some(last)))
        } else {
            Err(NumbersError::Ambiguous(quoted(item)))
        }
    }

    /// The digits of a whole number; with a hyphen in it, those before the last one and those after it.
    fn split(first: &str, item: &str, region: Region) -> Result<(String, Option<String>), NumbersError> {
        let number =
            E164::parse(first, region).map_err(|error| NumbersError::Number { item: quoted(item), error })?.digits();
        let extension = first.rsplit_once(HYPHENS).and_then(|(_, extension)| plain(extension));
        let Some(extension) = extension else { return Ok((number, None)) };
        match number.strip_suffix(&extension) {
            Some(base) if !base.is_empty() => Ok((base.to_owned(), Some(extension))),
            _ => Ok((number, None)),
        }
    }

    /// The base and both ends of the range that `last` makes of the number.
    fn ends(
        base: String,
        extension: Option<String>,
        last: &str,
        item: &str,
        region: Region,
    ) -> Result<(String, String, String), NumbersError> {
        let no_range = || NumbersError::Range(quoted(item));
        let digits = plain(last.strip_prefix(HYPHENS).unwrap_or(last));
        let first = format!("{base}{}", extension.as_deref().unwrap_or_default());
        let whole = E164::parse(last, region);
        let is_whole = whole.as_ref().is_ok_and(|number| number.digits().len() == first.len());
        match (extension, digits) {
            (Some(extension), Some(last)) if !is_whole || last.len() <= extension.len() => Ok((base, extension, last)),
            (None, Some(last)) if !is_whole => {
                let (base, first) = tail(&first, last.len()).ok_or_else(no_range)?;
                Ok((base, first, last))
            }
            _ => {
                let last = whole.map_err(|error| NumbersError::Number { item: quoted(item), error })?.digits();
                let common = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
                // Two equal numbers are a range of one; its last digit is the range.
                let common = common.min(first.len().saturating_sub(1));
                match (first.split_at_checked(common), last.split_at_checked(common)) {
                    (Some((base, from)), Some((_, to))) if from.len() == to.len() && common > 0 => {
                        Ok((base.to_owned(), from.to_owned(), to.to_owned()))
                    }
                    _ => Err(no_range()),
                }
            }
        }
    }

    fn runs(first: &str, last: &str, item: &str) -> Result<Runs, NumbersError> {
        Runs::new(first, last).map_err(|error| match error {
            RangeError::NotDigits => NumbersError::Range(quoted(item)),
            RangeError::Backwards => NumbersError::Backwards(quoted(item)),
            RangeError::Lengths => NumbersError::Lengths(quoted(item)),
        })
    }

    fn numbers(&self, item: &str, numbers: &mut Vec<StockNumber>) -> Result<(), NumbersError> {
        for (extension, is_end) in self.runs.numbers() {
            let digits = format!("{}{extension}", self.base);
            let number = match E164::from_digits(&digits) {
                Some(number) if !is_end && self.base.len() >= SETTLED => number,
                _ => judged(&digits, item)?,
            };
            numbers.push(StockNumber { number, block: self.block.clone() });
        }
        Ok(())
    }
}

/// So many digits decide on country, area and service: numbers of equal length that differ behind them are all possible
/// or none is.
const SETTLED: usize = 6;

fn judged(digits: &str, item: &str) -> Result<E164, NumbersError> {
    let refused = |error| NumbersError::Number { item: quoted(item), error };
    let written = format!("+{digits}");
    let number = E164::parse(&written, Region::GERMANY).map_err(refused)?;
    if number.to_string() != written {
        return Err(refused(E164Error::Impossible(written)));
    }
    match number.service() {
        Some(service) => Err(NumbersError::Service { number, service }),
        None => Ok(number),
    }
}

/// Digits, with or without blanks between them.
fn plain(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| !matches!(character, ' ' | '\u{a0}' | '\u{202f}')).collect();
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// A number without its last digits, and those.
fn tail(number: &str, length: usize) -> Option<(String, String)> {
    let (base, tail) = number.split_at_checked(number.len().checked_sub(length)?)?;
    (!base.is_empty()).then(|| (base.to_owned(), tail.to_owned()))
}

fn quoted(item: &str) -> String {
    shortened(item).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Block, NumbersError, Overlaps, overlap, parse_numbers};
    use crate::base::e164::{E164, Region};

    fn read(text: &str) -> Result<Vec<String>, NumbersError> {
        let numbers = parse_numbers(text, Region::GERMANY, Overlaps::Refused)?;
        Ok(numbers.into_iter().map(|stock| stock.number.to_string()).collect())
    }

    #[test]
    fn blocks_are_read_in_the_ways_germans_write_them() {
        for (text, first, last, count) in [
            ("+49 30 1234-100…199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234-100..199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234-100...199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234-100 bis -199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234-100–199", "+49301234100", "+49301234199", 100),
            ("030/1234-100 … 199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234100…199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234100…+49 30 1234199", "+49301234100", "+49301234199", 100),
            ("030 1234100…030 1234199", "+49301234100", "+49301234199", 100),
            ("+49 30 1234-100…+49 30 1234-199", "+49301234100", "+49301234199", 100),
            ("+49 (0)30 1234-00…99", "+4930123400", "+4930123499", 100),
            ("+49 30 23125-150-159", "+493023125150", "+493023125159", 10),
            ("030/23125-150 - 159", "+493023125150", "+493023125159", 10),
            ("+49 30 23125-150–159", "+493023125150", "+493023125159", 10),
            ("+49 30 23125-150 bis 159", "+493023125150", "+493023125159", 10),
            ("+1 212-555-1234", "+12125551234", "+12125551234", 1),
            ("+49-30-12345-67", "+49301234567", "+49301234567", 1),
            ("+49-171-123-4567", "+491711234567", "+491711234567", 1),
            ("+49 30 12345-8…12", "+4930123458", "+49301234512", 5),
            ("+49 30 12345-0, -10..-99", "+4930123450", "+49301234599", 91),
            ("+49 30 12345-0; -10 bis -49\n-50", "+4930123450", "+49301234550", 42),
            ("+49 30 1234500", "+49301234500", "+49301234500", 1),
            ("+49-30-1234500", "+49301234500", "+49301234500", 1),
            ("030 1234500, 030 1234600", "+49301234500", "+49301234600", 2),
        ] {
            let numbers = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let ends = (numbers[0].as_str(), numbers[numbers.len() - 1].as_str(), numbers.len());
            assert_eq!(ends, (first, last, count), "{text}");
        }
    }

    #[test]
    fn a_number_remembers_its_block() {
        let numbers = parse_numbers("+49 30 1234-100…199, +49 30 99999", Region::GERMANY, Overlaps::Refused).unwrap();
        let block = numbers[17].block.clone().unwrap();
        assert_eq!(block.to_string(), "+49301234-100…199");
        assert_eq!(Block::from_canonical("+49301234-100…199"), Some(block));
        assert_eq!(numbers.last().unwrap().block, None);
        for wrong in ["+49301234-199…100", "49301234-100…199", "+49301234", "+-1…2", "+49301234567890-100…199"]
        {
            assert_eq!(Block::from_canonical(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_block_is_refused_with_what_to_change() {
        for (text, expected) in [
            ("", "numbers are missing: write them like +49 30 1234500, +49 30 1234-100…199"),
            (" , ", "numbers are missing: write them like +49 30 1234500, +49 30 1234-100…199"),
            (
                "-10…-99",
                "\"-10…-99\" is an extension without its number: write the number once before it, like +49 30 12345-0, -10…-99",
            ),
            (
                "030 1234500, -10",
                "\"-10\" is an extension without its number: write the number once before it, like +49 30 12345-0, -10…-99",
            ),
            (
                "+49 30 1234–567",
                "\"+49 30 1234–567\": write … between the first and the last number, and a hyphen (-) before an extension",
            ),
            (
                "+49-30-1234-5678",
                "\"+49-30-1234-5678\" may be one number or a block of them: write a block like +49 30 1234-100…199, and one number without a second hyphen",
            ),
            (
                "+49 30 23125-50-159",
                "\"+49 30 23125-50-159\" may be one number or a block of them: write a block like +49 30 1234-100…199, and one number without a second hyphen",
            ),
            ("+49 30 23125-159-150", "\"+49 30 23125-159-150\" ends before it begins: write the lower number first"),
            ("+49 30 1234-199…100", "\"+49 30 1234-199…100\" ends before it begins: write the lower number first"),
            ("+49 30 1234-100…99", "\"+49 30 1234-100…99\" ends before it begins: write the lower number first"),
            (
                "+49 30 1234-00…199",
                "\"+49 30 1234-00…199\" has a leading 0: give its first and last number equally many digits",
            ),
            ("+49 30 1234-100…", "\"+49 30 1234-100…\": a phone number is missing: write it like +49 30 1234500"),
            (
                "+49 30 1234100…+49 40 1234",
                "\"+49 30 1234100…+49 40 1234\" is no range: write it like +49 30 1234-100…199 or +49 30 1234100…+49 30 1234199",
            ),
            ("Büro", "\"Büro\": 'B' at position 1 is no part of a phone number: leave it out"),
            (
                "+49 30 1234-0000…9999, 030 5678",
                "\"030 5678\" brings the numbers to more than 10000: give them in parts",
            ),
            (
                "+49 30 1-0…999999999",
                "\"+49 30 1-0…999999999\" has a leading 0: give its first and last number equally many digits",
            ),
            (
                "+49 30 1-000000000…999999999",
                "\"+49 30 1-000000000…999999999\" brings the numbers to more than 10000: give them in parts",
            ),
            ("030 1234500, +49 30 1234-500", "+49301234500 is there twice: leave one out"),
            ("0180 5123456", "+491805123456 is a shared cost service number, which cannot be in stock"),
            ("112", "\"112\": 112 is an emergency or short service number, which nobody can hold"),
            (
                "+49 30 123456789-100…199",
                "\"+49 30 123456789-100…199\": +4930123456789100 has too many digits: at most 15 with the country's code, in some countries fewer",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
        }
        assert_eq!(read(&"1".repeat(70_000)), Err(NumbersError::TooLong));
    }

    #[test]
    fn a_number_that_is_the_beginning_of_another_is_refused_with_both_named_unless_the_operator_insists() {
        let text = "+49 30 12345-1, -10…-12";
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("+4930123451 is the beginning of +49301234510: "), "{error}");
        assert_eq!(parse_numbers(text, Region::GERMANY, Overlaps::Allowed).unwrap().len(), 4);
        assert!(read("+49 30 12345-1…12").is_err(), "a growing range may overlap itself");
        assert!(read("+49 30 12345-0, -10…-99").is_ok());
    }

    proptest! {
        #[test]
        fn a_block_has_as_many_numbers_as_its_range(first in 0_u32..1000, more in 0_u32..300) {
            let last = (first + more).min(999);
            let text = format!("+49 30 1234-{first:03}…{last:03}");
            let numbers = parse_numbers(&text, Region::GERMANY, Overlaps::Refused).unwrap();
            prop_assert_eq!(numbers.len(), usize::try_from(last - first + 1).unwrap());
            let block = numbers[0].block.clone().unwrap();
            prop_assert_eq!(Block::from_canonical(&block.to_string()), Some(block.clone()));
            let again = parse_numbers(&block.to_string(), Region::GERMANY, Overlaps::Refused).unwrap();
            prop_assert_eq!(again, numbers);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}", signs in "[+0-9 ()/.…–,;bis-]{0,40}") {
            for text in [text, signs] {
                if let Ok(numbers) = parse_numbers(&text, Region::GERMANY, Overlaps::Refused) {
                    let list: Vec<String> = numbers.iter().take(1000).map(|stock| stock.number.to_string()).collect();
                    let again = parse_numbers(&list.join(", "), Region::GERMANY, Overlaps::Refused).unwrap();
                    prop_assert!(again.iter().map(|stock| stock.number).eq(numbers.iter().take(1000).map(|stock| stock.number)));
                }
            }
        }

        #[test]
        fn an_overlap_is_found_wherever_there_is_one(digits in proptest::collection::vec("493[0-9]{1,4}", 1..30)) {
            let numbers: Vec<E164> = digits.iter().filter_map(|digits| E164::from_digits(digits)).collect();
            let there = numbers.iter().any(|one| numbers.iter().any(|other| one.is_beginning_of(*other)));
            prop_assert_eq!(overlap(numbers).is_some(), there);
        }
    }
}
