//! The environment: `DESKGATE_…` variables.

use std::ffi::OsString;
use std::path::PathBuf;

use super::FILE_VARIABLE;
use super::error::ConfigError;
use super::key::{Given, Origin, keys};
use crate::base::suggest::closest;

const PREFIX: &str = "DESKGATE_";
/// Variables that the tests of this project use for themselves.
const TESTS: &str = "DESKGATE_TEST_";
/// What Kubernetes and Docker set in every container next to a service named `deskgate`. They are nobody's
/// misspelling, and refusing them would keep the daemon from starting wherever its service has the natural name.
const SERVICE_LINKS: [&str; 4] = ["DESKGATE_SERVICE_", "DESKGATE_PORT_", "DESKGATE_ENV_", "DESKGATE_NAME"];

#[derive(Default)]
pub(super) struct Environment {
    pub(super) given: Vec<(&'static str, Given)>,
    pub(super) file: Option<PathBuf>,
    /// Where systemd wants the daemon to keep its data (`StateDirectory=`).
    pub(super) state_directory: Option<PathBuf>,
}

/// Picks out what concerns the settings. An empty variable counts as not set: that is how compose files and unit
/// files say "no value".
pub(super) fn read(variables: &[(OsString, OsString)], errors: &mut Vec<ConfigError>) -> Environment {
    let mut environment = Environment::default();
    for (name, value) in variables {
        let Some(name) = name.to_str() else { continue };
        if value.is_empty() {
            continue;
        }
        if name == "STATE_DIRECTORY" {
            // systemd separates several directories by colons; ours is the first.
            let first = value.to_str().and_then(|value| value.split(':').next());
            environment.state_directory = first.map(PathBuf::from);
        } else if name == FILE_VARIABLE {
            environment.file = Some(PathBuf::from(value));
        } else if name.starts_with(PREFIX) && !is_foreign(name) {
            setting(name, value, &mut environment, errors);
        }
    }
    environment
}

fn setting(name: &str, value: &OsString, environment: &mut Environment, errors: &mut Vec<ConfigError>) {
    let Some(key) = keys().find(|key| key.variable == name) else {
        let known = keys().map(|key| key.variable).chain([FILE_VARIABLE]);
        // Compared without the prefix, which would make all of them alike.
        let hint = closest(bare(name), known.map(bare));
        let hint = hint.map_or_else(String::new, |hint| format!("; did you mean {PREFIX}{hint}?"));
        errors.push(ConfigError::new(name, format!("there is no such setting{hint}")));
        return;
    };
    match value.to_str() {
        Some(text) => {
            let origin = Origin::Environment(key.variable);
            environment.given.push((key.name, Given { text: text.to_owned(), origin }));
        }
        None => errors.push(ConfigError::new(name, "the value is not valid UTF-8")),
    }
}

fn bare(variable: &str) -> &str {
    variable.strip_prefix(PREFIX).unwrap_or(variable)
}

fn is_foreign(name: &str) -> bool {
    name == "DESKGATE_PORT" || name.starts_with(TESTS) || SERVICE_LINKS.iter().any(|link| name.starts_with(link))
}
