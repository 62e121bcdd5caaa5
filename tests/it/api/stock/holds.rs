//! Holds: what somebody lost is kept for him, and freed at once where the administrator says so.

use std::time::Duration;

use serde_json::json;

use super::each;
use crate::api::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    /// „Da die Rufnummern des Mitarbeiters vom Administrator-Konto aus verwaltet werden, können Sie diese nun neu besetzen
    /// oder deaktivieren.“
    async fn what_a_leaver_had_is_on_hold_until_it_is_freed_or_taken_out_of_use(office: Office) {
        let extensions = office.extensions("201-202", None).await;
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        for extension in &extensions {
            office.give(&ada, &json!({"thing": extension})).await.expect(201);
        }
        office.delete(&format!("/employees/{}", id(&ada))).await.expect(204);
        let holds = office.get("/holds").await.expect(200).json();
        assert_eq!(each(&holds, "key"), ["201", "202"]);
        assert_eq!(each(&holds, "held_for"), [id(&ada), id(&ada)]);
        assert_eq!(each(&holds, "user_name"), ["ada@x.example", "ada@x.example"], "she is gone, and was called so");
        let page = office.get("/holds?limit=1").await.expect(200).json();
        let next = office.get(&format!("/holds?limit=1&cursor={}", page["next"].as_str().unwrap())).await.expect(200);
        assert_eq!(each(&next.json(), "key"), ["202"]);
        let path = format!("/extensions/{}", extensions[0]);
        let shown = office.get(&path).await.json();
        assert_eq!((&shown["state"], &shown["held_for"]), (&json!("held"), &ada["id"]));
        let words = office.give(&bob, &json!({"thing": extensions[0]})).await.problem(409, "not-free");
        assert!(words.contains("on hold for somebody else"), "{words}");
        office.delete(&path).await.problem(409, "in-use");
        office.give(&bob, &json!({"thing": extensions[0], "wait": true})).await.expect(201);
        office.delete(&format!("{path}/hold")).await.expect(204);
        assert_eq!(office.has(&bob).await, ["201"]);
        office.delete(&format!("{path}/hold")).await.expect(204);
        office.post(&format!("/extensions/{}/disable", extensions[1]), &json!({})).await.expect(200);
        assert_eq!(office.get(&format!("/extensions/{}", extensions[1])).await.json()["state"], "disabled");
        // Disabled, it is still kept for her.
        office.delete(&format!("/extensions/{}?revoke=true", extensions[1])).await.problem(409, "in-use");
        office.delete(&format!("/extensions/{}/hold", extensions[1])).await.expect(204);
        office.delete(&format!("/extensions/{}?revoke=true", extensions[1])).await.expect(204);
        assert_eq!(office.get("/holds").await.json()["items"], json!([]));
    }
}

on_each_engine! {
    async fn b3_what_is_on_hold_goes_out_of_stock_only_once_it_is_freed(office: Office) {
        office.house.app.set_sip_domain("acme", "acme.pbx.example", "test").await.unwrap();
        let ada = office.employee("ada").await;
        let number = office.numbers("+49 30 1234500", "voice").await.remove(0);
        let extension = office.extensions("201", None).await.remove(0);
        let device = office.post("/devices", &json!({"user_name": "ada.desk"})).await.expect(201).json();
        let things = [("numbers", number), ("extensions", extension), ("devices", id(&device["device"]).to_owned())];
        for (_, thing) in &things {
            office.give(&ada, &json!({"thing": thing})).await.expect(201);
        }
        for given in office.get(&format!("/employees/{}/grants", id(&ada))).await.json()["items"].as_array().unwrap() {
            office.delete(&format!("/employees/{}/grants/{}", id(&ada), id(given))).await.expect(204);
        }
        for (list, thing) in &things {
            let path = format!("/{list}/{thing}");
            let until = office.get(&path).await.json()["held_until"].as_str().unwrap().to_owned();
            let words = office.delete(&format!("{path}?revoke=true")).await.problem(409, "in-use");
            assert_eq!(words, format!("this is on hold for ada@x.example until {until}; free it first"));
            office.delete(&format!("{path}/hold")).await.expect(204);
            office.delete(&format!("{path}?revoke=true")).await.expect(204);
        }
    }
}

on_each_engine! {
    async fn who_comes_back_in_time_gets_the_same_one_and_later_it_is_anybodys(office: Office) {
        let pool = office.pool("Sales").await;
        office.extensions("201-203", Some(&pool)).await;
        let [ada, bob] = [office.employee("ada").await, office.employee("bob").await];
        let gift = json!({"kind": "extension", "pool": pool});
        let given = office.give(&ada, &gift).await.expect(201).json();
        office.delete(&format!("/employees/{}/grants/{}", id(&ada), id(&given))).await.expect(204);
        office.give(&bob, &gift).await.expect(201);
        assert_eq!(office.has(&bob).await, ["202"], "201 is kept for Ada");
        office.give(&ada, &gift).await.expect(201);
        assert_eq!(office.has(&ada).await, ["201"]);
        let shown = office.get("/extensions?state=held").await.json();
        assert_eq!(shown["items"], json!([]));
        let given = office.get(&format!("/employees/{}/grants", id(&ada))).await.json()["items"][0].clone();
        office.delete(&format!("/employees/{}/grants/{}", id(&ada), id(&given))).await.expect(204);
        office.house.clock.turn(Duration::from_hours(24 * 91));
        let page = office.get("/extensions?state=free").await.json();
        assert_eq!(each(&page, "extension"), ["201", "203"]);
    }
}
