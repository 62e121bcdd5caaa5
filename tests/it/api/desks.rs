//! `/desks`: what holds besides the manual.

use serde_json::{Value, json};

use super::{Office, id};
use crate::world::on_each_engine;

impl Office {
    /// A desk of that name for a new employee.
    pub async fn desk(&self, name: &str) -> Value {
        let maxi = self.employee("maxi").await;
        self.post("/desks", &json!({"employee": id(&maxi), "name": name})).await.expect(201).json()
    }
}

on_each_engine! {
    async fn a_desk_goes_when_it_is_deleted_or_its_employee_is(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let path = format!("/desks/{}", id(&desk));
        office.delete(&path).await.expect(204);
        office.get(&path).await.problem(404, "not-found");
        let again = json!({"employee": desk["employee"], "name": "Maxi Desktop"});
        let path = format!("/desks/{}", id(&office.post("/desks", &again).await.expect(201).json()));
        office.delete(&format!("/employees/{}", desk["employee"].as_str().unwrap())).await.expect(204);
        office.get(&path).await.problem(404, "not-found");
    }
}

on_each_engine! {
    async fn a_desk_that_a_rule_gives_is_changed_by_the_rule_only(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let by_rule = if office.house.database.file().is_some() { "1" } else { "true" };
        office.house.database.execute(&format!("UPDATE office_desks SET by_rule = {by_rule}")).await;
        let path = format!("/desks/{}", id(&desk));
        office.patch(&path, &json!({"fax_sending": true})).await.problem(409, "given-by-rule");
        office.delete(&path).await.problem(409, "given-by-rule");
    }
}

on_each_engine! {
    async fn what_the_identity_provider_reads_back_of_an_employee_follows_his_desks(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let maxi = desk["employee"].as_str().unwrap();
        let shown = async |employee: &str| office.telephony(employee).await["desks"].clone();
        let one = |name: &str| json!([{"value": format!("K-acme {name}"), "display": name, "status": "new"}]);
        assert_eq!(shown(maxi).await, one("Maxi Desktop"));
        let path = format!("/desks/{}", id(&desk));
        office.patch(&path, &json!({"name": "Maxi Mobil"})).await.expect(200);
        assert_eq!(shown(maxi).await, one("Maxi Mobil"));
        let paul = office.employee("paul").await;
        office.patch(&path, &json!({"employee": paul["id"]})).await.expect(200);
        assert_eq!((shown(maxi).await, shown(id(&paul)).await), (json!(null), one("Maxi Mobil")));
        office.delete(&path).await.expect(204);
        assert_eq!(shown(id(&paul)).await, json!(null));
    }
}

impl Office {
    /// What the row of an employee has for the identity provider.
    pub async fn telephony(&self, employee: &str) -> Value {
        let database = &self.house.database;
        let sql = format!("SELECT telephony FROM employees WHERE id = {}", database.literal(employee));
        serde_json::from_str(&database.texts(&sql).await.remove(0)).unwrap()
    }
}
