//! „Mitarbeiter“: the manual of the telephone system.

use serde_json::json;

use crate::api::{Office, id, person, picture};
use crate::world::idp::{user, with};
use crate::world::on_each_engine;

on_each_engine! {
    /// „Möchten Sie einen neuen Mitarbeiter anlegen, beginnen Sie mit einem Klick auf den Button „Neuen Mitarbeiter anlegen“.“
    async fn a_new_employee_is_made(office: Office) {
        assert_eq!(office.get("/employees").await.expect(200).json()["items"], json!([]));
        let made = office.post("/employees", &person("ada")).await.expect(201);
        let ada = made.json();
        assert!(made.header("location").ends_with(&format!("/api/v1/employees/{}", id(&ada))));
        assert_eq!(office.get("/employees").await.expect(200).json()["items"], json!([ada]));
    }
}

on_each_engine! {
    /// „Ein Klick auf das Lupen-Symbol öffnet eine Detail-Ansicht, die Ihnen die Mitarbeiter-Berechtigungen anzeigt.“
    async fn the_details_of_an_employee_show_his_permissions(office: Office) {
        let nothing = json!({"call_forwarding": "none", "forwarding_reach": "free", "mailboxes": "none",
            "announcements": "none", "own_destinations": "none"});
        let ada = office.employee("ada").await;
        assert_eq!((&ada["permissions"], &ada["effective_permissions"]), (&nothing, &nothing));
        let told = with(person("bob"), json!({"permissions": {"mailboxes": "use", "announcements": "manage"}}));
        let bob = office.post("/employees", &told).await.expect(201).json();
        let some = with(nothing, json!({"mailboxes": "use", "announcements": "manage"}));
        assert_eq!((&bob["permissions"], &bob["effective_permissions"]), (&some, &some));
        assert_eq!(office.get(&format!("/employees/{}", id(&bob))).await.expect(200).json(), bob);
        assert_eq!(office.get("/employees").await.expect(200).json()["items"], json!([ada, bob]));
    }
}

on_each_engine! {
    /// „Nun bestimmen Sie, welche Berechtigungen der Nutzer haben wird. Klicken Sie an, ob er Weiterleitungen, Mailboxen und
    /// Ansagen selbst einrichten, nutzen oder entfernen darf.“
    async fn whether_he_may_use_or_manage_forwardings_mailboxes_and_announcements_is_set(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}", id(&ada));
        for permission in ["call_forwarding", "mailboxes", "announcements"] {
            for level in ["use", "manage", "use", "none"] {
                let patch = json!({"permissions": {permission: level}});
                let changed = office.patch(&path, &patch).await.expect(200).json();
                assert_eq!(changed["permissions"], with(ada["permissions"].clone(), json!({permission: level})));
                assert_eq!(changed["effective_permissions"], changed["permissions"]);
                let record = office.last_record().await;
                assert!(record.starts_with(&format!(r#"grants.changed {{"permission:{permission}":"#)), "{record}");
            }
        }
        assert_eq!(office.house.database.count("grants").await, 0, "what everybody has anyway is no grant");
        let before = office.get(&path).await.expect(200);
        let same = office.patch(&path, &json!({"permissions": {"mailboxes": "none"}})).await.expect(200);
        assert_eq!(same.header("etag"), before.header("etag"));
        let wrong = json!({"permissions": {"mailboxes": "all", "forwarding_reach": "use", "fax": "use"}});
        let refused = office.patch(&path, &wrong).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/permissions/fax", "/permissions/forwarding_reach", "/permissions/mailboxes"]);
    }
}

on_each_engine! {
    /// „Für Weiterleitungen können Sie unterscheiden, ob er nur kostenfreie Weiterleitungen auf andere IP-Geräte nutzen darf
    /// oder ob er auch kostenpflichtige Weiterleitungen ins Fest- oder Mobilfunknetz einrichten darf.“
    async fn forwardings_are_free_ones_only_or_paid_ones_as_well(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}", id(&ada));
        let set = async |reach: &str| {
            let patch = json!({"permissions": {"call_forwarding": "manage", "forwarding_reach": reach}});
            office.patch(&path, &patch).await.expect(200).json()["effective_permissions"]["forwarding_reach"].clone()
        };
        assert_eq!((set("paid").await, set("free").await), (json!("paid"), json!("free")));
    }
}

on_each_engine! {
    /// „Fügen Sie hier dem Konto ein Profilfoto des Mitarbeiters zu.“
    async fn a_profile_photo_is_added_to_the_account(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}/photo", id(&ada));
        assert_eq!(ada["photo"], json!(null));
        office.get(&path).await.problem(404, "not-found");
        office.send("PUT", &path, &[("content-type", "image/png")], picture(600, 300)).await.expect(204);
        let shown = office.get(&format!("/employees/{}", id(&ada))).await.expect(200).json();
        assert!(shown["photo"].as_str().unwrap().ends_with(&format!("/api/v1{path}")), "{shown}");
        let photo = office.get(&path).await.expect(200);
        assert_eq!(photo.header("content-type"), "image/jpeg");
        let seen = image::load_from_memory_with_format(&photo.bytes, image::ImageFormat::Jpeg).unwrap();
        assert_eq!((seen.width(), seen.height()), (512, 256));
        assert_eq!(office.last_record().await, r#"employee.changed {"photo":"changed"}"#);
    }
}

on_each_engine! {
    /// „Mit „Eingabe speichern“ sichern Sie Ihre Einstellungen. Klicken Sie auf „Abbrechen“ werden Ihre Einträge nicht
    /// gespeichert und der Vorgang bricht ab.“
    async fn what_is_entered_is_saved_as_a_whole_or_not_at_all(office: Office) {
        let whole = with(person("ada"), json!({"language": "en", "notifications": {"missed_calls": false},
            "must_change_password": true, "permissions": {"call_forwarding": "manage", "forwarding_reach": "paid"}}));
        let records = office.house.database.count("audit_records").await;
        office.post("/employees", &with(whole.clone(), json!({"email": "nobody"}))).await.problem(422, "invalid-values");
        for table in ["employees", "grants", "outbox"] {
            assert_eq!(office.house.database.count(table).await, 0, "{table}");
        }
        assert_eq!(office.house.database.count("audit_records").await, records);
        let ada = office.post("/employees", &whole).await.expect(201).json();
        for entered in ["given_name", "email", "language", "must_change_password"] {
            assert_eq!(ada[entered], whole[entered], "{entered}");
        }
        assert_eq!(ada["permissions"]["forwarding_reach"], "paid");
        let path = format!("/employees/{}", id(&ada));
        let before = office.get(&path).await.expect(200);
        let half = json!({"permissions": {"mailboxes": "use"}, "given_name": "Adele", "family_name": ""});
        office.patch(&path, &half).await.problem(422, "invalid-values");
        assert_eq!(office.get(&path).await.expect(200).text, before.text);
    }
}

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
    /// „Sie können auch einem Mitarbeiter den Zugriff auf sein Nutzerkonto sperren. Auch Telefonate sind dann nicht mehr
    /// möglich.“
    async fn an_employee_can_be_locked_and_unlocked(office: Office) {
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}", id(&ada));
        let locked = office.post(&format!("{path}/lock"), &json!({})).await.expect(200);
        assert_eq!((&locked.json()["locked"], &locked.json()["locked_by"]), (&json!(true), &json!(["administrator"])));
        assert_eq!(office.last_record().await, r#"employee.locked {"lockedBy":[[],["administrator"]]}"#);
        let deactivate = "urn:ietf:params:scim:event:prov:deactivate";
        assert_eq!(office.topics().await.last().map(String::as_str), Some(deactivate));
        // Doing so again changes nothing.
        let again = office.send("POST", &format!("{path}/lock"), &[], "").await.expect(200);
        assert_eq!(again.header("etag"), locked.header("etag"));
        let unlocked = office.send("POST", &format!("{path}/unlock"), &[], "").await.expect(200);
        assert_eq!((&unlocked.json()["locked"], &unlocked.json()["locked_by"]), (&json!(false), &json!([])));
        let activate = "urn:ietf:params:scim:event:prov:activate";
        assert_eq!(office.topics().await.last().map(String::as_str), Some(activate));
        office.post(&format!("{path}/lock"), &json!({"why": "x"})).await.problem(422, "invalid-values");
        office.send("POST", &format!("{path}/lock"), &[("if-match", "\"1\"")], "").await.problem(412, "version-mismatch");
        let nobody = "/employees/0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11/lock";
        office.send("POST", nobody, &[], "").await.problem(404, "not-found");
    }
}

on_each_engine! {
    /// „Wollen Sie mehrere Nutzer auf einmal sperren, klicken Sie auf die Kästchen neben deren Namen und drücken dann den
    /// Button „Sperren“.“, „Auch hier können Sie mehrere Mitarbeiter auf einmal entsperren“
    async fn several_employees_can_be_locked_and_unlocked_at_once(office: Office) {
        let (ada, bob) = (office.employee("ada").await, office.employee("bob").await);
        office.post(&format!("/employees/{}/lock", id(&bob)), &json!({})).await.expect(200);
        let ids = json!({"ids": [id(&ada), id(&bob), "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11"]});
        let results = async |path: &str| {
            let answer = office.post(path, &ids).await.expect(200).json();
            let results = answer["results"].as_array().unwrap().iter();
            results.map(|one| one["result"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(results("/employees/lock").await, ["done", "unchanged", "not_found"]);
        assert_eq!(office.locked_by(id(&ada)).await, json!(["administrator"]));
        assert_eq!(results("/employees/unlock").await, ["done", "done", "not_found"]);
        assert_eq!(office.get("/employees?locked=true").await.json()["items"], json!([]));
        let records = office.house.database.texts("SELECT action FROM audit_records ORDER BY id").await;
        let of = |action: &str| records.iter().filter(|record| *record == action).count();
        assert_eq!((of("employee.locked"), of("employee.unlocked")), (2, 2));
    }
}
