//! What groups and attributes that an identity provider sends become: numbers, extensions, rights and desks, in the
//! transaction of the request.

mod attributes;
mod groups;
mod people;
mod races;
mod scale;

use std::time::Duration;

use deskgate::app::App;
use deskgate::app::administration::Once;
use deskgate::app::administration::rules::{Applied, Apply, RulesText};
use serde_json::{Value, json};

use crate::world::database::Engine;
use crate::world::door::Answer;
use crate::world::idp::user;
use crate::world::tenancy::House;

pub const HERE: &str = "192.0.2.1";
const TELEPHONY: &str = "urn:deskgate:params:scim:schemas:extension:telephony:2.0:User";

/// A tenant with rules and stock, and its identity provider.
pub struct Firm {
    pub house: House,
    /// The token of the identity provider.
    pub provider: String,
}

impl Firm {
    pub async fn open(engine: Engine) -> Self {
        let house = House::open(engine).await;
        house.bare_tenant("acme").await;
        let provider = house.token("acme", "provider", None).await.token.reveal().to_owned();
        Self { house, provider }
    }

    /// Puts things into stock, past the daemon: so many extensions of a pool, from a first one on.
    pub async fn extensions(&self, pool: &str, first: u32, count: u32) {
        let database = &self.house.database;
        let sqlite = database.file().is_some();
        let now = if sqlite { "1" } else { "now()" };
        let pool_id = uuid::Uuid::now_v7().to_string();
        let made = format!(
            "INSERT INTO pools (tenant_id, id, name, name_key, version, created_at, updated_at)
             SELECT t.id, {}, '{pool}', '{pool}', 1, {now}, {now} FROM tenants t WHERE t.name = 'acme'
             ON CONFLICT DO NOTHING",
            database.literal(&pool_id)
        );
        // SQLite would take ON for that of a join.
        database.execute(&made.replace("'acme'\n", "'acme' AND true\n")).await;
        let rows: Vec<String> = (first..first + count)
            .map(|key| {
                let id = database.literal(&uuid::Uuid::now_v7().to_string());
                let id = if sqlite { id } else { format!("CAST({id} AS uuid)") };
                format!("({id}, '{key}', '{key:0>20}')")
            })
            .collect();
        for rows in rows.chunks(500) {
            let sql = format!(
                "WITH n(id, key, sort_key) AS (VALUES {})
                 INSERT INTO things (tenant_id, id, kind, class, key, sort_key, pool_id, version, created_at, updated_at)
                 SELECT t.id, n.id, 'extension', 'extension', n.key, n.sort_key,
                     (SELECT p.id FROM pools p WHERE p.tenant_id = t.id AND p.name_key = '{pool}'), 1, {now}, {now}
                 FROM tenants t CROSS JOIN n WHERE t.name = 'acme'",
                rows.join(", ")
            );
            database.execute(&sql).await;
        }
    }

    /// Puts rules in force.
    pub async fn rules(&self, toml: &str) {
        rules(&self.house.app, toml).await;
    }

    /// Sends a request of the identity provider; `path` comes after its base.
    pub async fn scim(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.house.clock.turn(Duration::from_millis(100));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.house.scim(HERE, &self.provider, method, &format!("/scim/v2{path}"), body).await
    }

    /// The identifier of a new user.
    pub async fn user(&self, name: &str) -> String {
        self.made("/Users", &user(name)).await
    }

    /// The identifier of a new group.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
        });
        self.made("/Groups", &group).await
    }

    async fn made(&self, path: &str, body: &Value) -> String {
        self.scim("POST", path, body).await.expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// Changes a user or group.
    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
        });
        self.scim("PATCH", path, &body).await
    }

    pub async fn join(&self, group: &str, member: &str) {
        let add = json!([{"op": "add", "path": "members", "value": [{"value": member}]}]);
        self.patch(&format!("/Groups/{group}"), add).await.expect(204);
    }

    pub async fn leave(&self, group: &str, member: &str) {
        let remove = json!([{"op": "remove", "path": format!("members[value eq \"{member}\"]")}]);
        self.patch(&format!("/Groups/{group}"), remove).await.expect(204);
    }

    pub async fn delete(&self, path: &str) {
        self.scim("DELETE", path, &Value::Null).await.expect(204);
    }

    /// What the identity provider is shown of what somebody has.
    pub async fn telephony(&self, user: &str) -> Value {
        self.scim("GET", &format!("/Users/{user}"), &Value::Null).await.expect(200).json()[TELEPHONY].clone()
    }

    /// The extensions that somebody is shown with.
    pub async fn extensions_of(&self, user: &str) -> Vec<String> {
        let shown = self.telephony(user).await;
        let extensions = shown["extensions"].as_array().cloned().unwrap_or_default();
        extensions.iter().map(|extension| extension["value"].as_str().unwrap().to_owned()).collect()
    }

    /// What waits, as `slot`, the oldest first.
    pub async fn waiting(&self) -> Vec<String> {
        self.house.database.texts("SELECT slot FROM grants WHERE waits_for IS NOT NULL ORDER BY place").await
    }

    pub async fn hold_days(&self, days: u32) {
        self.house.database.execute(&format!("UPDATE tenants SET hold_days = {days}")).await;
    }
}

/// Puts rules in force from the shell.
pub async fn rules(app: &App, toml: &str) -> Applied {
    let author = app.operator("acme", "test").await.unwrap();
    let apply = Apply { rules: RulesText::Toml(toml.to_owned()), fingerprint: None, shown: Vec::new() };
    app.administration().apply_rules(author, apply, Once::unkept()).await.unwrap().unkept()
}

/// A rule that gives an extension of the pool of the group's name.
pub fn one_extension(group: &str, pool: &str) -> String {
    format!("[[rule]]\nname = \"{group}\"\ngroup = \"{group}\"\nextensions = [{{ pool = \"{pool}\" }}]\n")
}
