//! The command line as clap sees it.

use clap::{CommandFactory as _, Parser as _};

use super::{Cli, Exit};
use crate::config;

fn each_command(visit: &mut dyn FnMut(&str, &mut clap::Command)) {
    fn walk(path: &str, command: &mut clap::Command, visit: &mut dyn FnMut(&str, &mut clap::Command)) {
        visit(path, command);
        let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        for name in names.iter().filter(|name| *name != "help") {
            let sub = command.find_subcommand_mut(name).unwrap();
            walk(&format!("{path} {name}"), sub, visit);
        }
    }
    walk("deskgate", &mut Cli::command(), visit);
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_help_stands_alone() {
    each_command(&mut |path, command| {
        let help = command.render_long_help().to_string();
        assert!(help.contains("Exit codes:"), "{path}: {help}");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some() || argument.get_long_help().is_some(), "{path}: {argument}");
        }
    });
}

#[test]
fn every_command_that_opens_the_database_takes_the_same_flags() {
    each_command(&mut |path, command| {
        let has = |flag: &str| command.get_arguments().any(|argument| argument.get_long() == Some(flag));
        if has("database") {
            for flag in ["config", "public-url", "log-format", "log-filter", "key-file"] {
                assert!(has(flag), "{path} lacks --{flag}");
            }
        }
        if matches!(path, "deskgate serve" | "deskgate check-config" | "deskgate doctor") {
            for key in config::keys() {
                assert!(has(key.flag), "{path} lacks --{}", key.flag);
            }
        }
        // The one has no result, the others nothing but a document.
        let tells = !matches!(path, "deskgate serve" | "deskgate openapi" | "deskgate stock export")
            && command.get_subcommands().next().is_none();
        assert!(!tells || has("json"), "{path} lacks --json");
    });
}

#[test]
fn what_scripts_rely_on_is_understood() {
    for line in [
        "deskgate migrate",
        "deskgate migrate --database sqlite:x.db",
        "deskgate tenant create Contoso --customer-number 10001 --json",
        "deskgate token create --tenant Contoso --scope scim --json",
        "deskgate token revoke --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11",
        "deskgate serve --listen 127.0.0.1:0 --public-url https://scim.example.com --trusted-proxy 10.0.0.1 \
         --trusted-proxy 10.0.0.2 --migrate",
        "deskgate demo --exit --listen 127.0.0.1:0 --directory x",
        "deskgate events --tenant Contoso --refused --limit 10",
        "deskgate employees --tenant Contoso --search ada --locked",
    ] {
        if let Err(error) = Cli::try_parse_from(line.split_whitespace()) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn wrong_usage_has_the_exit_code_of_wrong_settings() {
    for line in [
        "deskgate serve --lissten 127.0.0.1:0",
        "deskgate tenant create Contoso",
        "deskgate token create --tenant Contoso --scope admin",
        "deskgate token create --tenant Contoso --expires 90",
        "deskgate token revoke --tenant Contoso dgs_x",
        "deskgate events --tenant Contoso --limit 0",
    ] {
        let error = Cli::try_parse_from(line.split_whitespace()).unwrap_err();
        assert_eq!(error.exit_code(), Exit::Usage as i32, "{line}");
    }
}

#[test]
fn repeated_flags_of_a_list_are_joined() {
    let line = "deskgate serve --trusted-proxy 10.0.0.1 --trusted-proxy 10.0.0.2";
    let Ok(Cli { command: super::Command::Serve(args) }) = Cli::try_parse_from(line.split_whitespace()) else {
        panic!("{line}")
    };
    let debug = format!("{args:?}");
    assert!(debug.contains("10.0.0.1,10.0.0.2"), "{debug}");
}

#[test]
fn r1_a_secret_that_was_pasted_into_the_command_line_is_not_repeated() {
    let told = super::without_secrets("invalid value 'dgs_AbC-d_9' for '<ID>'; dgc_x dga_ dgs_…");
    assert_eq!(told, "invalid value 'dgs_…' for '<ID>'; dgc_… dga_ dgs_…");
}
