//! What scripts rely on: commands, their JSON, their exit codes.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::daemon::Daemon;
use crate::world::database::Database;
use crate::world::door::Answer;
use crate::world::on_each_engine;
use crate::world::program::{self, Ended, run, run_with};

/// An empty database, for commands that need no daemon.
struct Empty(Database);

impl Empty {
    #[expect(clippy::unused_async, reason = "worlds are opened alike")]
    async fn open(engine: crate::world::database::Engine) -> Self {
        Self(Database::fresh(engine))
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(&self.0.url, arguments)
    }
}

#[track_caller]
fn fails(ended: &Ended, code: i32, with: &str) {
    assert_eq!(ended.code, code, "{ended:?}");
    assert_eq!(ended.stdout, "", "what failed has no result");
    assert!(ended.stderr.starts_with("deskgate: ") || ended.stderr.starts_with("error: "), "{ended:?}");
    assert!(ended.stderr.contains(with), "{ended:?}");
}

on_each_engine! {
    async fn migrate_says_what_it_did_and_does_nothing_twice(empty: Empty) {
        let first = empty.run(&["migrate", "--json"]);
        assert_eq!((first.code, first.stderr.as_str()), (0, ""), "{first:?}");
        assert!(!first.json()["applied"].as_array().unwrap().is_empty());
        let again = empty.run(&["migrate", "--json"]);
        assert_eq!((again.code, again.json()), (0, json!({"applied": []})));
    }
}

on_each_engine! {
    async fn without_migrations_every_command_says_what_to_run(empty: Empty) {
        for arguments in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["tenant", "create", "acme", "--customer-number", "1", "--json"],
            &["tenant", "list", "--json"],
            &["token", "create", "--tenant", "acme", "--json"],
            &["employees", "--tenant", "acme", "--json"],
        ] {
            fails(&empty.run(arguments), 5, "deskgate migrate");
        }
    }
}

on_each_engine! {
    async fn serve_can_migrate_first(empty: Empty) {
        let settings = [("DESKGATE_DATABASE", empty.0.url.as_str())];
        let mut child = program::command(&["serve", "--migrate", "--listen", "127.0.0.1:0"], &settings)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready") {
            line.clear();
            assert!(std::io::BufRead::read_line(&mut log, &mut line).unwrap() > 0, "it ended");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(empty.run(&["migrate", "--json"]).json(), json!({"applied": []}));
    }
}

on_each_engine! {
    async fn the_doctor_looks_whether_the_daemon_could_listen(empty: Empty) {
        assert_eq!(empty.run(&["migrate"]).code, 0);
        let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = stranger.local_addr().unwrap().to_string();
        let finding = |code: i32| {
            let told = empty.run(&["doctor", "--listen", &address, "--json"]);
            assert_eq!(told.code, code, "{told:?}");
            let checks = told.json()["checks"].as_array().unwrap().clone();
            checks.into_iter().find(|check| check["check"] == "daemon").unwrap()
        };
        let held = finding(1);
        assert!(held["finding"].as_str().unwrap().contains("held by another program"), "{held}");
        assert!(held["advice"].as_str().unwrap().contains("ss -ltnp"), "{held}");
        drop(stranger);
        let free = finding(0);
        assert!(free["finding"].as_str().unwrap().contains("is free"), "{free}");
    }
}

on_each_engine! {
    async fn tenants_and_tokens_are_made_and_shown_as_json(empty: Empty) {
        assert_eq!(empty.run(&["migrate"]).code, 0);
        let tenant = empty.run(&["tenant", "create", "Contoso", "--customer-number", "10001", "--json"]);
        assert_eq!(tenant.code, 0, "{tenant:?}");
        let tenant = tenant.json();
        assert_eq!((&tenant["name"], &tenant["customer_number"]), (&json!("Contoso"), &json!("10001")));
        assert!(uuid::Uuid::parse_str(tenant["id"].as_str().unwrap()).is_ok());

        // Whoever has the name or the number is not told twice who.
        fails(&empty.run(&["tenant", "create", "CONTOSO", "--customer-number", "2", "--json"]), 4, "CONTOSO");
        fails(&empty.run(&["tenant", "create", "Other", "--customer-number", "10001", "--json"]), 4, "10001");
        // A command takes either: the name of one must not be the number of another.
        fails(&empty.run(&["tenant", "create", "10001", "--customer-number", "6", "--json"]), 4, "10001");
        fails(&empty.run(&["tenant", "create", "Third", "--customer-number", "contoso", "--json"]), 4, "contoso");
        assert_eq!(empty.run(&["tenant", "list", "--json"]).json()["tenants"], json!([tenant]));

        let token = empty.run(&["token", "create", "--tenant", "contoso", "--scope", "scim", "--label", "Entra", "--json"]);
        let token = token.json();
        assert!(token["token"].as_str().unwrap().starts_with("dgs_"));
        assert_eq!((&token["label"], &token["scope"], &token["expires_at"]), (&json!("Entra"), &json!("scim"), &Value::Null));
        let shown = empty.run(&["tenant", "show", "10001", "--json"]).json();
        assert_eq!((&shown["active_tokens"], &shown["employees"]), (&json!(1), &json!(0)));

        let id = token["id"].as_str().unwrap();
        let revoked = empty.run(&["token", "revoke", "--tenant", "Contoso", id, "--json"]).json();
        assert_eq!(revoked["state"], "revoked");
        assert_eq!(empty.run(&["token", "revoke", "--tenant", "Contoso", id, "--json"]).code, 0, "again is no mistake");

        for arguments in [
            &["token", "create", "--tenant", "Nobody", "--json"][..],
            &["tenant", "show", "Nobody", "--json"],
            &["token", "revoke", "--tenant", "Contoso", "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11", "--json"],
            &["employees", "--tenant", "Nobody", "--json"],
            &["events", "--tenant", "Nobody", "--json"],
        ] {
            assert_eq!(empty.run(arguments).code, 3, "{arguments:?}");
        }
        for arguments in [
            &["tenant", "create", " ", "--customer-number", "3", "--json"][..],
            &["token", "create", "--tenant", "Contoso", "--expires", "0s", "--json"],
            &["token", "create", "--tenant", "Contoso", "--scope", "admin", "--json"],
            &["serve", "--lissten", "x"],
        ] {
            fails(&empty.run(arguments), 2, "");
        }
    }
}

#[test]
fn a_second_daemon_on_a_sqlite_file_is_refused_while_the_first_one_lives() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let daemon = Daemon::open(crate::world::database::Engine::Sqlite).await;
        let second = || run(&daemon.database.url, &["serve", "--listen", "127.0.0.1:0"]);
        fails(&second(), 5, "another");
        daemon.door().request("GET", "/readyz", &[], "").await.expect(200);
        // A crash leaves no claim behind.
        daemon.kill9();
        daemon.start();
        fails(&second(), 5, "another");
    });
}

on_each_engine! {
    async fn sigterm_lets_a_daemon_end_in_order(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&crate::world::idp::user("ada")).await;
        assert!(daemon.terminate().success());
        let log = daemon.log();
        assert!(log.lines().last().unwrap().contains("ended"), "{log}");
        daemon.start();
        assert_eq!(idp.user(crate::world::idp::id(&created)).await["userName"], created["userName"]);
    }
}

on_each_engine! {
    async fn health_is_for_everybody_and_readiness_looks_at_the_database(daemon: Daemon) {
        for path in ["/healthz", "/readyz"] {
            let answer: Answer = daemon.door().request("GET", path, &[], "").await.expect(200);
            assert!(!answer.text.is_empty());
        }
        daemon.door().request("GET", "/", &[], "").await.expect(404);
    }
}

/// A folder with a settings file.
fn settings_file(text: &str) -> (TempDir, String) {
    let folder = TempDir::with_prefix("deskgate-test.").unwrap();
    let path = folder.path().join("deskgate.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn check_config_tells_every_setting_and_where_it_comes_from() {
    let (_folder, path) = settings_file("[server]\nlisten = \"127.0.0.1:9000\"\n[limits]\nheader_timeout = \"5s\"\n");
    let settings = [("DESKGATE_CONFIG", path.as_str()), ("DESKGATE_DATABASE", "postgres://dg:geheim@db/dg")];
    let ended = run_with(&settings, &["check-config", "--json", "--log-format", "json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let document = ended.json();
    assert_eq!(document["file"], path);
    let setting = |key: &str| {
        let found = document["settings"].as_array().unwrap().iter().find(|setting| setting["key"] == key);
        let found = found.unwrap_or_else(|| panic!("no {key} in {document}"));
        (found["value"].clone(), found["place"].as_str().unwrap().to_owned())
    };
    assert_eq!(setting("server.listen").0, "127.0.0.1:9000");
    assert!(setting("server.listen").1.contains("line 2"), "{document}");
    assert_eq!(setting("limits.header_timeout").0, "5s");
    assert_eq!(setting("database.url").0, "postgres://dg:***@db/dg");
    assert!(setting("database.url").1.contains("DESKGATE_DATABASE"));
    assert!(setting("log.format").1.contains("log-format"));
    assert!(!ended.stdout.contains("geheim"));
    let text = run_with(&settings, &["check-config"]);
    assert!(text.stdout.contains("server.listen") && text.stdout.contains("line 2"), "{text:?}");
    assert!(!text.stdout.contains("geheim"));
}

#[test]
fn every_mistake_in_the_settings_is_told_with_a_suggestion() {
    let (_folder, path) = settings_file("[server]\nlissten = \"127.0.0.1:9000\"\n[databse]\nurl = \"x\"\n");
    let settings = [("DESKGATE_CONFIG", path.as_str()), ("DESKGATE_LISTENN", "x")];
    for command in ["check-config", "serve", "migrate"] {
        let ended = run_with(&settings, &[command]);
        fails(&ended, 2, "did you mean listen in the section [server]?");
        assert!(ended.stderr.contains("line 2") && ended.stderr.contains("did you mean [database]?"), "{ended:?}");
        assert!(ended.stderr.contains("did you mean DESKGATE_LISTEN?"), "{ended:?}");
    }
    fails(&run_with(&[("DESKGATE_CONFIG", "/nowhere/deskgate.toml")], &["check-config"]), 2, "/nowhere/deskgate.toml");
}

#[test]
fn a_database_that_cannot_be_reached_has_its_exit_code() {
    for url in ["sqlite:/nowhere/at/all/deskgate.db", "postgres://127.0.0.1:1/nobody"] {
        for arguments in
            [&["migrate", "--json"][..], &["tenant", "list", "--json"], &["serve", "--listen", "127.0.0.1:0"]]
        {
            fails(&run(url, arguments), 5, "");
        }
    }
    fails(&run("mysql://x/y", &["migrate"]), 2, "sqlite:PATH");
}
