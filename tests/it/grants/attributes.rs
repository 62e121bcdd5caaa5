//! What depends on what the identity provider says of a person.

use serde_json::json;

use super::{Firm, TELEPHONY};
use crate::world::idp::user;
use crate::world::on_each_engine;

const WISHES: &str = "
[[rule]]
name = \"Sales\"
group = \"Sales\"
extensions = [{ pool = \"sales\", wish = true }]
";

const DESKS: &str = "
[[rule]]
name = \"Sales\"
group = \"Sales\"
desks = [{ name = \"{given_name} Desktop\", fax = true }]
";

on_each_engine! {
    async fn the_extension_that_is_requested_is_given_and_a_later_wish_is_followed(firm: Firm) {
        firm.extensions("sales", 201, 9).await;
        firm.rules(WISHES).await;
        let mut body = user("ada");
        body["schemas"].as_array_mut().unwrap().push(json!(TELEPHONY));
        body[TELEPHONY] = json!({"requestedExtension": "205"});
        let ada = firm.made("/Users", &body).await;
        firm.group("Sales", &[&ada]).await;
        assert_eq!(firm.extensions_of(&ada).await, ["205"]);
        let wish = json!([{"op": "replace", "path": format!("{TELEPHONY}:requestedExtension"), "value": "207"}]);
        let answer = firm.patch(&format!("/Users/{ada}"), wish).await.expect(200);
        assert_eq!(answer.json()[TELEPHONY]["extensions"][0]["value"], "207");
        assert_eq!(answer.header("etag"), answer.json()["meta"]["version"].as_str().unwrap());
        assert_eq!(firm.extensions_of(&ada).await, ["207"]);
        // What is taken he cannot have; he has another meanwhile and waits.
        let max = firm.user("max").await;
        let wish = json!([{"op": "add", "path": format!("{TELEPHONY}:requestedExtension"), "value": "207"}]);
        firm.patch(&format!("/Users/{max}"), wish).await.expect(200);
        let sales = firm.scim("GET", "/Groups?attributes=id", &json!(null)).await.expect(200).json();
        firm.join(sales["Resources"][0]["id"].as_str().unwrap(), &max).await;
        assert_eq!(firm.extensions_of(&max).await, ["201"]);
        assert_eq!(firm.waiting().await.len(), 1);
    }
}

on_each_engine! {
    async fn a_desk_is_called_after_its_employee_also_when_he_gets_another_name(firm: Firm) {
        firm.rules(DESKS).await;
        let ada = firm.user("ada").await;
        let name = |name: &str| json!([{"op": "add", "path": "name.givenName", "value": name}]);
        firm.patch(&format!("/Users/{ada}"), name("Ada")).await.expect(200);
        firm.group("Sales", &[&ada]).await;
        let display = |shown: serde_json::Value| shown["desks"][0]["display"].as_str().unwrap().to_owned();
        assert_eq!(display(firm.telephony(&ada).await), "Ada Desktop");
        let shown = firm.patch(&format!("/Users/{ada}"), name("Augusta")).await.expect(200).json()[TELEPHONY].clone();
        assert_eq!(display(shown.clone()), "Augusta Desktop");
        assert_eq!(display(firm.telephony(&ada).await), "Augusta Desktop");
        let user_name = shown["desks"][0]["value"].as_str().unwrap();
        assert!(user_name.ends_with("Augusta Desktop") && user_name != "Augusta Desktop", "{user_name}");
    }
}
