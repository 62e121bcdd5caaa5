//! Settings: what there is, where it comes from, and whether it makes sense.
//!
//! Every setting is one [`Key`] in the file of its section, and that entry is all there is to it: its name in the
//! TOML file, its environment variable, its flag, its default and its help. The sources are merged in order of
//! strength – default, TOML file, environment, flag – and each value remembers which of them it came from, because
//! "why does it listen *there*?" is the question an operator asks first.
//!
//! All mistakes are reported together, each with its place, so that a file is corrected in one go. Nothing that is
//! unknown is ignored: a misspelt limit would else be no limit.
//!
//! **Architecture invariant:** no clock, no database, no network; the only file read here is the TOML file (and the
//! key file, on request, in [`secrets`]). The environment is handed in as a value.

pub mod database;
mod environment;
mod error;
mod file;
mod key;
pub mod limits;
pub mod log;
mod parse;
mod reader;
pub mod secrets;
pub mod server;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

pub use error::{ConfigError, ConfigErrors};
pub use key::{Audience, Key, Origin, Setting, Shape, keys};

use key::Given;
use reader::Reader;

/// Where the settings stand when nobody says otherwise.
pub const DEFAULT_FILE: &str = "/etc/deskgate/deskgate.toml";
/// Names the TOML file.
pub const FILE_VARIABLE: &str = "DESKGATE_CONFIG";

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[database]`
    pub database: database::Database,
    /// `[server]`
    pub server: server::Server,
    /// `[limits]`
    pub limits: limits::Limits,
    /// `[log]`
    pub log: log::Log,
    /// `[secrets]`
    pub secrets: secrets::Secrets,
}

/// A setting given as a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its key.
    pub key: &'static Key,
    /// The value; of a list, the values joined by commas.
    pub value: String,
}

/// Everything that settings are read from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// The file that is read when it exists and no other is named.
    pub default_file: PathBuf,
    /// The environment, all of it; what does not begin with `DESKGATE_` is not looked at, but `STATE_DIRECTORY`.
    pub environment: Vec<(OsString, OsString)>,
    /// The flags.
    pub flags: Vec<Flag>,
}

impl Sources {
    /// The process's own environment and the usual place of the file.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Self {
        Self { file, default_file: PathBuf::from(DEFAULT_FILE), environment: std::env::vars_os().collect(), flags }
    }
}

/// The settings in force, and their story.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The TOML file that was read, if any.
    pub file: Option<PathBuf>,
    /// Every setting as text, with its origin, in the order of [`keys`]; secrets are hidden.
    pub settings: Vec<Setting>,
    /// What is allowed but probably not meant.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// Where the setting came from.
    #[must_use]
    pub fn origin(&self, key: &Key) -> &Origin {
        self.settings
            .iter()
            .find(|setting| setting.key.name == key.name)
            .map_or(&Origin::Default, |setting| &setting.origin)
    }
}

/// Reads, merges and checks the settings.
///
/// # Errors
///
/// All mistakes at once: the file cannot be read or is no TOML, unknown keys and variables, values out of range.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigErrors> {
    let mut given: BTreeMap<&'static str, Given> = BTreeMap::new();
    let mut errors = Vec::new();

    let environment = environment::read(&sources.environment, &mut errors);
    let path = file::locate(sources, environment.file.as_deref());
    if let Some(path) = &path {
        file::read(path, &mut given, &mut errors);
    }
    given.extend(environment.given);
    for flag in &sources.flags {
        let origin = Origin::Flag(flag.key.flag);
        given.insert(flag.key.name, Given { text: flag.value.clone(), origin });
    }

    let mut reader = Reader::new(&given, errors);
    let config = Config {
        database: database::Database::read(&mut reader, environment.state_directory.as_deref()),
        server: server::Server::read(&mut reader),
        limits: limits::Limits::read(&mut reader),
        log: log::Log::read(&mut reader),
        secrets: secrets::Secrets::read(&mut reader),
    };
    let (settings, warnings) = reader.finish()?;
    Ok(Loaded { config, file: path, settings, warnings })
}

#[cfg(test)]
mod tests;
