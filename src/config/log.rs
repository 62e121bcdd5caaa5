//! `[log]`: what the daemon tells, and in which form.

use super::key::{Audience, Key, Shape};
use super::reader::Reader;

/// `log.format`
pub const FORMAT: Key = Key {
    name: "log.format",
    variable: "DESKGATE_LOG_FORMAT",
    flag: "log-format",
    placeholder: "FORM",
    shape: Shape::Text,
    default: "human",
    help: "The form of the log on standard error: human or json",
    audience: Audience::Everyone,
};

/// `log.filter`
pub const FILTER: Key = Key {
    name: "log.filter",
    variable: "DESKGATE_LOG_FILTER",
    flag: "log-filter",
    placeholder: "FILTER",
    shape: Shape::Text,
    default: "info,sqlx=warn,hyper=warn; commands that end by themselves: warn",
    help: "What is logged, e.g. debug or info,deskgate::storage=debug",
    audience: Audience::Everyone,
};

/// The section.
pub const KEYS: &[Key] = &[FORMAT, FILTER];

/// What a daemon logs unless told otherwise.
pub const DEFAULT_FILTER: &str = "info,sqlx=warn,hyper=warn";

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The form.
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`, known to be well formed.
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Time, level, where, message, fields.
    Human,
    /// One JSON object per line.
    Json,
}

impl LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(format!("{text:?} is neither human nor json")),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            format: reader.read(&FORMAT, LogFormat::Human, LogFormat::parse, |format| format.name().to_owned()),
            filter: reader.read(&FILTER, DEFAULT_FILTER.to_owned(), parse_filter, Clone::clone),
        }
    }
}

fn parse_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("{text:?} is no filter such as \"debug\" or \"info,deskgate::storage=debug\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_FILTER, LogFormat, parse_filter};

    #[test]
    fn forms_and_filters_are_checked() {
        assert_eq!(LogFormat::parse("json"), Ok(LogFormat::Json));
        assert_eq!(LogFormat::parse("xml"), Err("\"xml\" is neither human nor json".to_owned()));
        assert!(parse_filter(DEFAULT_FILTER).is_ok());
        assert!(parse_filter("deskgate=loud").unwrap_err().contains("is no filter"));
    }
}
