//! „Berechtigungen vergeben“: phone, fax and conference numbers.

use serde_json::{Value, json};

use crate::api::{Office, id};
use crate::world::on_each_engine;

impl Office {
    /// What an employee has, sorted by name.
    async fn named(&self, employee: &Value) -> Vec<String> {
        let mut has = self.has(employee).await;
        has.sort();
        has
    }

    async fn take_back(&self, employee: &Value, grant: &Value) {
        self.delete(&format!("/employees/{}/grants/{}", id(employee), id(grant))).await.expect(204);
    }
}

on_each_engine! {
    /// „Unter „Mitarbeiter“ können Sie Ihre Mitarbeiter verwalten, ihnen zum Beispiel bestimmte Ruf- und Faxnummern vergeben.“
    async fn employees_are_given_certain_phone_and_fax_numbers(office: Office) {
        let ada = office.employee("ada").await;
        office.numbers("+49 30 1234-10…11", "voice").await;
        office.numbers("+49 30 1234-90", "personal_fax").await;
        office.give(&ada, &json!({"kind": "voice_number", "key": "030 1234-11"})).await.expect(201);
        office.give(&ada, &json!({"kind": "personal_fax", "key": "030 1234-90"})).await.expect(201);
        assert_eq!(office.named(&ada).await, ["+4930123411", "+4930123490"]);
    }
}

on_each_engine! {
    /// „Klicken Sie das Stift-Symbol können Sie das Mitarbeiter-Konto einschließlich seiner Rufnummern und Rechte bearbeiten.“
    async fn an_account_is_edited_with_its_numbers_and_rights(office: Office) {
        let ada = office.employee("ada").await;
        let numbers = office.numbers("+49 30 1234-10…11", "voice").await;
        let first = office.give(&ada, &json!({"thing": numbers[0]})).await.expect(201).json();
        office.take_back(&ada, &first).await;
        office.give(&ada, &json!({"thing": numbers[1]})).await.expect(201);
        let path = format!("/employees/{}", id(&ada));
        let rights = json!({"permissions": {"mailboxes": "use"}, "default_number": numbers[1]});
        let edited = office.patch(&path, &rights).await.expect(200).json();
        assert_eq!((&edited["permissions"]["mailboxes"], &edited["default_number"]), (&json!("use"), &json!(numbers[1])));
        assert_eq!(office.named(&ada).await, ["+4930123411", "mailboxes use"]);
    }
}

on_each_engine! {
    /// „Ordnen Sie dem Nutzer dann Rufnummern zu, die er verwenden wird. … Ebenso gehen Sie bei Faxnummern,
    /// Konferenzrufnummern, Zielen und Ansagen vor.“
    async fn phone_fax_and_conference_numbers_destinations_and_announcements_are_assigned_alike(office: Office) {
        let ada = office.employee("ada").await;
        for (number, usage) in [("10", "voice"), ("11", "personal_fax"), ("12", "shared_fax"), ("13", "conference")] {
            office.numbers(&format!("+49 30 1234-{number}"), usage).await;
        }
        office.post("/destinations", &json!({"name": "Zentrale", "target": "+49 30 5678"})).await.expect(201);
        office.post("/announcements", &json!({"name": "Begrüßung"})).await.expect(201);
        for (kind, key) in [
            ("voice_number", "+4930123410"),
            ("personal_fax", "+4930123411"),
            ("shared_fax", "+4930123412"),
            ("conference", "+4930123413"),
            ("destination", "Zentrale"),
            ("announcement", "Begrüßung"),
        ] {
            office.give(&ada, &json!({"kind": kind, "key": key})).await.expect(201);
        }
        let all = ["+4930123410", "+4930123411", "+4930123412", "+4930123413", "Begrüßung", "Zentrale"];
        assert_eq!(office.named(&ada).await, all);
        // „Klicken Sie auf „Abbrechen“ werden Ihre Einträge nicht gespeichert“: what is refused leaves nothing behind.
        office.give(&ada, &json!({"kind": "announcement", "key": "Abschied"})).await.problem(409, "not-free");
        assert_eq!(office.named(&ada).await, all);
    }
}

on_each_engine! {
    /// „Hier bestimmen Sie, welche Faxnummern nur von diesem Mitarbeiter genutzt werden.“
    async fn a_personal_fax_number_is_used_by_one_employee_only(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let fax = office.numbers("+49 30 1234-90", "personal_fax").await.remove(0);
        office.give(&ada, &json!({"thing": fax})).await.expect(201);
        office.give(&bob, &json!({"thing": fax})).await.problem(409, "not-free");
        let shown = office.get(&format!("/numbers/{fax}")).await.expect(200).json();
        assert_eq!((&shown["usage"], &shown["holder"]), (&json!("personal_fax"), &ada["id"]));
    }
}

on_each_engine! {
    /// „Hier bestimmen Sie die gemeinsamen Faxnummern, die der Mitarbeiter nutzen darf. Gemeinsame Faxnummern werden
    /// üblicherweise von Teams genutzt.“
    async fn a_shared_fax_number_is_used_by_a_team(office: Office) {
        let team = [office.employee("ada").await, office.employee("bob").await, office.employee("eve").await];
        let fax = office.numbers("+49 30 1234-99", "shared_fax").await.remove(0);
        let mut grants = Vec::new();
        for employee in &team {
            grants.push(office.give(employee, &json!({"thing": fax})).await.expect(201).json());
        }
        office.take_back(&team[0], &grants[0]).await;
        assert_eq!(office.named(&team[0]).await, [""; 0]);
        for employee in &team[1..] {
            assert_eq!(office.named(employee).await, ["+4930123499"], "nobody else loses it");
        }
    }
}

on_each_engine! {
    /// „Unter „Rufnummern“ im Cloud PBX Konto können Sie persönliche oder gemeinsame Faxnummern … Die Zuordnung Ihrer Nummern
    /// als persönliche oder gemeinsame Faxnummer können Sie im Cloud PBX Konto unter „Rufnummern“ vornehmen.“
    async fn a_number_is_made_a_personal_or_a_shared_fax_number_under_numbers(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let number = office.numbers("+49 30 1234-90", "voice").await.remove(0);
        let path = format!("/numbers/{number}");
        for usage in ["personal_fax", "shared_fax"] {
            let changed = office.patch(&path, &json!({"usage": usage})).await.expect(200).json();
            assert_eq!(changed["usage"], usage);
        }
        for employee in [&ada, &bob] {
            office.give(employee, &json!({"kind": "shared_fax", "key": "+49 30 1234-90"})).await.expect(201);
        }
        office.patch(&path, &json!({"usage": "personal_fax"})).await.problem(409, "in-use");
    }
}

on_each_engine! {
    /// „Hier bestimmen Sie, welche Konferenznummern der Mitarbeiter nutzen wird. Nummern ordnen Sie als Konferenznummer im
    /// Ordner „Rufnummern“ des PBX Kontos zu.“
    async fn a_number_is_made_a_conference_number_and_employees_use_it(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let number = office.numbers("+49 30 1234-77", "voice").await.remove(0);
        office.patch(&format!("/numbers/{number}"), &json!({"usage": "conference"})).await.expect(200);
        for employee in [&ada, &bob] {
            let grant = office.give(employee, &json!({"thing": number})).await.expect(201).json();
            assert_eq!(grant["subject"], "conference");
        }
    }
}

on_each_engine! {
    /// „Danach kann der Nutzer wieder auf sein Cloud PBX Konto zugreifen und vollumfänglich telefonieren.“
    async fn who_is_locked_and_unlocked_again_has_everything_that_he_had(office: Office) {
        let ada = office.employee("ada").await;
        let number = office.numbers("+49 30 1234-10", "voice").await.remove(0);
        office.give(&ada, &json!({"thing": number})).await.expect(201);
        let path = format!("/employees/{}", id(&ada));
        office.patch(&path, &json!({"permissions": {"call_forwarding": "manage"}})).await.expect(200);
        let before = office.named(&ada).await;
        assert_eq!(office.post(&format!("{path}/lock"), &json!({})).await.expect(200).json()["locked"], true);
        assert_eq!(office.named(&ada).await, before, "a lock takes nothing");
        assert_eq!(office.get(&format!("/numbers/{number}")).await.json()["holder"], ada["id"]);
        assert_eq!(office.post(&format!("{path}/unlock"), &json!({})).await.expect(200).json()["locked"], false);
        assert_eq!(office.named(&ada).await, before);
    }
}

on_each_engine! {
    /// „Da die Rufnummern des Mitarbeiters vom Administrator-Konto aus verwaltet werden, können Sie diese nun neu besetzen
    /// oder deaktivieren.“
    async fn the_numbers_of_a_deleted_employee_are_given_to_others_or_disabled(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let numbers = office.numbers("+49 30 1234-10…11", "voice").await;
        for number in &numbers {
            office.give(&ada, &json!({"thing": number})).await.expect(201);
        }
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        // Nobody gets a leaver's private calls unless the administrator says so.
        office.give(&bob, &json!({"thing": numbers[0]})).await.problem(409, "not-free");
        office.delete(&format!("/numbers/{}/hold", numbers[0])).await.expect(204);
        office.give(&bob, &json!({"thing": numbers[0]})).await.expect(201);
        office.post(&format!("/numbers/{}/disable", numbers[1]), &json!({})).await.expect(200);
        office.give(&bob, &json!({"thing": numbers[1]})).await.problem(409, "not-free");
    }
}
