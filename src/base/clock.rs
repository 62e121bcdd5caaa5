//! Instants in whole microseconds, and the clock that tells them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in microseconds since 1970, the finest step both databases keep: what is read equals what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(i64);

/// The last instant that RFC 3339 can write, 9999-12-31T23:59:59.999999Z.
const LAST: i64 = 253_402_300_799_999_999;
/// The first instant of year 0001.
const FIRST: i64 = -62_135_596_800_000_000;

impl Ts {
    /// Microseconds since 1970-01-01T00:00:00Z; brought into the years 1 to 9999.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros > LAST {
            Self(LAST)
        } else if micros < FIRST {
            Self(FIRST)
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z, negative before.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Cuts to the microsecond at or before `instant`.
    #[must_use]
    pub fn from_offset(instant: OffsetDateTime) -> Self {
        let micros = instant.unix_timestamp_nanos().div_euclid(1000);
        Self::from_micros(i64::try_from(micros).unwrap_or(LAST))
    }

    /// The same instant in UTC.
    #[must_use]
    pub fn to_offset(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .expect("from_micros keeps the years 1 to 9999")
    }

    /// Reads an `xsd:dateTime` as SCIM uses it (RFC 7643, section 2.3.5): RFC 3339 with `T` or `t`; without an offset
    /// it counts as UTC, which some identity providers leave out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(instant) = OffsetDateTime::parse(text, &Rfc3339) {
            return Some(Self::from_offset(instant));
        }
        // Only a full local date and time may go without its offset.
        if !text.is_ascii() || text.len() < 19 || text.ends_with(['Z', 'z']) {
            return None;
        }
        OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).ok().map(Self::from_offset)
    }

    /// The time from here to `later`; nothing when that has passed.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_micros(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// `earlier` seconds, minutes, days before this instant.
    #[must_use]
    pub fn before(self, earlier: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(i64::try_from(earlier.as_micros()).unwrap_or(i64::MAX)))
    }

    /// `later` seconds, minutes, days after this instant.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(later.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Ts {
    /// The same to the second, as people read it in a sentence: `2026-11-21T08:15:30Z`.
    #[must_use]
    pub fn to_the_second(self) -> Self {
        Self::from_micros(self.micros().div_euclid(1_000_000) * 1_000_000)
    }
}

impl std::fmt::Display for Ts {
    /// RFC 3339 in UTC with as many decimals as needed, e.g. `2026-11-21T08:15:30.25Z`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_offset().format(&Rfc3339).expect("years 1 to 9999 can be written"))
    }
}

/// Where "now" comes from: the system, or a hand that turns it (tests).
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until [`Clock::turn`].
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn manual(start: Ts) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.micros())))
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Ts {
        match self {
            Self::Manual(at) => Ts::from_micros(at.load(Ordering::SeqCst)),
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Ts::from_micros(i64::try_from(since.as_micros()).unwrap_or(LAST))
            }
        }
    }

    /// The time since some moment of this process: it only grows, whatever is done to the machine's clock. For limits
    /// and caches, which must not stand still for an hour because a clock was put back.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Self::Manual(at) => Duration::from_micros(u64::try_from(at.load(Ordering::SeqCst)).unwrap_or(0)),
            Self::System => START.elapsed(),
        }
    }

    /// Moves a manual clock forward; the system's clock is left alone.
    pub fn turn(&self, by: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(i64::try_from(by.as_micros()).unwrap_or(0), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ts;

    #[test]
    fn instants_are_equal_whatever_their_offset_and_decimals() {
        let noon = Ts::parse("2026-11-21T12:00:00Z");
        assert!(noon.is_some());
        for same in [
            "2026-11-21T13:00:00+01:00",
            "2026-11-21T12:00:00.000Z",
            "2026-11-21T12:00:00",
            "2026-11-21t12:00:00.0000004z",
        ] {
            assert_eq!(Ts::parse(same), noon, "{same}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "12:00:00",
            "2026-13-01T00:00:00Z",
            "yesterday",
            "2026-11-21T12:00:00ZZ",
            "２０２６-11-21T12:00:00",
        ] {
            assert_eq!(Ts::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_instant_can_be_written_and_read_back() {
        for micros in [i64::MIN, -1, 0, 1, 1_780_000_000_123_456, i64::MAX] {
            let instant = Ts::from_micros(micros);
            assert_eq!(Ts::parse(&instant.to_string()), Some(instant));
        }
    }
}
