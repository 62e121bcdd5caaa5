//! The stock, and what is given of it by hand.

mod announcements;
mod default_number;
mod destinations;
mod devices;
mod extensions;
mod files;
mod grants;
mod holds;
mod numbers;
mod turns;

use serde_json::{Value, json};

use super::{Office, id};
use crate::world::door::Answer;

impl Office {
    /// A pool of that name.
    pub async fn pool(&self, name: &str) -> String {
        id(&self.post("/pools", &json!({"name": name})).await.expect(201).json()).to_owned()
    }

    /// Extensions in a pool, in one go; their identifiers in order.
    pub async fn extensions(&self, range: &str, pool: Option<&str>) -> Vec<String> {
        self.added("/extensions", &json!({"extensions": range, "pool": pool})).await
    }

    /// Numbers of a usage; their identifiers in order.
    pub async fn numbers(&self, numbers: &str, usage: &str) -> Vec<String> {
        self.added("/numbers", &json!({"numbers": numbers, "usage": usage})).await
    }

    async fn added(&self, path: &str, body: &Value) -> Vec<String> {
        let mut body = body.clone();
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let added = self.post(path, &body).await.expect(201).json();
        added["things"].as_array().unwrap().iter().map(|thing| id(thing).to_owned()).collect()
    }

    /// Gives an employee something by hand.
    pub async fn give(&self, employee: &Value, gift: &Value) -> Answer {
        self.post(&format!("/employees/{}/grants", id(employee)), gift).await
    }

    /// What an employee has, by name, and `?` before what he waits for with the reason.
    pub async fn has(&self, employee: &Value) -> Vec<String> {
        let page = self.get(&format!("/employees/{}/grants", id(employee))).await.expect(200).json();
        let name = |grant: &Value| match (&grant["thing"], &grant["permission"]) {
            (Value::Object(thing), _) => thing["name"].as_str().unwrap().to_owned(),
            (_, Value::Object(permission)) => {
                format!("{} {}", permission["permission"].as_str().unwrap(), permission["level"].as_str().unwrap())
            }
            _ => format!("?{}", grant["waits"]["reason"].as_str().unwrap()),
        };
        page["items"].as_array().unwrap().iter().map(name).collect()
    }

    /// Rules put into force past the daemon, their one group bound by its name.
    pub async fn rules(&self, document: &str, group: &Value) {
        let database = &self.house.database;
        let now = if database.file().is_some() { "1" } else { "now()" };
        let document = document.replace('\'', "''");
        for sql in [
            format!(
                "INSERT INTO rule_books (tenant_id, version, document, author, created_at)
                 SELECT t.id, 1, '{document}', 'test', {now} FROM tenants t WHERE t.name = 'acme'"
            ),
            "UPDATE tenants SET rules_version = 1 WHERE name = 'acme'".to_owned(),
            format!(
                "INSERT INTO rule_bindings (tenant_id, rule_key, group_id)
                 SELECT t.id, 'sales', {} FROM tenants t WHERE t.name = 'acme'",
                database.literal(id(group))
            ),
        ] {
            assert_eq!(database.execute(&sql).await, 1, "{sql}");
        }
    }
}

/// One member of every item of a page.
pub fn each<'p>(page: &'p Value, member: &str) -> Vec<&'p str> {
    page["items"].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap_or("-")).collect()
}
