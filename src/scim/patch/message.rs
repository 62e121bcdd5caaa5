//! The `PatchOp` message.

use serde_json::Value;

use super::lenient::verb_in_any_case;
use super::{MAX_OPERATIONS, Operation, Verb, expand, in_operation};
use crate::base::json::shortened;
use crate::scim::error::{Error, ScimType};
use crate::scim::path::{self, Path};
use crate::scim::resource::{caseless_get, distinct_keys, require_urn};
use crate::scim::schema::ResourceType;
use crate::scim::urn;

/// Reads a `PatchOp` message (RFC 7644, section 3.5.2) into operations that each have a path.
///
/// Keys and `op` in any letter case. A value without a path is taken apart; in it, read-only attributes are passed over
/// (Okta repeats the group's `id`) and so is what no schema declares (decision 18).
///
/// # Errors
///
/// `invalidSyntax` for a message that is not built so, `tooMany` for more than [`MAX_OPERATIONS`] operations,
/// `noTarget` for a removal without a path, `invalidPath` and `invalidFilter` for a path, `invalidValue` for a value
/// that is missing or, without a path, no object. From the operations on, `detail` begins with the operation's number.
pub fn parse<'s>(body: &Value, resource_type: &'s ResourceType) -> Result<Vec<Operation<'s>>, Error> {
    let Value::Object(message) = body else {
        return Err(Error::invalid_syntax("the body must be a JSON object with schemas and Operations"));
    };
    distinct_keys(message, "the body")?;
    require_urn(message, urn::PATCH_OP)?;
    let Some(Value::Array(sent)) = caseless_get(message, "Operations") else {
        return Err(Error::invalid_syntax("Operations must be an array of objects with op, path and value"));
    };
    if sent.is_empty() {
        return Err(Error::invalid_syntax("Operations is empty; send at least one operation"));
    }
    if sent.len() > MAX_OPERATIONS {
        return Err(Error::bad_request(
            ScimType::TooMany,
            format!("Operations has {} operations; send at most {MAX_OPERATIONS} in one request", sent.len()),
        ));
    }
    let mut operations = Vec::with_capacity(sent.len());
    for (index, sent) in (1..).zip(sent) {
        read(index, sent, resource_type, &mut operations).map_err(|error| in_operation(index, error))?;
    }
    Ok(operations)
}

fn read<'s>(
    index: usize,
    sent: &Value,
    resource_type: &'s ResourceType,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    let Value::Object(sent) = sent else {
        return Err(Error::invalid_syntax("an operation must be an object with op, path and value"));
    };
    distinct_keys(sent, "the operation")?;
    let verb = match caseless_get(sent, "op") {
        Some(Value::String(op)) => verb_in_any_case(op).ok_or_else(|| {
            Error::invalid_syntax(format!("op {:?} is unknown; send add, replace or remove", shortened(op)))
        })?,
        _ => return Err(Error::invalid_syntax("op is missing; send add, replace or remove")),
    };
    let path = match caseless_get(sent, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if path.is_empty() => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(Error::invalid_path("path must be a string such as \"name.familyName\"")),
    };
    let value = caseless_get(sent, "value");
    match (verb, path, value) {
        (Verb::Remove, None, _) => Err(Error::no_target("remove needs a path that names the attribute to remove")),
        (Verb::Remove, Some(path), value) => {
            let path = path::parse(path, resource_type)?;
            operations.push(Operation { index, verb, path, value: value.cloned().unwrap_or_default() });
            Ok(())
        }
        (Verb::Add | Verb::Replace, _, None) => {
            Err(Error::invalid_value("value is missing; send the new value, or null to remove the old one"))
        }
        (Verb::Add | Verb::Replace, Some(path), Some(value))
            if value.is_object() && path.trim_ascii().eq_ignore_ascii_case(&resource_type.core.id) =>
        {
            expand::core(index, verb, value, resource_type, operations)
        }
        (Verb::Add | Verb::Replace, Some(path), Some(value)) => {
            let path = path::parse(path, resource_type)?;
            if let (Path::Extension(schema), Value::Object(values)) = (&path, value) {
                return expand::extension(index, verb, schema, values, resource_type, operations);
            }
            operations.push(Operation { index, verb, path, value: value.clone() });
            Ok(())
        }
        (Verb::Add | Verb::Replace, None, Some(value)) => {
            expand::pathless(index, verb, value, resource_type, operations)
        }
    }
}
