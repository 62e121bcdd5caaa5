//! What identity providers send beyond RFC 7644, section 3.5.2; each function says who needs it.
//!
//! Values (booleans as text, bare managers, blanks) have theirs in `resource::lenient`.

use serde_json::Value;

use super::Verb;
use crate::scim::schema::{AttrRef, Kind};

/// Entra capitalises: `Add`, `Replace`, `Remove`.
pub fn verb_in_any_case(op: &str) -> Option<Verb> {
    [("add", Verb::Add), ("replace", Verb::Replace), ("remove", Verb::Remove)]
        .into_iter()
        .find_map(|(name, verb)| op.eq_ignore_ascii_case(name).then_some(verb))
}

/// A simple value wrapped as `[{"$ref": null, "value": "Ada"}]`, as Azure AD's first dialect and Microsoft's old server
/// library have it; tenants on `AzureAdScimPatch2017` go back to that.
pub fn unwrapped<'v>(target: AttrRef<'_>, sent: &'v Value) -> &'v Value {
    let simple = !target.target().multi_valued && target.target().kind != Kind::Complex;
    match sent {
        Value::Array(items) if simple => match items.as_slice() {
            [Value::Object(wrapper)] => wrapper.get("value").unwrap_or(sent),
            _ => sent,
        },
        _ => sent,
    }
}

/// Entra and `JumpCloud` remove members as `{"op": "remove", "path": "members", "value": [{"value": "…"}]}` and mean
/// those only; the RFC, which knows no value here, would empty the group. An empty list names nobody, so nobody goes.
pub fn only_those(sent: &Value) -> Option<&Value> {
    match sent {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        _ => Some(sent),
    }
}
