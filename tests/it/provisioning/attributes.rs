//! Managers (decision 9), primaries (decision 12), dates and case (decision 13), unknown names (decision 18).

use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::idp::{ENTERPRISE, id, user, with};
use crate::world::on_each_engine;

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

fn replace(path: &str, value: &Value) -> Value {
    json!([{"op": "Replace", "path": path, "value": value}])
}

on_each_engine! {
    async fn decision_9_a_manager_comes_in_every_form_and_goes_by_an_empty_text(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        // He need not exist yet: reports may come before him.
        for (path, value, kept) in [
            (MANAGER.to_owned(), json!("boss-1"), json!({"value": "boss-1"})),
            (MANAGER.to_owned(), json!({"value": "boss-2"}), json!({"value": "boss-2"})),
            (format!("{MANAGER}.value"), json!("boss-3"), json!({"value": "boss-3"})),
            (MANAGER.to_owned(), json!([{"value": "boss-4"}]), json!({"value": "boss-4"})),
        ] {
            let patched = idp.patch(id(&created), replace(&path, &value)).await.expect(200).json();
            assert_eq!(patched[ENTERPRISE]["manager"]["value"], kept["value"], "{path} {value}");
        }
        let gone = idp.patch(id(&created), replace(MANAGER, &json!(""))).await.expect(200).json();
        assert_eq!(gone.get(ENTERPRISE), None);
        let posted = idp.create(&with(user("bo"), json!({ENTERPRISE: {"manager": "boss-5"}}))).await;
        assert_eq!(posted[ENTERPRISE]["manager"]["value"], "boss-5");
        let found = idp.found(&format!("id eq \"{}\" and {MANAGER} eq \"boss-5\"", id(&posted))).await;
        assert_eq!(found, [id(&posted)]);
    }
}

fn primaries(user: &Value, attribute: &str) -> Vec<String> {
    let values = user[attribute].as_array().into_iter().flatten();
    values.filter(|value| value["primary"] == true).map(|value| value["value"].as_str().unwrap().to_owned()).collect()
}

on_each_engine! {
    async fn decision_12_setting_one_primary_demotes_the_other(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let emails = json!([{"value": "w@x", "type": "work", "primary": true}, {"value": "h@x", "type": "home"}]);
        let created = idp.create(&with(user("ada"), json!({"emails": emails}))).await;
        let home = replace("emails[type eq \"home\"].primary", &json!("True"));
        let patched = idp.patch(id(&created), home).await.expect(200).json();
        assert_eq!(primaries(&patched, "emails"), ["h@x"]);
        let add = json!([{"op": "add", "path": "emails", "value": [{"value": "o@x", "type": "other", "primary": true}]}]);
        let patched = idp.patch(id(&created), add).await.expect(200).json();
        assert_eq!(primaries(&patched, "emails"), ["o@x"]);
        assert_eq!(patched["emails"].as_array().unwrap().len(), 3);
    }
}

on_each_engine! {
    async fn decision_12_two_primaries_in_one_request_are_refused_and_change_nothing(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let two = json!([{"value": "a@x", "primary": true}, {"value": "b@x", "primary": true}]);
        idp.post("/Users", &with(user("eve"), json!({"emails": two}))).await.refused(400, Some("invalidValue"));
        let created = idp.create(&user("ada")).await;
        idp.put(id(&created), &with(user("ada"), json!({"emails": two}))).await.refused(400, Some("invalidValue"));
        idp.patch(id(&created), replace("emails", &two)).await.refused(400, Some("invalidValue"));
        assert_eq!(idp.user(id(&created)).await, created);
        assert_eq!(daemon.database.count("employees").await, 1);
    }
}

on_each_engine! {
    async fn decision_13_dates_are_instants_and_strings_follow_case_exact(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"title": "Head of X"}))).await;
        let ada = [id(&created).to_owned()];
        let at = deskgate::base::clock::Ts::parse(created["meta"]["created"].as_str().unwrap()).unwrap();
        let elsewhere = at.to_offset().to_offset(time::UtcOffset::from_hms(5, 30, 0).unwrap());
        let elsewhere = elsewhere.format(&time::format_description::well_known::Rfc3339).unwrap();
        assert_eq!(idp.found(&format!("meta.created eq \"{elsewhere}\"")).await, ada, "{elsewhere}");
        assert_eq!(idp.found("meta.lastModified lt \"2000-01-01T00:00:00+14:00\"").await, [""; 0]);
        assert_eq!(idp.found("meta.lastModified gt \"2000-01-01T00:00:00Z\"").await, ada);
        assert_eq!(idp.found("title eq \"HEAD OF x\"").await, ada, "caseExact is false");
        assert_eq!(idp.found("externalId eq \"ext-ada\"").await, ada);
        assert_eq!(idp.found("externalId eq \"EXT-ada\"").await, [""; 0], "caseExact is true");
        assert_eq!(idp.found(&format!("id eq \"{}\"", ada[0])).await, ada);
    }
}

on_each_engine! {
    async fn decision_18_unknown_names_are_ignored_in_bodies_and_refused_in_paths(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"shoeSize": 43}))).await;
        assert_eq!(created.get("shoeSize"), None);
        let put = idp.put(id(&created), &with(user("ada"), json!({"shoeSize": 43}))).await.expect(200).json();
        assert_eq!(put, created);
        for path in ["shoeSize", "name.shoeSize", "emails.shoeSize", "urn:example:nobody:x", "emails[shoeSize eq 1].value"] {
            let answer = idp.patch(id(&created), replace(path, &json!("43"))).await;
            let scim_type = answer.json()["scimType"].as_str().unwrap().to_owned();
            assert!(["invalidPath", "invalidFilter"].contains(&scim_type.as_str()), "{path}: {answer:?}");
            answer.refused(400, Some(&scim_type));
        }
        let pathless = idp.patch(id(&created), json!([{"op": "add", "value": {"shoeSize": 43, "title": "x"}}])).await;
        assert_eq!(pathless.expect(200).json()["title"], "x");
    }
}

on_each_engine! {
    async fn read_only_attributes_are_refused_where_a_path_names_them(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        for path in ["id", "meta", "meta.created", "groups"] {
            idp.patch(id(&created), replace(path, &json!("x"))).await.refused(400, Some("mutability"));
        }
        for required in ["userName"] {
            idp.patch(id(&created), json!([{"op": "remove", "path": required}])).await.expect(400);
        }
        assert_eq!(idp.user(id(&created)).await, created);
    }
}
