//! Path filters of PATCH (decision 10), and that a PATCH is all or nothing.

use serde_json::json;

use crate::world::daemon::Daemon;
use crate::world::idp::{id, user, with};
use crate::world::on_each_engine;

on_each_engine! {
    /// Entra sends one operation per sub-attribute and means one address.
    async fn decision_10_a_path_filter_that_matches_nothing_makes_one_element(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for op in ["Add", "Replace"] {
            let created = idp.create(&user(op)).await;
            let operations = json!([
                {"op": op, "path": "addresses[type eq \"work\"].locality", "value": "Berlin"},
                {"op": op, "path": "addresses[type eq \"work\"].country", "value": "DE"},
                {"op": op, "path": "emails[type eq \"work\"].value", "value": "ada@x"},
            ]);
            let patched = idp.patch(id(&created), operations.clone()).await.expect(200).json();
            assert_eq!(patched["addresses"], json!([{"type": "work", "locality": "Berlin", "country": "DE"}]), "{op}");
            assert_eq!(patched["emails"], json!([{"type": "work", "value": "ada@x"}]), "{op}");
            let again = idp.patch(id(&created), operations).await.expect(200).json();
            assert_eq!(again, patched, "the same again is nothing");
        }
    }
}

on_each_engine! {
    async fn decision_10_any_other_operator_that_matches_nothing_has_no_target(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"emails": [{"value": "a@x", "type": "home"}]}))).await;
        for filter in ["type ne \"home\"", "type sw \"wo\"", "type eq \"work\" or type eq \"other\"", "not (type eq \"home\")"] {
            let operations = json!([{"op": "replace", "path": format!("emails[{filter}].value"), "value": "b@x"}]);
            idp.patch(id(&created), operations).await.refused(400, Some("noTarget"));
        }
        assert_eq!(idp.user(id(&created)).await, created);
    }
}

on_each_engine! {
    async fn a_patch_is_all_or_nothing(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        let operations = json!([
            {"op": "replace", "path": "title", "value": "x"},
            {"op": "replace", "path": "active", "value": false},
            {"op": "remove", "path": "emails[type sw \"w\"]"},
            {"op": "replace", "path": "nothing", "value": "x"},
        ]);
        let detail = idp.patch(id(&created), operations).await.refused(400, Some("invalidPath"));
        assert!(detail.starts_with("operation 4"), "{detail}");
        assert_eq!(idp.user(id(&created)).await, created);
        assert_eq!(daemon.database.count("outbox").await, 1);
    }
}

on_each_engine! {
    async fn remove_without_a_path_and_unknown_operations_are_refused(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        for (operations, scim_type) in [
            (json!([{"op": "remove"}]), "noTarget"),
            (json!([{"op": "move", "path": "title", "value": "x"}]), "invalidSyntax"),
            (json!([{"path": "title", "value": "x"}]), "invalidSyntax"),
            (json!([]), "invalidSyntax"),
            (json!({}), "invalidSyntax"),
            (json!([{"op": "replace", "path": "emails[", "value": "x"}]), "invalidFilter"),
            (json!([{"op": "replace", "path": "emails.value.x", "value": "x"}]), "invalidPath"),
        ] {
            let answer = idp.patch(id(&created), operations.clone()).await;
            assert_eq!(answer.json()["scimType"], scim_type, "{operations}");
            answer.refused(400, Some(scim_type));
        }
        let without_schema = json!({"Operations": [{"op": "replace", "path": "title", "value": "x"}]});
        let path = format!("/Users/{}", id(&created));
        idp.send("PATCH", &path, &[], without_schema.to_string()).await.refused(400, Some("invalidSyntax"));
        assert_eq!(idp.user(id(&created)).await, created);
    }
}

on_each_engine! {
    async fn l3_a_patch_of_a_thousand_operations_is_taken(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        let operations: Vec<_> = (0..1000)
            .map(|number| json!({"op": "replace", "path": "title", "value": number.to_string()}))
            .collect();
        let patched = idp.patch(id(&created), json!(operations)).await.expect(200).json();
        assert_eq!((&patched["title"], &patched["meta"]["version"]), (&json!("999"), &json!("W/\"2\"")));
    }
}
