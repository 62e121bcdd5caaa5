//! `/devices`: SIP accounts and their secrets.

use serde_json::{Value, json};

use super::each;
use crate::api::{Office, id};
use crate::world::on_each_engine;

impl Office {
    async fn with_sip_domain(&self) {
        self.house.app.set_sip_domain("acme", "ACME.pbx.example", "test").await.unwrap();
    }
}

/// Every text in the database, of the tables that a secret might get into.
async fn everything(office: &Office) -> String {
    let mut all = String::new();
    for sql in [
        "SELECT body FROM idempotency_keys",
        "SELECT changes FROM audit_records",
        "SELECT payload FROM outbox",
        "SELECT details FROM things",
        "SELECT label FROM things",
        "SELECT ha1 || ha1b || ha1_sha256 FROM device_secrets",
    ] {
        all.push_str(&office.house.database.texts(sql).await.join(" "));
    }
    all
}

on_each_engine! {
    async fn s2_the_secret_of_a_device_is_made_here_shown_once_and_kept_as_hashes_only(office: Office) {
        office.with_sip_domain().await;
        let key = [("idempotency-key", "once")];
        let body = r#"{"user_name": "ada.desk", "model": "Snom D785"}"#;
        let made = office.send("POST", "/devices", &key, body).await.expect(201);
        let account = made.json()["account"].clone();
        assert_eq!((&account["user_name"], &account["domain"]), (&json!("ada.desk"), &json!("acme.pbx.example")));
        let secret = account["secret"].as_str().unwrap().to_owned();
        assert_eq!(secret.len(), 26, "130 bits");
        let device = made.json()["device"].clone();
        assert_eq!(device["model"], "Snom D785");
        assert!(made.header("location").ends_with(&format!("/devices/{}", id(&device))));
        // The same request again is answered without it.
        let again = office.send("POST", "/devices", &key, body).await.expect(201);
        assert_eq!(again.header("idempotent-replay"), "true");
        assert_eq!(again.json()["account"]["secret"], Value::Null);
        let shown = office.get(&format!("/devices/{}", id(&device))).await.expect(200);
        let list = office.get("/devices").await.expect(200);
        let export = office.get("/stock/export").await.expect(200);
        for text in [&again.text, &shown.text, &list.text, &export.text, &everything(&office).await] {
            assert!(!text.contains(&secret), "{text}");
        }
        assert!(shown.json()["secret_made_at"].is_string());
        let hashes = office.house.database.texts("SELECT ha1 FROM device_secrets").await;
        for hash in hashes {
            for text in [&shown.text, &list.text, &export.text] {
                assert!(!text.contains(&hash));
            }
        }
    }
}

on_each_engine! {
    async fn s2_a_new_secret_voids_the_one_before(office: Office) {
        office.with_sip_domain().await;
        let made = office.post("/devices", &json!({})).await.expect(201).json();
        let name = made["account"]["user_name"].as_str().unwrap();
        assert!(name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
        let hash = async || office.house.database.texts("SELECT ha1_sha256 FROM device_secrets").await;
        let before = hash().await;
        let path = format!("/devices/{}/secret", id(&made["device"]));
        let renewed = office.post(&path, &json!({})).await.expect(200).json();
        assert_ne!(renewed["account"]["secret"], made["account"]["secret"]);
        let after = hash().await;
        assert!(after.len() == 1 && after != before);
        assert_eq!(office.last_record().await, "device.secret_made {}");
        assert_eq!(office.topics().await.last().unwrap(), "urn:deskgate:event:device:secret-made");
        office.post(&format!("/devices/{}/secret", uuid::Uuid::now_v7()), &json!({})).await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn s2_nobody_chooses_a_secret(office: Office) {
        office.with_sip_domain().await;
        office.post("/devices", &json!({"secret": "1234"})).await.problem(422, "invalid-values");
        assert_eq!(office.house.database.count("things").await, 0);
    }
}

on_each_engine! {
    async fn a_sip_user_name_is_never_given_again(office: Office) {
        office.with_sip_domain().await;
        let made = office.post("/devices", &json!({"user_name": "ada.desk"})).await.expect(201).json();
        let taken = office.post("/devices", &json!({"user_name": "ada.desk"})).await;
        taken.problem(409, "name-taken");
        assert_eq!(taken.pointers(), ["/user_name"]);
        office.delete(&format!("/devices/{}", id(&made["device"]))).await.expect(204);
        let gone = office.post("/devices", &json!({"user_name": "ada.desk"})).await;
        assert!(gone.problem(409, "name-taken").contains("no name is given twice"));
        assert_eq!(office.house.database.count("device_secrets").await, 0);
        let wrong = office.post("/devices", &json!({"user_name": "Ada Desk"})).await;
        wrong.problem(422, "invalid-values");
        assert_eq!(wrong.pointers(), ["/user_name"]);
    }
}

on_each_engine! {
    async fn without_a_sip_domain_there_are_no_secrets_and_two_tenants_share_none(office: Office) {
        let refused = office.post("/devices", &json!({"user_name": "ada.desk"})).await;
        assert!(refused.problem(409, "not-set-up").contains("deskgate tenant sip-domain"));
        assert_eq!(office.house.database.count("things").await, 0, "all or nothing");
        office.with_sip_domain().await;
        office.house.bare_tenant("other").await;
        let app = &office.house.app;
        let taken = app.set_sip_domain("other", "acme.pbx.example", "test").await.unwrap_err().to_string();
        assert!(taken.contains("another tenant"), "{taken}");
        office.post("/devices", &json!({"user_name": "ada.desk"})).await.expect(201);
        let void = app.set_sip_domain("acme", "new.pbx.example", "test").await.unwrap_err().to_string();
        assert!(void.contains("have secrets"), "{void}");
        app.set_sip_domain("acme", "acme.pbx.example", "test").await.unwrap();
    }
}

on_each_engine! {
    async fn devices_are_changed_and_given_like_all_that_one_employee_has_alone(office: Office) {
        office.with_sip_domain().await;
        let made = office.post("/devices", &json!({"user_name": "desk-1"})).await.expect(201).json();
        let path = format!("/devices/{}", id(&made["device"]));
        let changed = office.patch(&path, &json!({"model": "Yealink", "label": "Empfang"})).await.expect(200).json();
        assert_eq!((&changed["model"], &changed["label"]), (&json!("Yealink"), &json!("Empfang")));
        let ada = office.employee("ada").await;
        office.give(&ada, &json!({"kind": "device", "key": "desk-1"})).await.expect(201);
        assert_eq!(office.get(&path).await.json()["holder"], ada["id"]);
        let page = office.get(&format!("/devices?holder={}", id(&ada))).await.json();
        assert_eq!(each(&page, "user_name"), ["desk-1"]);
    }
}
