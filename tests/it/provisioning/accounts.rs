//! User names (decisions 7 and 17) and what is never written (decision 8).

use serde_json::json;

use crate::world::daemon::Daemon;
use crate::world::idp::{ENTERPRISE, TELEPHONY, USER, id, user, with};
use crate::world::on_each_engine;

fn named(name: &str) -> serde_json::Value {
    json!({"schemas": [USER], "userName": name})
}

on_each_engine! {
    /// Widths are mapped, case is folded, and composed and decomposed forms are one (RFC 8265, section 3.3).
    async fn decision_7_user_names_are_compared_by_precis_and_kept_as_sent(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for (sent, same) in [
            ("Ada@Contoso.example", "aDA@contoso.EXAMPLE"),
            ("ＷＩＤＥ", "wide"),
            ("ÉMILE", "e\u{301}mile"),
            ("ΌΣΟΣ", "όσοσ"),
        ] {
            let created = idp.create(&named(sent)).await;
            assert_eq!(created["userName"], sent);
            assert_eq!(idp.user(id(&created)).await["userName"], sent);
            idp.post("/Users", &named(same)).await.refused(409, Some("uniqueness"));
            assert_eq!(idp.found(&format!("userName eq \"{same}\"")).await, [id(&created)]);
            // A name in other letters is the same name, and is kept as it is sent last.
            let respelt = json!([{"op": "replace", "path": "userName", "value": same}]);
            assert_eq!(idp.patch(id(&created), respelt).await.expect(200).json()["userName"], same);
        }
        for different in ["ada@contoso.example.", "ada", "wide2", "emile"] {
            idp.create(&named(different)).await;
        }
    }
}

on_each_engine! {
    async fn decision_17_a_user_name_need_not_be_an_address_and_letters_go_to_the_primary_one(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let emails = json!([{"value": "first@x", "type": "home"}, {"value": "main@x", "type": "work", "primary": true}]);
        let created = idp.create(&with(named("CONTOSO\\ada"), json!({"emails": emails}))).await;
        assert_eq!(created["userName"], "CONTOSO\\ada");
        let listed = || daemon.command(&["employees", "--tenant", "acme", "--json"])["employees"][0]["email"].clone();
        assert_eq!(listed(), "main@x");
        let none_primary = json!([{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": false}]);
        idp.patch(id(&created), none_primary).await.expect(200);
        assert_eq!(listed(), "first@x");
        idp.patch(id(&created), json!([{"op": "remove", "path": "emails"}])).await.expect(200);
        assert_eq!(listed(), json!(null));
    }
}

on_each_engine! {
    async fn t5_decision_8_only_declared_attributes_are_written_and_a_password_never(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let body = json!({
            "schemas": [USER, "urn:example:nobody"],
            "id": "mine", "meta": {"version": "W/\"9\"", "resourceType": "Group"}, "groups": [{"value": "g"}],
            "userName": "ada", "password": "PASS-canary-word", "favouriteColour": "COLOUR-canary",
            "urn:example:nobody": {"x": "URN-canary"},
            "name": {"givenName": "Ada", "starSign": "SIGN-canary"},
            ENTERPRISE: {"department": "R&D", "floor": "FLOOR-canary"},
            TELEPHONY: {"locked": true, "numbers": [{"value": "+49301"}], "requestedExtension": "201"},
        });
        let created = idp.create(&body).await;
        assert_ne!(id(&created), "mine");
        assert_eq!(created["meta"]["version"], "W/\"1\"");
        assert_eq!(created["meta"]["resourceType"], "User");
        for absent in ["password", "groups", "favouriteColour", "urn:example:nobody"] {
            assert_eq!(created.get(absent), None, "{absent}");
        }
        assert_eq!(created["name"], json!({"givenName": "Ada"}));
        assert_eq!(created[ENTERPRISE], json!({"department": "R&D"}));
        assert_eq!(created[TELEPHONY], json!({"locked": false, "lockedBy": [], "requestedExtension": "201"}));

        let password = json!([{"op": "replace", "value": {"password": "PASS-canary-word"}}]);
        let patched = idp.patch(id(&created), password).await.expect(200).json();
        assert_eq!(patched["meta"]["version"], "W/\"1\"", "a password changes nothing");
        let put = idp.put(id(&created), &body).await.expect(200).json();
        assert_eq!(put["meta"]["version"], "W/\"1\"", "and neither does the same user again");

        for canary in ["canary", "+49301"] {
            let kept = format!(
                "SELECT document || {} || given_name FROM employees",
                if daemon.database.file().is_some() { "search" } else { "CAST(search AS text)" }
            );
            let kept = daemon.database.texts(&kept).await.concat();
            let events = daemon.database.texts("SELECT request || changed FROM provisioning_events").await.concat();
            let audit = daemon.database.texts("SELECT changes FROM audit_records").await.concat();
            let outbox = daemon.database.texts("SELECT payload FROM outbox").await.concat();
            for text in [kept, events, audit, outbox] {
                assert!(!text.contains(canary), "{canary} in {text}");
            }
        }
    }
}

on_each_engine! {
    async fn a_user_needs_a_name_and_the_schema(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        for nameless in [json!({"schemas": [USER]}), named(""), named("  "), with(named("x"), json!({"userName": null}))] {
            idp.post("/Users", &nameless).await.refused(400, Some("invalidValue"));
        }
        idp.post("/Users", &json!({"userName": "ada"})).await.refused(400, Some("invalidSyntax"));
        assert_eq!(daemon.database.count("employees").await, 0);
    }
}

on_each_engine! {
    async fn values_come_back_as_they_were_sent(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let odd = json!({
            "displayName": "Ada \"the 1st\" <b>&amp;</b> \\ \u{202e}x 😀 \u{7f}\t",
            "phoneNumbers": [{"value": "+49 (0)30 / 12-34", "type": "work"}, {"value": "tel:+1-201-555-0123"}],
            "emails": [{"value": "ADA@X.Example", "type": "work", "primary": true}],
            "name": {"familyName": "O'Brien; DROP TABLE employees", "givenName": " Ada "},
            "title": "%_\u{e9}e\u{301}",
        });
        let created = idp.create(&with(user("ada"), odd.clone())).await;
        let shown = idp.user(id(&created)).await;
        for (name, value) in odd.as_object().unwrap() {
            assert_eq!(&shown[name], value);
        }
    }
}
