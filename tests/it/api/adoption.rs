//! T7: an employee made by hand, whose user name an identity provider sends.

use serde_json::json;

use super::{Office, id};
use crate::world::idp::{user, with};
use crate::world::on_each_engine;

on_each_engine! {
    async fn t7_without_the_tenants_consent_the_name_is_taken(office: Office) {
        let ada = office.employee("ada").await;
        let detail = office.scim("POST", "/Users", &user("ada")).await.refused(409, Some("uniqueness"));
        assert!(detail.contains("outside this connection"), "{detail}");
        assert_eq!(office.get(&format!("/employees/{}", id(&ada))).await.json(), ada);
    }
}

on_each_engine! {
    async fn t7_with_it_he_becomes_the_providers_keeps_what_he_has_and_loses_his_sessions(office: Office) {
        office.patch("/tenant", &json!({"handmade_employees": "adopt"})).await.expect(200);
        let ada = office.employee("ada").await;
        let path = format!("/employees/{}", id(&ada));
        let mine = json!({"must_change_password": true});
        office.patch(&path, &mine).await.expect(200);
        office.post(&format!("{path}/lock"), &json!({})).await.expect(200);
        let before = office.house.database.number("SELECT auth_epoch FROM employees").await;
        let sent = with(user("ADA"), json!({"name": {"givenName": "Ada", "familyName": "Byron"}, "title": "Countess"}));
        let adopted = office.scim("POST", "/Users", &sent).await.expect(201).json();
        assert_eq!(adopted["id"], ada["id"]);
        assert_eq!((&adopted["userName"], &adopted["title"]), (&json!("ADA@x.example"), &json!("Countess")));
        let shown = office.get(&path).await.expect(200).json();
        assert_eq!((&shown["connection"], &shown["family_name"]), (&json!("default"), &json!("Byron")));
        assert_eq!((&shown["must_change_password"], &shown["locked_by"]), (&json!(true), &json!(["administrator"])));
        assert_eq!(office.house.database.number("SELECT auth_epoch FROM employees").await, before + 1);
        let record = office.last_record().await;
        assert!(record.starts_with("employee.adopted") && record.contains("name.familyName"), "{record}");
        assert!(!record.contains("Byron"), "{record}");
        let operation = "SELECT operation FROM provisioning_events ORDER BY id DESC LIMIT 1";
        assert_eq!(office.house.database.texts(operation).await, ["adopt"]);
        // From now on he is the provider's like all others: counted, listed, managed.
        assert_eq!(office.scim("GET", "/Users", &json!(null)).await.json()["totalResults"], 1);
        office.patch(&path, &json!({"given_name": "X"})).await.problem(409, "managed-by-idp");
        office.scim("POST", "/Users", &sent).await.refused(409, Some("uniqueness"));
    }
}

on_each_engine! {
    /// Nor is he there twice from then on.
    async fn t7_nobody_is_adopted_by_his_address_alone(office: Office) {
        let ada = office.employee("ada").await;
        let other = with(user("other"), json!({"emails": [{"value": "ADA@x.example", "primary": true}]}));
        for handmade in ["adopt", "keep"] {
            office.patch("/tenant", &json!({"handmade_employees": handmade})).await.expect(200);
            let detail = office.scim("POST", "/Users", &other).await.refused(409, Some("uniqueness"));
            assert!(detail.contains("made by hand"), "{detail}");
        }
        assert_eq!(office.get(&format!("/employees/{}", id(&ada))).await.json(), ada);
        // Of one connection two may have an address, and another address is another person.
        let shared = json!({"emails": [{"value": "info@x.example"}]});
        for name in ["bo", "cy"] {
            office.scim("POST", "/Users", &with(user(name), shared.clone())).await.expect(201);
        }
    }
}

on_each_engine! {
    async fn t7_who_left_does_not_come_back_beside_one_made_by_hand_with_his_address(office: Office) {
        let sent = with(user("other"), json!({"emails": [{"value": "ada@x.example"}]}));
        let gone = office.scim("POST", "/Users", &sent).await.expect(201).json();
        office.scim("DELETE", &format!("/Users/{}", id(&gone)), &json!(null)).await.expect(204);
        office.employee("ada").await;
        office.scim("POST", "/Users", &sent).await.refused(409, Some("uniqueness"));
    }
}
