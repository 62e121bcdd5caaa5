//! „Mitarbeiter Berechtigung Ziele“ and „Mitarbeiter Berechtigung Ansagen“.

use serde_json::json;

use crate::api::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    /// „Hier können Sie dem Mitarbeiter die vom Administrator angelegten Ziele wie IP-Geräte oder Mailboxen anzeigen und ihm
    /// den Zugriff erlauben.“
    async fn an_employee_is_allowed_the_administrators_destinations_such_as_ip_devices_and_mailboxes(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        office.post("/mailboxes", &json!({"name": "Vertrieb"})).await.expect(201);
        for (name, target) in [("Labor", "sip:lab@192.0.2.7"), ("Anrufbeantworter", "mailbox:Vertrieb")] {
            let made = office.post("/destinations", &json!({"name": name, "target": target})).await.expect(201).json();
            assert_eq!((&made["paid"], &made["owner"]), (&json!(false), &json!(null)));
            for employee in [&ada, &bob] {
                office.give(employee, &json!({"thing": made["id"]})).await.expect(201);
            }
        }
        office.give(&ada, &json!({"kind": "mailbox", "key": "Vertrieb"})).await.expect(201);
        let mut has = office.has(&ada).await;
        has.sort();
        assert_eq!(has, ["Anrufbeantworter", "Labor", "Vertrieb"]);
        assert_eq!(office.has(&bob).await.len(), 2);
    }
}

on_each_engine! {
    /// „Falls Sie dem Nutzer die Berechtigung dazu gegeben haben, kann er zusätzlich dazu eigene Ziele einrichten oder löschen.“
    async fn an_employee_who_is_allowed_to_has_destinations_of_his_own(office: Office) {
        let ada = office.employee("ada").await;
        assert_eq!(ada["effective_permissions"]["own_destinations"], "none");
        let patch = json!({"permissions": {"own_destinations": "manage"}});
        let changed = office.patch(&format!("/employees/{}", id(&ada)), &patch).await.expect(200).json();
        assert_eq!(changed["effective_permissions"]["own_destinations"], "manage");
        let mobile = json!({"name": "Mobil", "target": "0171 2345678", "owner": ada["id"]});
        let own = office.post("/destinations", &mobile).await.expect(201).json();
        assert_eq!((&own["owner"], &own["paid"]), (&ada["id"], &json!(true)));
        office.delete(&format!("/destinations/{}", id(&own))).await.expect(204);
    }
}

on_each_engine! {
    /// „Legen Sie Ziele im Cloud PBX Konto an oder bearbeiten Sie sie unter „Ziele“.“
    async fn destinations_are_made_and_edited(office: Office) {
        let made = office.post("/destinations", &json!({"name": "Zentrale", "target": "030 5678"})).await.expect(201).json();
        assert_eq!(made["target"], "+49305678");
        let path = format!("/destinations/{}", id(&made));
        let edited = json!({"name": "Empfang", "target": "sip:empfang@192.0.2.7"});
        let edited = office.patch(&path, &edited).await.expect(200).json();
        assert_eq!((&edited["name"], &edited["leads_to"]), (&json!("Empfang"), &json!("sip_address")));
        office.delete(&path).await.expect(204);
        office.get(&path).await.problem(404, "not-found");
    }
}

on_each_engine! {
    /// „Nun definieren Sie, welche Ansagen der Nutzer einsetzen darf. Bearbeiten Sie Ihre Ansagen unter „Ansagen“ im Cloud PBX
    /// Konto.“
    async fn which_announcements_an_employee_may_use_is_defined_and_announcements_are_edited(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let mut made = Vec::new();
        for name in ["Begrüßung", "Betriebsferien"] {
            made.push(office.post("/announcements", &json!({"name": name})).await.expect(201).json());
        }
        office.give(&ada, &json!({"thing": made[0]["id"]})).await.expect(201);
        office.give(&bob, &json!({"thing": made[0]["id"]})).await.expect(201);
        office.give(&bob, &json!({"kind": "announcement", "key": "betriebsferien"})).await.expect(201);
        let edited = json!({"name": "Willkommen", "description": "Guten Tag"});
        office.patch(&format!("/announcements/{}", id(&made[0])), &edited).await.expect(200);
        assert_eq!(office.has(&ada).await, ["Willkommen"], "it is the same under another name");
        assert_eq!(office.has(&bob).await.len(), 2);
    }
}
