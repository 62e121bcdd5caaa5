//! Tokens (I1, I4): two at most, dead at once when told, alive only as long and from where they may.

use std::net::IpAddr;
use std::time::Duration;

use deskgate::app::authentication::AuthenticationError;
use deskgate::app::tokens::{NewToken, TokenError};
use sha2::Digest as _;

use crate::world::daemon::Daemon;
use crate::world::on_each_engine;
use crate::world::program;
use crate::world::tenancy::House;

on_each_engine! {
    async fn i1_a_tenant_has_two_active_tokens_at_most_and_both_work(daemon: Daemon) {
        let first = daemon.tenant("acme");
        let made = daemon.token("acme", &["--label", "second"]);
        let second = first.with_token(made["token"].as_str().unwrap());
        first.get("/Users").await.expect(200);
        second.get("/Users").await.expect(200);
        let third = program::run(&daemon.database.url, &["token", "create", "--tenant", "acme"]);
        assert_eq!(third.code, 4, "{third:?}");
        daemon.command(&["token", "revoke", "--tenant", "acme", made["id"].as_str().unwrap(), "--json"]);
        daemon.token("acme", &["--label", "third"]);
        // Another tenant has its own two.
        daemon.tenant("other");
        daemon.token("other", &[]);
    }
}

on_each_engine! {
    /// Within a second, which is how long the daemon believes what it has read; the test waits for it to happen.
    async fn i1_a_revoked_token_is_refused_and_the_other_one_goes_on(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let made = daemon.token("acme", &["--label", "old"]);
        let old = idp.with_token(made["token"].as_str().unwrap());
        old.get("/Users").await.expect(200);
        daemon.command(&["token", "revoke", "--tenant", "acme", made["id"].as_str().unwrap(), "--json"]);
        let began = std::time::Instant::now();
        let mut last_good = began;
        let refused = loop {
            let asked = std::time::Instant::now();
            let answer = old.get("/Users").await;
            if answer.status != 200 {
                break answer;
            }
            last_good = asked;
        };
        refused.refused(401, None);
        assert!(last_good.duration_since(began) <= Duration::from_secs(1), "a request sent later was let in");
        idp.get("/Users").await.expect(200);
        for _ in 0..3 {
            old.get("/Users").await.refused(401, None);
        }
    }
}

on_each_engine! {
    async fn i1_a_token_is_shown_once_and_kept_as_a_keyed_hash(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.get("/Users").await.expect(200);
        let listed = daemon.command(&["token", "list", "--tenant", "acme", "--json"]).to_string();
        assert!(!listed.contains(&idp.token), "{listed}");
        let hash = if daemon.database.file().is_some() { "hex(hash)" } else { "encode(hash, 'hex')" };
        let hash = daemon.database.texts(&format!("SELECT {hash} FROM tokens")).await.concat().to_lowercase();
        assert_eq!(hash.len(), 64);
        let plain = sha2::Sha256::digest(idp.token.as_bytes());
        let plain = plain.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_ne!(hash, plain, "a hash without a key could be looked up");
    }
}

on_each_engine! {
    /// The use is noted beside the request, so the test waits for it.
    async fn i1_the_last_use_of_a_token_can_be_looked_up(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        idp.get("/Users").await.expect(200);
        loop {
            let listed = daemon.command(&["token", "list", "--tenant", "acme", "--json"]);
            if listed["tokens"][0]["last_used_at"].is_string() {
                assert_eq!(listed["tokens"][0]["last_used_from"], "127.0.0.1");
                break;
            }
        }
    }
}

on_each_engine! {
    async fn i1_a_token_may_be_tied_to_addresses(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let tied = |networks: &str| {
            let made = daemon.token("acme", &["--allow-from", networks]);
            (made["id"].as_str().unwrap().to_owned(), idp.with_token(made["token"].as_str().unwrap()))
        };
        let (id, elsewhere) = tied("192.0.2.0/24,2001:db8::/32");
        let refused = elsewhere.get("/Users").await;
        refused.refused(401, None);
        // Nobody chooses his own address.
        let claim = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")];
        elsewhere.send("GET", "/Users", &claim, "").await.refused(401, None);
        // And the answer is the one to a token that never was.
        let unknown = idp.with_token("dgs_x").get("/Users").await;
        assert_eq!((refused.text, refused.headers["www-authenticate"].clone()),
                   (unknown.text, unknown.headers["www-authenticate"].clone()));
        daemon.command(&["token", "revoke", "--tenant", "acme", &id, "--json"]);
        let (_, here) = tied("127.0.0.0/8");
        here.get("/Users").await.expect(200);
    }
}

fn token(lifetime: Option<Duration>, allow_from: &[&str]) -> NewToken {
    NewToken {
        scope: deskgate::domain::credential::TokenScope::Scim,
        label: "test".to_owned(),
        lifetime,
        allow_from: allow_from.iter().map(|network| network.parse().unwrap()).collect(),
        created_by: "test".to_owned(),
    }
}

on_each_engine! {
    async fn i1_an_expired_token_is_refused_from_the_microsecond_on_and_frees_its_place(house: House) {
        house.tenant("acme").await;
        let day = Duration::from_hours(24);
        let made = house.app.create_token("acme", token(Some(day), &[])).await.unwrap();
        assert!(matches!(house.app.create_token("acme", token(None, &[])).await, Err(TokenError::TooMany { .. })));
        let peer = IpAddr::from([192, 0, 2, 1]);
        house.clock.turn(day - Duration::from_micros(1));
        house.app.authenticate(Some(made.token.reveal()), peer).await.unwrap();
        house.clock.turn(Duration::from_micros(1));
        let refused = house.app.authenticate(Some(made.token.reveal()), peer).await;
        assert!(matches!(refused, Err(AuthenticationError::Expired)), "{refused:?}");
        house.app.create_token("acme", token(None, &[])).await.unwrap();
    }
}

on_each_engine! {
    async fn i1_a_token_tied_to_addresses_knows_them_in_either_form(house: House) {
        house.tenant("acme").await;
        let made = house.app.create_token("acme", token(None, &["192.0.2.0/24"])).await.unwrap();
        for (peer, good) in [("192.0.2.9", true), ("::ffff:192.0.2.9", true), ("192.0.3.1", false), ("::1", false)] {
            let peer = peer.parse().unwrap();
            assert_eq!(house.app.authenticate(Some(made.token.reveal()), peer).await.is_ok(), good, "{peer}");
        }
    }
}
