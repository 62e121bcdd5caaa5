//! PATCH as identity providers send it, and the rules one by one.

mod providers;
mod refusals;
mod values;

use serde_json::{Map, Value, json};

use super::{apply, parse};
use crate::scim::error::{Error, ScimType};
use crate::scim::resource::parse_create;
use crate::scim::schema::ResourceType;
use crate::scim::urn;

const ENTERPRISE: &str = urn::ENTERPRISE_USER;

pub(super) fn user(attributes: &Value) -> Map<String, Value> {
    let mut body = json!({"schemas": [urn::USER], "userName": "bo@contoso.example"});
    body.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    parse_create(&body, ResourceType::user()).unwrap()
}

fn group(members: &[&str]) -> Map<String, Value> {
    let body = json!({"schemas": [urn::GROUP], "displayName": "Sales", "members": members});
    parse_create(&body, ResourceType::group()).unwrap()
}

pub(super) fn message(operations: &Value) -> Value {
    json!({"schemas": [urn::PATCH_OP], "Operations": operations})
}

pub(super) fn patch(
    current: &Map<String, Value>,
    operations: &Value,
    kind: &'static ResourceType,
) -> Result<Map<String, Value>, Error> {
    apply(&parse(&message(operations), kind)?, current, kind)
}

/// The user's attributes after the operations, without name, `active` and `schemas`.
fn patched(attributes: &Value, operations: &Value) -> Value {
    let current = user(attributes);
    let mut after = patch(&current, operations, ResourceType::user()).unwrap_or_else(|e| panic!("{operations}: {e}"));
    let again = patch(&after, operations, ResourceType::user()).unwrap_or_else(|e| panic!("{operations}, again: {e}"));
    assert_eq!(again, after, "{operations}: the second time changes nothing");
    assert_eq!(after.remove("userName"), Some(json!("bo@contoso.example")));
    assert_eq!(after.remove("active"), Some(json!(true)));
    after.remove("schemas");
    Value::Object(after)
}

fn refused(attributes: &Value, operations: &Value) -> (ScimType, String) {
    let error = patch(&user(attributes), operations, ResourceType::user())
        .expect_err(&format!("{operations} should have been refused"));
    (error.scim_type.unwrap(), error.detail)
}

fn members(resource: &Map<String, Value>) -> Vec<&str> {
    let list = resource.get("members").and_then(Value::as_array);
    list.into_iter().flatten().map(|member| member["value"].as_str().unwrap()).collect()
}
