//! The `BulkRequest` message.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Action, Endpoint, Entry, MAX_OPERATIONS, Operation, Request};
use crate::base::json::shortened;
use crate::scim::error::Error;
use crate::scim::resource::{caseless_get, distinct_keys, require_urn};
use crate::scim::urn;

/// Bytes in a `bulkId`.
const MAX_BULK_ID: usize = 256;

/// Reads a `BulkRequest`. A single operation that is malformed is refused for itself, when its turn comes.
///
/// # Errors
///
/// `invalidSyntax` for a message that is not built so, `invalidValue` for `failOnErrors`, 413 for more than
/// [`MAX_OPERATIONS`] operations (RFC 7644, section 3.7.4: the answer names the limit).
pub fn parse(body: &Value) -> Result<Request, Error> {
    let Value::Object(message) = body else {
        return Err(Error::invalid_syntax("the body must be a JSON object with schemas and Operations"));
    };
    distinct_keys(message, "the body")?;
    require_urn(message, urn::BULK_REQUEST)?;
    let Some(Value::Array(sent)) = caseless_get(message, "Operations") else {
        return Err(Error::invalid_syntax("Operations must be an array of objects with method, path and data"));
    };
    if sent.len() > MAX_OPERATIONS {
        let detail = format!("Operations has {} operations, more than maxOperations ({MAX_OPERATIONS})", sent.len());
        return Err(Error::status(413, detail));
    }
    let fail_on_errors = match caseless_get(message, "failOnErrors") {
        None | Some(Value::Null) => None,
        Some(limit) => Some(limit.as_u64().filter(|limit| *limit > 0).ok_or_else(|| {
            Error::invalid_value("failOnErrors must be a whole number from 1 on; leave it out to go on after errors")
        })?),
    };
    let mut names = HashSet::new();
    let entries = sent.iter().map(|sent| entry(sent, &mut names)).collect();
    Ok(Request { entries, fail_on_errors })
}

fn entry(sent: &Value, names: &mut HashSet<String>) -> Entry {
    let text = |key| sent.as_object().and_then(|sent| caseless_get(sent, key)).and_then(Value::as_str);
    let method = shortened(text("method").unwrap_or_default()).to_ascii_uppercase();
    let bulk_id = text("bulkId").filter(|name| !name.is_empty() && name.len() <= MAX_BULK_ID).map(str::to_owned);
    let operation = operation(sent, &method, bulk_id.as_deref(), names);
    Entry { method, bulk_id, operation }
}

fn operation(
    sent: &Value,
    method: &str,
    bulk_id: Option<&str>,
    names: &mut HashSet<String>,
) -> Result<Operation, Error> {
    let Value::Object(sent) = sent else {
        return Err(Error::invalid_syntax("an operation must be an object with method, path and data"));
    };
    distinct_keys(sent, "the operation")?;
    let action = match method {
        "POST" => Action::Create,
        "PUT" => Action::Replace,
        "PATCH" => Action::Modify,
        "DELETE" => Action::Delete,
        _ => return Err(Error::invalid_syntax("method must be POST, PUT, PATCH or DELETE")),
    };
    if action == Action::Create {
        let Some(bulk_id) = bulk_id else {
            return Err(Error::invalid_value(format!(
                "an operation with POST needs a bulkId of 1 to {MAX_BULK_ID} bytes (RFC 7644, section 3.7)"
            )));
        };
        if !names.insert(bulk_id.to_owned()) {
            return Err(Error::invalid_value(format!("the bulkId {:?} stands twice", shortened(bulk_id))));
        }
    }
    let (endpoint, id) = target(sent, action)?;
    let data = match (action, caseless_get(sent, "data")) {
        (Action::Delete, _) => Value::Null,
        (_, Some(data @ Value::Object(_))) => data.clone(),
        (..) => return Err(Error::invalid_value("data must be an object with the resource or the PatchOp message")),
    };
    let version = match caseless_get(sent, "version") {
        None | Some(Value::Null) => None,
        Some(Value::String(version)) => Some(version.clone()),
        Some(_) => return Err(Error::invalid_value("version must be an entity tag such as \"W/\\\"1\\\"\"")),
    };
    Ok(Operation { action, endpoint, id, data, version })
}

/// `/Users`, or `/Users/{id}` where the action has an object.
fn target(sent: &Map<String, Value>, action: Action) -> Result<(Endpoint, String), Error> {
    let wanted = match action {
        Action::Create => "path must be /Users or /Groups",
        Action::Replace | Action::Modify | Action::Delete => "path must be /Users/{id} or /Groups/{id}",
    };
    let wrong = || Error::invalid_value(wanted);
    let path = caseless_get(sent, "path").and_then(Value::as_str).ok_or_else(wrong)?;
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/');
    let endpoint = match segments.next() {
        Some("Users") => Endpoint::Users,
        Some("Groups") => Endpoint::Groups,
        _ => return Err(wrong()),
    };
    let id = segments.next().unwrap_or_default();
    if segments.next().is_some() || (action == Action::Create) != id.is_empty() {
        return Err(wrong());
    }
    Ok((endpoint, id.to_owned()))
}
