//! Merging, and the words of every mistake.

use std::path::PathBuf;

use super::{Config, Flag, Loaded, Origin, Sources, database, keys, limits, load, log, server};

struct Given {
    _directory: tempfile::TempDir,
    sources: Sources,
    path: PathBuf,
}

/// A file, an environment, flags.
fn given(file: Option<&str>, environment: &[(&str, &str)], flags: &[(&'static super::Key, &str)]) -> Given {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deskgate.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    let sources = Sources {
        file: None,
        default_file: path.clone(),
        environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        flags: flags.iter().map(|(key, value)| Flag { key, value: (*value).to_owned() }).collect(),
    };
    Given { _directory: directory, sources, path }
}

fn loaded(file: &str, environment: &[(&str, &str)]) -> Loaded {
    load(&given(Some(file), environment, &[]).sources).unwrap()
}

/// The mistakes of a file, one a line, with the path cut down to its name.
fn mistakes(file: &str, environment: &[(&str, &str)]) -> String {
    let given = given(Some(file), environment, &[]);
    let errors = load(&given.sources).unwrap_err().to_string();
    errors.replace(given.path.to_str().unwrap(), "deskgate.toml")
}

#[test]
fn without_any_source_there_are_the_documented_defaults() {
    let loaded = load(&given(None, &[("HOME", "/root"), ("DESKGATE_LISTEN", "")], &[]).sources).unwrap();
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.warnings, Vec::<String>::new());
    let Config { database, server, limits, log, secrets } = loaded.config;
    assert_eq!(database.shown, "sqlite:deskgate.db");
    assert_eq!(server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(server.public_url(server.listen), "http://127.0.0.1:8080");
    assert_eq!((limits.connections, limits.connections_per_address), (4096, 256));
    assert_eq!((limits.scim_rate, limits.scim_burst), (25, 200));
    assert_eq!(log.filter, log::DEFAULT_FILTER);
    assert_eq!(secrets.key_file, None);
    for setting in &loaded.settings {
        assert_eq!(setting.origin, Origin::Default);
        // The help promises what is done; where a default depends on the machine, it says so in words.
        let literal = ![database::URL.name, server::PUBLIC_URL.name, log::FILTER.name, "secrets.key_file"]
            .contains(&setting.key.name);
        assert!(!literal || setting.value == setting.key.default, "{}: {}", setting.key.name, setting.value);
    }
    assert_eq!(loaded.settings.len(), keys().count());
}

#[test]
fn flag_beats_environment_beats_file_beats_default_key_by_key() {
    let file = "[server]\nlisten = \"10.0.0.1:1\"\ntrusted_proxies = [\"10.0.0.0/8\", \"192.0.2.7\"]\n\
                [limits]\nconnections_per_address = 1_000\n[log]\nformat = \"json\"";
    let environment = [("DESKGATE_LISTEN", "10.0.0.2:2"), ("DESKGATE_LOG_FORMAT", "human")];
    let given = given(Some(file), &environment, &[(&server::LISTEN, "10.0.0.3:3")]);
    let loaded = load(&given.sources).unwrap();

    assert_eq!(loaded.config.server.listen.to_string(), "10.0.0.3:3");
    assert_eq!(loaded.origin(&server::LISTEN), &Origin::Flag("listen"));
    assert_eq!(loaded.config.log.format, log::LogFormat::Human);
    assert_eq!(loaded.origin(&log::FORMAT), &Origin::Environment("DESKGATE_LOG_FORMAT"));
    assert_eq!(loaded.config.limits.connections_per_address, 1000);
    assert_eq!(loaded.origin(&limits::CONNECTIONS_PER_ADDRESS), &Origin::File { path: given.path.clone(), line: 5 });
    assert_eq!(loaded.config.server.trusted_proxies.len(), 2);
    assert_eq!(loaded.origin(&limits::CONNECTIONS), &Origin::Default);
}

#[test]
fn the_file_is_the_flags_else_the_variables_else_the_default_one() {
    let other = given(Some("[limits]\nconnections_per_address = 300"), &[], &[]);
    let third = given(Some("[limits]\nconnections_per_address = 400"), &[], &[]);
    let other_path = other.path.to_str().unwrap();

    let mut here = given(Some("[limits]\nconnections_per_address = 500"), &[], &[]);
    assert_eq!(load(&here.sources).unwrap().config.limits.connections_per_address, 500);
    here.sources.environment.push(("DESKGATE_CONFIG".into(), other_path.into()));
    assert_eq!(load(&here.sources).unwrap().config.limits.connections_per_address, 300);
    here.sources.file = Some(third.path.clone());
    assert_eq!(load(&here.sources).unwrap().config.limits.connections_per_address, 400);

    // One that is named must be there; the default one need not.
    here.sources.file = Some("/nowhere/deskgate.toml".into());
    let error = load(&here.sources).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/deskgate.toml: the settings cannot be read: "), "{error}");
}

#[test]
fn under_systemd_the_database_lies_in_the_state_directory() {
    let loaded = loaded("", &[("STATE_DIRECTORY", "/var/lib/deskgate:/var/lib/other")]);
    assert_eq!(loaded.config.database.shown, "sqlite:/var/lib/deskgate/deskgate.db");
}

#[test]
fn unknown_keys_and_sections_are_mistakes_with_line_and_suggestion() {
    let file = "listen = \"127.0.0.1:1\"\n\n[server]\nlissten = \"127.0.0.1:1\"\nfrobnicate = true\n\n\
                [databse]\nurl = \"sqlite:x\"\n\n[log.format]\n";
    assert_eq!(
        mistakes(file, &[]),
        "deskgate.toml, line 1: there is no setting listen; did you mean listen in the section [server]?\n\
         deskgate.toml, line 4: there is no setting server.lissten; did you mean listen in the section [server]?\n\
         deskgate.toml, line 5: there is no setting server.frobnicate\n\
         deskgate.toml, line 7: there is no section [databse]; did you mean [database]?\n\
         deskgate.toml, line 10: log.format is a setting, no section"
    );
    assert_eq!(mistakes("server = 1", &[]), "deskgate.toml, line 1: server is a section, write [server]");
}

#[test]
fn unknown_variables_are_mistakes_with_suggestion() {
    let environment = [("DESKGATE_LISTENN", "x"), ("DESKGATE_CONFIGURATION", "x"), ("DESKGATE_ZZZ", "x")];
    assert_eq!(
        mistakes("", &environment),
        "DESKGATE_LISTENN: there is no such setting; did you mean DESKGATE_LISTEN?\n\
         DESKGATE_CONFIGURATION: there is no such setting; did you mean DESKGATE_CONFIG?\n\
         DESKGATE_ZZZ: there is no such setting"
    );
}

#[test]
fn what_kubernetes_and_the_tests_set_is_no_mistake() {
    let names = ["PORT", "PORT_8080_TCP_ADDR", "SERVICE_HOST", "SERVICE_PORT_HTTP", "TEST_POSTGRES"];
    let environment: Vec<_> = names.iter().map(|name| (format!("DESKGATE_{name}"), "x")).collect();
    let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    loaded("", &environment);
}

#[test]
fn values_of_the_wrong_shape_or_out_of_range_are_all_told_at_once() {
    let file = "[server]\nlisten = 8080\npublic_url = \"example.com\"\ntrusted_proxies = [1]\n\
                [limits]\nconnections_per_address = 0\nheader_timeout = 10\nconnections = \"many\"\n\
                [log]\nformat = \"xml\"\nfilter = 1.5";
    assert_eq!(
        mistakes(file, &[("DESKGATE_DATABASE_CONNECTIONS", "0")]),
        "deskgate.toml, line 2: server.listen must be a string\n\
         deskgate.toml, line 3: server.public_url: \"example.com\" is no address such as https://scim.example.com \
         (relative URL without a base)\n\
         deskgate.toml, line 4: server.trusted_proxies must be an array of strings\n\
         deskgate.toml, line 6: limits.connections_per_address: \"0\" is no whole number from 1 to 1000000\n\
         deskgate.toml, line 7: limits.header_timeout: \"10\" is no duration with its unit, such as \"30s\" or \"2m\"\n\
         deskgate.toml, line 8: limits.connections: \"many\" is no whole number from 1 to 1000000\n\
         deskgate.toml, line 10: log.format: \"xml\" is neither human nor json\n\
         deskgate.toml, line 11: log.filter must be a string\n\
         DESKGATE_DATABASE_CONNECTIONS: database.connections: \"0\" is no whole number from 1 to 1000"
    );
}

#[test]
fn l4_what_a_tenant_may_send_can_be_raised_and_not_lowered() {
    assert_eq!(
        mistakes("[limits]\nscim_rate = 24\nscim_burst = 199", &[]),
        "deskgate.toml, line 2: limits.scim_rate: \"24\" is no whole number from 25 to 1000000\n\
         deskgate.toml, line 3: limits.scim_burst: \"199\" is no whole number from 200 to 1000000"
    );
    let limits = loaded("[limits]\nscim_rate = 100\nscim_burst = 2_000", &[]).config.limits;
    assert_eq!((limits.scim_rate, limits.scim_burst), (100, 2000));
}

#[test]
fn r1_a_file_that_is_no_toml_is_told_by_line_and_not_quoted() {
    let error = mistakes("[database]\nurl = \"postgres://dg:geheim@db/dg\nconnections = 3", &[]);
    assert!(error.starts_with("deskgate.toml, line 2: this is no TOML: "), "{error}");
    assert!(!error.contains("geheim"));
}

#[test]
fn r1_neither_the_list_of_settings_nor_debug_shows_a_password() {
    let loaded = loaded("[database]\nurl = \"postgres://dg:geheim@db/dg\"", &[]);
    assert_eq!(loaded.settings[0].value, "postgres://dg:***@db/dg");
    assert!(!format!("{loaded:?}").contains("geheim"));
}

#[test]
fn listening_to_the_world_without_a_public_url_is_doubtful() {
    let warnings = |environment: &[(&str, &str)]| loaded("", environment).warnings.join("\n");
    assert!(warnings(&[("DESKGATE_LISTEN", "0.0.0.0:80")]).contains("server.public_url is not set"));
    let public = [("DESKGATE_LISTEN", "0.0.0.0:80"), ("DESKGATE_PUBLIC_URL", "https://scim.example.com")];
    assert_eq!(warnings(&public), "");
}

#[test]
fn every_key_has_names_of_its_own_made_after_one_pattern() {
    let mut seen = std::collections::BTreeSet::new();
    for key in keys() {
        assert!(seen.insert(key.name) && seen.insert(key.variable) && seen.insert(key.flag), "{}", key.name);
        assert!(key.variable.strip_prefix("DESKGATE_").is_some_and(|rest| rest == rest.to_uppercase()));
        assert_eq!(key.name.split('.').count(), 2, "{}", key.name);
        assert!(!key.help.is_empty() && !key.help.ends_with('.'), "{}", key.name);
    }
}
