//! Whole bodies: POST (RFC 7644, section 3.3) and PUT (section 3.5.1).

use serde_json::{Map, Value};

use super::declared::require_urn;
use super::keys::{caseless_get, distinct_keys};
use super::lenient::{blank, stays_without_value, urn_of_scim_1};
use super::place::Place;
use super::value::read;
use super::whole::finish;
use crate::scim::error::Error;
use crate::scim::schema::{AttrRef, Mutability, ResourceType, Schema};

/// Turns the body of a POST into the canonical resource.
///
/// Attribute names and URNs in any letter case; read-only attributes, `password` and what no schema declares are not in
/// the answer. `active` is true unless the body says otherwise (decision 4).
///
/// # Errors
///
/// `invalidSyntax` for a body that is no object, has a key twice or lacks the core URN in `schemas`; `invalidValue` with
/// the attribute at fault for a value of the wrong type, out of bounds, or missing though required.
pub fn parse_create(body: &Value, resource_type: &ResourceType) -> Result<Map<String, Value>, Error> {
    let mut resource = read_body(body, resource_type)?;
    for attribute in &resource_type.core.attributes {
        if let Some(default) = attribute.default {
            resource.entry(attribute.name.as_str()).or_insert(Value::Bool(default));
        }
    }
    finish(resource, resource_type)
}

/// Turns the body of a PUT into the canonical resource that takes the place of `current`.
///
/// What the body omits is cleared, with three exceptions: immutable attributes stay; `active` stays, also when it is
/// sent blank, so that no serializer's `null` lets a leaver back in (decision 4); `members` stay unless the body names
/// them (decision 16). Where members live elsewhere, [`mentions`] tells the two apart.
///
/// # Errors
///
/// As [`parse_create`], and `mutability` when an immutable attribute has another value.
pub fn parse_replace(
    body: &Value,
    current: &Map<String, Value>,
    resource_type: &ResourceType,
) -> Result<Map<String, Value>, Error> {
    let mut resource = read_body(body, resource_type)?;
    for attribute in resource_type.core.attributes.iter().filter(|attribute| stays_without_value(attribute)) {
        if !resource.contains_key(&attribute.name) {
            keep(&mut resource, current, &attribute.name);
        }
    }
    if resource_type.core.attribute("members").is_some() && !mentions(body, resource_type, "members") {
        keep(&mut resource, current, "members");
    }
    keep_immutable(&mut resource, current, None, &resource_type.core)?;
    keep_immutable(&mut resource, current, None, &resource_type.common)?;
    for extension in &resource_type.extensions {
        let schema = &extension.schema;
        if let Some(Value::Object(current)) = current.get(&schema.id) {
            let sent = resource.entry(schema.id.as_str()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(sent) = sent {
                keep_immutable(sent, current, Some(schema), schema)?;
            }
        }
    }
    finish(resource, resource_type)
}

/// Whether a body names an attribute of the core schema, with whatever value.
#[must_use]
pub fn mentions(body: &Value, resource_type: &ResourceType, name: &str) -> bool {
    let block = body.as_object().and_then(|object| caseless_get(object, &resource_type.core.id));
    [Some(body), block]
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .any(|object| caseless_get(object, name).is_some())
}

fn keep(resource: &mut Map<String, Value>, current: &Map<String, Value>, name: &str) {
    if let Some(value) = current.get(name) {
        resource.insert(name.to_owned(), value.clone());
    }
}

fn keep_immutable(
    sent: &mut Map<String, Value>,
    current: &Map<String, Value>,
    extension: Option<&Schema>,
    schema: &Schema,
) -> Result<(), Error> {
    for attribute in schema.attributes.iter().filter(|attribute| attribute.mutability == Mutability::Immutable) {
        match (sent.get(&attribute.name), current.get(&attribute.name)) {
            (Some(sent), Some(current)) if sent != current => {
                let place = Place::of(AttrRef { extension, attribute, sub: None });
                return Err(Error::mutability(format!("{place} cannot be changed once it is set; send it as it is")));
            }
            (None, Some(_)) => keep(sent, current, &attribute.name),
            _ => {}
        }
    }
    Ok(())
}

fn read_body(body: &Value, resource_type: &ResourceType) -> Result<Map<String, Value>, Error> {
    let Value::Object(object) = body else {
        return Err(Error::invalid_syntax(format!(
            "the body must be a JSON object with schemas and the attributes of a {}",
            resource_type.name
        )));
    };
    distinct_keys(object, "the body")?;
    require_urn(object, &resource_type.core.id)?;
    let mut resource = Map::new();
    for (key, sent) in object {
        if let Some(schema) = extension_named(key, resource_type) {
            let values = read_extension(schema, sent)?;
            if resource.insert(schema.id.clone(), Value::Object(values)).is_some() {
                return Err(Error::invalid_syntax(format!("the body has {} twice; send it once", schema.id)));
            }
        } else if key.eq_ignore_ascii_case(&resource_type.core.id) {
            read_core(object, sent, resource_type, &mut resource)?;
        } else if let Some(target) = resource_type.find(None, key, None) {
            read_attribute(target, sent, &mut resource)?;
        }
    }
    Ok(resource)
}

/// The extension whose block stands under a key.
fn extension_named<'s>(key: &str, resource_type: &'s ResourceType) -> Option<&'s Schema> {
    let schemas = || resource_type.extensions.iter().map(|extension| &extension.schema);
    resource_type.extension(key).or_else(|| schemas().find(|schema| urn_of_scim_1(key, &schema.id)))
}

/// The attributes of the core schema may stand under its URN, as an extension's do; but each in one place only, or it
/// would be luck which of two values counts.
fn read_core(
    body: &Map<String, Value>,
    sent: &Value,
    resource_type: &ResourceType,
    resource: &mut Map<String, Value>,
) -> Result<(), Error> {
    let id = &resource_type.core.id;
    for (key, sent) in core_block(sent, id)? {
        let target = resource_type.find(None, key, None);
        let Some(target) = target.filter(|target| target.attribute.mutability != Mutability::ReadOnly) else {
            continue;
        };
        if caseless_get(body, key).is_some() {
            let name = &target.attribute.name;
            return Err(Error::invalid_syntax(format!(
                "the body has {name} twice, on its own and under {id}; send it once"
            )));
        }
        read_attribute(target, sent, resource)?;
    }
    Ok(())
}

/// What stands under the URN of the core schema; nothing where that is blank.
///
/// # Errors
///
/// `invalidValue` when it is no object, `invalidSyntax` for a key that is there twice.
pub fn core_block<'v>(sent: &'v Value, id: &str) -> Result<impl Iterator<Item = (&'v String, &'v Value)>, Error> {
    let object = match sent {
        Value::Object(object) => Some(object),
        _ if blank(sent) => None,
        _ => return Err(Error::invalid_value(format!("{id} must be an object with the schema's attributes"))),
    };
    if let Some(object) = object {
        distinct_keys(object, id)?;
    }
    Ok(object.into_iter().flatten())
}

/// Also without its URN in `schemas`: `OneLogin` sends the enterprise block so.
fn read_extension(schema: &Schema, sent: &Value) -> Result<Map<String, Value>, Error> {
    let mut values = Map::new();
    if blank(sent) {
        return Ok(values);
    }
    let Value::Object(object) = sent else {
        return Err(Error::invalid_value(format!("{} must be an object with the extension's attributes", schema.id)));
    };
    distinct_keys(object, &schema.id)?;
    for (key, sent) in object {
        if let Some(attribute) = schema.attribute(key) {
            read_attribute(AttrRef { extension: Some(schema), attribute, sub: None }, sent, &mut values)?;
        }
    }
    Ok(values)
}

fn read_attribute(target: AttrRef<'_>, sent: &Value, values: &mut Map<String, Value>) -> Result<(), Error> {
    // RFC 7644, section 3.5.1: read-only values are ignored, not refused. Okta sends `groups: []` with every user.
    if target.attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    let value = read(Place::of(target), sent)?;
    // T5: a password is checked and forgotten.
    if let (Some(value), true) = (value, target.attribute.mutability != Mutability::WriteOnly) {
        values.insert(target.attribute.name.clone(), value);
    }
    Ok(())
}
