//! `/tenant`.

use serde_json::json;

use super::Office;
use crate::world::on_each_engine;

on_each_engine! {
    async fn a_tenant_begins_with_the_defaults_of_the_manual(office: Office) {
        let tenant = office.get("/tenant").await.expect(200).json();
        assert_eq!((&tenant["name"], &tenant["customer_number"]), (&json!("acme"), &json!("K-acme")));
        assert_eq!((&tenant["language"], &tenant["hold_days"]), (&json!("de"), &json!(90)));
        assert_eq!((&tenant["contact"], &tenant["handmade_employees"]), (&json!({}), &json!("keep")));
        assert_eq!(tenant["sip_domain"], json!(null));
        office.house.app.set_sip_domain("acme", "acme.pbx.example", "test").await.unwrap();
        assert_eq!(office.get("/tenant").await.json()["sip_domain"], "acme.pbx.example");
    }
}

on_each_engine! {
    /// „geben unten die Kontaktdaten des Administrators für die OfficeDesk-Zugänge ein“
    async fn the_administrators_contact_data_for_the_office_desks_can_be_entered(office: Office) {
        let contact = json!({"contact": {"email": "admin@email.com", "phone": "017012345678"}});
        let changed = office.patch("/tenant", &contact).await.expect(200).json();
        assert_eq!(changed["contact"], contact["contact"]);
        assert_eq!(office.get("/tenant").await.json()["contact"], contact["contact"]);
        let record = office.last_record().await;
        assert!(record.starts_with("tenant.changed") && !record.contains("admin@email.com"), "{record}");
        assert_eq!(office.topics().await, ["urn:deskgate:event:tenant:changed"]);
        // One of the two goes, the other stays.
        let changed = office.patch("/tenant", &json!({"contact": {"email": null}})).await.expect(200).json();
        assert_eq!(changed["contact"], json!({"phone": "017012345678"}));
    }
}

on_each_engine! {
    /// „Sprache für Benachrichtigungen und Analytics“
    async fn the_language_of_notifications_can_be_set(office: Office) {
        let changed = office.patch("/tenant", &json!({"language": "en"})).await.expect(200).json();
        assert_eq!(changed["language"], "en");
        assert_eq!(office.last_record().await, r#"tenant.changed {"language":["de","en"]}"#);
    }
}

on_each_engine! {
    async fn settings_that_cannot_be_are_refused_all_at_once(office: Office) {
        let wrong = json!({"contact": {"email": "x", "phone": "abc"}, "language": "deutsch"});
        let refused = office.patch("/tenant", &wrong).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/contact/email", "/contact/phone", "/language"]);
        for wrong in [
            json!({"hold_days": -1}),
            json!({"hold_days": 1.5}),
            json!({"language": null}),
            json!({"handmade_employees": "ignore"}),
            json!({"name": "other"}),
            json!([]),
        ] {
            office.patch("/tenant", &wrong).await.problem(422, "invalid-values");
        }
        // Nothing changed, so nothing is told.
        let same = office.patch("/tenant", &json!({"hold_days": 90})).await.expect(200);
        assert!(same.header("etag").starts_with("\"1."));
        assert_eq!(office.topics().await.len(), 0);
    }
}
