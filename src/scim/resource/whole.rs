//! What holds for a resource as a whole.

use serde_json::{Map, Value};

use super::complex::tidy;
use super::declared::computed;
use super::place::Place;
use crate::scim::error::Error;
use crate::scim::schema::{AttrRef, Attribute, Mutability, ResourceType, Schema};

/// Makes a resource of checked values canonical: nothing empty in it, `schemas` as follows from the rest.
///
/// # Errors
///
/// `invalidValue` that names a required attribute which has no value.
pub fn finish(mut resource: Map<String, Value>, resource_type: &ResourceType) -> Result<Map<String, Value>, Error> {
    let core = resource_type.core.attributes.iter().chain(&resource_type.common.attributes);
    for attribute in core {
        settle(&mut resource, None, attribute)?;
    }
    for extension in &resource_type.extensions {
        let schema = &extension.schema;
        let Some(Value::Object(values)) = resource.get_mut(&schema.id) else {
            resource.remove(&schema.id);
            if extension.required {
                return Err(Error::invalid_value(format!("{} is required: send its attributes", schema.id)));
            }
            continue;
        };
        values.retain(|_, value| !empty(value));
        if values.is_empty() {
            resource.remove(&schema.id);
            continue;
        }
        for attribute in &schema.attributes {
            settle(values, Some(schema), attribute)?;
        }
        if values.is_empty() {
            resource.remove(&schema.id);
        }
    }
    resource.insert("schemas".to_owned(), computed(&resource, resource_type));
    Ok(resource)
}

fn settle<'s>(
    values: &mut Map<String, Value>,
    extension: Option<&'s Schema>,
    attribute: &'s Attribute,
) -> Result<(), Error> {
    let place = Place::of(AttrRef { extension, attribute, sub: None });
    if let Some(value) = values.get_mut(&attribute.name) {
        if let (true, Value::Array(list)) = (attribute.multi_valued, &mut *value) {
            tidy(list);
        }
        if empty(value) {
            values.remove(&attribute.name);
        } else {
            return required_within(place, value);
        }
    }
    if attribute.required && attribute.mutability != Mutability::ReadOnly {
        return Err(place.refuse("is required: send a value that is not empty"));
    }
    Ok(())
}

/// Required sub-attributes of what is there.
fn required_within(place: Place<'_>, value: &Value) -> Result<(), Error> {
    for sub in place.target().sub_attributes.iter().filter(|sub| sub.required) {
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        if elements.iter().any(|element| element.get(&sub.name).is_none()) {
            return Err(place.sub(sub).refuse("is required: send a value that is not empty"));
        }
    }
    Ok(())
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
