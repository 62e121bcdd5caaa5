//! T2: every route and method, with every credential that must not reach what it is asked for. The routes come from the
//! table of the router, so a new one is tested as soon as it is there.

use std::time::Duration;

use deskgate::domain::credential::TokenScope;
use deskgate::http::{Right, table};
use serde_json::json;

use super::HERE;
use crate::api::picture;
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

/// What the owner's administrators have, as they see it.
async fn everything_administered(house: &House, writer: &str) -> String {
    let mut all = String::new();
    for path in ["tenant", "employees", "pools", "desks"] {
        let headers = [("authorization", format!("Bearer {writer}"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        all += &house.ask(HERE, "GET", &format!("/api/v1/{path}"), &headers, "").await.expect(200).text;
    }
    all
}

/// A body for the admin API that names this id wherever one can be named; the number makes names that are not taken.
fn admin_body(method: &str, path: &str, id: &str, number: usize) -> String {
    match (method, path) {
        ("POST", "/api/v1/pools") => json!({"name": format!("pool {number}")}),
        ("POST", "/api/v1/desks") => json!({"name": format!("desk {number}"), "employee": id}),
        ("POST", "/api/v1/employees") => {
            json!({"given_name": "Eve", "family_name": "E", "email": format!("eve{number}@y.example")})
        }
        ("POST", _) if !path.contains("{id}") => json!({"ids": [id]}),
        ("POST" | "PATCH" | "PUT", _) => json!({}),
        _ => return String::new(),
    }
    .to_string()
}

fn same_but_for_ids(answer: &Answer, id: &str) -> (u16, String, Vec<String>) {
    let names = answer.headers.keys().filter(|name| *name != "x-request-id").map(ToString::to_string).collect();
    // A problem of the admin API names the request.
    let own = format!("urn:deskgate:request:{}", answer.header("x-request-id"));
    (answer.status, answer.text.replace(&own, "").replace(id, MISSING), names)
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
        let administrator = house.token_for(TokenScope::AdminWrite, "acme", "administrator", None).await;
        let administrator = administrator.token.reveal();
        let make = async |path: &str, body: serde_json::Value| {
            let bearer = format!("Bearer {administrator}");
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let made = house.ask(HERE, "POST", path, &headers, body.to_string()).await.expect(201);
            made.json()["id"].as_str().unwrap().to_owned()
        };
        let pool = make("/api/v1/pools", json!({"name": "ada@x pool"})).await;
        let desk = make("/api/v1/desks", json!({"name": "ada@x desk", "employee": ada})).await;
        let bearer = format!("Bearer {administrator}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "image/png")];
        let photo = format!("/api/v1/employees/{ada}/photo");
        let photo = house.ask(HERE, "PUT", &photo, &headers, picture(3, 3)).await.expect(204).header("etag").to_owned();
        let before = everything(&house, owner).await;
        let administered = everything_administered(&house, administrator).await;

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
        let elsewhere = house.token_for(TokenScope::AdminRead, "acme", "elsewhere", None).await;
        let useless = [
            ("none", None, 401),
            ("revoked", Some(revoked.token.reveal()), 401),
            ("expired", Some(expired.token.reveal()), 401),
            ("access token at its end", Some(lapsed.as_str()), 401),
            ("access token of a revoked client", Some(voided.as_str()), 401),
            ("wrong scope", Some(elsewhere.token.reveal()), 403),
        ];
        // The same for the admin API.
        let (hour, reader) = (Some(hour), TokenScope::AdminRead);
        let admin_revoked = house.token_for(TokenScope::AdminWrite, "acme", "admin revoked", None).await;
        house.app.revoke_token("acme", admin_revoked.summary.id, "test").await.unwrap();
        let admin_expired = house.token_for(TokenScope::AdminWrite, "acme", "admin expired", hour).await;
        house.clock.turn(hour.unwrap());
        let admin_reader = house.token_for(reader, "acme", "admin reader", None).await;
        let useless_admins = [
            ("none", None, 401, false),
            ("revoked", Some(admin_revoked.token.reveal()), 401, false),
            ("expired", Some(admin_expired.token.reveal()), 401, false),
            ("SCIM", Some(owner), 403, false),
            ("reader", Some(admin_reader.token.reveal()), 403, true),
        ];
        let foreign_writer = house.token_for(TokenScope::AdminWrite, "other", "foreign", None).await;
        let foreign_writer = foreign_writer.token.reveal();
        // And good ones of another tenant.
        let foreign = house.token("other", "foreign", None).await;
        let foreign_client = house.access_token(&house.client("other", None).await).await;
        let strangers = [foreign.token.reveal(), foreign_client.as_str()];

        let mut walked = 0;
        for route in table() {
            let method = route.method.as_str();
            let path = |id: &str| route.path.replace("{id}", id);
            let owned = match route.path {
                path if path.contains("/Groups") => &sales,
                path if path.contains("/pools") => &pool,
                path if path.contains("/desks/") => &desk,
                _ => &ada,
            };
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
                Right::AdminRead | Right::AdminWrite => {
                    let send = async |token: Option<&str>, id: &str| {
                        house.clock.turn(Duration::from_secs(1));
                        let bearer = token.map(|token| format!("Bearer {token}")).unwrap_or_default();
                        let is_photo = method == "PUT" && route.path.ends_with("/photo");
                        let mut headers = vec![("content-type", if is_photo { "image/png" } else { "application/json" })];
                        headers.extend(token.map(|_| ("authorization", bearer.as_str())));
                        let body = admin_body(method, route.path, id, walked).into_bytes();
                        let body = if is_photo { picture(2, 2) } else { body };
                        house.ask(HERE, method, &path(id), &headers, body).await
                    };
                    for (kind, token, status, reads) in useless_admins {
                        if !reads || route.right == Right::AdminWrite {
                            let answer = send(token, owned).await;
                            assert_eq!(answer.status, status, "{kind} {method} {}: {answer:?}", route.path);
                            assert!(answer.headers.contains_key("www-authenticate"), "{kind} {method} {}", route.path);
                        }
                    }
                    let answer = send(Some(foreign_writer), owned).await;
                    if admin_body(method, route.path, owned, walked).contains(owned.as_str()) || route.path.contains("{id}") {
                        let missing = send(Some(foreign_writer), MISSING).await;
                        assert_eq!(same_but_for_ids(&answer, owned), same_but_for_ids(&missing, MISSING), "{method} {}", route.path);
                    } else {
                        assert!(!answer.text.contains(owned.as_str()), "{method} {}: {answer:?}", route.path);
                    }
                    assert!(!answer.text.contains("ada@x"), "{method} {}: {answer:?}", route.path);
                    walked += 1;
                }
            }
            if matches!(route.right, Right::AdminRead | Right::AdminWrite) {
                continue;
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
        assert_eq!(everything_administered(&house, administrator).await, administered);
        let still = house.ask(HERE, "GET", &format!("/api/v1/employees/{ada}/photo"), &headers, "").await.expect(200);
        assert_eq!(still.header("etag"), photo);
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
