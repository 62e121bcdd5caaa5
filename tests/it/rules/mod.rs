//! Rules: what membership of a group gives, planned, put in force, and explained.

mod apply;
mod bindings;
mod bounds;
mod command;
mod d5;
mod many;
mod what_if;

use deskgate::app::administration::rules::{Applied, Apply, RulesPlan, RulesText};
use deskgate::app::administration::{AdministrationError, Author, Once};
use deskgate::app::limits::ScimLimits;
use deskgate::base::ids::EmployeeId;
use deskgate::domain::grant::diff::Line;
use serde_json::{Value, json};

use crate::groups::group;
use crate::world::database::{Database, Engine};
use crate::world::door::Answer;
use crate::world::idp::{PATCH_OP, id, user};
use crate::world::tenancy::{House, PUBLIC_URL};

const HERE: &str = "192.0.2.1";

/// A tenant with its operator and its identity provider.
pub struct Firm {
    pub house: House,
    pub author: Author,
    provider: String,
}

impl Firm {
    pub async fn open(engine: Engine) -> Self {
        let limits = ScimLimits { rate: 1_000, burst: 1_000_000 };
        let house = House::with(engine, PUBLIC_URL, limits).await;
        house.bare_tenant("acme").await;
        let author = house.app.operator("acme", "ada").await.unwrap();
        let provider = house.token("acme", "provider", None).await.token.reveal().to_owned();
        Self { house, author, provider }
    }

    pub async fn scim(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.house.scim(HERE, &self.provider, method, &format!("/scim/v2{path}"), body).await
    }

    /// Somebody whom the identity provider sends.
    pub async fn person(&self, name: &str) -> String {
        id(&self.scim("POST", "/Users", &user(name)).await.expect(201).json()).to_owned()
    }

    /// A group with members.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        let made = self.scim("POST", "/Groups", &group(name, members)).await.expect(201);
        id(&made.json()).to_owned()
    }

    /// Puts somebody into a group, or takes him out.
    pub async fn member(&self, group: &str, op: &str, member: &str) {
        let operations = json!([{"op": op, "path": "members", "value": [{"value": member}]}]);
        self.patch_group(group, operations).await.expect(204);
    }

    pub async fn patch_group(&self, group: &str, operations: Value) -> Answer {
        self.scim("PATCH", &format!("/Groups/{group}"), &json!({"schemas": [PATCH_OP], "Operations": operations})).await
    }

    pub async fn rename_group(&self, group: &str, name: &str) {
        self.patch_group(group, json!([{"op": "replace", "path": "displayName", "value": name}])).await.expect(204);
    }

    pub async fn pool(&self, name: &str) {
        pool(&self.house.database, name).await;
    }

    /// A thing in stock, past the daemon.
    pub async fn thing(&self, kind: &str, key: &str, pool: Option<&str>) -> String {
        thing(&self.house.database, kind, key, pool).await
    }

    pub async fn plan(&self, toml: &str) -> RulesPlan {
        self.plan_of(RulesText::Toml(toml.to_owned())).await
    }

    pub async fn plan_of(&self, rules: RulesText) -> RulesPlan {
        self.house.app.administration().plan_rules(self.author.scope(), rules).await.unwrap()
    }

    pub async fn apply(&self, toml: &str) -> Applied {
        self.try_apply(RulesText::Toml(toml.to_owned()), None).await.unwrap()
    }

    /// Puts rules in force if their plan is still this one.
    pub async fn try_apply(&self, rules: RulesText, plan: Option<&RulesPlan>) -> Result<Applied, AdministrationError> {
        let apply = Apply {
            rules,
            fingerprint: plan.map(|plan| plan.fingerprint.clone()),
            shown: plan.map(|plan| plan.lines.clone()).unwrap_or_default(),
        };
        Ok(self.house.app.administration().apply_rules(self.author.clone(), apply, Once::unkept()).await?.unkept())
    }

    /// What somebody has or waits for, by slot: `extension 201`, `extension: not yet`.
    pub async fn has(&self, person: &str) -> Vec<String> {
        let id = EmployeeId::parse(person).unwrap();
        let why = self.house.app.administration().why(self.author.scope(), id).await.unwrap();
        let first = why.explanations.iter().map(|one| one.in_words(&why.names).remove(0));
        first.filter(|words| !words.ends_with("no longer")).collect()
    }
}

/// A pool of the only tenant.
pub async fn pool(database: &Database, name: &str) {
    let id = uuid::Uuid::now_v7().to_string();
    let now = if database.file().is_some() { "1" } else { "now()" };
    let sql = format!(
        "INSERT INTO pools (tenant_id, id, name, name_key, version, created_at, updated_at)
         SELECT t.id, {}, '{name}', '{name}', 1, {now}, {now} FROM tenants t",
        database.literal(&id)
    );
    assert_eq!(database.execute(&sql).await, 1);
}

/// A thing in stock of the only tenant, held by nobody.
pub async fn thing(database: &Database, kind: &str, key: &str, pool: Option<&str>) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let class = match kind {
        "voice_number" | "personal_fax" | "shared_fax" | "conference" => "number",
        other => other,
    };
    let now = if database.file().is_some() { "1" } else { "now()" };
    let pool = pool.map_or("NULL".to_owned(), |pool| format!("(SELECT p.id FROM pools p WHERE p.name_key = '{pool}')"));
    let sql = format!(
        "INSERT INTO things (tenant_id, id, kind, class, key, sort_key, pool_id, version, created_at, updated_at)
         SELECT t.id, {}, '{kind}', '{class}', '{key}', '{key:0>20}', {pool}, 1, {now}, {now} FROM tenants t",
        database.literal(&id)
    );
    assert_eq!(database.execute(&sql).await, 1);
    id
}

/// Lines without whom they are about, as they are printed.
pub fn told(lines: &[Line]) -> Vec<String> {
    lines
        .iter()
        .map(|line| format!("{} {}: {} ({})", line.marker.sign(), line.user_name, line.what, line.why))
        .collect()
}

/// A rule that gives one extension from the pool `sales`.
pub fn one_extension(rule: &str, group: &str) -> String {
    format!("[[rule]]\nname = \"{rule}\"\ngroup = \"{group}\"\nextensions = [{{ pool = \"sales\" }}]\n")
}
