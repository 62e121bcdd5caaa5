//! Bulk requests (RFC 7644, section 3.7).

use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::idp::{Idp, id, user, with};
use crate::world::on_each_engine;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE_MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn bulk(operations: &Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}

async fn results(idp: &Idp, body: &Value) -> Vec<Value> {
    let answer = idp.post("/Bulk", body).await.expect(200).json();
    assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    answer["Operations"].as_array().expect("results").clone()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a text")).collect()
}

/// What a result's location shows.
async fn at(idp: &Idp, result: &Value) -> Value {
    let location = result["location"].as_str().expect("a location");
    let path = location.split_once("/scim/v2").expect("one of ours").1;
    idp.get(path).await.expect(200).json()
}

on_each_engine! {
    async fn a_group_may_be_sent_before_its_members(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let group = json!({"schemas": [GROUP], "displayName": "Sales", "members": [
            {"value": "bulkId:ada", "type": "User"}, {"value": "bulkId:bob"}
        ]});
        let results = results(&idp, &bulk(&json!([
            {"method": "POST", "path": "/Groups", "bulkId": "sales", "data": group},
            {"method": "POST", "path": "/Users", "bulkId": "ada", "data": user("ada")},
            {"method": "POST", "path": "/Users", "bulkId": "bob", "data": user("bob")},
            {"method": "PATCH", "path": "/Groups/bulkId:sales", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "displayName", "value": "Sales DE"}]
            }},
        ]))).await;
        assert_eq!(statuses(&results), ["201", "201", "201", "200"]);
        assert_eq!(results[0]["bulkId"], "sales");
        let sales = at(&idp, &results[0]).await;
        assert_eq!(sales["displayName"], "Sales DE");
        assert_eq!(results[3]["version"], sales["meta"]["version"]);
        let mut members: Vec<_> = sales["members"].as_array().unwrap().iter().map(|m| m["value"].clone()).collect();
        let mut wanted = vec![at(&idp, &results[1]).await["id"].clone(), at(&idp, &results[2]).await["id"].clone()];
        members.sort_by_key(Value::to_string);
        wanted.sort_by_key(Value::to_string);
        assert_eq!(members, wanted);
    }
}

on_each_engine! {
    async fn people_who_refer_to_each_other_are_made_and_completed(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let reports_to = |name: &str, other: &str| {
            with(user(name), json!({ENTERPRISE_MANAGER: {"manager": {"value": format!("bulkId:{other}")}}}))
        };
        let results = results(&idp, &bulk(&json!([
            {"method": "POST", "path": "/Users", "bulkId": "ada", "data": reports_to("ada", "bob")},
            {"method": "POST", "path": "/Users", "bulkId": "bob", "data": reports_to("bob", "ada")},
        ]))).await;
        assert_eq!(statuses(&results), ["201", "201"]);
        let (ada, bob) = (at(&idp, &results[0]).await, at(&idp, &results[1]).await);
        assert_eq!(ada[ENTERPRISE_MANAGER]["manager"]["value"], bob["id"]);
        assert_eq!(bob[ENTERPRISE_MANAGER]["manager"]["value"], ada["id"]);
        assert_eq!(results[0]["version"], ada["meta"]["version"]);
    }
}

on_each_engine! {
    async fn each_operation_has_its_own_result_and_an_error_stops_none_of_the_others(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let ada = idp.create(&user("ada")).await;
        let path = format!("/Users/{}", id(&ada));
        let operations = json!([
            {"method": "POST", "path": "/Users", "bulkId": "twice", "data": user("ada")},
            {"method": "PUT", "path": path, "version": "W/\"7\"", "data": user("ada")},
            {"method": "DELETE", "path": "/Users/7"},
            {"method": "POST", "path": "/Users", "bulkId": "bob", "data": user("bob")},
            {"method": "DELETE", "path": path, "version": "W/\"1\""},
        ]);
        let all = results(&idp, &bulk(&operations)).await;
        assert_eq!(statuses(&all), ["409", "412", "404", "201", "204"]);
        assert_eq!(all[0]["response"]["scimType"], "uniqueness");
        assert_eq!(all[2]["response"]["status"], "404");
        assert!(all[3].get("response").is_none());
        idp.get(&path).await.expect(404);
        let stopped = with(bulk(&operations), json!({"failOnErrors": 2}));
        // Ada comes back; the second error after that is the last thing that is said.
        let stopped = results(&idp, &stopped).await;
        assert_eq!(statuses(&stopped), ["201", "412", "404"]);
    }
}

on_each_engine! {
    async fn a_circle_of_groups_is_a_conflict_and_leaves_nothing(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let group = |name: &str, inner: &str| json!({
            "method": "POST", "path": "/Groups", "bulkId": name,
            "data": {"schemas": [GROUP], "displayName": name, "members": [{"value": format!("bulkId:{inner}")}]}
        });
        let results = results(&idp, &bulk(&json!([group("a", "b"), group("b", "a")]))).await;
        assert_eq!(statuses(&results), ["409", "409"]);
        assert_eq!(idp.get("/Groups").await.expect(200).json()["totalResults"], 0);
    }
}

on_each_engine! {
    async fn l2_l3_limits_are_413_and_named(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let many = bulk(&json!(vec![json!({"method": "DELETE", "path": "/Users/7"}); 1001]));
        let answer = idp.post("/Bulk", &many).await.expect(413).json();
        assert!(answer["detail"].as_str().unwrap().contains("maxOperations (1000)"), "{answer}");
        let large = with(bulk(&json!([])), json!({"padding": "x".repeat(4 * 1024 * 1024)}));
        let answer = idp.post("/Bulk", &large).await.expect(413).json();
        assert!(answer["detail"].as_str().unwrap().contains("maxPayloadSize (4194304"), "{answer}");
        let config = idp.get("/ServiceProviderConfig").await.expect(200).json();
        assert_eq!(config["bulk"], json!({"supported": true, "maxOperations": 1000, "maxPayloadSize": 4_194_304}));
        // More than a request without Bulk may have, and less than one with it.
        let fits = with(bulk(&json!([])), json!({"padding": "x".repeat(2 * 1024 * 1024)}));
        assert!(results(&idp, &fits).await.is_empty());
    }
}
