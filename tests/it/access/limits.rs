//! How much a tenant may send (L4), how often somebody may guess (L5), and that each refusal says when to come back.

use std::time::Duration;

use deskgate::http::{Right, table};

use super::{HERE, access_token, refused};
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::door::Answer;
use crate::world::on_each_engine;
use crate::world::tenancy::House;

const SECOND: Duration = Duration::from_secs(1);

fn wait(answer: &Answer) -> u64 {
    answer.header("retry-after").parse().unwrap_or_else(|_| panic!("no Retry-After in {answer:?}"))
}

/// Sends until the bucket is empty; gives the number of requests that were answered.
async fn flood(house: &House, token: &str) -> u32 {
    for answered in 0..1000 {
        if house.scim(HERE, token, "GET", "/scim/v2/Schemas", "").await.status == 429 {
            return answered;
        }
    }
    panic!("nobody stopped the flood")
}

/// A token that is well formed and was never given.
fn guess() -> String {
    deskgate::base::secret::Token::generate().unwrap().reveal().to_owned()
}

on_each_engine! {
    async fn l4_a_burst_of_two_hundred_is_answered_and_then_twenty_five_a_second(house: House) {
        house.bare_tenant("acme").await;
        let token = house.token("acme", "one", None).await;
        let token = token.token.reveal();
        assert_eq!(flood(&house, token).await, 200);
        for _ in 0..60 {
            house.clock.turn(SECOND);
            for _ in 0..25 {
                house.scim(HERE, token, "GET", "/scim/v2/Schemas", "").await.expect(200);
            }
        }
        let over = house.scim(HERE, token, "GET", "/scim/v2/Schemas", "").await;
        let detail = over.refused(429, None);
        assert!(detail.contains("25 requests a second") && detail.contains("limits.scim_rate"), "{detail}");
        assert_eq!(wait(&over), 1);
    }
}

on_each_engine! {
    /// Not a fifth of a second more: who is over his limit costs nobody a look into the database.
    async fn l4_one_tenants_flood_takes_nothing_from_another(house: House) {
        house.bare_tenant("acme").await;
        house.bare_tenant("other").await;
        let (flooding, second) = (house.token("acme", "one", None).await, house.token("acme", "two", None).await);
        let quiet = house.token("other", "one", None).await;
        flood(&house, flooding.token.reveal()).await;
        // Another credential does not help.
        house.scim(HERE, second.token.reveal(), "GET", "/scim/v2/Schemas", "").await.expect(429);
        for _ in 0..100 {
            house.scim(HERE, quiet.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        }
        // What is refused has not been read, and asks the database nothing: there is none.
        house.app.close().await;
        house.scim(HERE, flooding.token.reveal(), "POST", "/scim/v2/Users", "no JSON").await.refused(429, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l4_the_limit_of_a_daemon_is_set_by_its_operator() {
    let settings = [("DESKGATE_LIMITS_SCIM_RATE", "25"), ("DESKGATE_LIMITS_SCIM_BURST", "300")];
    let daemon = Daemon::with(Engine::Sqlite, &settings).await;
    let idp = daemon.tenant("acme");
    for _ in 0..300 {
        idp.get("/Schemas").await.expect(200);
    }
    let refused = loop {
        let answer = idp.get("/Schemas").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert!(refused.refused(429, None).contains("300 at once"));
    daemon.tenant("other").get("/Schemas").await.expect(200);
}

on_each_engine! {
    async fn l4_every_429_and_503_of_every_route_says_when_to_come_back(house: House) {
        house.bare_tenant("acme").await;
        house.bare_tenant("other").await;
        let (flooding, quiet) = (house.token("acme", "one", None).await, house.token("other", "one", None).await);
        let client = house.client("acme", None).await;
        flood(&house, flooding.token.reveal()).await;
        let secret = client.secret.as_ref().unwrap().reveal();
        let answer = house.with_secret(HERE, &client.summary.id.to_string(), secret, &[]).await;
        refused(&answer, 429, "temporarily_unavailable");
        for route in table() {
            let path = route.path.replace("{id}", "x");
            match route.right {
                Right::Public => {}
                Right::ScimToken => {
                    let answer = house.scim(HERE, flooding.token.reveal(), route.method.as_str(), &path, "{}").await;
                    answer.refused(429, None);
                    assert!(wait(&answer) >= 1, "{} {path}", route.method);
                }
            }
        }
        // Trouble on our side: tokens that have to be looked up, and one that is believed for a moment yet.
        house.scim(HERE, quiet.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        house.app.close().await;
        let mut trouble = 0;
        for route in table() {
            let path = route.path.replace("{id}", "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11");
            let body = crate::world::idp::user("ada").to_string();
            for token in [guess(), quiet.token.reveal().to_owned()] {
                let answer = house.scim(HERE, &token, route.method.as_str(), &path, body.clone()).await;
                assert_ne!(answer.status, 500, "{} {path}: {answer:?}", route.method);
                if answer.status == 503 {
                    assert!(wait(&answer) >= 1, "{} {path}", route.method);
                    trouble += 1;
                }
            }
        }
        house.clock.turn(SECOND * 10);
        refused(&house.with_secret(HERE, &client.summary.id.to_string(), secret, &[]).await, 503, "temporarily_unavailable");
        // A file can be read to the end: there only writes are in trouble.
        assert!(trouble > if house.database.file().is_some() { 1 } else { 20 }, "{trouble}");
    }
}

on_each_engine! {
    async fn l5_twenty_failed_tokens_a_minute_and_then_no_look_into_the_database(house: House) {
        house.bare_tenant("acme").await;
        let (used, unused) = (house.token("acme", "one", None).await, house.token("acme", "two", None).await);
        house.scim(HERE, used.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        for number in 0..20 {
            let token = if number % 2 == 0 { guess() } else { "non-token".to_owned() };
            house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.refused(401, None);
        }
        let over = house.scim(HERE, &guess(), "GET", "/scim/v2/Users", "").await;
        assert!(over.refused(429, None).contains("20 a minute"));
        assert_eq!(wait(&over), 3);
        house.scim(HERE, "non-token", "GET", "/scim/v2/Users", "").await.refused(429, None);
        // Who was let in from there before is not kept out by his neighbour, and nobody elsewhere is.
        house.scim(HERE, used.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        house.scim("192.0.2.2", unused.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        house.ask(HERE, "GET", "/scim/v2/Users", &[], "").await.refused(401, None);
        // Good credentials are no failures, however many.
        for _ in 0..100 {
            house.scim("192.0.2.3", used.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
            house.clock.turn(SECOND);
        }
        // A minute and more has passed.
        house.scim(HERE, &guess(), "GET", "/scim/v2/Users", "").await.refused(401, None);
        for _ in 0..30 {
            house.scim(HERE, &guess(), "GET", "/scim/v2/Users", "").await;
        }
        house.app.close().await;
        house.scim(HERE, &guess(), "GET", "/scim/v2/Users", "").await.refused(429, None);
        // A file can be read to the end; a server that is gone shows who asks for it.
        let asked = if house.database.file().is_some() { 401 } else { 503 };
        house.scim("192.0.2.4", &guess(), "GET", "/scim/v2/Users", "").await.refused(asked, None);
    }
}

on_each_engine! {
    async fn l5_a_clients_secret_is_guessed_slower_and_slower_and_the_owner_does_not_notice(house: House) {
        house.bare_tenant("acme").await;
        let client = house.client("acme", None).await;
        let (id, secret) = (client.summary.id.to_string(), client.secret.as_ref().unwrap().reveal());
        let stranger = "2001:db8::1";
        let wrong = deskgate::base::secret::Token::generate_kind(deskgate::base::secret::TokenKind::ClientSecret).unwrap();
        let wrong = wrong.reveal();
        let mut waits = Vec::new();
        while waits.len() < 12 {
            let mut waited = 0;
            let mut answer = house.with_secret(stranger, &id, wrong, &[]).await;
            while answer.status == 429 {
                waited += wait(&answer);
                house.clock.turn(Duration::from_secs(wait(&answer)));
                // His neighbour waits with him.
                answer = house.with_secret("2001:db8::ffff", &id, wrong, &[]).await;
            }
            refused(&answer, 401, "invalid_client");
            waits.push(waited);
            // The owner sits elsewhere and is served all the time.
            access_token(&house.with_secret(HERE, &id, secret, &[]).await.expect(200));
        }
        assert_eq!(*waits.iter().max().unwrap(), 60, "{waits:?}");
        assert!(waits.is_sorted(), "{waits:?}");
    }
}

on_each_engine! {
    /// A provider that has not heard of it goes on asking, and others send from the same address.
    async fn l5_a_client_that_was_revoked_is_no_guesser(house: House) {
        house.bare_tenant("acme").await;
        let (dead, alive) = (house.client("acme", None).await, house.client("acme", None).await);
        house.app.revoke_client("acme", dead.summary.id, None, "test").await.unwrap();
        let secret = dead.secret.as_ref().unwrap().reveal();
        for _ in 0..30 {
            refused(&house.with_secret(HERE, &dead.summary.id.to_string(), secret, &[]).await, 401, "invalid_client");
        }
        house.access_token(&alive).await;
    }
}

on_each_engine! {
    /// An identity provider opens many connections at once, before any of its requests has been answered.
    async fn l5_a_first_burst_with_a_good_token_is_no_guessing(house: House) {
        house.bare_tenant("acme").await;
        let token = house.token("acme", "one", None).await;
        let (house, token) = (&house, token.token.reveal());
        let requests = (0..100).map(|_| house.scim(HERE, token, "GET", "/scim/v2/Schemas", ""));
        for answer in futures_util::future::join_all(requests).await {
            answer.expect(200);
        }
    }
}
