//! `/extensions`.

use serde_json::json;

use super::each;
use crate::api::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    async fn a_range_leaves_out_what_every_phone_must_reach(office: Office) {
        let added = office.post("/extensions", &json!({"extensions": "108-113, 20"})).await.expect(201).json();
        assert_eq!(added["count"], 5);
        let left_out = added["left_out"].as_array().unwrap();
        assert!(left_out.len() == 2 && left_out[0].as_str().unwrap().contains("110"), "{left_out:?}");
        let page = office.get("/extensions").await.expect(200).json();
        assert_eq!(each(&page, "extension"), ["20", "108", "109", "111", "113"]);
    }
}

on_each_engine! {
    async fn an_extension_is_tied_to_a_number_that_is_in_stock(office: Office) {
        let refused = office.post("/extensions", &json!({"extensions": "201", "numbers": "030 1234500"})).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/number"]);
        let numbers = office.numbers("+49 30 1234-10…12", "voice").await;
        let two = json!({"extensions": "201-202", "numbers": "+49 30 1234-10…12"});
        let refused = office.post("/extensions", &two).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/numbers"]);
        let tied = json!({"extensions": "201-203", "numbers": "+49 30 1234-10…12"});
        let added = office.post("/extensions", &tied).await.expect(201).json();
        let path = format!("/extensions/{}", id(&added["things"][1]));
        assert_eq!(office.get(&path).await.json()["number"], "+4930123411");
        office.delete(&format!("/numbers/{}?revoke=true", numbers[1])).await.problem(409, "in-use");
        office.patch(&path, &json!({"number": null})).await.expect(200);
        office.delete(&format!("/numbers/{}", numbers[1])).await.expect(204);
        let refused = office.patch(&path, &json!({"number": "030 123411"})).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/number"]);
    }
}

on_each_engine! {
    async fn ranges_are_bounded_and_said_to_be_wrong_where_they_are(office: Office) {
        for wrong in ["1", "2a", "0123", "112", "300-200", "20-300", "100000-199999", ""] {
            let refused = office.post("/extensions", &json!({"extensions": wrong})).await;
            refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers(), ["/extensions"], "{wrong}");
        }
        office.extensions("201", None).await;
        let twice = office.post("/extensions", &json!({"extensions": "200-299"})).await;
        assert!(twice.problem(409, "name-taken").contains("201"));
        assert_eq!(office.house.database.count("things").await, 1);
    }
}
