//! How much a tenant may send (L4), how often somebody may guess (L5), and that each refusal says when to come back.

use std::time::Duration;

use deskgate::base::secret::{HashKey, Token, TokenKind};
use deskgate::domain::credential::TokenScope;
use deskgate::http::{Right, table};

use super::{FORM, HERE, access_token, basic, form, refused};
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::door::Answer;
use crate::world::on_each_engine;
use crate::world::tenancy::{House, router};

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

/// A token that is well formed, and that no daemon here has made.
fn guess(kind: TokenKind) -> String {
    Token::generate(kind, &HashKey::new([8; 32])).unwrap().reveal().to_owned()
}

fn bearer() -> String {
    guess(TokenKind::Provisioning)
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
    async fn l4_requests_for_tokens_and_requests_for_scim_do_not_eat_each_others_rate(house: House) {
        for tenant in ["acme", "other"] {
            house.bare_tenant(tenant).await;
        }
        let (client, second) = (house.client("acme", None).await, house.client("acme", None).await);
        let token = house.token("acme", "one", None).await;
        assert_eq!(flood(&house, token.token.reveal()).await, 200);
        // Who provisions at his limit still gets a token, and who fetches tokens at his limit still provisions.
        let mut fetched = 0;
        let over = loop {
            let (id, secret) = (client.summary.credential.id.to_string(), client.secret.as_ref().unwrap().reveal());
            let answer = house.with_secret(HERE, &id, secret, &[]).await;
            if answer.status != 200 {
                break answer;
            }
            fetched += 1;
        };
        assert_eq!(fetched, 200);
        refused(&over, 429, "temporarily_unavailable");
        assert!(wait(&over) >= 1 && over.json()["error_description"].as_str().unwrap().contains("access tokens"), "{over:?}");
        // All clients of the tenant share the bucket, and no other tenant does.
        let (id, secret) = (second.summary.credential.id.to_string(), second.secret.as_ref().unwrap().reveal());
        refused(&house.with_secret(HERE, &id, secret, &[]).await, 429, "temporarily_unavailable");
        house.access_token(&house.client("other", None).await).await;
        house.clock.turn(SECOND);
        for _ in 0..25 {
            house.scim(HERE, token.token.reveal(), "GET", "/scim/v2/Schemas", "").await.expect(200);
            house.access_token(&client).await;
        }
    }
}

on_each_engine! {
    async fn l4_every_429_and_503_of_every_route_says_when_to_come_back(house: House) {
        house.bare_tenant("acme").await;
        house.bare_tenant("other").await;
        let (flooding, quiet) = (house.token("acme", "one", None).await, house.token("other", "one", None).await);
        let client = house.client("acme", None).await;
        flood(&house, flooding.token.reveal()).await;
        let administrator = house.token_for(TokenScope::AdminWrite, "acme", "two", None).await;
        let administrator = format!("Bearer {}", administrator.token.reveal());
        let as_administrator = [("authorization", administrator.as_str()), ("content-type", "application/json")];
        while house.ask(HERE, "GET", "/api/v1/tenant", &as_administrator, "").await.status != 429 {}
        let secret = client.secret.as_ref().unwrap().reveal();
        for route in table() {
            let path = route.path.replace("{id}", "x");
            match route.right {
                Right::Public => {}
                Right::ScimToken => {
                    let answer = house.scim(HERE, flooding.token.reveal(), route.method.as_str(), &path, "{}").await;
                    answer.refused(429, None);
                    assert!(wait(&answer) >= 1, "{} {path}", route.method);
                }
                Right::AdminRead | Right::AdminWrite => {
                    let answer = house.ask(HERE, route.method.as_str(), &path, &as_administrator, "{}").await;
                    answer.problem(429, "too-many-requests");
                    assert!(wait(&answer) >= 1, "{} {path}", route.method);
                }
            }
        }
        // Trouble on our side: tokens that have to be looked up, and one that is believed for a moment yet.
        house.scim(HERE, quiet.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        let unseen = house.token("other", "two", None).await;
        house.app.close().await;
        let mut trouble = 0;
        for route in table() {
            let path = route.path.replace("{id}", "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11");
            let body = crate::world::idp::user("ada").to_string();
            for token in [&unseen.token, &quiet.token].map(Token::reveal) {
                let answer = house.scim(HERE, token, route.method.as_str(), &path, body.clone()).await;
                assert_ne!(answer.status, 500, "{} {path}: {answer:?}", route.method);
                if answer.status == 503 {
                    assert!(wait(&answer) >= 1, "{} {path}", route.method);
                    trouble += 1;
                }
            }
        }
        house.clock.turn(SECOND * 10);
        refused(&house.with_secret(HERE, &client.summary.credential.id.to_string(), secret, &[]).await, 503, "temporarily_unavailable");
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
            let token = if number % 2 == 0 { bearer() } else { "non-token".to_owned() };
            house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.refused(401, None);
        }
        let over = house.scim(HERE, &bearer(), "GET", "/scim/v2/Users", "").await;
        assert!(over.refused(429, None).contains("20 a minute"));
        assert_eq!(wait(&over), 3);
        house.scim(HERE, "non-token", "GET", "/scim/v2/Users", "").await.refused(429, None);
        // Nobody is kept out by his neighbour, whether he was let in from there before or not.
        house.scim(HERE, used.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        house.scim(HERE, unused.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        house.ask(HERE, "GET", "/scim/v2/Users", &[], "").await.refused(401, None);
        // Good credentials are no failures, however many.
        for _ in 0..100 {
            house.scim("192.0.2.3", used.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
            house.clock.turn(SECOND);
        }
        // A minute and more has passed.
        house.scim(HERE, &bearer(), "GET", "/scim/v2/Users", "").await.refused(401, None);
        // A guess is known as one: it asks the database nothing, which is gone by now.
        house.app.close().await;
        house.scim("192.0.2.4", &bearer(), "GET", "/scim/v2/Users", "").await.refused(401, None);
    }
}

on_each_engine! {
    /// Behind one address sit many: a network behind its router, the tenants of one identity provider.
    async fn l5_junk_from_a_shared_address_delays_no_good_token(house: House) {
        house.bare_tenant("acme").await;
        let one = house.token("acme", "one", None).await;
        let client = house.client("acme", None).await;
        let access = house.access_token(&client).await;
        // A process that has seen none of them, and a flood of what looks like tokens and does not.
        let fresh = router(&house.replica().await);
        let ask = async |token: &str| {
            let authorization = format!("Bearer {token}");
            House::ask_of(fresh.clone(), HERE, "GET", "/scim/v2/Users", &[("authorization", &authorization)], "").await
        };
        for number in 0..200 {
            let junk = match number % 4 {
                0 => bearer(),
                1 => guess(TokenKind::Access),
                2 => "non-token".to_owned(),
                _ => one.token.reveal().replace("dgs_", "dga_"),
            };
            assert_ne!(ask(&junk).await.status, 200);
        }
        ask(&bearer()).await.refused(429, None);
        for good in [one.token.reveal(), access.as_str()] {
            ask(good).await.expect(200);
        }
        // Nor does it keep a client from his next token.
        let authorization = basic(&client.summary.credential.id.to_string(), client.secret.as_ref().unwrap().reveal());
        let headers = [("content-type", FORM), ("authorization", authorization.as_str())];
        let body = form(&[("grant_type", "client_credentials")]);
        House::ask_of(fresh.clone(), HERE, "POST", "/oauth2/token", &headers, body).await.expect(200);
    }
}

on_each_engine! {
    /// Such as an access token from long ago that somebody still sends.
    async fn l5_a_token_that_is_kept_no_more_is_looked_up_once_and_then_junk(house: House) {
        house.bare_tenant("acme").await;
        let (gone, kept) = (house.token("acme", "gone", None).await, house.token("acme", "kept", None).await);
        assert_eq!(house.database.execute("DELETE FROM tokens WHERE label = 'gone'").await, 1);
        for _ in 0..20 {
            house.scim(HERE, gone.token.reveal(), "GET", "/scim/v2/Users", "").await.refused(401, None);
        }
        let over = house.scim(HERE, gone.token.reveal(), "GET", "/scim/v2/Users", "").await;
        over.refused(429, None);
        assert!(wait(&over) >= 1);
        house.scim(HERE, kept.token.reveal(), "GET", "/scim/v2/Users", "").await.expect(200);
        house.app.close().await;
        house.scim("192.0.2.4", gone.token.reveal(), "GET", "/scim/v2/Users", "").await.refused(401, None);
    }
}

on_each_engine! {
    async fn l5_a_clients_secret_is_guessed_slower_and_slower_and_the_owner_does_not_notice(house: House) {
        house.bare_tenant("acme").await;
        let client = house.client("acme", None).await;
        let (id, secret) = (client.summary.credential.id.to_string(), client.secret.as_ref().unwrap().reveal());
        let stranger = "2001:db8::1";
        let wrong = guess(TokenKind::ClientSecret);
        let mut waits = Vec::new();
        while waits.len() < 12 {
            let mut waited = 0;
            let mut answer = house.with_secret(stranger, &id, &wrong, &[]).await;
            while answer.status == 429 {
                waited += wait(&answer);
                house.clock.turn(Duration::from_secs(wait(&answer)));
                // His neighbour waits with him.
                answer = house.with_secret("2001:db8::ffff", &id, &wrong, &[]).await;
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
        house.app.revoke_client("acme", dead.summary.credential.id, None, "test").await.unwrap();
        let secret = dead.secret.as_ref().unwrap().reveal();
        for _ in 0..30 {
            refused(&house.with_secret(HERE, &dead.summary.credential.id.to_string(), secret, &[]).await, 401, "invalid_client");
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
