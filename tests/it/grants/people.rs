//! People who leave, come back, and are locked.

use std::time::Duration;

use serde_json::json;

use super::{Firm, TELEPHONY, one_extension};
use crate::world::idp::user;
use crate::world::on_each_engine;

on_each_engine! {
    async fn who_is_locked_keeps_what_he_has(firm: Firm) {
        firm.extensions("sales", 201, 2).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let ada = firm.user("ada").await;
        firm.group("Sales", &[&ada]).await;
        let lock = json!([{"op": "replace", "path": "active", "value": false}]);
        let shown = firm.patch(&format!("/Users/{ada}"), lock).await.expect(200).json();
        assert_eq!(shown[TELEPHONY]["extensions"][0]["value"], "201");
        assert_eq!(shown[TELEPHONY]["locked"], true);
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
    }
}

on_each_engine! {
    async fn what_a_leaver_held_is_nobody_elses_in_the_hold_and_his_again_when_he_comes_back(firm: Firm) {
        firm.extensions("sales", 201, 1).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let mut body = user("ada");
        body["externalId"] = json!("a-1");
        let ada = firm.made("/Users", &body).await;
        let max = firm.user("max").await;
        let sales = firm.group("Sales", &[&ada]).await;
        firm.delete(&format!("/Users/{ada}")).await;
        firm.join(&sales, &max).await;
        assert!(firm.extensions_of(&max).await.is_empty());
        assert_eq!(firm.made("/Users", &body).await, ada);
        firm.join(&sales, &ada).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        assert_eq!(firm.waiting().await.len(), 1);
    }
}

on_each_engine! {
    async fn a_hold_that_is_over_frees_what_somebody_waits_for(firm: Firm) {
        firm.hold_days(2).await;
        firm.extensions("sales", 201, 1).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let (ada, max) = (firm.user("ada").await, firm.user("max").await);
        let sales = firm.group("Sales", &[&ada]).await;
        firm.delete(&format!("/Users/{ada}")).await;
        firm.join(&sales, &max).await;
        firm.house.clock.turn(Duration::from_hours(47));
        assert_eq!(firm.house.app.end_holds().await.unwrap(), 0);
        assert!(firm.extensions_of(&max).await.is_empty());
        firm.house.clock.turn(Duration::from_hours(1));
        assert_eq!(firm.house.app.end_holds().await.unwrap(), 1);
        assert_eq!(firm.extensions_of(&max).await, ["201"]);
        assert!(firm.waiting().await.is_empty());
    }
}

on_each_engine! {
    async fn who_has_nothing_is_deleted_and_his_identifier_ends(firm: Firm) {
        let ada = firm.user("ada").await;
        firm.delete(&format!("/Users/{ada}")).await;
        firm.scim("GET", &format!("/Users/{ada}"), &json!(null)).await.expect(404);
    }
}
