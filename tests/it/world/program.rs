//! The built program, run to its end.

use std::process::{Command, Stdio};

use serde_json::Value;

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The one JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// A command with nothing in its environment but `settings`: what the developer has set for himself stays outside.
pub fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskgate"));
    command.args(arguments).env_clear().envs(settings.iter().copied()).stdin(Stdio::null());
    command
}

/// Runs a command against a database.
pub fn run(database: &str, arguments: &[&str]) -> Ended {
    run_with(&[("DESKGATE_DATABASE", database)], arguments)
}

/// Runs a command with these settings.
pub fn run_with(settings: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let output = command(arguments, settings).output().expect("the program can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ended {
        code: output.status.code().expect("the program ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
