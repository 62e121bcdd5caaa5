//! `/employees`: what holds besides the manual.

use serde_json::{Value, json};

use super::{Office, id};
use crate::world::idp::{patch_op, user, with};
use crate::world::on_each_engine;

on_each_engine! {
    async fn k3_who_logs_in_under_another_name_from_now_on_has_no_session_left(office: Office) {
        let ada = office.employee("ada").await;
        let epoch = async || office.house.database.number("SELECT auth_epoch FROM employees").await;
        let path = format!("/employees/{}", id(&ada));
        office.patch(&path, &json!({"given_name": "Adele"})).await.expect(200);
        assert_eq!(epoch().await, 0);
        office.patch(&path, &json!({"email": "adele@x.example"})).await.expect(200);
        assert_eq!(epoch().await, 1);
    }
}

on_each_engine! {
    async fn t8_what_the_identity_provider_manages_is_read_only_and_the_rest_is_not(office: Office) {
        let sent = with(user("ada"), json!({"name": {"givenName": "Ada", "familyName": "Byron"}}));
        let ada = office.scim("POST", "/Users", &sent).await.expect(201).json();
        let path = format!("/employees/{}", id(&ada));
        let shown = office.get(&path).await.expect(200).json();
        assert_eq!((&shown["connection"], &shown["external_id"]), (&json!("default"), &json!("ext-ada")));
        let refused = office.patch(&path, &json!({"given_name": "X", "email": "x@y", "language": "en"})).await;
        refused.problem(409, "managed-by-idp");
        assert_eq!(refused.pointers(), ["/given_name", "/email", "/language"]);
        // What the provider says already may be said again.
        let mixed = json!({"given_name": "Ada", "must_change_password": true});
        let changed = office.patch(&path, &mixed).await.expect(200).json();
        assert_eq!((&changed["given_name"], &changed["must_change_password"]), (&json!("Ada"), &json!(true)));
        // SCIM's view has another version, and the same content.
        let user = office.scim("GET", &format!("/Users/{}", id(&ada)), &json!(null)).await.expect(200).json();
        assert_eq!((&user["name"], &user["meta"]["version"]), (&sent["name"], &json!("W/\"2\"")));
    }
}

on_each_engine! {
    async fn t6_an_employee_made_by_hand_is_not_there_for_an_identity_provider(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/Users/{}", id(&ada));
        office.scim("GET", &path, &json!(null)).await.refused(404, None);
        office.scim("DELETE", &path, &json!(null)).await.refused(404, None);
        assert_eq!(office.scim("GET", "/Users", &json!(null)).await.json()["totalResults"], 0);
    }
}

on_each_engine! {
    async fn what_a_leaver_held_is_on_hold_when_the_identity_provider_deletes_him_too(office: Office) {
        let ada = office.scim("POST", "/Users", &user("ada")).await.expect(201).json();
        let number = office.holding(id(&ada)).await;
        office.scim("DELETE", &format!("/Users/{}", id(&ada)), &json!(null)).await.expect(204);
        assert_eq!(office.held_for(&number).await, Some(id(&ada).to_owned()));
        assert_eq!(office.house.database.count("grants").await, 0);
    }
}

on_each_engine! {
    async fn where_the_tenant_holds_nothing_what_a_leaver_held_is_free_at_once(office: Office) {
        office.patch("/tenant", &json!({"hold_days": 0})).await.expect(200);
        let ada = office.employee("ada").await;
        let number = office.holding(id(&ada)).await;
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        assert_eq!(office.held_for(&number).await, None);
        let free = "SELECT count(*) FROM things WHERE holder_id IS NULL AND held_until IS NULL";
        assert_eq!(office.house.database.number(free).await, 1);
    }
}

on_each_engine! {
    async fn t7_an_employee_made_by_hand_can_be_found_by_filters_like_all_others(office: Office) {
        office.employee("ada").await;
        let document = office.house.database.texts("SELECT document FROM employees").await.remove(0);
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["userName"], "ada@x.example");
        assert_eq!(document["emails"][0]["value"], "ada@x.example");
        assert_eq!(document["name"], json!({"givenName": "ada", "familyName": "Muster"}));
        assert_eq!(office.house.database.count("employee_keys").await, 1);
        let _ = patch_op(json!([]));
    }
}

impl Office {
    /// A phone number that this employee holds by a grant of the administrator.
    pub async fn holding(&self, employee: &str) -> String {
        self.holding_number(employee, "+49301234500").await
    }

    /// The same of that number.
    pub async fn holding_number(&self, employee: &str, key: &str) -> String {
        let number = self.thing("voice_number", "number", key).await;
        let database = &self.house.database;
        let (thing, holder) = (database.literal(&number), database.literal(employee));
        let now = if database.file().is_some() { "1" } else { "now()" };
        assert_eq!(database.execute(&format!("UPDATE things SET holder_id = {holder} WHERE id = {thing}")).await, 1);
        let grant = database.literal(&uuid::Uuid::now_v7().to_string());
        let at = "2026-11-21T08:00:00.000001Z";
        let state = json!({
            "have": {"thing": {"id": number, "kind": "voice_number", "key": key, "name": key}},
            "granted_at": at, "wait": null, "sources": [{"by": "manual", "administrator": "test", "at": at}],
        });
        let sql = format!(
            "INSERT INTO grants (tenant_id, id, employee_id, slot, subject, thing_id, holder_id, place, state, created_at, updated_at)
             SELECT t.id, {grant}, {holder}, 'thing:voice_number:{key}', 'voice_number', {thing}, {holder},
                 (SELECT coalesce(max(place), 0) + 1 FROM grants), '{state}', {now}, {now} FROM tenants t WHERE t.name = 'acme'"
        );
        assert_eq!(database.execute(&sql).await, 1);
        number
    }

    /// For whom a thing is on hold.
    pub async fn held_for(&self, thing: &str) -> Option<String> {
        let database = &self.house.database;
        let held = if database.file().is_some() { "lower(hex(held_for))" } else { "CAST(held_for AS text)" };
        let sql = format!("SELECT {held} FROM things WHERE id = {} AND held_for IS NOT NULL", database.literal(thing));
        let text = database.texts(&sql).await.pop()?;
        Some(uuid::Uuid::parse_str(&text).unwrap().to_string())
    }
}
