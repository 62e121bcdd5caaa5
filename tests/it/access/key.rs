//! The token key is not the one under which the tokens were made: whoever starts the daemon, looks for what is wrong or
//! makes a token hears of it, and not the identity provider by a 401 (I1).

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use deskgate::app::keys::{KeyError, KeyState};
use deskgate::app::tokens::TokenError;

use super::HERE;
use crate::world::daemon::Daemon;
use crate::world::database::Database;
use crate::world::on_each_engine;
use crate::world::program::{self, Ended};
use crate::world::tenancy::{House, KEY};

const OTHER: [u8; 32] = [8; 32];

on_each_engine! {
    async fn i1_another_key_is_noticed_until_nothing_hangs_on_the_one_before(house: House) {
        assert_eq!(house.app.key_state().await.unwrap(), KeyState::New);
        house.bare_tenant("acme").await;
        let token = house.token("acme", "one", Some(Duration::from_hours(1))).await;
        let client = house.client("acme", None).await;
        assert_eq!(house.app.key_state().await.unwrap(), KeyState::Ours);
        house.app.settle_key().await.unwrap();

        let elsewhere = House { app: house.replica_with(OTHER, Default::default()).await, clock: house.clock.clone(), database: house.database };
        elsewhere.scim(HERE, token.token.reveal(), "GET", "/scim/v2/Users", "").await.refused(401, None);
        assert_eq!(elsewhere.app.key_state().await.unwrap(), KeyState::Another(2));
        assert!(matches!(elsewhere.app.settle_key().await, Err(KeyError::Another(2))));
        let rotated = elsewhere.app.rotate_token("acme", token.summary.id, None, Duration::ZERO, "test").await;
        assert!(matches!(rotated, Err(TokenError::Key(KeyError::Another(2)))), "{rotated:?}");
        // Commands that make nothing work: so the way out is open, and no command alone takes it.
        elsewhere.app.revoke_client("acme", client.summary.credential.id, None, "test").await.unwrap();
        elsewhere.clock.turn(Duration::from_hours(1));
        assert_eq!(elsewhere.app.key_state().await.unwrap(), KeyState::Another(0));
        let new = deskgate::app::tokens::NewToken {
            scope: deskgate::domain::credential::TokenScope::Scim,
            label: "test".to_owned(), lifetime: None, allow_from: Vec::new(), created_by: "test".to_owned(),
        };
        let made = elsewhere.app.create_token("acme", new).await;
        assert!(matches!(made, Err(TokenError::Key(KeyError::Another(0)))), "{made:?}");
        elsewhere.app.settle_key().await.unwrap();
        let token = elsewhere.token("acme", "two", None).await;
        elsewhere.scim(HERE, token.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        let before = elsewhere.replica_with(KEY, Default::default()).await;
        assert!(matches!(before.settle_key().await, Err(KeyError::Another(1))));
    }
}

fn key_file(folder: &Path, name: &str, digit: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, digit.repeat(64)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    path.display().to_string()
}

fn with_key(database: &Database, key: Option<&str>, arguments: &[&str]) -> Ended {
    let mut settings = vec![("DESKGATE_DATABASE", database.url.as_str())];
    settings.extend(key.map(|key| ("DESKGATE_KEY_FILE", key)));
    program::run_with(&settings, arguments)
}

#[track_caller]
fn is_told(ended: &Ended, told: &str) {
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended.stderr.contains("not the one under which") && ended.stderr.contains("DESKGATE_KEY_FILE"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains(told) && ended.stdout.is_empty(), "{ended:?}");
}

on_each_engine! {
    /// The commonest way to it: the daemon has a key file, and the operator's shell does not know of it.
    async fn i1_the_daemon_the_doctor_and_the_commands_say_that_the_key_is_another(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.get("/Users").await.expect(200);
        assert!(daemon.terminate().success());
        let folder = tempfile::tempdir().unwrap();
        let (database, key) = (&daemon.database, key_file(folder.path(), "key", "1"));
        let key = Some(key.as_str());

        is_told(&with_key(database, key, &["serve", "--listen", "127.0.0.1:0"]), "1 of them active");
        is_told(&with_key(database, key, &["token", "create", "--tenant", "acme", "--json"]), "1 of them active");
        is_told(&with_key(database, key, &["client", "create", "--tenant", "acme", "--json"]), "1 of them active");
        let looked = with_key(database, key, &["doctor", "--listen", "127.0.0.1:0", "--json"]);
        assert_eq!(looked.code, 1, "{looked:?}");
        let checks = looked.json()["checks"].as_array().unwrap().clone();
        let found = checks.iter().find(|check| check["check"] == "key" && check["verdict"] == "bad").unwrap();
        assert!(found["finding"].as_str().unwrap().contains("not the one under which"), "{found}");
        assert!(found["advice"].as_str().unwrap().contains("backup"), "{found}");
        // Whoever only looks may.
        assert_eq!(with_key(database, key, &["token", "list", "--tenant", "acme", "--json"]).code, 0);
        assert_eq!(with_key(database, None, &["doctor", "--listen", "127.0.0.1:0", "--json"]).code, 0);
        daemon.start();
        idp.get("/Users").await.expect(200);
    }
}
