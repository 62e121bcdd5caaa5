//! The settings as flags: made from the table in `config`, so that no flag, variable or default is written twice.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, ValueHint};

use super::failure::Failure;
use crate::config::{self, Audience, DEFAULT_FILE, FILE_VARIABLE, Flag, Key, Loaded, Shape, Sources};

/// The flags of a command that opens the database.
pub(super) type DatabaseSettings = Settings<false>;
/// The flags of a command that is, or looks at, the daemon.
pub(super) type DaemonSettings = Settings<true>;

/// Settings given as flags.
#[derive(Debug, Clone)]
pub(super) struct Settings<const DAEMON: bool> {
    file: Option<PathBuf>,
    flags: Vec<Flag>,
}

const HEADING: &str = "Settings";
const FILE: &str = "config";

impl<const DAEMON: bool> Settings<DAEMON> {
    /// Merges them with the file and the environment.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        Ok(config::load(&self.sources())?)
    }

    pub(super) fn sources(&self) -> Sources {
        Sources::of_process(self.file.clone(), self.flags.clone())
    }

    fn keys() -> impl Iterator<Item = &'static Key> {
        config::keys().filter(|key| DAEMON || key.audience == Audience::Everyone)
    }
}

impl<const DAEMON: bool> clap::Args for Settings<DAEMON> {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .value_parser(clap::value_parser!(PathBuf))
            .help(format!("The TOML file with the settings [env: {FILE_VARIABLE}] [default: {DEFAULT_FILE}, if there]"))
            .help_heading(HEADING);
        Self::keys().fold(command.arg(file), |command, key| command.arg(flag(key)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag(key: &'static Key) -> Arg {
    let default = if key.default.is_empty() { String::new() } else { format!(" [default: {}]", key.default) };
    Arg::new(key.name)
        .long(key.flag)
        .value_name(key.placeholder)
        .value_parser(clap::value_parser!(OsString))
        .action(if key.shape == Shape::List { ArgAction::Append } else { ArgAction::Set })
        .help(format!("{} [env: {}]{default}", key.help, key.variable))
        .help_heading(HEADING)
        // What hardly anybody changes waits in --help.
        .hide_short_help(key.name.starts_with("limits.") || key.name.starts_with("database.unit"))
}

impl<const DAEMON: bool> FromArgMatches for Settings<DAEMON> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Vec::new();
        for key in Self::keys() {
            let Some(values) = matches.get_many::<OsString>(key.name) else { continue };
            let values: Option<Vec<&str>> = values.map(|value| value.to_str()).collect();
            let value = values.map(|values| values.join(",")).ok_or_else(|| {
                clap::Error::raw(clap::error::ErrorKind::InvalidUtf8, format!("--{} is not valid UTF-8\n", key.flag))
            })?;
            flags.push(Flag { key, value });
        }
        Ok(Self { file: matches.get_one::<PathBuf>(FILE).cloned(), flags })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
