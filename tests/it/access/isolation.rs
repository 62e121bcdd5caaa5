//! T2: every route and method, with every credential that must not reach what it is asked for. The routes come from the
//! table of the router, so a new one is tested as soon as it is there.

use std::time::Duration;

use deskgate::http::{Right, table};
use serde_json::json;

use super::HERE;
use crate::world::door::Answer;
use crate::world::idp::{patch_op, user};
use crate::world::on_each_engine;
use crate::world::tenancy::House;

/// An id of the right form that was never given.
const MISSING: &str = "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11";

fn body(method: &str) -> String {
    match method {
        "PUT" | "POST" => user("eve").to_string(),
        "PATCH" => patch_op(json!([{"op": "replace", "path": "active", "value": false}])),
        _ => String::new(),
    }
}

/// What the owner has, as he sees it.
async fn everything(house: &House, owner: &str) -> String {
    let mut all = String::new();
    for kind in ["Users", "Groups"] {
        let list = house.scim(HERE, owner, "GET", &format!("/scim/v2/{kind}?count=1000"), "").await.expect(200);
        assert_eq!(list.json()["totalResults"], 1, "{list:?}");
        all += &list.text;
    }
    all
}

fn same_but_for_ids(answer: &Answer, id: &str) -> (u16, String, Vec<String>) {
    let names = answer.headers.keys().filter(|name| *name != "x-request-id").map(ToString::to_string).collect();
    (answer.status, answer.text.replace(id, MISSING), names)
}

on_each_engine! {
    async fn t2_no_route_gives_anything_to_a_credential_that_is_not_for_it(house: House) {
        for tenant in ["acme", "other"] {
            house.bare_tenant(tenant).await;
        }
        let forever = house.token("acme", "owner", None).await;
        let owner = forever.token.reveal();
        let made = house.scim(HERE, owner, "POST", "/scim/v2/Users", user("ada").to_string()).await.expect(201);
        let ada = made.json()["id"].as_str().unwrap().to_owned();
        let sales = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales at ada@x",
            "members": [{"value": ada}]});
        let made = house.scim(HERE, owner, "POST", "/scim/v2/Groups", sales.to_string()).await.expect(201);
        let sales = made.json()["id"].as_str().unwrap().to_owned();
        let before = everything(&house, owner).await;

        // Credentials of the owner's tenant that are good for nothing any more, or not yet, or for something else.
        let hour = Duration::from_hours(1);
        let revoked = house.token("acme", "revoked", None).await;
        house.app.revoke_token("acme", revoked.summary.id, "test").await.unwrap();
        let expired = house.token("acme", "expired", Some(hour)).await;
        let client = house.client("acme", None).await;
        let lapsed = house.access_token(&client).await;
        house.clock.turn(hour);
        let voided = house.access_token(&client).await;
        house.app.revoke_client("acme", client.summary.credential.id, None, "test").await.unwrap();
        let elsewhere = house.token("acme", "elsewhere", None).await;
        house.database.set_scope("elsewhere", "audit:read").await;
        let useless = [
            ("none", None, 401),
            ("revoked", Some(revoked.token.reveal()), 401),
            ("expired", Some(expired.token.reveal()), 401),
            ("access token at its end", Some(lapsed.as_str()), 401),
            ("access token of a revoked client", Some(voided.as_str()), 401),
            ("wrong scope", Some(elsewhere.token.reveal()), 403),
        ];
        // And good ones of another tenant.
        let foreign = house.token("other", "foreign", None).await;
        let foreign_client = house.access_token(&house.client("other", None).await).await;
        let strangers = [foreign.token.reveal(), foreign_client.as_str()];

        let mut walked = 0;
        for route in table() {
            let method = route.method.as_str();
            let path = |id: &str| route.path.replace("{id}", id);
            let owned = if route.path.contains("/Groups") { &sales } else { &ada };
            match route.right {
                Right::Public => {}
                Right::ScimToken => {
                    for (kind, token, status) in &useless {
                        let answer = match token {
                            None => house.ask(HERE, method, &path(owned), &[], body(method)).await,
                            Some(token) => house.scim(HERE, token, method, &path(owned), body(method)).await,
                        };
                        answer.refused(*status, None);
                        assert!(answer.headers.contains_key("www-authenticate"), "{kind} {method} {}", route.path);
                        walked += 1;
                    }
                }
            }
            for stranger in strangers {
                // The bucket of his tenant fills up again.
                house.clock.turn(Duration::from_secs(1));
                let answer = house.scim(HERE, stranger, method, &path(owned), body(method)).await;
                assert_ne!(answer.status, 429, "{answer:?}");
                if route.path.contains("{id}") {
                    let missing = house.scim(HERE, stranger, method, &path(MISSING), body(method)).await;
                    assert_eq!(same_but_for_ids(&answer, owned), same_but_for_ids(&missing, MISSING), "{method} {}", route.path);
                } else {
                    assert!(!answer.text.contains(owned), "{method} {}: {answer:?}", route.path);
                }
                assert!(!answer.text.contains("ada@x"), "{method} {}: {answer:?}", route.path);
                walked += 1;
            }
        }
        assert!(walked > 140, "{walked}");
        assert_eq!(everything(&house, owner).await, before, "nothing of the owner's has changed");
    }
}

on_each_engine! {
    async fn t2_a_client_of_one_tenant_is_unknown_to_the_operators_commands_on_another(house: House) {
        for tenant in ["acme", "other"] {
            house.bare_tenant(tenant).await;
        }
        let client = house.client("acme", None).await.summary;
        let token = house.token("acme", "one", None).await.summary;
        assert!(house.app.clients("other").await.unwrap().is_empty());
        assert!(house.app.rotate_client("other", client.credential.id, None, Duration::ZERO, "test").await.is_err());
        assert!(house.app.rotate_token("other", token.id, None, Duration::ZERO, "test").await.is_err());
        assert!(house.app.revoke_client("other", client.credential.id, Some(client.keys[0].id), "test").await.is_err());
        assert!(house.app.clients("acme").await.unwrap()[0].keys[0].revoked_at.is_none());
    }
}
