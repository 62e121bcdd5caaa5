//! Which of his numbers is shown when an employee calls.

use serde_json::{Value, json};

use crate::api::{Office, id};
use crate::world::idp::user;
use crate::world::on_each_engine;

/// The default number among grants, and the primary one that the identity provider is shown.
async fn shown(office: &Office, employee: &Value) -> (String, String) {
    let grants = office.get(&format!("/employees/{}/grants", id(employee))).await.expect(200).json();
    let default = grants["items"].as_array().unwrap().iter().find(|grant| grant["default_number"] == true);
    let default = default.map_or("", |grant| grant["thing"]["key"].as_str().unwrap()).to_owned();
    let scim = office.scim("GET", &format!("/Users/{}", id(employee)), &Value::Null).await.expect(200).json();
    let telephony = scim.as_object().unwrap().iter().find(|(name, _)| name.contains("deskgate")).unwrap().1;
    let numbers = telephony["numbers"].as_array().unwrap();
    let primary = numbers.iter().find(|number| number["primary"] == true).unwrap();
    (default, primary["value"].as_str().unwrap().to_owned())
}

on_each_engine! {
    async fn the_oldest_number_is_shown_until_another_of_his_own_is_chosen(office: Office) {
        let numbers = office.numbers("+49 30 1234-10…12", "voice").await;
        let ada = office.scim("POST", "/Users", &user("ada")).await.expect(201).json();
        for number in [&numbers[1], &numbers[0]] {
            office.give(&ada, &json!({"thing": number})).await.expect(201);
        }
        let both = |number: &str| (number.to_owned(), number.to_owned());
        assert_eq!(shown(&office, &ada).await, both("+4930123411"));
        let path = format!("/employees/{}", id(&ada));
        let told = |of: &Value| (of["default_number"].clone(), of["effective_default_number"].clone());
        assert_eq!(told(&office.get(&path).await.expect(200).json()), (json!(null), json!(numbers[1])));
        let chosen = office.patch(&path, &json!({"default_number": numbers[0]})).await.expect(200).json();
        assert_eq!(told(&chosen), (json!(numbers[0]), json!(numbers[0])));
        assert_eq!(shown(&office, &ada).await, both("+4930123410"));
        assert_eq!(office.last_record().await, r#"employee.changed {"default_number":"changed"}"#);
        let refused = office.patch(&path, &json!({"default_number": numbers[2]})).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/default_number"]);
        office.patch(&path, &json!({"default_number": null})).await.expect(200);
        assert_eq!(shown(&office, &ada).await, both("+4930123411"));
        // What is chosen counts as long as it is his.
        office.patch(&path, &json!({"default_number": numbers[0]})).await.expect(200);
        let grants = office.get(&format!("{path}/grants")).await.json()["items"].clone();
        let grant = grants.as_array().unwrap().iter().find(|grant| grant["thing"]["id"] == json!(numbers[0])).unwrap();
        office.delete(&format!("{path}/grants/{}", id(grant))).await.expect(204);
        assert_eq!(told(&office.get(&path).await.expect(200).json()), (json!(null), json!(numbers[1])));
    }
}
