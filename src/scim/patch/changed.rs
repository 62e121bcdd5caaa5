//! What a change touched, for events.

use serde_json::{Map, Value};

use crate::scim::schema::{AttrRef, Attribute, Kind, Mutability, ResourceType, Schema};

/// The paths of the attributes whose values differ, in the order of the schemas: `name.familyName`, `emails`,
/// `urn:…:User:department`. Lists count as a whole; what the server alone writes is passed over.
#[must_use]
pub fn changed_paths<'v>(
    before: &'v Map<String, Value>,
    after: &'v Map<String, Value>,
    resource_type: &ResourceType,
) -> Vec<String> {
    let mut changed = Vec::new();
    for attribute in resource_type.core.attributes.iter().chain(&resource_type.common.attributes) {
        compare(before.get(&attribute.name), after.get(&attribute.name), None, attribute, &mut changed);
    }
    for extension in &resource_type.extensions {
        let schema = &extension.schema;
        let (before, after) = (before.get(&schema.id), after.get(&schema.id));
        for attribute in &schema.attributes {
            let part = |values: Option<&'v Value>| values.and_then(|values| values.get(&attribute.name));
            compare(part(before), part(after), Some(schema), attribute, &mut changed);
        }
    }
    changed
}

fn compare(
    before: Option<&Value>,
    after: Option<&Value>,
    extension: Option<&Schema>,
    attribute: &Attribute,
    changed: &mut Vec<String>,
) {
    if attribute.mutability == Mutability::ReadOnly || before == after {
        return;
    }
    let whole = AttrRef { extension, attribute, sub: None };
    if attribute.kind != Kind::Complex || attribute.multi_valued {
        changed.push(whole.to_string());
        return;
    }
    for sub in &attribute.sub_attributes {
        if before.and_then(|value| value.get(&sub.name)) != after.and_then(|value| value.get(&sub.name)) {
            changed.push(AttrRef { sub: Some(sub), ..whole }.to_string());
        }
    }
}
