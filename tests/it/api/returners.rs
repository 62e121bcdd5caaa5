//! Who left: what is remembered of him, and what he gets when he comes back.

use std::time::Duration;

use serde_json::{Value, json};

use super::stock::each;
use super::{Office, id};
use crate::groups::group;
use crate::rules::one_extension;
use crate::world::idp::{PATCH_OP, user, with};
use crate::world::on_each_engine;

const DAY: Duration = Duration::from_hours(24);

impl Office {
    /// Extensions in a pool, one of which a rule gives to those in the group Sales; the identifier of the group.
    async fn firm(&self, extensions: &str) -> String {
        let pool = self.pool("sales").await;
        self.extensions(extensions, Some(&pool)).await;
        let sales = self.scim("POST", "/Groups", &group("Sales", &[])).await.expect(201).json();
        let rules = one_extension("Sales", "sales");
        self.send("PUT", "/rules", &[("content-type", "application/toml")], rules).await.expect(200);
        id(&sales).to_owned()
    }

    /// Somebody whom the identity provider sends.
    async fn sent(&self, user: &Value) -> Value {
        self.scim("POST", "/Users", user).await.expect(201).json()
    }

    async fn joins(&self, group: &str, member: &Value) {
        let add = json!({"op": "add", "path": "members", "value": [{"value": id(member)}]});
        let body = json!({"schemas": [PATCH_OP], "Operations": [add]});
        self.scim("PATCH", &format!("/Groups/{group}"), &body).await.expect(204);
    }

    async fn leaves_for_good(&self, employee: &Value) {
        self.scim("DELETE", &format!("/Users/{}", id(employee)), &Value::Null).await.expect(204);
    }

    async fn why(&self, employee: &Value) -> Value {
        self.get(&format!("/employees/{}/why", id(employee))).await.expect(200).json()
    }
}

on_each_engine! {
    async fn of_who_left_it_is_told_what_he_had_and_for_whom_it_is_on_hold(office: Office) {
        let sales = office.firm("201").await;
        let ada = office.sent(&user("ada")).await;
        office.joins(&sales, &ada).await;
        office.leaves_for_good(&ada).await;
        let why = office.why(&ada).await;
        assert_eq!((&why["user_name"], why["left_at"].is_string()), (&json!("ada@x.example"), true));
        let had = &why["things"][0];
        assert_eq!((&had["what"], &had["standing"]), (&json!("extension 201"), &json!("had")));
        assert_eq!((&had["lost"][0]["cause"], &had["because"][0]["rule"]), (&json!("deleted"), &json!("Sales")));
        let holds = office.get("/holds").await.expect(200).json();
        assert_eq!(each(&holds, "user_name"), ["ada@x.example"]);
        assert_eq!(had["kept_until"], holds["items"][0]["held_until"]);
        let exported = office.get("/stock/export").await.expect(200).text;
        assert!(exported.contains(r#";"held";"";"#) && exported.contains(r#";"ada@x.example";"#), "{exported}");
        // She is back, with the same identifier; what she had before is told as ever.
        assert_eq!(id(&office.sent(&user("ada")).await), id(&ada));
        let why = office.why(&ada).await;
        assert_eq!((&why["left_at"], &why["things"][0]["what"]), (&Value::Null, &json!("extension 201")));
        office.get(&format!("/employees/{}/why", uuid::Uuid::now_v7())).await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn who_left_and_what_anybody_had_is_remembered_for_a_year(office: Office) {
        let sales = office.firm("201").await;
        let ada = office.sent(&user("ada")).await;
        office.joins(&sales, &ada).await;
        office.leaves_for_good(&ada).await;
        office.scim("DELETE", &format!("/Groups/{sales}"), &Value::Null).await.expect(204);
        office.house.clock.turn(364 * DAY);
        assert_eq!(office.house.app.forget_the_past().await.unwrap(), 0);
        assert_eq!(office.why(&ada).await["things"][0]["lost"][0]["group"]["name"], "Sales");
        office.house.clock.turn(DAY);
        assert_eq!(office.house.app.forget_the_past().await.unwrap(), 3);
        office.get(&format!("/employees/{}/why", id(&ada))).await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn who_is_on_hold_longer_is_remembered_as_long_as_that(office: Office) {
        office.patch("/tenant", &json!({"hold_days": 1000})).await.expect(200);
        let ada = office.sent(&user("ada")).await;
        office.leaves_for_good(&ada).await;
        office.house.clock.turn(999 * DAY);
        assert_eq!(office.house.app.forget_the_past().await.unwrap(), 0);
        assert_eq!(id(&office.sent(&user("ada")).await), id(&ada));
    }
}

on_each_engine! {
    /// „dieselbe `externalId`, sonst derselbe Benutzername“: another identifier, the same number.
    async fn who_comes_back_gets_the_same_number_whatever_he_is_called(office: Office) {
        let sales = office.firm("201-203").await;
        let mut people = Vec::new();
        for one in [user("ada"), with(user("bo"), json!({"externalId": null})), user("cy")] {
            let one = office.sent(&one).await;
            office.joins(&sales, &one).await;
            people.push(one);
        }
        for one in &people {
            office.leaves_for_good(one).await;
        }
        let returners = [
            (with(user("ada.byron"), json!({"externalId": "ext-ada"})), "201"),
            (with(user("bo"), json!({"externalId": null})), "202"),
            (with(user("CY"), json!({"externalId": "ext-new"})), "203"),
        ];
        for ((sent, extension), before) in returners.into_iter().zip(&people) {
            let back = office.sent(&sent).await;
            assert_ne!(id(&back), id(before));
            let record = office.last_record().await;
            assert!(record.starts_with("employee.created") && record.contains(id(before)), "{record}");
            let why = office.why(&back).await;
            let had = &why["things"][0];
            assert_eq!((&had["standing"], had["kept_until"].is_string()), (&json!("had"), true), "{why}");
            assert_eq!(office.why(before).await["things"][0]["what"], had["what"]);
            office.joins(&sales, &back).await;
            assert_eq!(office.has(&back).await, [extension]);
        }
        assert_eq!(office.get("/holds").await.json()["items"], json!([]));
    }
}

on_each_engine! {
    async fn an_external_id_says_more_than_a_user_name(office: Office) {
        let sales = office.firm("201-202").await;
        let (ada, bo) = (office.sent(&user("ada")).await, office.sent(&user("bo")).await);
        for one in [&ada, &bo] {
            office.joins(&sales, one).await;
            office.leaves_for_good(one).await;
        }
        let back = office.sent(&with(user("ada"), json!({"externalId": "ext-bo"}))).await;
        office.joins(&sales, &back).await;
        assert_eq!(office.has(&back).await, ["202"]);
    }
}

on_each_engine! {
    async fn who_was_sent_and_is_made_by_hand_is_the_same_person_and_the_other_way_round(office: Office) {
        let extensions = office.extensions("201-202", None).await;
        let ada = office.sent(&user("ada")).await;
        office.give(&ada, &json!({"thing": extensions[0]})).await.expect(201);
        office.leaves_for_good(&ada).await;
        let by_hand = office.employee("ada").await;
        assert_ne!(id(&by_hand), id(&ada));
        assert_eq!(office.has(&by_hand).await, ["201"]);
        office.delete(&format!("/employees/{}", id(&by_hand))).await.expect(204);
        let back = office.sent(&with(user("ada"), json!({"externalId": "another"}))).await;
        assert_eq!(office.has(&back).await, ["201"]);
        // Whoever is himself again has only what was his last.
        office.leaves_for_good(&back).await;
        assert_eq!(office.has(&office.sent(&user("ada")).await).await, [] as [&str; 0]);
    }
}

on_each_engine! {
    async fn what_was_given_by_hand_comes_back_with_him(office: Office) {
        let pool = office.pool("Sales").await;
        let extensions = office.extensions("201-204", Some(&pool)).await;
        let (dan, eve) = (office.sent(&user("dan")).await, office.employee("eve").await);
        for (one, gift) in [
            (&dan, json!({"kind": "extension", "pool": pool})),
            (&dan, json!({"thing": extensions[3]})),
            (&dan, json!({"extension_access": "203"})),
            (&eve, json!({"kind": "extension", "pool": pool})),
        ] {
            office.give(one, &gift).await.expect(201);
        }
        let had = office.has(&dan).await;
        office.leaves_for_good(&dan).await;
        let answer = office.scim("POST", "/Users", &user("dan")).await.expect(201);
        let back = answer.json();
        assert_eq!(id(&back), id(&dan));
        let shown = back[crate::world::idp::TELEPHONY]["extensions"].clone();
        assert_eq!(shown, json!([{"value": "201"}, {"value": "204"}]), "the answer shows it already");
        assert_eq!(office.has(&dan).await, had);
        let grants = office.get(&format!("/employees/{}/grants", id(&dan))).await.json();
        let source = &grants["items"][0]["sources"][0];
        assert_eq!((&source["by"], &source["administrator"]), (&json!("manual"), &json!("program")));
        // Likewise of many who were made by hand.
        let gone = office.post("/employees/delete", &json!({"ids": [id(&eve)]})).await;
        gone.expect(200);
        let again = office.employee("eve").await;
        assert_eq!((id(&again), office.has(&again).await), (id(&eve), vec!["202".to_owned()]));
    }
}

on_each_engine! {
    async fn what_somebody_else_has_by_then_he_neither_gets_nor_waits_for(office: Office) {
        let extension = office.extensions("201", None).await.remove(0);
        let (dan, eve) = (office.sent(&user("dan")).await, office.employee("eve").await);
        office.give(&dan, &json!({"thing": extension})).await.expect(201);
        office.leaves_for_good(&dan).await;
        office.delete(&format!("/extensions/{extension}/hold")).await.expect(204);
        office.give(&eve, &json!({"thing": extension})).await.expect(201);
        office.sent(&user("dan")).await;
        assert_eq!(office.has(&dan).await, [] as [&str; 0]);
        assert_eq!(office.get("/pending").await.json()["items"], json!([]));
    }
}

on_each_engine! {
    async fn why_says_that_the_group_is_gone_and_what_it_was_called(office: Office) {
        let sales = office.firm("201-202").await;
        let (ada, bo) = (office.sent(&user("ada")).await, office.sent(&user("bo")).await);
        office.joins(&sales, &ada).await;
        office.joins(&sales, &bo).await;
        let remove = json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(&bo))});
        let body = json!({"schemas": [PATCH_OP], "Operations": [remove]});
        office.scim("PATCH", &format!("/Groups/{sales}"), &body).await.expect(204);
        office.scim("DELETE", &format!("/Groups/{sales}"), &Value::Null).await.expect(204);
        let gone = json!({"id": sales, "name": "Sales", "gone": true});
        for (one, cause) in [(&ada, "group_gone"), (&bo, "left_group")] {
            let why = office.why(one).await;
            let lost = &why["things"][0]["lost"][0];
            assert_eq!((&lost["cause"], &lost["group"]), (&json!(cause), &gone), "{why}");
            let words = why["things"][0]["words"].to_string();
            assert!(words.contains("which is gone") && words.contains("on hold for him until"), "{words}");
        }
        assert!(office.why(&ada).await["things"][0]["words"][1].as_str().unwrap().contains("was deleted"));
    }
}

on_each_engine! {
    async fn what_was_lost_twice_is_on_hold_once(office: Office) {
        let extension = office.extensions("201", None).await.remove(0);
        let ada = office.employee("ada").await;
        for _ in 0..2 {
            let given = office.give(&ada, &json!({"thing": extension})).await.expect(201).json();
            office.delete(&format!("/employees/{}/grants/{}", id(&ada), id(&given))).await.expect(204);
        }
        let why = office.why(&ada).await;
        let kept: Vec<bool> =
            why["things"].as_array().unwrap().iter().map(|one| one["kept_until"].is_string()).collect();
        assert_eq!(kept, [true, false]);
        office.delete(&format!("/extensions/{extension}/hold")).await.expect(204);
        assert_eq!(office.why(&ada).await["things"][0]["kept_until"], Value::Null);
    }
}
