//! The number of an employee that is shown when he calls.

use serde_json::json;

use super::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    async fn an_administrator_chooses_which_of_his_numbers_an_employee_shows(office: Office) {
        let (ada, bob) = (office.employee("ada").await, office.employee("bob").await);
        assert_eq!((&ada["default_number"], &ada["effective_default_number"]), (&json!(null), &json!(null)));
        let first = office.holding_number(id(&ada), "+49301234501").await;
        let second = office.holding_number(id(&ada), "+49301234502").await;
        let bobs = office.holding_number(id(&bob), "+49301234503").await;
        let path = format!("/employees/{}", id(&ada));
        let shown = async || {
            let ada = office.get(&path).await.expect(200).json();
            (ada["default_number"].clone(), ada["effective_default_number"].clone())
        };
        assert_eq!(shown().await, (json!(null), json!(first)), "the one he has longest");
        let chosen = office.patch(&path, &json!({"default_number": second})).await.expect(200).json();
        assert_eq!((&chosen["default_number"], &chosen["effective_default_number"]), (&json!(second), &json!(second)));
        assert_eq!(office.last_record().await, r#"employee.changed {"default_number":"changed"}"#);
        let telephony = office.telephony(id(&ada)).await;
        assert_eq!(telephony["numbers"][1], json!({"value": "+49301234502", "type": "voice", "primary": true}));
        for other in [&bobs, &id(&ada).to_owned()] {
            let refused = office.patch(&path, &json!({"default_number": other})).await;
            refused.problem(422, "invalid-values");
            assert_eq!(refused.pointers(), ["/default_number"]);
        }
        office.patch(&path, &json!({"default_number": null})).await.expect(200);
        assert_eq!(shown().await, (json!(null), json!(first)));
    }
}
