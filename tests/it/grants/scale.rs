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

/// Who has which extension of a pool that begins there, as its distance from the first; and who waits for one.
async fn outcome(firm: &Firm, pool: &str, first: u32) -> Vec<String> {
    let database = &firm.house.database;
    let has = format!(
        "SELECT e.user_name || ' ' || CAST(CAST(t.key AS integer) - {first} AS text) FROM things t
         JOIN employees e ON e.tenant_id = t.tenant_id AND e.id = t.holder_id
         JOIN pools p ON p.tenant_id = t.tenant_id AND p.id = t.pool_id
         WHERE p.name = '{pool}' ORDER BY e.user_name"
    );
    let waits = format!(
        "SELECT e.user_name || ' waits' FROM grants g JOIN employees e ON e.tenant_id = g.tenant_id AND e.id = g.employee_id
         WHERE g.waits_for IS NOT NULL AND g.slot LIKE '%{pool}%' ORDER BY g.place"
    );
    let mut all = database.texts(&has).await;
    all.extend(database.texts(&waits).await);
    all
}

on_each_engine! {
    async fn x18_a_reorganisation_by_fifties_ends_as_one_by_one(firm: Firm) {
        const STAFF: u32 = 300;
        for (pool, first) in [("fifties", 10_000), ("single", 20_000)] {
            firm.extensions(pool, first, STAFF - 70).await;
        }
        firm.rules(&(one_extension("Fifties", "fifties") + &one_extension("Single", "single"))).await;
        let ids = users(&firm, STAFF).await;
        let (fifties, single) = (firm.group("Fifties", &[]).await, firm.group("Single", &[]).await);
        for ids in ids.chunks(50) {
            let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
            let add = json!([{"op": "Add", "path": "members", "value": members}]);
            firm.patch(&format!("/Groups/{fifties}"), add).await.expect(204);
            for id in ids {
                firm.join(&single, id).await;
            }
        }
        let (by_fifties, one_by_one) = (outcome(&firm, "fifties", 10_000).await, outcome(&firm, "single", 20_000).await);
        assert_eq!(by_fifties.len(), ids.len());
        assert_eq!(by_fifties, one_by_one);
    }
}
