//! The table of settings, and where a value can come from.

use std::fmt;
use std::path::PathBuf;

use super::{database, limits, log, secrets, server};

/// One setting: all its names, its default, its help.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// `section.name`, as in the TOML file.
    pub name: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// The flag, without its dashes.
    pub flag: &'static str,
    /// What stands for the value in the help, e.g. `ADDRESS:PORT`.
    pub placeholder: &'static str,
    /// How the value is written.
    pub shape: Shape,
    /// The default in the words of the help; empty: none.
    pub default: &'static str,
    /// One sentence, without a final dot.
    pub help: &'static str,
    /// Which commands take the flag.
    pub audience: Audience,
}

/// How a value is written in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// An integer.
    Whole,
    /// A string such as `"30s"`.
    Duration,
    /// An array of strings; separated by commas in the environment, repeated as a flag.
    List,
}

impl Shape {
    /// What a value of this shape is called in an error.
    pub(super) const fn article_and_name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Whole => "a whole number",
            Self::Duration => "a duration such as \"30s\"",
            Self::List => "an array of strings",
        }
    }
}

/// Which commands take a setting as a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Each command that opens the database.
    Everyone,
    /// Only the daemon, and the commands that check its settings.
    Daemon,
}

/// All settings, section by section.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [database::KEYS, server::KEYS, limits::KEYS, log::KEYS, secrets::KEYS].into_iter().flatten()
}

/// A value as somebody wrote it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The TOML file.
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(&'static str),
    /// A flag, without its dashes.
    Flag(&'static str),
}

impl Origin {
    /// One word for scripts.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Flag(_) => "flag",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

/// A setting in force, for `check-config`.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Which.
    pub key: &'static Key,
    /// The value as text, secrets hidden; empty: not set.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}
