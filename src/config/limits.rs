//! `[limits]`: how much one caller may ask for (L1, L4).

use std::time::Duration;

use super::key::{Audience, Key, Shape};
use super::parse::{duration, show_duration, whole};
use super::reader::Reader;

const fn number(name: &'static str, variable: &'static str, flag: &'static str, texts: [&'static str; 2]) -> Key {
    let [default, help] = texts;
    Key { name, variable, flag, placeholder: "NUMBER", shape: Shape::Whole, default, help, audience: Audience::Daemon }
}

const fn period(name: &'static str, variable: &'static str, flag: &'static str, texts: [&'static str; 2]) -> Key {
    let [default, help] = texts;
    Key {
        name,
        variable,
        flag,
        placeholder: "DURATION",
        shape: Shape::Duration,
        default,
        help,
        audience: Audience::Daemon,
    }
}

/// `limits.connections`
pub const CONNECTIONS: Key = number(
    "limits.connections",
    "DESKGATE_LIMITS_CONNECTIONS",
    "max-connections",
    ["4096", "How many connections may be open at once"],
);
/// `limits.connections_per_address`
pub const CONNECTIONS_PER_ADDRESS: Key = number(
    "limits.connections_per_address",
    "DESKGATE_LIMITS_CONNECTIONS_PER_ADDRESS",
    "max-connections-per-address",
    ["256", "How many of them from one address; trusted proxies are exempt"],
);
/// `limits.scim_rate`
pub const SCIM_RATE: Key = number(
    "limits.scim_rate",
    "DESKGATE_LIMITS_SCIM_RATE",
    "scim-rate",
    ["25", "How many SCIM requests a second each tenant may send for as long as it likes; 25 at least"],
);
/// `limits.scim_burst`
pub const SCIM_BURST: Key = number(
    "limits.scim_burst",
    "DESKGATE_LIMITS_SCIM_BURST",
    "scim-burst",
    ["200", "How many SCIM requests each tenant may send at once; 200 at least"],
);
/// `limits.header_timeout`
pub const HEADER_TIMEOUT: Key = period(
    "limits.header_timeout",
    "DESKGATE_LIMITS_HEADER_TIMEOUT",
    "header-timeout",
    ["10s", "How long the headers of a request may take"],
);
/// `limits.body_timeout`
pub const BODY_TIMEOUT: Key = period(
    "limits.body_timeout",
    "DESKGATE_LIMITS_BODY_TIMEOUT",
    "body-timeout",
    ["30s", "How long the body of a request may take"],
);
/// `limits.write_timeout`
pub const WRITE_TIMEOUT: Key = period(
    "limits.write_timeout",
    "DESKGATE_LIMITS_WRITE_TIMEOUT",
    "write-timeout",
    ["30s", "How long a caller may keep an answer waiting"],
);
/// `limits.shutdown_grace`
pub const SHUTDOWN_GRACE: Key = period(
    "limits.shutdown_grace",
    "DESKGATE_LIMITS_SHUTDOWN_GRACE",
    "shutdown-grace",
    ["20s", "How long requests under way may take when the daemon stops"],
);

/// The section.
pub const KEYS: &[Key] = &[
    CONNECTIONS,
    CONNECTIONS_PER_ADDRESS,
    SCIM_RATE,
    SCIM_BURST,
    HEADER_TIMEOUT,
    BODY_TIMEOUT,
    WRITE_TIMEOUT,
    SHUTDOWN_GRACE,
];

/// How much one caller may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address.
    pub connections_per_address: usize,
    /// SCIM requests of one tenant in a second, for as long as it likes.
    pub scim_rate: u32,
    /// SCIM requests of one tenant at once.
    pub scim_burst: u32,
    /// From the first byte of a connection to the end of the headers.
    pub header_timeout: Duration,
    /// From the end of the headers to the end of the body.
    pub body_timeout: Duration,
    /// Without the caller taking a byte of the answer.
    pub write_timeout: Duration,
    /// From the signal to stop to the end.
    pub shutdown_grace: Duration,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let seconds = |from, to| duration(Duration::from_secs(from)..=Duration::from_secs(to));
        let limits = Self {
            connections: reader.read(&CONNECTIONS, 4096, whole(1..=1_000_000), ToString::to_string),
            connections_per_address: reader.read(
                &CONNECTIONS_PER_ADDRESS,
                256,
                whole(1..=1_000_000),
                ToString::to_string,
            ),
            scim_rate: reader.read(&SCIM_RATE, 25, whole(25..=1_000_000), ToString::to_string),
            scim_burst: reader.read(&SCIM_BURST, 200, whole(200..=1_000_000), ToString::to_string),
            header_timeout: reader.read(&HEADER_TIMEOUT, Duration::from_secs(10), seconds(1, 300), show_duration),
            body_timeout: reader.read(&BODY_TIMEOUT, Duration::from_secs(30), seconds(1, 600), show_duration),
            write_timeout: reader.read(&WRITE_TIMEOUT, Duration::from_secs(30), seconds(1, 600), show_duration),
            shutdown_grace: reader.read(&SHUTDOWN_GRACE, Duration::from_secs(20), seconds(0, 600), show_duration),
        };
        if limits.connections_per_address > limits.connections {
            reader.warn("limits.connections_per_address is above limits.connections and has no effect");
        }
        limits
    }
}
