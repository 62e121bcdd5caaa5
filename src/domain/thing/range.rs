//! Lists and ranges as people write them: `200-299, 310`, `1234-100…199`, `-10..-99`.

/// The parts of a list, without blanks at their ends and without empty ones.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '\n']).map(str::trim).filter(|item| !item.is_empty())
}

/// What stands before and after `…`, `...`, `..` or the word `bis`; `None` where there is none of them.
pub(super) fn ends(item: &str) -> Option<(&str, &str)> {
    [" bis ", "…", "...", ".."]
        .into_iter()
        .find_map(|mark| item.split_once(mark))
        .map(|(first, last)| (first.trim(), last.trim()))
}

/// The hyphens of DIN 5008 and of typesetters, but no dashes: those stand between the ends of a range as often as before
/// an extension.
pub(super) const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{2011}'];
/// Dashes.
pub(super) const DASHES: [char; 3] = ['\u{2012}', '\u{2013}', '\u{2014}'];

/// The numbers from `first` to `last` as runs of equal length: from `8` to `12` goes from 8 to 9 and from 10 to 12.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Runs {
    runs: Vec<(usize, u64, u64)>,
}

/// Why two ends make no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RangeError {
    /// An end is empty, or more than digits, or too many of them.
    NotDigits,
    /// The last comes before the first.
    Backwards,
    /// One end begins with 0 and has fewer or more digits than the other.
    Lengths,
}

impl Runs {
    pub(super) fn new(first: &str, last: &str) -> Result<Self, RangeError> {
        let value = |digits: &str| {
            let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            if plain { digits.parse::<u64>().map_err(|_| RangeError::NotDigits) } else { Err(RangeError::NotDigits) }
        };
        let (from, to) = (value(first)?, value(last)?);
        if last.len() < first.len() || to < from {
            return Err(RangeError::Backwards);
        }
        if first.len() != last.len() && (first.starts_with('0') || last.starts_with('0')) {
            return Err(RangeError::Lengths);
        }
        let run = |width: usize| {
            let power = |digits: usize| u32::try_from(digits).ok().and_then(|digits| 10_u64.checked_pow(digits));
            let low = if width == first.len() { from } else { power(width - 1).unwrap_or(u64::MAX) };
            let high = if width == last.len() { to } else { power(width).unwrap_or(u64::MAX) - 1 };
            (width, low, high)
        };
        Ok(Self { runs: (first.len()..=last.len()).map(run).collect() })
    }

    pub(super) fn count(&self) -> u64 {
        self.runs.iter().map(|(_, low, high)| high - low + 1).sum()
    }

    /// Each number, with its leading zeros.
    pub(super) fn numbers(&self) -> impl Iterator<Item = String> {
        self.runs.iter().flat_map(|(width, low, high)| (*low..=*high).map(move |number| format!("{number:0width$}")))
    }
}

#[cfg(test)]
mod tests {
    use super::{RangeError, Runs, ends, items};

    #[test]
    fn ranges_keep_leading_zeros_and_may_grow_in_length() {
        let numbers = |first, last| Runs::new(first, last).map(|runs| runs.numbers().collect::<Vec<_>>().join(" "));
        assert_eq!(numbers("08", "11").as_deref(), Ok("08 09 10 11"));
        assert_eq!(numbers("8", "11").as_deref(), Ok("8 9 10 11"));
        assert_eq!(numbers("98", "101").as_deref(), Ok("98 99 100 101"));
        assert_eq!(numbers("5", "5").as_deref(), Ok("5"));
        assert_eq!(numbers("0", "11"), Err(RangeError::Lengths));
        assert_eq!(numbers("9", "08"), Err(RangeError::Backwards));
        assert_eq!(numbers("9", "8"), Err(RangeError::Backwards));
        assert_eq!(numbers("10", "9"), Err(RangeError::Backwards));
        assert_eq!(numbers("1", "2a"), Err(RangeError::NotDigits));
        assert_eq!(numbers("", "2"), Err(RangeError::NotDigits));
        assert_eq!(Runs::new("1", "999999999999999").unwrap().count(), 999_999_999_999_999);
        assert_eq!(numbers("1", "1000000000000000"), Err(RangeError::NotDigits));
    }

    #[test]
    fn lists_and_marks_are_told_apart() {
        assert_eq!(items(" 1, 2 ;\n,3").collect::<Vec<_>>(), ["1", "2", "3"]);
        for text in ["1…2", "1...2", "1..2", "1 bis 2", "1 … 2"] {
            assert_eq!(ends(text), Some(("1", "2")), "{text}");
        }
        assert_eq!(ends("1-2"), None);
    }
}
