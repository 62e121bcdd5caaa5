//! A value without a path, or one of a whole extension, becomes one operation per attribute.

use serde_json::{Map, Value};

use super::{Operation, Verb, apply::read_only};
use crate::scim::error::{Error, ScimType};
use crate::scim::path::{self, Path};
use crate::scim::resource::{core_block, distinct_keys};
use crate::scim::schema::{ResourceType, Schema};

/// `{"op": "replace", "value": {…}}`: Okta's way to change anything, and Entra's with its `aadOptscim062020` flag, where
/// keys may also be paths: `name.givenName`, `urn:…:User:employeeNumber`, or a URN with a whole extension.
pub fn pathless<'s>(
    index: usize,
    verb: Verb,
    value: &Value,
    resource_type: &'s ResourceType,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    let Value::Object(values) = value else {
        return Err(Error::invalid_value("without a path, value must be an object of attributes and their values"));
    };
    distinct_keys(values, "the value")?;
    for (key, value) in values {
        if key.eq_ignore_ascii_case(&resource_type.core.id) {
            core(index, verb, value, resource_type, operations)?;
            continue;
        }
        match (resource_type.extension(key), value) {
            (Some(schema), Value::Object(values)) => {
                extension(index, verb, schema, values, resource_type, operations)?;
            }
            (Some(schema), _) => {
                operations.push(Operation { index, verb, path: Path::Extension(schema), value: value.clone() });
            }
            (None, _) => attribute(index, verb, key, value, resource_type, operations)?,
        }
    }
    Ok(())
}

/// The attributes of one extension: `{"urn:…:User": {"department": …, "manager": …}}`.
pub fn extension<'s>(
    index: usize,
    verb: Verb,
    schema: &Schema,
    values: &Map<String, Value>,
    resource_type: &'s ResourceType,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    distinct_keys(values, &schema.id)?;
    for (key, value) in values {
        attribute(index, verb, &format!("{}:{key}", schema.id), value, resource_type, operations)?;
    }
    Ok(())
}

/// The attributes of the core schema under its URN, as an extension's stand. A blank takes nothing away: it would be the
/// whole resource.
pub fn core<'s>(
    index: usize,
    verb: Verb,
    sent: &Value,
    resource_type: &'s ResourceType,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    let id = &resource_type.core.id;
    for (key, value) in core_block(sent, id)? {
        attribute(index, verb, &format!("{id}:{key}"), value, resource_type, operations)?;
    }
    Ok(())
}

/// Passes over what is read-only and what nobody declared, as in a POST: Okta repeats `id`, `groups` and `schemas`.
fn attribute<'s>(
    index: usize,
    verb: Verb,
    key: &str,
    value: &Value,
    resource_type: &'s ResourceType,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    let path = match path::parse(key, resource_type) {
        Ok(path) => path,
        Err(error) if error.scim_type == Some(ScimType::InvalidPath) => return Ok(()),
        Err(error) => return Err(error),
    };
    if !matches!(&path, Path::Attribute { target, .. } if read_only(*target)) {
        operations.push(Operation { index, verb, path, value: value.clone() });
    }
    Ok(())
}
