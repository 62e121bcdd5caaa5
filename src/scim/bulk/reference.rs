//! References to what other operations make: `bulkId:NAME` as a whole value, or as the last segment of one
//! (`"$ref": "/Groups/bulkId:NAME"`), or as the identifier in `path` (RFC 7644, section 3.7.2), or as a value in the path
//! of a `PatchOp` (`members[value eq "bulkId:NAME"]`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::Operation;

const MARK: &str = "bulkId:";

/// The name that a text refers to.
fn name(text: &str) -> Option<&str> {
    let last = text.rfind('/').map_or(text, |slash| &text[slash + 1..]);
    last.strip_prefix(MARK).filter(|name| !name.is_empty())
}

/// The names in the string literals of a filter; no name that matters there has an escape in it.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2).filter_map(|literal| literal.strip_prefix(MARK).filter(|name| !name.is_empty()))
}

/// All names that an operation refers to.
pub(super) fn names(operation: &Operation) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = name(&operation.id).map(str::to_owned).into_iter().collect();
    collect(&operation.data, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match name(text) {
            Some(name) => found.extend([name.to_owned()]),
            None => found.extend(quoted(text).map(str::to_owned)),
        },
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The operation with identifiers in place of the names that `id` knows.
pub(super) fn resolved<'a>(operation: &Operation, id: &impl Fn(&str) -> Option<&'a str>) -> Operation {
    let mut operation = operation.clone();
    resolve_text(&mut operation.id, id);
    resolve(&mut operation.data, id);
    operation
}

fn resolve<'a>(value: &mut Value, id: &impl Fn(&str) -> Option<&'a str>) {
    match value {
        Value::String(text) => resolve_text(text, id),
        Value::Array(values) => values.iter_mut().for_each(|value| resolve(value, id)),
        Value::Object(members) => members.values_mut().for_each(|value| resolve(value, id)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn resolve_text<'a>(text: &mut String, id: &impl Fn(&str) -> Option<&'a str>) {
    if let Some(id) = name(text).and_then(id) {
        text.truncate(text.rfind('/').map_or(0, |slash| slash + 1));
        text.push_str(id);
        return;
    }
    let known: Vec<(String, &str)> = quoted(text).filter_map(|name| Some((name.to_owned(), id(name)?))).collect();
    for (name, id) in known {
        *text = text.replace(&format!("\"{MARK}{name}\""), &format!("\"{id}\""));
    }
}

/// The value without what still refers to a name: a reference itself, and the object around one (`{"value": …}`).
pub(super) fn without(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if name(text).is_some() => None,
        Value::Array(values) => Some(values.iter().filter_map(without).collect()),
        Value::Object(members) => {
            let refers =
                ["value", "$ref"].iter().any(|key| members.get(*key).is_some_and(|value| without(value).is_none()));
            let kept = members.iter().filter_map(|(key, value)| Some((key.clone(), without(value)?)));
            (!refers).then(|| Value::Object(kept.collect()))
        }
        other => Some(other.clone()),
    }
}
