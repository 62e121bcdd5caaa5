//! Lists and their cursors.

use std::collections::BTreeSet;

use deskgate::domain::credential::TokenScope;
use serde_json::{Value, json};

use super::{HERE, Office, id};
use crate::world::idp::user;
use crate::world::on_each_engine;

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["user_name"].as_str().unwrap()).collect()
}

on_each_engine! {
    async fn a_walk_shows_everybody_once_whatever_others_write_meanwhile(office: Office) {
        let mut expected = BTreeSet::new();
        for n in 0..5 {
            expected.insert(id(&office.employee(&format!("p{n}")).await).to_owned());
        }
        let scim = office.scim("POST", "/Users", &user("scim")).await.expect(201).json();
        expected.insert(id(&scim).to_owned());
        let (mut seen, mut path) = (Vec::new(), "/employees?limit=2".to_owned());
        loop {
            let page = office.get(&path).await.expect(200).json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| id(item).to_owned()));
            office.employee(&format!("later{}", seen.len())).await;
            if seen.len() == 4 {
                office.delete(&format!("/employees/{}", seen[0])).await.expect(204);
            }
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/employees?limit=2&cursor={next}");
        }
        let all: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(all.len(), seen.len(), "nobody twice");
        assert!(all.is_superset(&expected));
    }
}

on_each_engine! {
    async fn a_cursor_leads_on_in_its_own_list_only(office: Office) {
        for n in 0..3 {
            office.employee(&format!("p{n}")).await;
            office.post("/pools", &json!({"name": format!("pool {n}")})).await.expect(201);
        }
        let page = office.get("/employees?limit=1").await.expect(200).json();
        let next = page["next"].as_str().unwrap().to_owned();
        assert!(next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{next}");
        for path in [
            format!("/pools?cursor={next}"),
            format!("/employees?cursor={next}&locked=true"),
            format!("/employees?cursor={}x", &next[1..]),
            "/employees?cursor=x".to_owned(),
        ] {
            office.get(&path).await.problem(400, "malformed-request");
        }
        office.house.bare_tenant("other").await;
        let other = office.house.token_for(TokenScope::AdminRead, "other", "x", None).await.token;
        let bearer = format!("Bearer {}", other.reveal());
        let path = format!("/api/v1/employees?cursor={next}");
        let refused = office.house.ask(HERE, "GET", &path, &[("authorization", &bearer)], "").await;
        refused.problem(400, "malformed-request");
    }
}

on_each_engine! {
    async fn parameters_that_are_unknown_twice_or_out_of_bounds_are_refused(office: Office) {
        for query in ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "lmit=1", "locked=maybe", "group=x"] {
            office.get(&format!("/employees?{query}")).await.problem(400, "malformed-request");
        }
        let told = office.get("/employees?limit=100000").await.problem(400, "malformed-request");
        assert!(told.contains("this number is too large"), "{told}");
        office.get("/employees?cursor=").await.expect(200);
    }
}

on_each_engine! {
    async fn employees_are_found_by_text_lock_connection_and_group(office: Office) {
        office.employee("maxi").await;
        let ada = office.scim("POST", "/Users", &user("ada")).await.expect(201).json();
        let bob = office.scim("POST", "/Users", &user("bob")).await.expect(201).json();
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales",
            "members": [{"value": id(&ada)}]});
        let sales = office.scim("POST", "/Groups", &group).await.expect(201).json();
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All",
            "members": [{"value": id(&sales)}, {"value": id(&bob)}]});
        let all = office.scim("POST", "/Groups", &group).await.expect(201).json();
        office.post(&format!("/employees/{}/lock", id(&bob)), &json!({})).await.expect(200);
        let found = async |query: &str| {
            let page = office.get(&format!("/employees?{query}")).await.expect(200).json();
            names(&page).iter().map(|name| name.split('@').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("q=MUSTER").await, "maxi");
        assert_eq!(found("q=x.example").await, "maxi ada bob");
        assert_eq!(found("locked=true").await, "bob");
        assert_eq!(found("locked=false").await, "maxi ada");
        assert_eq!(found("connection=Default").await, "ada bob");
        assert_eq!(found("connection=none").await, "");
        assert_eq!(found(&format!("group={}", id(&sales))).await, "ada");
        assert_eq!(found(&format!("group={}&locked=false", id(&all))).await, "ada");
    }
}
