//! `/destinations` and `/mailboxes`: the manual's Ziele.

use serde_json::json;

use super::each;
use crate::api::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    /// „… die vom Administrator angelegten Ziele wie IP-Geräte oder Mailboxen“, „Weiterleitungen auf andere IP-Geräte … ins
    /// Fest-oder Mobilfunknetz“
    async fn a_destination_is_an_ip_device_a_mailbox_or_a_number_outside(office: Office) {
        office.house.app.set_sip_domain("acme", "acme.pbx.example", "test").await.unwrap();
        office.post("/devices", &json!({"user_name": "door"})).await.expect(201);
        office.post("/mailboxes", &json!({"name": "Sales Box"})).await.expect(201);
        for (name, target, leads_to, kept, paid) in [
            ("Tür", "device:door", "device", "device:door", false),
            ("Labor", "sip:lab@192.0.2.7", "sip_address", "sip:lab@192.0.2.7", false),
            ("Anrufbeantworter", "mailbox:SALES  box", "mailbox", "mailbox:sales box", false),
            ("Mobil", "0171 2345678", "number", "+491712345678", true),
        ] {
            let made = office.post("/destinations", &json!({"name": name, "target": target})).await.expect(201).json();
            let told = (&made["name"], &made["target"], &made["leads_to"], &made["paid"], &made["owner"]);
            assert_eq!(told, (&json!(name), &json!(kept), &json!(leads_to), &json!(paid), &json!(null)));
        }
        let page = office.get("/destinations").await.expect(200).json();
        assert_eq!(each(&page, "name"), ["Anrufbeantworter", "Labor", "Mobil", "Tür"]);
    }
}

on_each_engine! {
    async fn where_a_destination_leads_has_to_be_there_and_stays(office: Office) {
        for (target, why) in [
            ("device:door", "add it first"),
            ("mailbox:Sales", "add it first"),
            ("sip:nobody", "SIP address"),
            ("110", "emergency"),
            ("", "empty"),
        ] {
            let refused = office.post("/destinations", &json!({"name": "Ziel", "target": target})).await;
            let words = refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers(), ["/target"], "{target}");
            assert!(words.contains(why), "{words}");
        }
        let mailbox = office.post("/mailboxes", &json!({"name": "Sales"})).await.expect(201).json();
        let ziel = json!({"name": "Ziel", "target": "mailbox:Sales"});
        let made = office.post("/destinations", &ziel).await.expect(201).json();
        let path = format!("/mailboxes/{}", id(&mailbox));
        office.delete(&path).await.problem(409, "in-use");
        office.patch(&path, &json!({"name": "Vertrieb"})).await.problem(409, "in-use");
        office.patch(&path, &json!({"name": "SALES"})).await.expect(200);
        let elsewhere = json!({"target": "+49 30 1234500"});
        office.patch(&format!("/destinations/{}", id(&made)), &elsewhere).await.expect(200);
        office.patch(&path, &json!({"name": "Vertrieb"})).await.expect(200);
        office.delete(&path).await.expect(204);
    }
}

on_each_engine! {
    /// „Falls Sie dem Nutzer die Berechtigung dazu gegeben haben, kann er zusätzlich dazu eigene Ziele einrichten oder
    /// löschen.“
    async fn an_employees_own_destination_is_his_alone_and_goes_with_him(office: Office) {
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let mobile = |owner| json!({"name": "Mobil", "target": "0171 2345678", "owner": owner});
        let own = office.post("/destinations", &mobile(&ada["id"])).await.expect(201).json();
        assert_eq!(own["owner"], ada["id"]);
        office.post("/destinations", &mobile(&bob["id"])).await.expect(201);
        office.post("/destinations", &mobile(&ada["id"])).await.problem(409, "name-taken");
        let refused = office.post("/destinations", &mobile(&json!(uuid::Uuid::now_v7()))).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/owner"]);
        // Neither by its identifier nor by its name does anybody else get it.
        let refused = office.give(&bob, &json!({"thing": own["id"]})).await;
        refused.problem(422, "invalid-values");
        office.give(&bob, &json!({"kind": "destination", "key": "Mobil"})).await.problem(409, "not-free");
        let renamed = office.patch(&format!("/destinations/{}", id(&own)), &json!({"name": "Handy"})).await.expect(200);
        assert_eq!((&renamed.json()["name"], &renamed.json()["owner"]), (&json!("Handy"), &ada["id"]));
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        let page = office.get("/destinations").await.json();
        assert_eq!(each(&page, "owner"), [id(&bob)]);
    }
}

on_each_engine! {
    /// „Hier können Sie dem Mitarbeiter die vom Administrator angelegten Ziele … anzeigen und ihm den Zugriff erlauben.“
    async fn many_may_use_one_destination_and_keep_it_under_another_name(office: Office) {
        let ziel = json!({"name": "Zentrale", "target": "+49 30 1234500"});
        let made = office.post("/destinations", &ziel).await.expect(201).json();
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        for employee in [&ada, &bob] {
            office.give(employee, &json!({"thing": made["id"]})).await.expect(201);
            assert_eq!(office.has(employee).await, ["Zentrale"]);
        }
        let path = format!("/destinations/{}", id(&made));
        office.patch(&path, &json!({"name": "Empfang"})).await.expect(200);
        assert_eq!(office.has(&ada).await, ["Empfang"]);
        office.delete(&path).await.problem(409, "in-use");
        office.delete(&format!("{path}?revoke=true")).await.expect(204);
        assert!(office.has(&ada).await.is_empty() && office.has(&bob).await.is_empty());
    }
}

on_each_engine! {
    async fn a_mailbox_answers_a_number_or_extension_and_tells_somebody(office: Office) {
        let refused = office.post("/mailboxes", &json!({"name": "Sales", "answers": "201", "notify": "nobody"})).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/notify"]);
        let refused = office.post("/mailboxes", &json!({"name": "Sales", "answers": "201"})).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/answers"]);
        office.extensions("201", None).await;
        let body = json!({"name": "Sales", "answers": "201", "notify": "sales@acme.example"});
        let made = office.post("/mailboxes", &body).await.expect(201).json();
        assert_eq!((&made["answers"], &made["notify"]), (&json!("201"), &json!("sales@acme.example")));
        office.post("/mailboxes", &json!({"name": "sales"})).await.problem(409, "name-taken");
        let path = format!("/mailboxes/{}", id(&made));
        let changed = office.patch(&path, &json!({"answers": null, "notify": null})).await.expect(200).json();
        assert_eq!((&changed["answers"], &changed["notify"]), (&json!(null), &json!(null)));
    }
}
