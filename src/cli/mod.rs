//! The command line: one file per command, each of which wires what it needs and leaves the decisions to `app`.
//!
//! Three promises to scripts: what was asked for goes to standard output and everything else to standard error; with
//! `--json` standard output is exactly one JSON document; the exit code says what kind of failure it was ([`Exit`]).

mod check_config;
mod client;
mod credential;
pub mod demo;
mod doctor;
mod employees;
mod events;
mod failure;
mod groups;
mod listing;
mod migrate;
mod openapi;
mod operator;
mod output;
mod rules;
mod serve;
mod settings;
mod signals;
mod stock;
mod tenant;
mod token;
mod why;
mod wiring;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::base::secret::TokenKind;

pub use failure::{Exit, Failure};

/// The end of every command's help.
macro_rules! exit_codes {
    () => {
        "Exit codes:\n  \
         0  done\n  \
         1  it failed, or the question was answered with no\n  \
         2  wrong usage or settings, or mistakes in a file\n  \
         3  the tenant, token, client, employee or version of the rules does not exist\n  \
         4  conflict: the name is taken, two tokens, secrets or keys are active already, or the plan has changed\n  \
         5  the database cannot be reached, has not been migrated, or belongs to a newer release\n  \
         6  something would change (only with --detailed-exitcode)"
    };
}
pub(crate) use exit_codes;

/// SCIM 2.0 daemon between an identity provider (Microsoft Entra ID, Okta, …) and a cloud telephone system.
#[derive(Debug, Parser)]
#[command(
    name = "deskgate",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    long_about = "SCIM 2.0 daemon between an identity provider (Microsoft Entra ID, Okta, …) and a cloud telephone \
                  system.\n\nA first look, without any settings:   deskgate demo\n\nA first tenant:\n  \
                  deskgate migrate\n  \
                  deskgate tenant create Contoso --customer-number 10001\n  \
                  deskgate token create --tenant Contoso\n  \
                  deskgate serve\n\n\
                  Settings come from a TOML file, from DESKGATE_… variables and from flags; a flag beats a variable, \
                  and a variable beats the file. `deskgate check-config` shows what is in force and why.",
    after_help = exit_codes!()
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Demo(demo::Args),
    Migrate(migrate::Args),
    CheckConfig(check_config::Args),
    Doctor(doctor::Args),
    /// Make, show and set up tenants
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Make, show, rotate and revoke the tokens of identity providers
    #[command(subcommand)]
    Token(token::Command),
    /// Make, show, rotate and revoke the OAuth clients of identity providers
    #[command(subcommand)]
    Client(client::Command),
    Events(events::Args),
    Employees(employees::Args),
    Groups(groups::Args),
    /// Show, check, plan, put in force and roll back what membership of a group gives
    #[command(subcommand)]
    Rules(rules::Command),
    Why(why::Args),
    /// Show, import and export what a tenant has in stock
    #[command(subcommand)]
    Stock(stock::Command),
    Openapi(openapi::Args),
}

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    // First of all: rustls panics when it has to choose between providers itself.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new(Exit::Failed, format!("no threads can be started: {error}")).tell(),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

/// Says what is wrong with the command line, as clap says it, without a secret that was pasted into it (R1).
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    let clean = without_secrets(&text);
    if clean == text {
        error.exit();
    }
    output::note(&clean);
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The text with everything that looks like a token or secret of ours cut short.
fn without_secrets(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut clean = String::new();
    let mut rest = text;
    let next = |text: &str| {
        let found = TokenKind::ALL.into_iter().filter_map(|kind| Some((text.find(kind.prefix())?, kind)));
        found.min_by_key(|(at, _)| *at)
    };
    while let Some((at, kind)) = next(rest) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|letter| !is_part(letter)).unwrap_or(from.len());
        let (secret, after) = from.split_at(end);
        clean.push_str(before);
        clean.push_str(kind.prefix());
        clean.push_str(if secret.len() > kind.prefix().len() { "…" } else { "" });
        rest = after;
    }
    clean + rest
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Migrate(args) => migrate::run(args).await,
        Command::CheckConfig(args) => check_config::run(&args),
        Command::Doctor(args) => doctor::run(args).await,
        Command::Tenant(command) => tenant::run(command).await,
        Command::Token(command) => token::run(command).await,
        Command::Client(command) => client::run(command).await,
        Command::Events(args) => events::run(args).await,
        Command::Employees(args) => employees::run(args).await,
        Command::Groups(args) => groups::run(args).await,
        Command::Rules(command) => rules::run(command).await,
        Command::Why(args) => why::run(args).await,
        Command::Stock(command) => stock::run(command).await,
        Command::Openapi(args) => openapi::run(&args),
    }
}

#[cfg(test)]
mod tests;
