//! Groups that come, change and go.

use serde_json::json;

use super::{Firm, TELEPHONY, one_extension, rules};
use crate::world::on_each_engine;

on_each_engine! {
    async fn who_joins_has_an_extension_at_once_and_who_leaves_has_none(firm: Firm) {
        firm.extensions("sales", 201, 3).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let (ada, max) = (firm.user("ada").await, firm.user("max").await);
        let sales = firm.group("Sales", &[&ada]).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        firm.join(&sales, &max).await;
        assert_eq!(firm.extensions_of(&max).await, ["202"]);
        let by_extension = format!("/Users?filter={TELEPHONY}:extensions.value%20eq%20%22202%22");
        let found = firm.scim("GET", &by_extension, &json!(null)).await.expect(200);
        assert_eq!(found.json()["Resources"][0]["id"], max);
        firm.leave(&sales, &ada).await;
        assert!(firm.extensions_of(&ada).await.is_empty());
        // What he left is on hold for him, and for nobody else.
        let eva = firm.user("eva").await;
        firm.join(&sales, &eva).await;
        assert_eq!(firm.extensions_of(&eva).await, ["203"]);
        firm.join(&sales, &ada).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
    }
}

on_each_engine! {
    async fn rules_given_in_another_process_are_heard_of_by_the_next_write(firm: Firm) {
        firm.extensions("sales", 201, 2).await;
        let ada = firm.user("ada").await;
        let sales = firm.group("Sales", &[]).await;
        let elsewhere = firm.house.replica().await;
        rules(&elsewhere, &one_extension("Sales", "sales")).await;
        firm.join(&sales, &ada).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
    }
}

on_each_engine! {
    async fn a_rule_means_a_group_from_when_there_is_one_of_its_name_whatever_it_is_called_later(firm: Firm) {
        firm.extensions("sales", 201, 3).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let (ada, max) = (firm.user("ada").await, firm.user("max").await);
        let group = firm.group("Vertrieb", &[&ada]).await;
        assert!(firm.extensions_of(&ada).await.is_empty());
        let rename = |name: &str| json!([{"op": "replace", "path": "displayName", "value": name}]);
        firm.patch(&format!("/Groups/{group}"), rename("sales")).await.expect(204);
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        firm.patch(&format!("/Groups/{group}"), rename("Vertrieb")).await.expect(204);
        firm.join(&group, &max).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        assert_eq!(firm.extensions_of(&max).await, ["202"]);
        firm.delete(&format!("/Groups/{group}")).await;
        assert!(firm.extensions_of(&ada).await.is_empty() && firm.extensions_of(&max).await.is_empty());
        firm.group("SALES", &[&max]).await;
        assert_eq!(firm.extensions_of(&max).await, ["202"]);
    }
}

on_each_engine! {
    async fn members_of_groups_in_a_group_have_what_it_gives(firm: Firm) {
        firm.extensions("sales", 201, 5).await;
        firm.rules(&one_extension("Company", "sales")).await;
        let (ada, max, eva) = (firm.user("ada").await, firm.user("max").await, firm.user("eva").await);
        let team = firm.group("Team", &[&ada]).await;
        let department = firm.group("Department", &[&team, &max]).await;
        let company = firm.group("Company", &[]).await;
        firm.join(&company, &department).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        assert_eq!(firm.extensions_of(&max).await, ["202"]);
        firm.join(&team, &eva).await;
        assert_eq!(firm.extensions_of(&eva).await, ["203"]);
        firm.leave(&department, &team).await;
        assert!(firm.extensions_of(&ada).await.is_empty() && firm.extensions_of(&eva).await.is_empty());
        assert_eq!(firm.extensions_of(&max).await, ["202"]);
        let replace = json!([{"op": "replace", "path": "members", "value": [{"value": team}]}]);
        firm.patch(&format!("/Groups/{department}"), replace).await.expect(204);
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        assert!(firm.extensions_of(&max).await.is_empty());
        firm.delete(&format!("/Groups/{department}")).await;
        assert!(firm.extensions_of(&ada).await.is_empty());
    }
}

on_each_engine! {
    async fn what_two_groups_give_is_kept_while_he_is_in_one_of_them(firm: Firm) {
        firm.extensions("sales", 201, 5).await;
        firm.rules(&(one_extension("Sales", "sales") + &one_extension("Berlin", "sales"))).await;
        let ada = firm.user("ada").await;
        let (sales, berlin) = (firm.group("Sales", &[&ada]).await, firm.group("Berlin", &[&ada]).await);
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        firm.leave(&sales, &ada).await;
        assert_eq!(firm.extensions_of(&ada).await, ["201"]);
        firm.leave(&berlin, &ada).await;
        assert!(firm.extensions_of(&ada).await.is_empty());
    }
}

on_each_engine! {
    async fn who_finds_nothing_left_waits_and_the_oldest_gets_what_comes_free(firm: Firm) {
        firm.hold_days(0).await;
        firm.extensions("sales", 201, 1).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let (ada, max, eva) = (firm.user("ada").await, firm.user("max").await, firm.user("eva").await);
        let sales = firm.group("Sales", &[&ada]).await;
        firm.join(&sales, &max).await;
        firm.join(&sales, &eva).await;
        assert_eq!(firm.waiting().await.len(), 2);
        firm.leave(&sales, &ada).await;
        assert_eq!(firm.extensions_of(&max).await, ["201"]);
        assert!(firm.extensions_of(&eva).await.is_empty());
        firm.delete(&format!("/Users/{max}")).await;
        assert_eq!(firm.extensions_of(&eva).await, ["201"]);
        assert!(firm.waiting().await.is_empty());
    }
}

on_each_engine! {
    async fn t2_the_groups_of_another_tenant_give_nothing(firm: Firm) {
        firm.extensions("sales", 201, 2).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        firm.house.bare_tenant("other").await;
        let stranger = firm.house.token("other", "provider", None).await.token.reveal().to_owned();
        let elsewhere = Firm { provider: stranger, house: firm.house };
        let ada = elsewhere.user("ada").await;
        elsewhere.group("Sales", &[&ada]).await;
        assert!(elsewhere.extensions_of(&ada).await.is_empty());
        assert_eq!(elsewhere.house.database.count("grants").await, 0);
    }
}
