//! When to come back: what every 429 and 503 says.

use std::time::Duration;

use http::header::HeaderValue;

/// After trouble on our side (decision 20).
pub const AFTER_TROUBLE: Duration = Duration::from_secs(5);

/// The value of `Retry-After` (RFC 9110, section 10.2.3): whole seconds, at least one.
pub fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(seconds(wait))
}

/// The seconds to wait, rounded up, at least one.
pub fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds;

    #[test]
    fn l4_who_waits_as_long_as_told_is_let_in() {
        for (millis, told) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            assert_eq!(seconds(Duration::from_millis(millis)), told);
        }
    }
}
