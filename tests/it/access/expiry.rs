//! What ends soon is announced, and what was refused is shown to its tenant (I3).

use std::time::Duration;

use super::HERE;
use crate::world::daemon::Daemon;
use crate::world::on_each_engine;
use crate::world::program;
use crate::world::tenancy::House;

const DAY: Duration = Duration::from_hours(24);

on_each_engine! {
    async fn i3_credentials_that_end_soon_are_announced(house: House) {
        house.bare_tenant("acme").await;
        house.bare_tenant("other").await;
        let soon = house.token("acme", "soon", Some(DAY * 31)).await.summary;
        house.token("acme", "forever", None).await;
        house.token("other", "later", Some(DAY * 400)).await;
        let gone = house.token("other", "gone", Some(DAY)).await.summary;
        house.app.revoke_token("other", gone.id, "test").await.unwrap();
        let announced = async || {
            let expiring = house.app.expiring_credentials().await.unwrap();
            expiring.iter().map(|credential| (credential.id, credential.days)).collect::<Vec<_>>()
        };
        assert_eq!(announced().await, []);
        let mut told = Vec::new();
        for _ in 0..31 {
            house.clock.turn(DAY);
            told.extend(announced().await);
        }
        assert!(told.iter().all(|(id, _)| *id == soon.id.uuid()));
        let days: Vec<u8> = told.iter().map(|(_, days)| *days).collect();
        assert_eq!([days.len(), days.iter().filter(|day| **day == 30).count()], [30, 16]);
        assert_eq!(days.last(), Some(&1));
    }
}

on_each_engine! {
    async fn i3_r1_the_daemon_and_the_doctor_announce_what_ends_soon(daemon: Daemon) {
        daemon.tenant("acme");
        let made = daemon.token("acme", &["--label", "Krokodil", "--expires", "6d"]);
        let id = made["id"].as_str().unwrap();
        assert_eq!(daemon.command(&["token", "list", "--tenant", "acme", "--json"])["tokens"][0]["expiry_announced"], 7);
        let settings = [("DESKGATE_DATABASE", daemon.database.url.as_str())];
        let looked = program::run_with(&settings, &["doctor", "--json"]).json();
        let found = looked["checks"].as_array().unwrap().iter().find(|check| check["check"] == "credentials").unwrap();
        assert_eq!(found["verdict"], "doubt", "{found}");
        assert!(found["finding"].as_str().unwrap().contains("Krokodil") && found["advice"].as_str().unwrap().contains(id));
        // The log has the id and not the label, once at the start.
        assert!(daemon.terminate().success());
        daemon.start();
        while !daemon.log().contains("ends soon") {
            tokio::task::yield_now().await;
        }
        assert!(daemon.terminate().success());
        let log = daemon.log();
        let lines: Vec<_> = log.lines().filter(|line| line.contains("ends soon")).collect();
        assert!(lines.len() == 1 && lines[0].contains(id) && !log.contains("Krokodil"), "{lines:?}");
    }
}

on_each_engine! {
    async fn i3_a_refusal_of_a_known_credential_is_shown_to_its_tenant(house: House) {
        house.bare_tenant("acme").await;
        let expired = house.token("acme", "expired", Some(DAY)).await;
        house.clock.turn(DAY);
        let client = house.client("acme", None).await;
        let token = house.access_token(&client).await;
        house.app.revoke_client("acme", client.summary.credential.id, None, "test").await.unwrap();
        house.scim(HERE, expired.token.reveal(), "GET", "/scim/v2/Users", "").await.refused(401, None);
        house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.refused(401, None);
        // It is noted beside the answer, so the test waits for it.
        loop {
            let tokens = house.app.tokens("acme").await.unwrap();
            let clients = house.app.clients("acme").await.unwrap();
            if tokens[0].last_refused_at.is_some() && clients[0].credential.last_refused_at.is_some() {
                assert_eq!(tokens[0].last_refused_at, Some(house.app.now()));
                assert_eq!(tokens[0].last_refused_for.as_deref(), Some("expired"));
                assert_eq!(clients[0].credential.last_refused_for.as_deref(), Some("revoked"));
                break;
            }
        }
        // Strangers leave nothing.
        house.scim(HERE, "dgs_x", "GET", "/scim/v2/Users", "").await.refused(401, None);
        assert_eq!(house.database.number("SELECT count(*) FROM tokens WHERE last_refused_at IS NOT NULL").await, 1);
    }
}
