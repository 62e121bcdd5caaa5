//! Checks on the body of an answer: a path, an operator, a value.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::variables::{Missing, Place, Variables};

/// One thing that should hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Where to look, e.g. `$.emails[?type=='work'].value`.
    pub path: String,
    /// What should hold there.
    pub op: Operator,
    /// What it is compared with.
    pub value: Value,
}

/// What should hold at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// Equal, of the same JSON type.
    Eq,
    /// Not equal.
    Ne,
    /// The list has that many elements; missing counts as none.
    Len,
    /// The list has that value, the text that part.
    Contains,
    /// `true`: present and not null; `false`: missing or null.
    Exists,
    /// `true`: missing, null, `""` or `[]`; `false`: the opposite.
    Empty,
    /// `"integer"`: a JSON integer.
    Type,
}

impl Check {
    /// Says what is wrong with `body`, if anything.
    ///
    /// # Errors
    ///
    /// A placeholder without a value.
    pub fn complaint(&self, body: &Value, variables: &mut Variables) -> Result<Option<String>, Missing> {
        let path = variables.fill(&self.path, Place::Text)?;
        let expected = filled(&self.value, variables)?;
        let found = match look_up(&path, body) {
            Ok(found) => found,
            Err(malformed) => return Ok(Some(malformed.to_string())),
        };
        Ok((!holds(self.op, found, &expected)).then(|| {
            let found = found.map_or_else(|| "missing".to_owned(), ToString::to_string);
            format!("{path} should {} {expected} but is {found}", self.op)
        }))
    }
}

fn filled(value: &Value, variables: &mut Variables) -> Result<Value, Missing> {
    match value {
        Value::String(text) => Ok(variables.fill(text, Place::Text)?.into()),
        other => Ok(other.clone()),
    }
}

fn holds(op: Operator, found: Option<&Value>, expected: &Value) -> bool {
    let present = found.is_some_and(|value| !value.is_null());
    let empty = match found {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    match op {
        Operator::Eq => found == Some(expected),
        Operator::Ne => found != Some(expected),
        Operator::Len => match found {
            None => expected.as_u64() == Some(0),
            Some(Value::Array(items)) => expected.as_u64() == Some(items.len() as u64),
            Some(_) => false,
        },
        Operator::Contains => match found {
            Some(Value::Array(items)) => items.contains(expected),
            Some(Value::String(text)) => expected.as_str().is_some_and(|part| text.contains(part)),
            _ => false,
        },
        Operator::Exists => expected.as_bool() == Some(present),
        Operator::Empty => expected.as_bool() == Some(empty),
        Operator::Type => expected == "integer" && found.is_some_and(|value| value.is_i64() || value.is_u64()),
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "equal",
            Self::Ne => "differ from",
            Self::Len => "have this many elements:",
            Self::Contains => "contain",
            Self::Exists => "exist:",
            Self::Empty => "be empty:",
            Self::Type => "be of type",
        })
    }
}

/// A path that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no path such as $.emails[?type=='work'].value")]
pub struct MalformedPath(String);

/// The value at a path; `None` where a step leads nowhere.
///
/// `$` is the body; `.name`, `['any name']` and `[0]` step down; `[?type=='work']` takes the first element of a list
/// whose `type` is that string.
///
/// # Errors
///
/// The path cannot be read.
pub fn look_up<'v>(path: &str, body: &'v Value) -> Result<Option<&'v Value>, MalformedPath> {
    let malformed = || MalformedPath(path.to_owned());
    let mut rest = path.strip_prefix('$').ok_or_else(malformed)?;
    let mut here = Some(body);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, following) = after.split_at(end);
            if name.is_empty() {
                return Err(malformed());
            }
            here = here.and_then(|value| value.get(name));
            rest = following;
        } else if let Some(after) = rest.strip_prefix("['") {
            let (name, following) = after.split_once("']").ok_or_else(malformed)?;
            here = here.and_then(|value| value.get(name));
            rest = following;
        } else if let Some(after) = rest.strip_prefix("[?") {
            let (test, following) = after.split_once("']").ok_or_else(malformed)?;
            let (name, wanted) = test.split_once("=='").ok_or_else(malformed)?;
            here = here
                .and_then(Value::as_array)
                .and_then(|items| items.iter().find(|item| item.get(name).and_then(Value::as_str) == Some(wanted)));
            rest = following;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, following) = after.split_once(']').ok_or_else(malformed)?;
            let index: usize = index.parse().map_err(|_| malformed())?;
            here = here.and_then(|value| value.get(index));
            rest = following;
        } else {
            return Err(malformed());
        }
    }
    Ok(here)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Check, look_up};
    use crate::cli::demo::conversation::Conversation;
    use crate::cli::demo::variables::Variables;

    fn body() -> Value {
        json!({
            "id": "u1",
            "count": 2,
            "ratio": 2.0,
            "nothing": null,
            "blank": "",
            "none": [],
            "urn:x:2.0:User": { "manager": { "value": "m1" } },
            "emails": [{ "type": "home", "value": "h" }, { "type": "work", "value": "w" }],
            "schemas": ["a", "b"],
        })
    }

    #[test]
    fn paths_step_down_through_names_indexes_and_types() {
        let body = body();
        for (path, found) in [
            ("$.id", Some(json!("u1"))),
            ("$['urn:x:2.0:User'].manager.value", Some(json!("m1"))),
            ("$.emails[0].value", Some(json!("h"))),
            ("$.emails[?type=='work'].value", Some(json!("w"))),
            ("$.emails[?type=='other'].value", None),
            ("$.emails[7]", None),
            ("$.id.deeper", None),
            ("$.emails.value", None),
        ] {
            assert_eq!(look_up(path, &body).unwrap(), found.as_ref(), "{path}");
        }
        assert_eq!(look_up("$", &body).unwrap(), Some(&body));
        for wrong in ["", "id", "$id", "$.", "$..id", "$[x]", "$[0", "$['a", "$[?a=b]", "$[?a=='b"] {
            assert!(look_up(wrong, &body).is_err(), "{wrong}");
        }
    }

    #[test]
    fn operators_hold_as_the_recordings_mean_them() {
        let mut variables = Variables::new("t", "r");
        variables.save("id", "u1".to_owned());
        for (path, op, value, right) in [
            ("$.id", "eq", json!("${id}"), true),
            ("$.count", "eq", json!(2), true),
            ("$.count", "eq", json!("2"), false),
            ("$.count", "ne", json!("2"), true),
            ("$.missing", "eq", json!(null), false),
            ("$.missing", "ne", json!(1), true),
            ("$.emails", "len", json!(2), true),
            ("$.missing", "len", json!(0), true),
            ("$.id", "len", json!(2), false),
            ("$.schemas", "contains", json!("b"), true),
            ("$.schemas", "contains", json!("c"), false),
            ("$.missing", "contains", json!("c"), false),
            ("$.id", "contains", json!("u"), true),
            ("$.id", "contains", json!("x"), false),
            ("$.id", "contains", json!(1), false),
            ("$.id", "exists", json!(true), true),
            ("$.nothing", "exists", json!(true), false),
            ("$.nothing", "exists", json!(false), true),
            ("$.missing", "exists", json!(false), true),
            ("$.nothing", "empty", json!(true), true),
            ("$.blank", "empty", json!(true), true),
            ("$.none", "empty", json!(true), true),
            ("$.missing", "empty", json!(true), true),
            ("$.count", "empty", json!(true), false),
            ("$.count", "empty", json!(false), true),
            ("$.count", "type", json!("integer"), true),
            ("$.ratio", "type", json!("integer"), false),
            ("$.id", "type", json!("integer"), false),
        ] {
            let check: Check = serde_json::from_value(json!({ "path": path, "op": op, "value": value })).unwrap();
            let complaint = check.complaint(&body(), &mut variables).unwrap();
            assert_eq!(complaint.is_none(), right, "{path} {op} {value}: {complaint:?}");
        }
    }

    #[test]
    fn complaints_say_what_was_expected_and_what_came() {
        let check: Check = serde_json::from_value(json!({ "path": "$.id", "op": "eq", "value": "u2" })).unwrap();
        let mut variables = Variables::new("t", "r");
        let complaint = check.complaint(&body(), &mut variables).unwrap();
        assert_eq!(complaint.as_deref(), Some("$.id should equal \"u2\" but is \"u1\""));
    }

    #[test]
    fn every_path_of_the_recordings_can_be_read() {
        for conversation in [Conversation::entra(), Conversation::okta()] {
            for step in &conversation.steps {
                let checks = step.expect.checks.iter().map(|check| &check.path);
                for path in checks.chain(step.save.values()) {
                    assert!(look_up(path, &Value::Null).is_ok(), "{} step {}: {path}", conversation.name, step.step);
                }
            }
        }
    }
}
