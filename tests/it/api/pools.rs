//! `/pools`.

use serde_json::json;

use super::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    async fn a_pool_is_made_renamed_and_deleted_and_each_leaves_its_trace(office: Office) {
        let made = office.post("/pools", &json!({"name": "Berlin"})).await.expect(201);
        let pool = made.json();
        let path = format!("/pools/{}", id(&pool));
        assert_eq!(made.header("location"), format!("https://deskgate.example/api/v1{path}"));
        assert_eq!((&pool["name"], &pool["levels"]), (&json!("Berlin"), &json!([])));
        assert_eq!(office.get(&path).await.expect(200).json(), pool);
        office.post("/pools", &json!({"name": " BERLIN "})).await.problem(409, "name-taken");
        let renamed = office.patch(&path, &json!({"name": "Potsdam"})).await.expect(200);
        assert_eq!(renamed.json()["name"], "Potsdam");
        assert_eq!(office.last_record().await, r#"pool.changed {"name":["Berlin","Potsdam"]}"#);
        office.post("/pools", &json!({"name": "Berlin"})).await.expect(201);
        office.patch(&path, &json!({"name": "berlin"})).await.problem(409, "name-taken");
        office.delete(&path).await.expect(204);
        office.get(&path).await.problem(404, "not-found");
        office.delete(&path).await.problem(404, "not-found");
        let event = |what| format!("urn:deskgate:event:pool:{what}");
        assert_eq!(office.topics().await, ["created", "changed", "created", "deleted"].map(event));
    }
}

on_each_engine! {
    async fn a_pool_shows_how_much_is_left_of_each_kind_and_its_tag_says_so_too(office: Office) {
        let made = office.post("/pools", &json!({"name": "Berlin"})).await.expect(201);
        let (pool, tag) = (made.json(), made.header("etag").to_owned());
        let ada = office.employee("ada").await;
        let database = &office.house.database;
        let (later, earlier) = match database.file() {
            Some(_) => ("9000000000000000", "1"),
            None => ("timestamptz '2099-01-01 00:00Z'", "timestamptz '2001-01-01 00:00Z'"),
        };
        for (key, change) in [
            ("201", "disabled_at = NULL".to_owned()),
            ("202", format!("holder_id = {}", database.literal(id(&ada)))),
            ("203", "disabled_at = created_at".to_owned()),
            ("204", format!("held_until = {later}, held_for = {}", database.literal(id(&ada)))),
            // Its hold is over, whether somebody has swept it up or not.
            ("205", format!("held_until = {earlier}, held_for = {}", database.literal(id(&ada)))),
        ] {
            let thing = office.thing("extension", "extension", key).await;
            let (pool, thing) = (database.literal(id(&pool)), database.literal(&thing));
            let sql = format!("UPDATE things SET pool_id = {pool}, {change} WHERE id = {thing}");
            assert_eq!(database.execute(&sql).await, 1);
        }
        let level = json!({"kind": "extension", "total": 5, "free": 2, "assigned": 1, "held": 1, "disabled": 1});
        let path = format!("/pools/{}", id(&pool));
        // The pool itself is at the version it was, and yet not what the client has.
        let now = office.send("GET", &path, &[("if-none-match", &tag)], "").await.expect(200);
        assert_eq!(now.json()["levels"], json!([level]));
        assert_eq!(office.get("/pools").await.expect(200).json()["items"][0]["levels"], json!([level]));
        office.send("DELETE", &path, &[("if-match", &tag)], "").await.problem(409, "in-use");
    }
}

on_each_engine! {
    async fn names_that_cannot_be_are_refused(office: Office) {
        for name in [json!(""), json!("  "), json!("a\nb"), json!("x".repeat(201)), json!(null), json!(1)] {
            let refused = office.post("/pools", &json!({"name": name})).await;
            refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers(), ["/name"], "{name}");
        }
    }
}
