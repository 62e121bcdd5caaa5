//! A token bucket in eight bytes: the generic cell rate algorithm.
//!
//! A bucket keeps one instant, the one at which it will be full again. Taking moves it on by the price of one event; an
//! event fits while that instant is not further away than a whole bucket. The crate `governor` does the same with a
//! clock and a table of its own; here the instant is an argument, and what is taken can be given back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How much may happen: so many events at once, and one more each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    interval: u64,
    depth: u64,
}

impl Rate {
    /// `events` in every `period` for as long as one likes, and `burst` at once. Zeros count as one.
    #[must_use]
    pub fn new(events: u32, period: Duration, burst: u32) -> Self {
        let interval = (nanos(period) / u64::from(events.max(1))).max(1);
        Self { interval, depth: interval.saturating_mul(u64::from(burst.max(1))) }
    }

    /// The bucket `full_at` after one event at `now`; else how long to wait for room.
    fn take(self, full_at: u64, now: u64) -> Result<u64, Duration> {
        let next = full_at.max(now).saturating_add(self.interval);
        match next.checked_sub(now.saturating_add(self.depth)) {
            None | Some(0) => Ok(next),
            Some(wait) => Err(Duration::from_nanos(wait)),
        }
    }
}

/// The events of one party. Instants are told as [`Clock::uptime`](super::clock::Clock::uptime).
#[derive(Debug, Default)]
pub struct Bucket(AtomicU64);

impl Bucket {
    /// Takes one event out; `Err`: there is none, and how long to wait for the next.
    ///
    /// # Errors
    ///
    /// The time to wait.
    pub fn take(&self, rate: Rate, now: Duration) -> Result<(), Duration> {
        let now = nanos(now);
        let mut full_at = self.0.load(Ordering::Relaxed);
        loop {
            let next = rate.take(full_at, now)?;
            match self.0.compare_exchange_weak(full_at, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(current) => full_at = current,
            }
        }
    }

    /// Puts one event back.
    pub fn give_back(&self, rate: Rate) {
        // The closure never says no, so there is nothing to hear.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| Some(at.saturating_sub(rate.interval)));
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bucket, Rate};

    const RATE: fn() -> Rate = || Rate::new(25, Duration::from_secs(1), 200);

    /// How many of `events` at this instant are let through.
    fn admitted(bucket: &Bucket, events: u32, now: Duration) -> u32 {
        (0..events).map(|_| u32::from(bucket.take(RATE(), now).is_ok())).sum()
    }

    #[test]
    fn l4_a_burst_of_two_hundred_passes_and_the_next_one_waits_for_its_turn() {
        let (bucket, now) = (Bucket::default(), Duration::from_hours(1));
        assert_eq!(admitted(&bucket, 1000, now), 200);
        assert_eq!(bucket.take(RATE(), now), Err(Duration::from_millis(40)));
        assert_eq!(bucket.take(RATE(), now + Duration::from_millis(39)), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(RATE(), now + Duration::from_millis(40)), Ok(()));
    }

    #[test]
    fn l4_twenty_five_a_second_are_never_throttled_however_they_fall_within_the_second() {
        for at_once in [1, 5, 25] {
            let bucket = Bucket::default();
            // The bucket is empty to begin with: what follows lives off the rate alone.
            assert_eq!(admitted(&bucket, 200, Duration::ZERO), 200);
            for second in 1..600 {
                for group in 0..25 / at_once {
                    let now = Duration::from_secs(second) + Duration::from_millis(40) * (group * at_once);
                    assert_eq!(admitted(&bucket, at_once, now), at_once, "second {second}");
                }
            }
        }
    }

    #[test]
    fn a_rested_bucket_is_full_and_no_fuller() {
        let bucket = Bucket::default();
        assert_eq!(admitted(&bucket, 500, Duration::ZERO), 200);
        assert_eq!(admitted(&bucket, 500, Duration::from_secs(8)), 200);
        assert_eq!(admitted(&bucket, 500, Duration::from_hours(800)), 200);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let bucket = Bucket::default();
        assert_eq!(admitted(&bucket, 200, Duration::ZERO), 200);
        bucket.give_back(RATE());
        assert_eq!(admitted(&bucket, 200, Duration::ZERO), 1);
    }
}
