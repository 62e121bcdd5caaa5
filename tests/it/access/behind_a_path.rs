//! A public URL with a path: a proxy serves other things too, and either passes the path on or takes it away.

use deskgate::app::limits::ScimLimits;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{HERE, access_token, refused};
use crate::world::database::Engine;
use crate::world::idp::{USER, user, with};
use crate::world::on_each_engine;
use crate::world::signer::Signer;
use crate::world::tenancy::House;

const PUBLIC: &str = "https://sip.example/desk/gate";
const PATH: &str = "/desk/gate";

/// A house under [`PUBLIC`].
struct Behind(House);

impl Behind {
    async fn open(engine: Engine) -> Self {
        Self(House::with(engine, PUBLIC, ScimLimits::default()).await)
    }
}

on_each_engine! {
    async fn i2_the_metadata_stand_where_rfc_8414_puts_them_and_name_the_configured_issuer(behind: Behind) {
        let house = behind.0;
        for place in [
            // RFC 8414, section 3.1: the path comes after the well-known part.
            format!("/.well-known/oauth-authorization-server{PATH}"),
            // Before it, as OpenID Connect Discovery has it, and what is left of either when a proxy takes the path away.
            format!("{PATH}/.well-known/oauth-authorization-server"),
            "/.well-known/oauth-authorization-server".to_owned(),
        ] {
            for place in [format!("{place}/"), place] {
                let document = house.ask(HERE, "GET", &place, &[], "").await.expect(200).json();
                assert_eq!(document["issuer"], PUBLIC, "{place}");
                assert_eq!(document["token_endpoint"], format!("{PUBLIC}/oauth2/token"), "{place}");
            }
        }
        for elsewhere in ["/.well-known/oauth-authorization-server/desk", "/desk/.well-known/oauth-authorization-server"] {
            house.ask(HERE, "GET", elsewhere, &[], "").await.expect(404);
        }
    }
}

on_each_engine! {
    async fn i2_assertions_name_the_public_address_whichever_way_the_proxy_goes(behind: Behind) {
        let house = behind.0;
        house.bare_tenant("acme").await;
        let signer = Signer::new(Algorithm::EdDSA);
        let id = house.client("acme", Some(signer.public())).await.summary.credential.id.to_string();
        let claims = |aud: Value| json!({
            "iss": id, "sub": id, "aud": aud, "jti": uuid::Uuid::new_v4().to_string(),
            "exp": house.app.now().micros() / 1_000_000 + 120,
        });
        for aud in [json!(PUBLIC), json!(format!("{PUBLIC}/oauth2/token")), json!([PUBLIC, format!("{PUBLIC}/oauth2/token")])] {
            access_token(&house.with_assertion(HERE, &signer.sign(&claims(aud)), &[]).await.expect(200));
        }
        for (number, aud) in
            ["https://sip.example", "https://sip.example/oauth2/token", "https://sip.example/desk"].into_iter().enumerate()
        {
            let elsewhere = format!("192.0.2.{}", number + 2);
            let answer = house.with_assertion(&elsewhere, &signer.sign(&claims(json!(aud))), &[]).await;
            refused(&answer, 401, "invalid_client");
        }
    }
}

on_each_engine! {
    async fn every_route_answers_with_the_path_and_without_and_names_it_in_every_location(behind: Behind) {
        let house = behind.0;
        house.bare_tenant("acme").await;
        let token = house.token("acme", "one", None).await;
        let token = token.token.reveal();
        for (prefix, name) in [(PATH, "ada"), ("", "bo")] {
            let path = |path: &str| format!("{prefix}/scim/v2{path}");
            let made = house.scim(HERE, token, "POST", &path("/Users"), user(name).to_string()).await.expect(201);
            let id = made.json()["id"].as_str().unwrap().to_owned();
            let location = format!("{PUBLIC}/scim/v2/Users/{id}");
            assert_eq!((made.json()["meta"]["location"].as_str(), made.header("location")), (Some(location.as_str()), location.as_str()));
            house.scim(HERE, token, "GET", &path(&format!("/Users/{id}/")), "").await.expect(200);
            let longer = with(user(name), json!({"schemas": [USER], "title": "Dr."}));
            house.scim(HERE, token, "PUT", &path(&format!("/Users/{id}")), longer.to_string()).await.expect(200);
            house.scim(HERE, token, "GET", &path("/ResourceTypes/User"), "").await.expect(200);
            // What is wrong is told as a SCIM error on either way.
            house.scim(HERE, token, "GET", &path("/Nothing"), "").await.refused(404, None);
            house.scim(HERE, token, "DELETE", &path("/Users"), "").await.refused(405, None);
            house.ask(HERE, "GET", &path("/Users"), &[], "").await.refused(401, None);
            house.scim(HERE, token, "GET", &format!("{prefix}/scim/v2/Users/%2e%2e/x"), "").await.refused(400, Some("invalidValue"));
        }
        for elsewhere in ["/desk/scim/v2/Users", "/gate/scim/v2/Users", "/desk/gatescim/v2/Users", "/desk/gate"] {
            house.scim(HERE, token, "GET", elsewhere, "").await.expect(404);
        }
    }
}

/// Paths that a router could take for patterns, or for one another, are paths.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_starts_under_any_path() {
    for path in
        ["/:x/*y", "/%7Bid%7D", "/.well-known/oauth-authorization-server", "/scim", "/scim/v2/Users", "/healthz"]
    {
        let house = House::with(Engine::Sqlite, &format!("https://sip.example{path}"), ScimLimits::default()).await;
        for path in [format!("{path}/healthz"), "/healthz".to_owned()] {
            house.ask(HERE, "GET", &path, &[], "").await.expect(200);
        }
    }
}
