//! The administrator's lock: what holds of the manual's padlock besides the manual.

use serde_json::{Value, json};

use super::{Office, id};
use crate::world::idp::user;
use crate::world::on_each_engine;

impl Office {
    pub async fn locked_by(&self, employee: &str) -> Value {
        self.get(&format!("/employees/{employee}")).await.expect(200).json()["locked_by"].clone()
    }

    async fn write_active(&self, employee: &str, active: bool) {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}]});
        self.scim("PATCH", &format!("/Users/{employee}"), &body).await.expect(200);
    }
}

on_each_engine! {
    async fn t8_the_administrators_lock_is_his_own_and_active_reads_back_what_the_provider_wrote(office: Office) {
        let ada = office.scim("POST", "/Users", &user("ada")).await.expect(201).json();
        let ada = id(&ada);
        office.post(&format!("/employees/{ada}/lock"), &json!({})).await.expect(200);
        let shown = office.scim("GET", &format!("/Users/{ada}"), &json!(null)).await.expect(200).json();
        assert_eq!(shown["active"], true);
        assert_eq!(shown["urn:deskgate:params:scim:schemas:extension:telephony:2.0:User"]["lockedBy"], json!(["administrator"]));
        office.write_active(ada, false).await;
        assert_eq!(office.locked_by(ada).await, json!(["idp", "administrator"]));
        office.write_active(ada, true).await;
        assert_eq!(office.locked_by(ada).await, json!(["administrator"]));
        office.write_active(ada, false).await;
        office.post(&format!("/employees/{ada}/unlock"), &json!({})).await.expect(200);
        assert_eq!(office.locked_by(ada).await, json!(["idp"]));
        let topics = office.topics().await;
        let locks = topics.iter().filter(|topic| topic.ends_with("activate")).count();
        assert_eq!(locks, 1, "he was locked all the time: {topics:?}");
    }
}

on_each_engine! {
    async fn k3_a_lock_ends_every_session_and_unlocking_revives_none(office: Office) {
        let ada = office.employee("ada").await;
        let epoch = async || office.house.database.number("SELECT auth_epoch FROM employees").await;
        office.post(&format!("/employees/{}/lock", id(&ada)), &json!({})).await.expect(200);
        assert_eq!(epoch().await, 1);
        office.post(&format!("/employees/{}/unlock", id(&ada)), &json!({})).await.expect(200);
        assert_eq!(epoch().await, 1);
    }
}

on_each_engine! {
    async fn what_is_locked_stays_locked_when_the_person_leaves_and_comes_back(office: Office) {
        let ada = office.employee("ada").await;
        office.post(&format!("/employees/{}/lock", id(&ada)), &json!({})).await.expect(200);
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        let back = office.employee("ada").await;
        assert_eq!((&back["id"], &back["locked_by"]), (&ada["id"], &json!(["administrator"])));
    }
}
