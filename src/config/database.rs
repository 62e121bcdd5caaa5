//! `[database]`: where the data is.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::key::{Audience, Key, Shape};
use super::parse::{duration, show_duration, whole};
use super::reader::Reader;
use crate::storage::without_password;

/// `database.url`
pub const URL: Key = Key {
    name: "database.url",
    variable: "DESKGATE_DATABASE",
    flag: "database",
    placeholder: "URL",
    shape: Shape::Text,
    default: "sqlite:deskgate.db, under systemd in $STATE_DIRECTORY",
    help: "The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME",
    audience: Audience::Everyone,
};

/// `database.connections`
pub const CONNECTIONS: Key = Key {
    name: "database.connections",
    variable: "DESKGATE_DATABASE_CONNECTIONS",
    flag: "database-connections",
    placeholder: "NUMBER",
    shape: Shape::Whole,
    default: "8",
    help: "How many connections to PostgreSQL, or readers of the SQLite file, at most",
    audience: Audience::Daemon,
};

/// `database.unit_timeout`
pub const UNIT_TIMEOUT: Key = Key {
    name: "database.unit_timeout",
    variable: "DESKGATE_DATABASE_UNIT_TIMEOUT",
    flag: "database-unit-timeout",
    placeholder: "DURATION",
    shape: Shape::Duration,
    default: "10s",
    help: "How long one unit of work may take before the request is answered with 503; a plan ten times as long",
    audience: Audience::Daemon,
};

/// The section.
pub const KEYS: &[Key] = &[URL, CONNECTIONS, UNIT_TIMEOUT];

/// Where the data is. Neither `Debug` nor anything else here shows the password.
#[derive(Clone)]
pub struct Database {
    /// Where it is, as it was given; its form has been looked at, what it means is the store's business.
    pub url: SecretString,
    /// The same for people: without the password.
    pub shown: String,
    /// How many connections, at most.
    pub connections: u32,
    /// How long one unit of work may take.
    pub unit_timeout: Duration,
}

impl Database {
    pub(super) fn read(reader: &mut Reader<'_>, state_directory: Option<&Path>) -> Self {
        let file = state_directory.map_or_else(|| "deskgate.db".into(), |directory| directory.join("deskgate.db"));
        let default = Self::sqlite(&file);
        let (url, shown) = reader.read(&URL, default, parse_url, |(_, shown)| shown.clone());
        Self {
            url,
            shown,
            connections: reader.read(&CONNECTIONS, 8, whole(1..=1000), ToString::to_string),
            unit_timeout: reader.read(
                &UNIT_TIMEOUT,
                Duration::from_secs(10),
                duration(Duration::from_millis(100)..=Duration::from_mins(5)),
                show_duration,
            ),
        }
    }

    fn sqlite(file: &Path) -> (SecretString, String) {
        let url = format!("sqlite:{}", file.display());
        (url.clone().into(), url)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &self.shown)
            .field("connections", &self.connections)
            .field("unit_timeout", &self.unit_timeout)
            .finish()
    }
}

/// The address, and the same for people. Errors do not repeat it: it may hold a password.
fn parse_url(text: &str) -> Result<(SecretString, String), String> {
    let file = text.strip_prefix("sqlite:").is_some_and(|path| !path.is_empty());
    let server = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if server && Url::parse(text).is_ok_and(|url| url.path().contains('@') || url.fragment().is_some()) {
        return Err("percent-encode the characters @, / and # of the password (%40, %2F, %23)".to_owned());
    }
    if file || server && Url::parse(text).is_ok() {
        Ok((text.to_owned().into(), without_password(text)))
    } else {
        Err("this is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/NAME".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::parse_url;

    #[test]
    fn the_form_of_a_database_url_is_checked_without_repeating_it() {
        for right in ["sqlite:x.db", "sqlite:/x.db", "postgres://db/x", "postgresql://dg:geheim@db:5432/x"] {
            assert!(parse_url(right).is_ok(), "{right}");
        }
        let error = parse_url("postgres://dg:ge@heim/pw@db/x").unwrap_err();
        assert!(error.contains("percent-encode") && !error.contains("heim"), "{error}");
        for wrong in ["", "sqlite:", "x.db", "mysql://dg:geheim@db/x", "postgres:/geheim", "postgres://[geheim"] {
            let error = parse_url(wrong).unwrap_err();
            assert!(error.contains("sqlite:PATH") && !error.contains("geheim"), "{wrong}");
        }
    }
}
