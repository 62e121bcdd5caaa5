//! From text to values; every error is the end of a sentence that begins with the place of the value.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// A whole number within `range`.
pub(super) fn whole<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    move |text| match text.parse::<T>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("{text:?} is no whole number from {} to {}", range.start(), range.end())),
    }
}

/// A duration within `range`, written with its unit.
pub(super) fn duration(range: RangeInclusive<Duration>) -> impl Fn(&str) -> Result<Duration, String> {
    move |text| {
        let duration = humantime::parse_duration(text)
            .map_err(|_| format!("{text:?} is no duration with its unit, such as \"30s\" or \"2m\""))?;
        if range.contains(&duration) {
            Ok(duration)
        } else {
            Err(format!("{text:?} is not within {} and {}", show_duration(range.start()), show_duration(range.end())))
        }
    }
}

/// The way a duration is written.
pub(super) fn show_duration(duration: &Duration) -> String {
    humantime::format_duration(*duration).to_string()
}

/// Values separated by commas; an empty text is an empty list.
pub(super) fn list<T>(each: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Vec<T>, String> {
    move |text| text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(&each).collect()
}

/// The way a list is written.
pub(super) fn show_list<T: Display>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, list, whole};

    #[test]
    fn numbers_keep_to_their_range() {
        let parse = whole(1..=8u32);
        assert_eq!(parse("8"), Ok(8));
        for wrong in ["0", "9", "-1", "x", "", "1.5"] {
            assert_eq!(parse(wrong), Err(format!("{wrong:?} is no whole number from 1 to 8")));
        }
    }

    #[test]
    fn durations_need_a_unit() {
        let parse = duration(Duration::from_secs(1)..=Duration::from_mins(1));
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert!(parse("30").unwrap_err().contains("with its unit"));
        assert_eq!(parse("2m"), Err("\"2m\" is not within 1s and 1m".to_owned()));
    }

    #[test]
    fn lists_are_separated_by_commas() {
        let parse = list(whole(0..=9u8));
        assert_eq!(parse("1, 2,3"), Ok(vec![1, 2, 3]));
        assert_eq!(parse(""), Ok(vec![]));
        assert!(parse("1,x").is_err());
    }
}
