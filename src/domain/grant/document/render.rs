//! From typed rules to a document that reads well, in TOML or as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::SECTIONS;
use crate::domain::grant::rule::{Attribute, Entry, Rule, RuleBook};
use crate::domain::office_desk::{Access, DeskOffer};

/// How long a line may get before a list is written one entry a line.
const WIDTH: usize = 110;

/// Writes rules as TOML, as a person would. Reading it gives the same rules.
#[must_use]
pub fn render(book: &RuleBook) -> String {
    let mut out = String::new();
    for rule in &book.rules {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str("[[rule]]\n");
        for (key, value) in fields(rule) {
            let line = format!("{key} = {}", inline(&value));
            match &value {
                Value::Array(items) if line.chars().count() > WIDTH => {
                    _ = writeln!(out, "{key} = [");
                    for item in items {
                        _ = writeln!(out, "    {},", inline(item));
                    }
                    out.push_str("]\n");
                }
                _ => {
                    out.push_str(&line);
                    out.push('\n');
                }
            }
        }
    }
    out
}

impl Serialize for Rule {
    /// The same structure as in TOML.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = fields(self);
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (key, value) in &fields {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// What a rule says, in the order in which people read it; without what is left out.
fn fields(rule: &Rule) -> Vec<(&'static str, Value)> {
    let mut fields = vec![("name", json!(rule.name)), ("group", json!(rule.group))];
    if rule.priority != 0 {
        fields.push(("priority", json!(rule.priority)));
    }
    for (section, kind) in SECTIONS {
        if let Some(entries) = rule.things.get(&kind).filter(|entries| !entries.is_empty()) {
            fields.push((section, entries.iter().map(entry).collect()));
        }
    }
    if !rule.extension_access.is_empty() {
        fields.push(("extension_access", json!(rule.extension_access)));
    }
    if !rule.permissions.is_empty() {
        let levels = rule
            .permissions
            .iter()
            .map(|allowance| (allowance.permission().name().to_owned(), Value::from(allowance.level())));
        fields.push(("permissions", Value::Object(levels.collect())));
    }
    if !rule.desks.is_empty() {
        fields.push(("desks", rule.desks.iter().map(desk).collect()));
    }
    fields
}

fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Named { name, .. } => json!(name),
        Entry::ByAttribute { path } => json!({ "attribute": path }),
        Entry::FromPool { pool, count, wish } => {
            let mut fields = Map::from_iter([("pool".to_owned(), json!(pool))]);
            if *count != 1 {
                fields.insert("count".to_owned(), json!(count));
            }
            match wish {
                Some(Attribute::Requested) => _ = fields.insert("wish".to_owned(), json!(true)),
                Some(Attribute::Path(path)) => _ = fields.insert("wish".to_owned(), json!(path)),
                None => {}
            }
            Value::Object(fields)
        }
    }
}

fn desk(desk: &DeskOffer) -> Value {
    let mut fields = Map::from_iter([("name".to_owned(), json!(desk.name))]);
    let switches = desk.switches;
    for (name, on) in [
        ("fax", switches.fax),
        ("sms", switches.sms),
        ("contacts", switches.contacts),
        ("call_list", switches.call_list),
    ] {
        if on {
            fields.insert(name.to_owned(), json!(true));
        }
    }
    for (name, access) in [("extensions", &desk.extensions), ("devices", &desk.devices)] {
        if let Some(value) = self::access(access) {
            fields.insert(name.to_owned(), value);
        }
    }
    Value::Object(fields)
}

fn access(access: &Access) -> Option<Value> {
    match (access.own, access.listed.is_empty()) {
        (false, true) => None,
        (true, true) => Some(json!("own")),
        (own, false) => {
            let own = own.then_some("own").into_iter();
            Some(own.chain(access.listed.iter().map(String::as_str)).collect())
        }
    }
}

/// A value on one line of TOML.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => toml::Value::from(text.as_str()).to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| format!("{key} = {}", inline(value));
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
