//! `/numbers`.

use serde_json::json;

use super::each;
use crate::api::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    async fn a_block_comes_into_stock_in_one_go_and_is_listed_as_people_count(office: Office) {
        let pool = office.pool("Berlin").await;
        let block = json!({"numbers": "+49 30 1234-100…199", "pool": pool, "label": "Zentrale"});
        let added = office.post("/numbers", &block).await.expect(201);
        let report = added.json();
        assert_eq!((&report["count"], &report["left_out"]), (&json!(100), &json!([])));
        assert_eq!(report["things"][0]["key"], "+49301234100");
        assert_eq!(added.header("location"), "", "there are many");
        let first = office.get(&format!("/numbers/{}", id(&report["things"][0]))).await.expect(200).json();
        assert_eq!(
            (&first["number"], &first["shown"], &first["usage"], &first["block"], &first["label"], &first["state"]),
            (
                &json!("+49301234100"),
                &json!("+49 30 1234100"),
                &json!("voice"),
                &json!("+49301234-100…199"),
                &json!("Zentrale"),
                &json!("free")
            )
        );
        let (mut seen, mut path) = (Vec::new(), "/numbers?limit=40".to_owned());
        loop {
            let page = office.get(&path).await.expect(200).json();
            seen.extend(each(&page, "number").into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/numbers?limit=40&cursor={next}");
        }
        let expected: Vec<String> = (100..200).map(|n| format!("+49301234{n}")).collect();
        assert_eq!(seen, expected);
        let levels = office.get(&format!("/pools/{pool}")).await.json()["levels"].clone();
        let level = json!({"kind": "voice_number", "total": 100, "free": 100, "assigned": 0, "held": 0, "disabled": 0});
        assert_eq!(levels, json!([level]));
        assert_eq!(office.last_record().await, r#"thing.added {"kind":[null,"voice_number"]}"#);
        assert_eq!(office.topics().await.last().unwrap(), "urn:deskgate:event:stock:added");
    }
}

on_each_engine! {
    async fn one_number_has_a_place_of_its_own(office: Office) {
        let added = office.post("/numbers", &json!({"numbers": "030 1234500", "usage": "shared_fax"})).await.expect(201);
        let path = format!("/numbers/{}", id(&added.json()["things"][0]));
        assert_eq!(added.header("location"), format!("https://deskgate.example/api/v1{path}"));
        assert_eq!(office.get(&path).await.expect(200).json()["usage"], "shared_fax");
        // What is a number is no extension.
        let other = path.replace("numbers", "extensions");
        office.get(&other).await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn one_number_that_is_taken_refuses_all_of_them(office: Office) {
        office.numbers("+49 30 1234500", "voice").await;
        let refused = office.post("/numbers", &json!({"numbers": "+49 30 1234499, +49 30 1234500"})).await;
        let words = refused.problem(409, "name-taken");
        assert!(words.contains("+49301234500") && !words.contains("+49301234499"), "{words}");
        assert_eq!(refused.pointers(), ["/numbers"]);
        assert_eq!(each(&office.get("/numbers").await.json(), "number"), ["+49301234500"]);
    }
}

on_each_engine! {
    async fn a_number_is_no_beginning_of_another_unless_that_is_meant(office: Office) {
        office.numbers("+49 30 12345", "voice").await;
        for longer in ["+49 30 1234500", "+49 30 12345-10…19"] {
            let refused = office.post("/numbers", &json!({"numbers": longer})).await;
            assert!(refused.problem(422, "invalid-values").contains("could never be reached"), "{refused:?}");
            assert_eq!(refused.pointers(), ["/numbers"]);
        }
        office.post("/numbers", &json!({"numbers": "+49 30 1234"})).await.problem(422, "invalid-values");
        let meant = json!({"numbers": "+49 30 1234500", "allow_overlaps": true});
        office.post("/numbers", &meant).await.expect(201);
    }
}

on_each_engine! {
    async fn what_cannot_be_is_told_by_its_place(office: Office) {
        for (body, pointers) in [
            (json!({"numbers": "110", "label": "a\nb"}), vec!["/numbers", "/label"]),
            (json!({"numbers": "0900 1234567"}), vec!["/numbers"]),
            (json!({"numbers": "+49 30 1234-100…99999"}), vec!["/numbers"]),
            (json!({"numbers": "+49 30 1234-199…100"}), vec!["/numbers"]),
            (json!({"numbers": "+49 30 1234500", "pool": uuid::Uuid::now_v7()}), vec!["/pool"]),
            (json!({"numbers": "+49 30 1234500", "usage": "fax"}), vec!["/usage"]),
            (json!({"number": "+49 30 1234500"}), vec!["/number", "/numbers"]),
        ] {
            let refused = office.post("/numbers", &body).await;
            refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers(), pointers, "{body}");
        }
        assert_eq!(office.house.database.count("things").await, 0);
    }
}

on_each_engine! {
    async fn numbers_are_found_by_usage_state_pool_holder_and_text(office: Office) {
        let pool = office.pool("Berlin").await;
        let voice = office.numbers("+49 30 1234-10…12", "voice").await;
        let fax = office.numbers("+49 40 9876500", "shared_fax").await;
        office.patch(&format!("/numbers/{}", voice[0]), &json!({"pool": pool, "label": "Empfang Süd"})).await.expect(200);
        let ada = office.employee("ada").await;
        office.give(&ada, &json!({"thing": voice[1]})).await.expect(201);
        office.give(&ada, &json!({"thing": fax[0]})).await.expect(201);
        office.post(&format!("/numbers/{}/disable", voice[2]), &json!({})).await.expect(200);
        let found = async |query: &str| {
            let page = office.get(&format!("/numbers?{query}")).await.expect(200).json();
            each(&page, "number").join(" ")
        };
        assert_eq!(found("usage=shared_fax").await, "+49409876500");
        assert_eq!(found("state=free").await, "+4930123410");
        assert_eq!(found("state=assigned").await, "+4930123411 +49409876500");
        assert_eq!(found("state=disabled").await, "+4930123412");
        assert_eq!(found("state=held").await, "");
        assert_eq!(found(&format!("pool={pool}")).await, "+4930123410");
        assert_eq!(found(&format!("holder={}", id(&ada))).await, "+4930123411 +49409876500");
        assert_eq!(found(&format!("holder={}&usage=voice", id(&ada))).await, "+4930123411");
        assert_eq!(found("q=S%C3%9CD").await, "+4930123410");
        assert_eq!(found("q=040%209876").await, "+49409876500");
        assert_eq!(found("q=nobody").await, "");
        office.get("/numbers?state=gone").await.problem(400, "malformed-request");
        office.get("/extensions?usage=voice").await.problem(400, "malformed-request");
    }
}

on_each_engine! {
    /// „Die Zuordnung Ihrer Nummern als persönliche oder gemeinsame Faxnummer können Sie … unter "Rufnummern" vornehmen.“
    async fn the_usage_of_a_number_changes_while_nobody_has_it(office: Office) {
        let number = office.numbers("+49 30 1234500", "voice").await.remove(0);
        let path = format!("/numbers/{number}");
        let fax = office.patch(&path, &json!({"usage": "personal_fax"})).await.expect(200).json();
        assert_eq!(fax["usage"], "personal_fax");
        let ada = office.employee("ada").await;
        let given = office.give(&ada, &json!({"thing": number})).await.expect(201).json();
        office.patch(&path, &json!({"usage": "shared_fax"})).await.problem(409, "in-use");
        office.patch(&path, &json!({"label": "Adas Fax"})).await.expect(200);
        office.delete(&format!("/employees/{}/grants/{}", id(&ada), id(&given))).await.expect(204);
        // It is kept for her, and not for a team.
        office.patch(&path, &json!({"usage": "shared_fax"})).await.problem(409, "in-use");
        office.delete(&format!("{path}/hold")).await.expect(204);
        office.patch(&path, &json!({"usage": "shared_fax"})).await.expect(200);
        office.give(&ada, &json!({"thing": number})).await.expect(201);
        office.patch(&path, &json!({"usage": "voice"})).await.problem(409, "in-use");
    }
}

on_each_engine! {
    async fn who_waits_for_a_number_of_another_usage_has_it_when_it_changes(office: Office) {
        let number = office.numbers("+49 30 1234500", "voice").await.remove(0);
        let ada = office.employee("ada").await;
        let fax = json!({"kind": "personal_fax", "key": "030 1234500", "wait": true});
        office.give(&ada, &fax).await.expect(201);
        assert_eq!(office.has(&ada).await, ["?other_kind"]);
        office.patch(&format!("/numbers/{number}"), &json!({"usage": "personal_fax"})).await.expect(200);
        assert_eq!(office.has(&ada).await, ["+49301234500"]);
    }
}

on_each_engine! {
    async fn a_number_in_use_stays_in_stock_unless_it_is_to_be_revoked(office: Office) {
        let pool = office.pool("Berlin").await;
        let numbers = office.numbers("+49 30 1234-10…11", "voice").await;
        for number in &numbers {
            office.patch(&format!("/numbers/{number}"), &json!({"pool": pool})).await.expect(200);
        }
        let ada = office.employee("ada").await;
        office.give(&ada, &json!({"kind": "voice_number", "pool": pool})).await.expect(201);
        assert_eq!(office.has(&ada).await, ["+4930123410"]);
        let path = format!("/numbers/{}", numbers[0]);
        office.delete(&path).await.problem(409, "in-use");
        office.delete(&format!("{path}?revoke=true")).await.expect(204);
        office.get(&path).await.problem(404, "not-found");
        // What was given by hand goes with the thing; nothing is promised in its place.
        let left = office.has(&ada).await;
        assert!(left.is_empty() || left == ["+4930123411"], "{left:?}");
        let scim = office.scim("GET", &format!("/Users/{}", id(&ada)), &json!(null)).await;
        assert!(!scim.text.contains("+4930123410"), "{scim:?}");
        office.delete(&format!("/numbers/{}?revoke=maybe", numbers[1])).await.problem(400, "malformed-request");
    }
}

on_each_engine! {
    async fn a_number_is_changed_only_as_it_was_seen(office: Office) {
        let number = office.numbers("+49 30 1234500", "voice").await.remove(0);
        let path = format!("/numbers/{number}");
        let tag = office.get(&path).await.header("etag").to_owned();
        let same = office.send("GET", &path, &[("if-none-match", &tag)], "").await;
        assert_eq!(same.status, 304);
        office.send("PATCH", &path, &[("if-match", &tag)], r#"{"label": "a"}"#).await.expect(200);
        office.send("PATCH", &path, &[("if-match", &tag)], r#"{"label": "b"}"#).await.problem(412, "version-mismatch");
        office.send("DELETE", &path, &[("if-match", &tag)], "").await.problem(412, "version-mismatch");
        let cleared = office.patch(&path, &json!({"label": null})).await.expect(200).json();
        assert_eq!(cleared["label"], json!(null));
        office.delete(&path).await.expect(204);
        assert_eq!(office.last_record().await, r#"thing.removed {"kind":["voice_number",null]}"#);
    }
}
