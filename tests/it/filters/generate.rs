//! Random users and groups, and random filters that have a chance to select some of them.

use std::time::Duration;

use deskgate::scim::schema::{Attribute, Kind, ResourceType};
use fastrand::Rng;
use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const TELEPHONY: &str = "urn:deskgate:params:scim:schemas:extension:telephony:2.0:User";
const WORDS: [&str; 16] = [
    "ada", "Ada", "ADA", "bo", "É", "e\u{301}", "straße", "STRASSE", "ΌΣΟΣ", "%", "_", "\\", "\"", "a b", "😀",
    "ada bo",
];
const KINDS: [&str; 4] = ["work", "Work", "home", "other"];

pub struct Generator {
    rng: Rng,
    /// What the filters ask for.
    resource: &'static ResourceType,
    /// Values that occur in the users or groups, by attribute path.
    known: Vec<(String, Value)>,
}

impl Generator {
    pub fn new(seed: u64, resource: &'static ResourceType) -> Self {
        Self { rng: Rng::with_seed(seed), resource, known: Vec::new() }
    }

    fn asks_for_groups(&self) -> bool {
        self.resource.name == ResourceType::group().name
    }

    pub fn pause(&mut self) -> Duration {
        Duration::from_micros(self.rng.u64(0..2_000_000))
    }

    fn word(&mut self) -> String {
        let count = self.rng.usize(1..3);
        (0..count).map(|_| WORDS[self.rng.usize(..WORDS.len())]).collect::<Vec<_>>().concat()
    }

    fn kind(&mut self) -> &'static str {
        KINDS[self.rng.usize(..KINDS.len())]
    }

    fn sometimes(&mut self, value: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.rng.bool() { value(self) } else { Value::Null }
    }

    /// A body for `POST /Users`.
    pub fn user(&mut self) -> Value {
        let number = self.rng.u32(0..1000);
        let emails: Vec<Value> = (0..self.rng.usize(0..3))
            .map(|_| json!({"value": format!("{}@x", self.word()), "type": self.kind(), "primary": false}))
            .collect();
        let phones: Vec<Value> = (0..self.rng.usize(0..3))
            .map(|_| json!({"value": self.rng.u32(0..99).to_string(), "type": self.kind()}))
            .collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, TELEPHONY],
            "userName": format!("{}{number}", self.word()),
            "externalId": self.sometimes(|g| json!(g.word())),
            "displayName": self.sometimes(|g| json!(g.word())),
            "title": self.sometimes(|g| json!(g.word())),
            "active": self.sometimes(|g| json!(g.rng.bool())),
            "name": self.sometimes(|g| json!({"familyName": g.word(), "givenName": g.sometimes(|g| json!(g.word()))})),
            "emails": emails,
            "phoneNumbers": phones,
            "profileUrl": self.sometimes(|g| json!(format!("https://x/{}", g.rng.u8(..)))),
            ENTERPRISE: self.sometimes(|g| json!({
                "department": g.word(),
                "manager": g.sometimes(|g| json!({"value": g.word()})),
            })),
            TELEPHONY: self.sometimes(|g| json!({"requestedExtension": g.rng.u16(10..99).to_string()})),
        })
    }

    /// A body for `POST /Groups`, with some of these as members.
    pub fn group(&mut self, those: &[String]) -> Value {
        let members: Vec<Value> = (0..self.rng.usize(0..4).min(those.len()))
            .map(|_| json!({"value": those[self.rng.usize(..those.len())]}))
            .collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("{}{}", self.word(), self.sometimes(|g| json!(g.rng.u8(0..9)))),
            "externalId": self.sometimes(|g| json!(g.word())),
            "members": members,
        })
    }

    /// A body for `PATCH` of a group, about its members or its name.
    pub fn group_patch(&mut self, those: &[String]) -> Value {
        let member = &those[self.rng.usize(..those.len())];
        let operation = match self.rng.u8(0..3) {
            0 => json!({"op": "remove", "path": "members"}),
            1 => json!({"op": "replace", "path": "externalId", "value": self.word()}),
            _ => json!({"op": "add", "path": "members", "value": [{"value": member}]}),
        };
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
    }

    /// A body for `PATCH`.
    pub fn patch(&mut self) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                {"op": "replace", "path": "displayName", "value": self.word()},
                {"op": "remove", "path": "active"},
            ],
        })
    }

    /// Takes in what values there are, so that filters can ask for them.
    pub fn learn(&mut self, resources: &[Map<String, Value>]) {
        for resource in resources {
            for (key, value) in resource {
                self.learn_value(key, value);
            }
        }
    }

    fn learn_value(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(inner) => {
                let separator = if path.starts_with("urn:") && !path.contains("User:") { ":" } else { "." };
                for (key, value) in inner {
                    self.learn_value(&format!("{path}{separator}{key}"), value);
                }
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.learn_value(path, element)),
            value => self.known.push((path.to_owned(), value.clone())),
        }
    }

    /// The text of a filter.
    pub fn filter(&mut self) -> String {
        self.expression(3)
    }

    fn expression(&mut self, depth: u32) -> String {
        let choice = if depth == 0 { 0 } else { self.rng.u8(0..10) };
        match choice {
            0..=4 => self.leaf(),
            5 => format!("{} and {}", self.expression(depth - 1), self.expression(depth - 1)),
            6 => format!("{} or {}", self.expression(depth - 1), self.expression(depth - 1)),
            7 => format!("not ({})", self.expression(depth - 1)),
            8 => format!("({})", self.expression(depth - 1)),
            _ => self.brackets(),
        }
    }

    fn leaf(&mut self) -> String {
        if self.rng.u8(0..4) > 0 && !self.known.is_empty() {
            let (path, value) = self.known[self.rng.usize(..self.known.len())].clone();
            return self.comparison(&path, &value);
        }
        let path = self.any_path();
        if self.rng.u8(0..3) == 0 {
            return format!("{path} pr");
        }
        let value = match self.rng.u8(0..4) {
            0 => json!(self.rng.bool()),
            1 => json!("2026-11-21T08:00:01Z"),
            _ => json!(self.word()),
        };
        self.comparison(&path, &value)
    }

    fn comparison(&mut self, path: &str, value: &Value) -> String {
        // Members are asked for by identifier; everything else is refused.
        if path.starts_with("members") && self.rng.u8(0..20) > 0 {
            let value = value.as_str().filter(|_| path == "members.value").map(|id| self.part(id));
            let path = if self.rng.bool() { "members" } else { "members.value" };
            return format!("{path} eq {}", json!(value.unwrap_or_default()));
        }
        let (operators, value): (&[&str], Value) = match value {
            Value::Bool(_) => (&["eq", "ne"], value.clone()),
            Value::String(text) if path.ends_with("created") || path.ends_with("lastModified") => {
                (&["eq", "ne", "gt", "ge", "lt", "le"], json!(text))
            }
            Value::String(text) => {
                (&["eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"], json!(self.part(text)))
            }
            value => (&["eq"], value.clone()),
        };
        let operator = operators[self.rng.usize(..operators.len())];
        format!("{path} {operator} {value}")
    }

    /// A text as it is, in another letter case, or a part of it.
    fn part(&mut self, text: &str) -> String {
        let characters: Vec<char> = text.chars().collect();
        match self.rng.u8(0..6) {
            0 => text.to_uppercase(),
            1 => text.to_lowercase(),
            2 if !characters.is_empty() => {
                let from = self.rng.usize(..characters.len());
                let to = self.rng.usize(from..=characters.len());
                characters[from..to].iter().collect()
            }
            3 => String::new(),
            _ => text.to_owned(),
        }
    }

    fn brackets(&mut self) -> String {
        if self.asks_for_groups() {
            return self.members_in_brackets();
        }
        let user = self.resource;
        let lists: Vec<&Attribute> =
            user.core.attributes.iter().filter(|a| a.kind == Kind::Complex && a.name != "groups").collect();
        let list = lists[self.rng.usize(..lists.len())];
        let list = if self.rng.bool() { user.core.attribute("emails").unwrap_or(list) } else { list };
        let inside = self.inside(list, 2);
        match self.rng.u8(0..4) {
            0 if list.multi_valued => format!("{}[{inside}].value pr", list.name),
            1 if list.name == "emails" => format!("emails[{inside}].value co \"a\""),
            _ => format!("{}[{inside}]", list.name),
        }
    }

    fn members_in_brackets(&mut self) -> String {
        let known: Vec<Value> =
            self.known.iter().filter(|(path, _)| path == "members.value").map(|(_, value)| value.clone()).collect();
        match self.rng.u8(0..12) {
            0 => "members[type eq \"User\"]".to_owned(),
            1 => "members[value pr]".to_owned(),
            _ if known.is_empty() => "members pr".to_owned(),
            _ => format!("members[value eq {}]", known[self.rng.usize(..known.len())]),
        }
    }

    fn inside(&mut self, list: &Attribute, depth: u32) -> String {
        match if depth == 0 { 0 } else { self.rng.u8(0..6) } {
            1 => format!("{} and {}", self.inside(list, depth - 1), self.inside(list, depth - 1)),
            2 => format!("{} or {}", self.inside(list, depth - 1), self.inside(list, depth - 1)),
            3 => format!("not ({})", self.inside(list, depth - 1)),
            _ => {
                let sub = &list.sub_attributes[self.rng.usize(..list.sub_attributes.len())].name.clone();
                let prefix = format!("{}.{sub}", list.name);
                let known: Vec<Value> =
                    self.known.iter().filter(|(path, _)| *path == prefix).map(|(_, value)| value.clone()).collect();
                if known.is_empty() || self.rng.u8(0..5) == 0 {
                    return format!("{sub} pr");
                }
                let value = known[self.rng.usize(..known.len())].clone();
                self.comparison(sub, &value)
            }
        }
    }

    /// The path of any attribute that may be asked for.
    fn any_path(&mut self) -> String {
        let extensions = self.resource.extensions.iter().map(|extension| &extension.schema);
        let all: Vec<String> = [&self.resource.core, &self.resource.common]
            .into_iter()
            .chain(extensions)
            .flat_map(|schema| {
                let urn = if schema.id.contains("extension") { format!("{}:", schema.id) } else { String::new() };
                schema.attributes.iter().filter(|a| a.name != "password").flat_map(move |attribute| {
                    let whole = format!("{urn}{}", attribute.name);
                    let parts =
                        attribute.sub_attributes.iter().map(|sub| format!("{whole}.{}", sub.name)).collect::<Vec<_>>();
                    std::iter::once(whole).chain(parts)
                })
            })
            .collect();
        all[self.rng.usize(..all.len())].clone()
    }
}
