//! The administrator's lock: the manual's padlock.

use serde_json::{Value, json};

use super::{Office, id};
use crate::world::idp::user;
use crate::world::on_each_engine;

impl Office {
    async fn locked_by(&self, employee: &str) -> Value {
        self.get(&format!("/employees/{employee}")).await.expect(200).json()["locked_by"].clone()
    }

    async fn write_active(&self, employee: &str, active: bool) {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}]});
        self.scim("PATCH", &format!("/Users/{employee}"), &body).await.expect(200);
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

on_each_engine! {
    async fn what_is_locked_stays_locked_when_the_person_leaves_and_comes_back(office: Office) {
        let ada = office.employee("ada").await;
        office.post(&format!("/employees/{}/lock", id(&ada)), &json!({})).await.expect(200);
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        let back = office.employee("ada").await;
        assert_eq!((&back["id"], &back["locked_by"]), (&ada["id"], &json!(["administrator"])));
    }
}
