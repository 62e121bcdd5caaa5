//! Clients with a secret (I2): what they get, what they do not, and how a secret is replaced without a gap.

use std::time::Duration;

use deskgate::app::clients::ClientError;
use deskgate::domain::credential::TokenState;

use super::{FORM, HERE, access_token, basic, form, refused};
use crate::world::daemon::Daemon;
use crate::world::idp::user;
use crate::world::on_each_engine;
use crate::world::program;
use crate::world::tenancy::{House, PUBLIC_URL};

const HOUR: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);

on_each_engine! {
    async fn i2_a_client_gets_an_access_token_for_its_secret_and_provisions_with_it(house: House) {
        house.bare_tenant("acme").await;
        let client = house.client("acme", None).await;
        let token = house.access_token(&client).await;
        let made = house.scim(HERE, &token, "POST", "/scim/v2/Users", user("ada").to_string()).await.expect(201);
        house.scim(HERE, &token, "GET", &format!("/scim/v2/Users/{}", made.json()["id"].as_str().unwrap()), "").await.expect(200);
        let actors = house.database.texts("SELECT actor || ' ' || actor_id FROM audit_records WHERE actor <> 'operator'").await;
        assert_eq!(actors, [format!("client {}", client.summary.credential.id)]);
        // The token ends after its hour, and the client gets another.
        house.clock.turn(HOUR - Duration::from_micros(1));
        house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.expect(200);
        house.clock.turn(Duration::from_micros(1));
        house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.refused(401, None);
        let next = house.access_token(&client).await;
        house.scim(HERE, &next, "GET", "/scim/v2/Users", "").await.expect(200);
        // What has ended is known for another day: whoever still sends it is told to renew, and does not guess.
        assert_eq!(house.database.count("access_tokens").await, 2);
        for _ in 0..40 {
            house.scim(HERE, &token, "GET", "/scim/v2/Users", "").await.refused(401, None);
        }
        house.clock.turn(Duration::from_hours(26));
        house.access_token(&client).await;
        assert_eq!(house.database.count("access_tokens").await, 1, "what ended long ago is purged");
    }
}

on_each_engine! {
    async fn i2_requests_for_tokens_are_refused_in_the_words_of_rfc_6749(house: House) {
        house.bare_tenant("acme").await;
        let client = house.client("acme", None).await;
        let (id, secret) = (client.summary.credential.id.to_string(), client.secret.as_ref().unwrap().reveal().to_owned());
        let authorization = basic(&id, &secret);
        let other = house.client("acme", None).await.summary.credential.id.to_string();
        let grant = ("grant_type", "client_credentials");
        let long = "x".repeat(9000);
        for (parameters, status, error) in [
            (vec![], 400, "invalid_request"),
            (vec![("grant_type", "")], 400, "invalid_request"),
            (vec![("grant_type", "authorization_code")], 400, "unsupported_grant_type"),
            (vec![grant, grant], 400, "invalid_request"),
            (vec![grant, ("x", "1"), ("x", "2")], 400, "invalid_request"),
            (vec![grant, ("scope", "admin:write")], 400, "invalid_scope"),
            (vec![grant, ("scope", "scim admin:write")], 400, "invalid_scope"),
            (vec![grant, ("client_id", other.as_str())], 400, "invalid_request"),
            (vec![grant, ("client_secret", secret.as_str())], 400, "invalid_request"),
            (vec![grant, ("client_assertion", "x")], 400, "invalid_request"),
            (vec![grant, ("x", long.as_str())], 413, "invalid_request"),
        ] {
            let headers = [("content-type", FORM), ("authorization", authorization.as_str())];
            refused(&house.ask(HERE, "POST", "/oauth2/token", &headers, form(&parameters)).await, status, error);
        }
        for kind in ["application/json", "text/plain"] {
            let headers = [("content-type", kind), ("authorization", authorization.as_str())];
            refused(&house.ask(HERE, "POST", "/oauth2/token", &headers, form(&[grant])).await, 400, "invalid_request");
        }
        let wrong = format!("{}A", &secret[..secret.len() - 1]);
        for (client, secret) in [(&id, &wrong), (&other, &secret), (&secret, &id), (&id, &id)] {
            refused(&house.with_secret("192.0.2.9", client, secret, &[]).await, 401, "invalid_client");
        }
        for none in [&[("content-type", FORM)][..], &[("content-type", FORM), ("authorization", "Bearer x")]] {
            refused(&house.ask(HERE, "POST", "/oauth2/token", none, form(&[grant])).await, 401, "invalid_client");
        }
        house.ask(HERE, "GET", "/oauth2/token", &[], "").await.expect(405);
        // Nothing of it was held against the client.
        for scope in [&[][..], &[("scope", "scim")], &[("scope", "")], &[("client_id", id.as_str())]] {
            access_token(&house.with_secret(HERE, &id, &secret, scope).await.expect(200));
        }
        // Only what is asked for with it opens anything, never the secret.
        house.scim(HERE, &secret, "GET", "/scim/v2/Users", "").await.refused(401, None);
    }
}

on_each_engine! {
    async fn i2_revoking_a_client_or_its_secret_voids_the_access_tokens_within_a_second(house: House) {
        house.bare_tenant("acme").await;
        house.bare_tenant("other").await;
        let client = house.client("acme", None).await;
        let id = client.summary.credential.id;
        let (first, other) = (house.access_token(&client).await, house.client("acme", None).await);
        let rotated = house.app.rotate_client("acme", id, None, Duration::from_hours(24), "test").await.unwrap();
        let second = house.access_token(&rotated).await;
        let untouched = house.access_token(&other).await;
        for token in [&first, &second, &untouched] {
            house.scim(HERE, token, "GET", "/scim/v2/Users", "").await.expect(200);
        }
        // Nobody else's word counts.
        let foreign = house.app.revoke_client("other", id, None, "test").await;
        assert!(matches!(foreign, Err(ClientError::NotFound(_))), "{foreign:?}");
        house.app.revoke_client("acme", id, Some(client.summary.keys[0].id), "test").await.unwrap();
        house.clock.turn(SECOND);
        house.scim(HERE, &first, "GET", "/scim/v2/Users", "").await.refused(401, None);
        house.scim(HERE, &second, "GET", "/scim/v2/Users", "").await.expect(200);
        house.app.revoke_client("acme", id, None, "test").await.unwrap();
        house.clock.turn(SECOND);
        house.scim(HERE, &second, "GET", "/scim/v2/Users", "").await.refused(401, None);
        let secret = rotated.secret.unwrap();
        refused(&house.with_secret(HERE, &id.to_string(), secret.reveal(), &[]).await, 401, "invalid_client");
        house.scim(HERE, &untouched, "GET", "/scim/v2/Users", "").await.expect(200);
        let again = house.app.revoke_client("acme", id, None, "test").await.unwrap();
        assert_eq!(again.credential.state(house.app.now()), TokenState::Revoked);
    }
}

on_each_engine! {
    async fn i2_a_secret_is_rotated_without_a_gap_and_the_old_one_ends_after_a_day(house: House) {
        house.bare_tenant("acme").await;
        let old = house.client("acme", None).await;
        let id = old.summary.credential.id;
        let day = Duration::from_hours(24);
        let new = house.app.rotate_client("acme", id, None, day, "test").await.unwrap();
        house.access_token(&old).await;
        house.access_token(&new).await;
        let third = house.app.rotate_client("acme", id, None, day, "test").await;
        assert!(matches!(third, Err(ClientError::TooMany(_))), "{third:?}");
        house.clock.turn(day - Duration::from_micros(1));
        house.access_token(&old).await;
        house.clock.turn(Duration::from_micros(1));
        let secret = old.secret.as_ref().unwrap().reveal();
        refused(&house.with_secret(HERE, &id.to_string(), secret, &[]).await, 401, "invalid_client");
        house.access_token(&new).await;
        // A secret that leaked ends at once.
        let third = house.app.rotate_client("acme", id, None, Duration::ZERO, "test").await.unwrap();
        let secret = new.secret.as_ref().unwrap().reveal();
        refused(&house.with_secret(HERE, &id.to_string(), secret, &[]).await, 401, "invalid_client");
        house.access_token(&third).await;
        assert_eq!(third.summary.keys.len(), 3);
    }
}

on_each_engine! {
    async fn i2_the_metadata_of_rfc_8414_lead_to_the_token_endpoint(house: House) {
        let answer = house.ask(HERE, "GET", "/.well-known/oauth-authorization-server", &[], "").await.expect(200);
        let document = answer.json();
        assert_eq!(document["issuer"], PUBLIC_URL);
        assert_eq!(document["token_endpoint"], format!("{PUBLIC_URL}/oauth2/token"));
        assert_eq!(document["grant_types_supported"], serde_json::json!(["client_credentials"]));
        let schemes = house.ask(HERE, "GET", "/scim/v2/ServiceProviderConfig", &[], "").await.json();
        let kinds: Vec<_> = schemes["authenticationSchemes"].as_array().unwrap().iter().map(|s| s["type"].clone()).collect();
        assert_eq!(kinds, ["oauthbearertoken", "oauth2"]);
    }
}

on_each_engine! {
    async fn i2_clients_are_made_shown_rotated_and_revoked_at_the_shell(daemon: Daemon) {
        daemon.tenant("acme");
        let made = daemon.command(&["client", "create", "--tenant", "acme", "--label", "Okta", "--lifetime", "2h",
            "--expires", "365d", "--allow-from", "127.0.0.0/8", "--json"]);
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        assert!(secret.starts_with("dgc_") && made["token_endpoint"].as_str().unwrap().ends_with("/oauth2/token"));
        let authorization = basic(id, secret);
        let headers = [("content-type", FORM), ("authorization", authorization.as_str())];
        let body = form(&[("grant_type", "client_credentials")]);
        let answer = daemon.door().request("POST", "/oauth2/token", &headers, body.clone()).await.expect(200);
        assert_eq!(answer.json()["expires_in"], 7200);
        let bearer = format!("Bearer {}", access_token(&answer));
        daemon.door().request("GET", "/scim/v2/Users", &[("authorization", &bearer)], "").await.expect(200);

        let listed = daemon.command(&["client", "list", "--tenant", "acme", "--json"]);
        assert!(!listed.to_string().contains(secret));
        let client = &listed["clients"][0];
        assert_eq!((&client["client_id"], &client["label"], &client["state"]), (&id.into(), &"Okta".into(), &"active".into()));
        assert!(client["last_used_at"].is_string() && client["keys"][0]["last_used_at"].is_string(), "{client}");
        let rotated = daemon.command(&["client", "rotate", "--tenant", "acme", id, "--json"]);
        assert_ne!(rotated["client_secret"], secret);
        assert_eq!(program::run(&daemon.database.url, &["client", "rotate", "--tenant", "acme", id]).code, 4);
        let key = rotated["keys"][1]["id"].as_str().unwrap();
        daemon.command(&["client", "revoke", "--tenant", "acme", id, "--key", key, "--json"]);
        refused(&daemon.door().request("POST", "/oauth2/token", &headers, body).await, 401, "invalid_client");
        let revoked = daemon.command(&["client", "revoke", "--tenant", "acme", id, "--json"]);
        assert_eq!(revoked["state"], "revoked");
        for (arguments, code) in [
            (&["client", "list", "--tenant", "nobody"][..], 3),
            (&["client", "revoke", "--tenant", "acme", "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11"], 3),
            (&["client", "revoke", "--tenant", "acme", id, "--key", "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11"], 3),
            (&["client", "create", "--tenant", "acme", "--connection", "nowhere"], 3),
            (&["client", "create", "--tenant", "acme", "--lifetime", "7h"], 2),
            (&["client", "create", "--tenant", "acme", "--public-key", "/nowhere"], 2),
            (&["client", "rotate", "--tenant", "acme", id], 4),
        ] {
            assert_eq!(program::run(&daemon.database.url, arguments).code, code, "{arguments:?}");
        }
    }
}

on_each_engine! {
    async fn i1_a_token_is_rotated_without_a_gap(daemon: Daemon) {
        let old = daemon.tenant("acme");
        let listed = daemon.command(&["token", "list", "--tenant", "acme", "--json"]);
        let id = listed["tokens"][0]["id"].as_str().unwrap();
        let made = daemon.command(&["token", "rotate", "--tenant", "acme", id, "--json"]);
        let new = old.with_token(made["token"].as_str().unwrap());
        old.get("/Users").await.expect(200);
        new.get("/Users").await.expect(200);
        let listed = daemon.command(&["token", "list", "--tenant", "acme", "--json"]);
        let of = |id: &str| listed["tokens"].as_array().unwrap().iter().find(|token| token["id"] == id).unwrap().clone();
        assert_eq!(of(id)["expiry_announced"], 1, "{listed}");
        assert_eq!((&of(made["id"].as_str().unwrap())["expires_at"], &made["label"]), (&serde_json::Value::Null, &of(id)["label"]));
        let again = program::run(&daemon.database.url, &["token", "rotate", "--tenant", "acme", id]);
        assert_eq!(again.code, 4, "{again:?}");
        // One that leaked ends at once.
        daemon.command(&["token", "rotate", "--tenant", "acme", id, "--overlap", "0s", "--json"]);
        while old.get("/Users").await.status == 200 {}
        old.get("/Users").await.refused(401, None);
        new.get("/Users").await.expect(200);
    }
}
