//! Requests that concern many.

use serde_json::{Value, json};

use super::{Firm, one_extension};
use crate::world::on_each_engine;

const MANY: u32 = 2_300;

/// So many users in one `Bulk` request each thousand.
async fn users(firm: &Firm, count: u32) -> Vec<String> {
    let mut ids = Vec::new();
    for from in (0..count).step_by(1_000) {
        let operations: Vec<Value> = (from..count.min(from + 1_000))
            .map(|n| {
                json!({"method": "POST", "path": "/Users", "bulkId": format!("u{n}"), "data": {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("u{n}@acme.example"),
                }})
            })
            .collect();
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
        let answer = firm.scim("POST", "/Bulk", &body).await.expect(200).json();
        let made = answer["Operations"].as_array().unwrap();
        ids.extend(made.iter().map(|one| one["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()));
    }
    ids
}

async fn held(firm: &Firm) -> usize {
    let sql = "SELECT CAST(count(*) AS text) FROM things WHERE holder_id IS NOT NULL";
    firm.house.database.texts(sql).await[0].parse().unwrap()
}

on_each_engine! {
    async fn a_request_that_concerns_thousands_is_planned_in_parts_before_it_is_answered(firm: Firm) {
        firm.extensions("sales", 10_000, MANY).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let ids = users(&firm, MANY).await;
        let members: Vec<&str> = ids.iter().map(String::as_str).collect();
        let sales = firm.group("Sales", &members).await;
        assert_eq!(held(&firm).await, ids.len());
        assert_eq!(firm.house.database.count("replans").await, 0);
        let empty = json!([{"op": "replace", "path": "members", "value": []}]);
        firm.patch(&format!("/Groups/{sales}"), empty).await.expect(204);
        assert_eq!(held(&firm).await, 0);
        assert_eq!(firm.house.database.count("grants").await, 0);
    }
}
