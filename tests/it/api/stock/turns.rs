//! Who waits, and what wakes him: pools, new stock, things put back into use.

use serde_json::{Value, json};

use super::each;
use crate::api::{Office, id};
use crate::world::idp::user;
use crate::world::on_each_engine;

on_each_engine! {
    async fn those_who_wait_get_what_comes_in_order_of_age(office: Office) {
        let pool = office.pool("Sales").await;
        let mut people = Vec::new();
        for name in ["ada", "bob", "eva"] {
            let employee = office.employee(name).await;
            let waits = json!({"kind": "extension", "pool": pool, "wait": true});
            let given = office.give(&employee, &waits).await.expect(201).json();
            assert_eq!(given["waits"]["reason"], "pool_empty");
            people.push(employee);
        }
        let pending = office.get("/pending").await.expect(200).json();
        assert_eq!(each(&pending, "user_name"), ["ada@x.example", "bob@x.example", "eva@x.example"]);
        let first = &pending["items"][0];
        assert_eq!((&first["what"], &first["pool"], &first["employee"]), (&json!("extension"), &json!("sales"), &people[0]["id"]));
        assert_eq!(first["grant"]["waits"]["detail"], "pool \"sales\" is empty");
        assert!(first["grant"]["waits"]["since"].is_string());
        let page = office.get("/pending?limit=2").await.expect(200).json();
        let next = office.get(&format!("/pending?limit=2&cursor={}", page["next"].as_str().unwrap())).await.expect(200);
        assert_eq!(each(&next.json(), "user_name"), ["eva@x.example"]);
        office.extensions("201-202", Some(&pool)).await;
        let mut all = Vec::new();
        for person in &people {
            all.push(office.has(person).await.join(" "));
        }
        assert_eq!(all, ["201", "202", "?pool_empty"]);
        assert_eq!(each(&office.get("/pending").await.json(), "user_name"), ["eva@x.example"]);
        let levels = office.get(&format!("/pools/{pool}")).await.json()["levels"].clone();
        let level = json!({"kind": "extension", "total": 2, "free": 0, "assigned": 2, "held": 0, "disabled": 0});
        assert_eq!(levels, json!([level]));
    }
}

on_each_engine! {
    async fn nobody_gets_what_is_out_of_use_until_it_is_put_back(office: Office) {
        let extension = office.extensions("201", None).await.remove(0);
        let path = format!("/extensions/{extension}");
        let disabled = office.post(&format!("{path}/disable"), &json!({})).await.expect(200).json();
        assert_eq!(disabled["state"], "disabled");
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let wish = json!({"thing": extension});
        let words = office.give(&ada, &wish).await.problem(409, "not-free");
        assert!(words.contains("201 is disabled"), "{words}");
        assert_eq!(office.has(&ada).await, [""; 0], "nothing is written of what was refused");
        for employee in [&ada, &bob] {
            office.give(employee, &json!({"thing": extension, "wait": true})).await.expect(201);
        }
        office.post(&format!("{path}/enable"), &json!({})).await.expect(200);
        assert_eq!((office.has(&ada).await, office.has(&bob).await), (vec!["201".into()], vec!["?not_free".into()]));
        // Whoever has it keeps it.
        office.post(&format!("{path}/disable"), &json!({})).await.expect(200);
        assert_eq!(office.has(&ada).await, ["201"]);
        let shown = office.get(&path).await.json();
        assert_eq!((&shown["state"], &shown["holder"]), (&json!("disabled"), &ada["id"]));
        assert_eq!(office.last_record().await, "thing.disabled {}");
    }
}

on_each_engine! {
    async fn a_pool_that_is_made_or_renamed_is_looked_into_by_those_who_wait(office: Office) {
        let [old, away] = [office.pool("Alt").await, office.pool("Weg").await];
        let ada = office.employee("ada").await;
        let waits = json!({"kind": "extension", "pool": away, "wait": true});
        office.give(&ada, &waits).await.expect(201);
        office.delete(&format!("/pools/{away}")).await.expect(204);
        assert_eq!(office.has(&ada).await, ["?unknown_pool"]);
        let again = office.pool("Weg").await;
        assert_eq!(office.has(&ada).await, ["?pool_empty"]);
        office.delete(&format!("/pools/{again}")).await.expect(204);
        office.extensions("201", Some(&old)).await;
        office.patch(&format!("/pools/{old}"), &json!({"name": "WEG"})).await.expect(200);
        assert_eq!(office.has(&ada).await, ["201"]);
    }
}

on_each_engine! {
    async fn what_is_put_into_a_pool_goes_to_whoever_waits_there(office: Office) {
        let pool = office.pool("Sales").await;
        let extension = office.extensions("201", None).await.remove(0);
        let ada = office.employee("ada").await;
        office.give(&ada, &json!({"kind": "extension", "pool": pool, "wait": true})).await.expect(201);
        office.patch(&format!("/extensions/{extension}"), &json!({"pool": pool})).await.expect(200);
        assert_eq!(office.has(&ada).await, ["201"]);
        // What is assigned never moves by itself.
        office.patch(&format!("/extensions/{extension}"), &json!({"pool": null})).await.expect(200);
        assert_eq!(office.has(&ada).await, ["201"]);
    }
}

on_each_engine! {
    async fn of_two_administrators_who_give_the_last_number_one_is_told_that_it_is_gone(office: Office) {
        let pool = office.pool("Sales").await;
        for round in 0..5 {
            let extension = office.extensions(&format!("{}", 201 + round), Some(&pool)).await.remove(0);
            let [ada, bob] = [office.employee(&format!("ada{round}")).await, office.employee(&format!("bob{round}")).await];
            let gift = json!({"kind": "extension", "pool": pool});
            let (one, other) = futures_util::join!(office.give(&ada, &gift), office.give(&bob, &gift));
            let mut answers = [one, other];
            answers.sort_by_key(|answer| answer.status);
            assert_eq!(answers[0].status, 201, "{answers:?}");
            assert!(answers[1].problem(409, "not-free").contains("empty"), "{answers:?}");
            let holder = office.get(&format!("/extensions/{extension}")).await.json()["holder"].clone();
            let has = [office.has(&ada).await.len(), office.has(&bob).await.len()];
            assert_eq!(has.iter().sum::<usize>(), 1);
            assert_eq!(holder, if has[0] == 1 { ada["id"].clone() } else { bob["id"].clone() });
        }
    }
}

on_each_engine! {
    async fn new_stock_reaches_those_who_wait_for_a_thing_by_name(office: Office) {
        let ada = office.employee("ada").await;
        let number = json!({"kind": "voice_number", "key": "030 1234500", "wait": true});
        office.give(&ada, &number).await.expect(201);
        assert_eq!(office.has(&ada).await, ["?not_in_stock"]);
        office.numbers("+49 30 1234-400…599", "voice").await;
        assert_eq!(office.has(&ada).await, ["+49301234500"]);
        let shown = office.scim("GET", "/Users", &Value::Null).await;
        assert_eq!(shown.status, 200);
        assert_eq!(id(&ada).len(), 36);
    }
}

on_each_engine! {
    async fn who_waits_for_a_name_has_it_when_what_he_has_is_given_that_name(office: Office) {
        let ada = office.scim("POST", "/Users", &user("ada")).await.expect(201).json();
        let mailbox = office.post("/mailboxes", &json!({"name": "Box A"})).await.expect(201).json();
        let rule = "[[rule]]\nname = \"Sales\"\ngroup = \"Sales\"\nmailboxes = [\"Box A\", \"Box B\"]\n";
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"});
        let group = office.scim("POST", "/Groups", &group).await.expect(201).json();
        office.rules(rule, &group).await;
        let join = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": id(&ada)}]}],
        });
        office.scim("PATCH", &format!("/Groups/{}", id(&group)), &join).await.expect(204);
        assert_eq!(office.has(&ada).await, ["Box A", "?not_in_stock"]);
        office.patch(&format!("/mailboxes/{}", id(&mailbox)), &json!({"name": "Box B"})).await.expect(200);
        // The rule names both: now the other is not there.
        let mut has = office.has(&ada).await;
        has.sort();
        assert_eq!(has, ["?not_in_stock", "Box B"]);
    }
}
