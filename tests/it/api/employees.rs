//! `/employees`: the manual of employees, as far as it needs no stock.

use serde_json::{Value, json};

use super::{Office, id, person};
use crate::world::idp::{patch_op, user, with};
use crate::world::on_each_engine;

on_each_engine! {
    /// „Bitte füllen Sie hier die Felder Vor- und Familiennamen und E-Mail-Adresse mit den Mitarbeiterdaten aus. Wichtig: Die
    /// E-Mail-Adresse wird später als Nutzername des Mitarbeiters … dienen.“
    async fn the_e_mail_address_is_the_user_name_of_a_new_employee(office: Office) {
        let ada = office.employee("ada").await;
        assert_eq!((&ada["given_name"], &ada["family_name"]), (&json!("ada"), &json!("Muster")));
        assert_eq!((&ada["email"], &ada["user_name"]), (&json!("ada@x.example"), &json!("ada@x.example")));
        assert_eq!((&ada["connection"], &ada["locked"]), (&json!(null), &json!(false)));
        let path = format!("/employees/{}", id(&ada));
        assert_eq!(office.get(&path).await.expect(200).json(), ada);
        let taken = office.post("/employees", &with(person("x"), json!({"email": "ADA@x.example"}))).await;
        taken.problem(409, "name-taken");
        assert_eq!(taken.pointers(), ["/email"]);
        let moved = office.patch(&path, &json!({"email": "adele@x.example"})).await.expect(200).json();
        assert_eq!(moved["user_name"], "adele@x.example");
        assert_eq!(office.topics().await.len(), 2);
    }
}

on_each_engine! {
    /// „Hier bestimmen Sie, ob der Mitarbeiter eine Nachricht bekommen soll, wenn er Anrufe oder Faxe verpasst hat. In der
    /// Voreinstellung ist diese Option aktiv.“
    async fn notifications_of_missed_calls_and_faxes_are_on_unless_said_otherwise(office: Office) {
        let ada = office.employee("ada").await;
        assert_eq!(ada["notifications"], json!({"missed_calls": true, "missed_faxes": true}));
        let quiet = with(person("bob"), json!({"notifications": {"missed_faxes": false}}));
        let bob = office.post("/employees", &quiet).await.expect(201).json();
        assert_eq!(bob["notifications"], json!({"missed_calls": true, "missed_faxes": false}));
        let off = json!({"notifications": {"missed_calls": false}});
        let changed = office.patch(&format!("/employees/{}", id(&ada)), &off).await.expect(200).json();
        assert_eq!(changed["notifications"], json!({"missed_calls": false, "missed_faxes": true}));
        assert_eq!(office.last_record().await, r#"employee.changed {"notifications.missed_calls":"changed"}"#);
    }
}

on_each_engine! {
    /// „Dafür können Sie definieren, ob der Mitarbeiter beim ersten Login sein Passwort ändern soll.“
    async fn an_employee_may_have_to_change_his_password_at_the_first_login(office: Office) {
        let ada = office.employee("ada").await;
        assert_eq!(ada["must_change_password"], false);
        let must = with(person("bob"), json!({"must_change_password": true}));
        assert_eq!(office.post("/employees", &must).await.expect(201).json()["must_change_password"], true);
        let path = format!("/employees/{}", id(&ada));
        let changed = office.patch(&path, &json!({"must_change_password": true})).await.expect(200).json();
        assert_eq!(changed["must_change_password"], true);
    }
}

on_each_engine! {
    /// „Klicken Sie das Stift-Symbol können Sie das Mitarbeiter-Konto … bearbeiten.“
    async fn an_employees_account_can_be_edited_and_what_is_the_same_changes_nothing(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}", id(&ada));
        let changed = office.patch(&path, &json!({"given_name": "Ada", "language": "en"})).await.expect(200);
        assert_eq!(changed.json()["display_name"], "Ada Muster");
        assert!(changed.header("etag").starts_with("\"2."));
        let same = office.patch(&path, &json!({"given_name": "Ada"})).await.expect(200);
        assert_eq!((same.header("etag"), &same.text), (changed.header("etag"), &changed.text));
        assert_eq!(office.patch(&path, &json!({"language": null})).await.json()["language"], json!(null));
        let wrong = json!({"given_name": " ", "family_name": null, "email": "x", "language": "x"});
        let refused = office.patch(&path, &wrong).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/given_name", "/family_name", "/email", "/language"]);
    }
}

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
    /// „Mit einem Klick auf „Ja, Mitarbeiter jetzt löschen“ werden Sie den Nutzer endgültig aus dem Cloud PBX Konto entfernen.
    /// Sie löschen damit auch alle Einstellungen dieses Nutzerkontos. … können Sie diese nun neu besetzen oder deaktivieren.“
    async fn deleting_removes_an_employee_with_all_settings_and_holds_what_he_held(office: Office) {
        let ada = office.employee("ada").await;
        let number = office.holding(id(&ada)).await;
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        office.get(&format!("/employees/{}", id(&ada))).await.problem(404, "not-found");
        assert_eq!(office.held_for(&number).await, Some(id(&ada).to_owned()));
        assert_eq!(office.house.database.count("grants").await, 0);
        assert_eq!(office.last_record().await, "employee.deleted {}");
        // Who comes back in that time is the same person, with what is on hold for him.
        let back = office.employee("ada").await;
        assert_eq!(back["id"], ada["id"]);
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
    /// „Auch hier können Sie wieder mehrere Nutzer auf einmal löschen“
    async fn several_employees_can_be_deleted_at_once(office: Office) {
        let (ada, bob) = (office.employee("ada").await, office.employee("bob").await);
        let eve = office.scim("POST", "/Users", &user("eve")).await.expect(201).json();
        let ids = [id(&ada), id(&eve), id(&ada), "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11"];
        let deleted = office.post("/employees/delete", &json!({"ids": ids})).await.expect(200).json();
        let results: Vec<_> = deleted["results"].as_array().unwrap().iter().map(|one| one["result"].as_str().unwrap()).collect();
        assert_eq!(results, ["done", "done", "not_found"]);
        let left = office.get("/employees").await.json();
        assert_eq!(left["items"].as_array().unwrap().len(), 1);
        assert_eq!(left["items"][0]["id"], bob["id"]);
        let many: Vec<_> = (0..1001).map(|_| id(&bob)).collect();
        office.post("/employees/delete", &json!({"ids": many})).await.problem(422, "invalid-values");
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
    async fn holding(&self, employee: &str) -> String {
        let number = self.thing("voice_number", "number", "+49301234500").await;
        let database = &self.house.database;
        let (thing, holder) = (database.literal(&number), database.literal(employee));
        let now = if database.file().is_some() { "1" } else { "now()" };
        assert_eq!(database.execute(&format!("UPDATE things SET holder_id = {holder} WHERE id = {thing}")).await, 1);
        let grant = database.literal(&uuid::Uuid::now_v7().to_string());
        let sql = format!(
            "INSERT INTO grants (tenant_id, id, employee_id, slot, subject, thing_id, holder_id, place, state, created_at, updated_at)
             SELECT t.id, {grant}, {holder}, 'thing', 'voice_number', {thing}, {holder}, 1, '{{}}', {now}, {now} FROM tenants t
             WHERE t.name = 'acme'"
        );
        assert_eq!(database.execute(&sql).await, 1);
        number
    }

    /// For whom a thing is on hold.
    async fn held_for(&self, thing: &str) -> Option<String> {
        let database = &self.house.database;
        let held = if database.file().is_some() { "lower(hex(held_for))" } else { "CAST(held_for AS text)" };
        let sql = format!("SELECT {held} FROM things WHERE id = {} AND held_for IS NOT NULL", database.literal(thing));
        let text = database.texts(&sql).await.pop()?;
        Some(uuid::Uuid::parse_str(&text).unwrap().to_string())
    }
}
