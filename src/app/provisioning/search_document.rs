//! The folded copy of a resource that filters and sort orders run over in the database.
//!
//! Text stands there as its comparison key, instants as microseconds. It is made from the schemas alone, so that a new
//! attribute can be searched without a line of code.

use serde_json::{Map, Value};

use crate::base::clock::Ts;
use crate::scim::filter::text_key;
use crate::scim::schema::{AttrRef, Attribute, Kind, ResourceType, Schema};

/// The search document of a canonical resource, as JSON text.
pub(super) fn search_document(resource: &Map<String, Value>, resource_type: &ResourceType) -> String {
    let mut folded = Map::new();
    for (key, value) in resource {
        if let Some(attribute) = resource_type.find(None, key, None) {
            fold_into(&mut folded, key, attribute, value);
        } else if let (Some(schema), Value::Object(inner)) = (resource_type.extension(key), value) {
            folded.insert(key.clone(), Value::Object(extension(schema, inner)));
        }
    }
    Value::Object(folded).to_string()
}

/// The same of some attributes of an extension.
pub(in crate::app) fn folded_extension(urn: &str, values: &Map<String, Value>) -> Map<String, Value> {
    ResourceType::user().extension(urn).map_or_else(Map::new, |schema| extension(schema, values))
}

/// A search document with further attributes of an extension, given as a JSON object.
pub(super) fn with_extension(search: &str, urn: &str, attributes: &str) -> String {
    let mut all: Map<String, Value> = serde_json::from_str(search).unwrap_or_default();
    let attributes: Map<String, Value> = serde_json::from_str(attributes).unwrap_or_default();
    let folded = folded_extension(urn, &attributes);
    match all.entry(urn).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(there) => there.extend(folded),
        other => *other = Value::Object(folded),
    }
    Value::Object(all).to_string()
}

fn extension(schema: &Schema, values: &Map<String, Value>) -> Map<String, Value> {
    let mut folded = Map::new();
    for (key, value) in values {
        if let Some(attribute) = schema.attribute(key) {
            fold_into(&mut folded, key, AttrRef { extension: Some(schema), attribute, sub: None }, value);
        }
    }
    folded
}

fn fold_into(folded: &mut Map<String, Value>, key: &str, attribute: AttrRef<'_>, value: &Value) {
    let value = match value {
        Value::Array(elements) => {
            Some(Value::Array(elements.iter().filter_map(|element| fold_value(attribute, element)).collect()))
        }
        value => fold_value(attribute, value),
    };
    if let Some(value) = value {
        folded.insert(key.to_owned(), value);
    }
}

fn fold_value(attribute: AttrRef<'_>, value: &Value) -> Option<Value> {
    match (attribute.target().kind, value) {
        (_, Value::Null) => None,
        (Kind::Complex, Value::Object(values)) => {
            let sub_value = |(key, value): (&String, &Value)| {
                let sub: &Attribute = attribute.attribute.sub_attribute(key)?;
                Some((key.clone(), fold_value(AttrRef { sub: Some(sub), ..attribute }, value)?))
            };
            Some(Value::Object(values.iter().filter_map(sub_value).collect()))
        }
        (Kind::DateTime, Value::String(text)) => Ts::parse(text).map(|instant| instant.micros().into()),
        (_, Value::String(text)) => Some(Value::String(text_key(attribute, text).into_owned())),
        (_, value) => Some(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::search_document;
    use crate::scim::schema::ResourceType;
    use crate::scim::urn;

    #[test]
    fn letter_case_is_folded_where_it_does_not_count() {
        let resource = json!({
            "userName": "Ada@X", "externalId": "AbC", "active": true,
            "emails": [{"value": "A@X", "type": "Work", "primary": true}],
            urn::ENTERPRISE_USER: {"department": "SALES", "manager": {"value": "AbC"}},
        });
        let folded: serde_json::Value =
            serde_json::from_str(&search_document(resource.as_object().unwrap(), ResourceType::user())).unwrap();
        assert_eq!(
            folded,
            json!({
                "userName": "ada@x", "externalId": "AbC", "active": true,
                "emails": [{"value": "a@x", "type": "work", "primary": true}],
                urn::ENTERPRISE_USER: {"department": "sales", "manager": {"value": "AbC"}},
            })
        );
    }
}
