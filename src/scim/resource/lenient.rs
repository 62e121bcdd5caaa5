//! What identity providers send beyond the RFC; each function says who needs it.

use serde_json::{Map, Value};

use super::keys::caseless_get;
use crate::scim::schema::{Attribute, Kind};
use crate::scim::urn;

/// `null`, `[]` and `""` all say "no value". RFC 7643, section 2.5 has the first two; Okta sends `"middleName": ""`
/// for an empty field, and Microsoft's validator takes a manager away with `""`.
pub fn blank(sent: &Value) -> bool {
    match sent {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// Whether an attribute stays as it is when a request brings a [`blank`] for it: a serializer writes `null` for what it
/// does not know, and `"active": null` must let no leaver back in (decision 4). Only a removal by name unassigns it.
pub const fn stays_without_value(attribute: &Attribute) -> bool {
    attribute.default.is_some()
}

/// Entra without its `aadOptscim062020` flag sends `"True"` and `"False"`; `OneLogin`'s template puts a quoted macro.
pub fn boolean_as_text(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A list, or the one value that stands where a list should: Microsoft's sample collection sends a bare member, and
/// templates that an administrator writes by hand (`OneLogin`) easily forget the brackets.
pub fn one_or_many(sent: &Value) -> &[Value] {
    match sent {
        Value::Array(items) => items,
        one if blank(one) => &[],
        one => std::slice::from_ref(one),
    }
}

/// The one value of a list that stands where a single value should: Microsoft's documentation adds a manager as
/// `[{"$ref": …, "value": …}]`.
pub fn the_only_one(sent: &Value) -> &Value {
    match sent {
        Value::Array(items) => match items.as_slice() {
            [only] => only,
            _ => sent,
        },
        _ => sent,
    }
}

/// A bare value that stands where an object should is its `value`: Entra's manager, the role in its JSON string,
/// the member in Microsoft's sample collection. `None` where there is no such sub-attribute, or nothing bare.
pub fn bare_value<'s>(attribute: &'s Attribute, sent: &Value) -> Option<&'s Attribute> {
    let bare = !sent.is_object() && !sent.is_array();
    attribute.sub_attribute("value").filter(|_| bare)
}

/// `OneLogin`'s template calls the manager's id as SCIM 1.1 did: `{"managerId": …, "displayName": …}`.
pub fn manager_id<'v>(attribute: &Attribute, object: &'v Map<String, Value>) -> Option<&'v Value> {
    let manager = attribute.name == "manager" && attribute.kind == Kind::Complex;
    if manager { caseless_get(object, "managerId") } else { None }
}

/// Whether a URN of SCIM 1.1 stands where `wanted` should. `OneLogin`'s app for the core schema comes with a template of
/// 1.1, and customers let it speak to a base URL of 2.0. Of users and groups alone: what changes them (`PatchOp`) meant
/// something else in 1.1.
pub fn urn_of_scim_1(sent: &str, wanted: &str) -> bool {
    let old = match wanted {
        urn::USER | urn::GROUP => "urn:scim:schemas:core:1.0",
        urn::ENTERPRISE_USER => "urn:scim:schemas:extension:enterprise:1.0",
        _ => return false,
    };
    sent.eq_ignore_ascii_case(old)
}
