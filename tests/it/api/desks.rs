//! `/desks`: what holds besides the manual.

use serde_json::{Value, json};

use super::stock::each;
use super::{Office, id};
use crate::groups::group;
use crate::world::idp::{PATCH_OP, user, with};
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
        let both = json!({"fax_sending": true, "email": "maxi@x.example"});
        office.patch(&path, &both).await.problem(409, "given-by-rule");
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

on_each_engine! {
    /// „Die Angaben können Sie bei Bedarf später ändern.“
    async fn the_address_that_an_administrator_gives_a_rules_desk_stays(office: Office) {
        let sent = json!({"name": {"familyName": "Muster"}, "emails": [{"value": "maxi@x.example"}]});
        let maxi = office.scim("POST", "/Users", &with(user("maxi"), sent)).await.expect(201).json();
        let path = format!("/Users/{}", id(&maxi));
        office.scim("POST", "/Groups", &group("Sales", &[id(&maxi)])).await.expect(201);
        let rules = |switches: &str| {
            format!("[[rule]]\nname = \"Sales\"\ngroup = \"Sales\"\ndesks = [{{ name = \"{{family_name}}\"{switches} }}]\n")
        };
        let toml = [("content-type", "application/toml")];
        office.send("PUT", "/rules", &toml, rules("")).await.expect(200);
        let emails = async || each(&office.get("/desks").await.json(), "email").join(" ");
        assert_eq!(emails().await, "maxi@x.example");
        let moves = |to: &str| {
            let replace = json!([{"op": "replace", "path": "emails", "value": [{"value": to}]}]);
            json!({"schemas": [PATCH_OP], "Operations": replace})
        };
        office.scim("PATCH", &path, &moves("new@x.example")).await.expect(200);
        assert_eq!(emails().await, "new@x.example", "it follows her");
        let desk = office.get("/desks").await.json()["items"][0].clone();
        let desk_path = format!("/desks/{}", id(&desk));
        let changed = office.patch(&desk_path, &json!({"email": "desk@x.example"})).await.expect(200).json();
        assert_eq!((&changed["email"], &changed["by_rule"]), (&json!("desk@x.example"), &json!(true)));
        office.scim("PATCH", &path, &moves("newer@x.example")).await.expect(200);
        office.send("PUT", "/rules", &toml, rules(", fax = true")).await.expect(200);
        let shown = office.get(&desk_path).await.json();
        assert_eq!((&shown["email"], &shown["fax_sending"]), (&json!("desk@x.example"), &json!(true)));
    }
}

on_each_engine! {
    async fn a_desk_made_by_hand_is_told_of_like_all_that_somebody_has(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let path = format!("/employees/{}", desk["employee"].as_str().unwrap());
        let page = office.get(&format!("{path}/grants")).await.expect(200).json();
        let grant = &page["items"][0];
        assert_eq!((&grant["id"], &grant["desk"], &grant["subject"]), (&desk["id"], &json!("Maxi Desktop"), &json!("desk")));
        let source = &grant["sources"][0];
        assert_eq!((&source["by"], &source["administrator"]), (&json!("manual"), &json!("program")));
        assert_eq!((&source["at"], &grant["since"]), (&desk["created_at"], &desk["created_at"]));
        let why = office.get(&format!("{path}/why")).await.expect(200).json();
        let one = &why["things"][0];
        assert_eq!((&one["what"], &one["standing"]), (&json!("desk \"Maxi Desktop\""), &json!("has")));
        assert_eq!(one["ends_when"][0]["when"], "taken_by_hand");
        assert!(one["words"].to_string().contains("by hand (program) (since"), "{one}");
        // It is taken back like them, too.
        office.delete(&format!("{path}/grants/{}", id(&desk))).await.expect(204);
        office.get(&format!("/desks/{}", id(&desk))).await.problem(404, "not-found");
        office.delete(&format!("{path}/grants/{}", id(&desk))).await.problem(404, "not-found");
        let why = office.get(&format!("{path}/why")).await.expect(200).json();
        let one = &why["things"][0];
        assert_eq!((&one["standing"], &one["lost"][0]["cause"]), (&json!("had"), &json!("taken_by_hand")));
    }
}
