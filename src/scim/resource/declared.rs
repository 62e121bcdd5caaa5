//! `schemas`: what a client must send, and what a canonical resource gets (RFC 7643, section 3).

use serde_json::{Map, Value};

use super::keys::caseless_get;
use super::lenient::urn_of_scim_1;
use crate::scim::error::Error;
use crate::scim::schema::{Mutability, ResourceType, Schema};

/// Checks that `schemas` of a message or resource is a list of strings and names `urn`, letter case aside.
///
/// What else stands there counts for nothing: Entra adds a URN of its own to groups
/// (`http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`), `OneLogin` leaves out the one of the
/// enterprise block that it sends.
pub fn require_urn(object: &Map<String, Value>, urn: &str) -> Result<(), Error> {
    let Some(schemas) = caseless_get(object, "schemas").filter(|schemas| !schemas.is_null()) else {
        return Err(Error::invalid_syntax(format!("schemas is missing: send \"schemas\": [\"{urn}\"]")));
    };
    let strings = schemas.as_array().map(|urns| urns.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let Some(Some(urns)) = strings else {
        return Err(Error::invalid_syntax(format!("schemas must be an array of strings: send [\"{urn}\"]")));
    };
    if urns.iter().any(|sent| sent.eq_ignore_ascii_case(urn) || urn_of_scim_1(sent, urn)) {
        Ok(())
    } else {
        Err(Error::invalid_syntax(format!("schemas must contain \"{urn}\"")))
    }
}

/// The `schemas` of a canonical resource: the core schema, each extension that has a value, and each extension that
/// gets its values from the server when the resource is rendered.
pub fn computed(resource: &Map<String, Value>, resource_type: &ResourceType) -> Value {
    let extensions = resource_type.extensions.iter().map(|extension| &extension.schema);
    let listed = extensions.filter(|schema| resource.contains_key(&schema.id) || filled_by_the_server(schema));
    std::iter::once(&resource_type.core).chain(listed).map(|schema| Value::from(schema.id.as_str())).collect()
}

fn filled_by_the_server(schema: &Schema) -> bool {
    schema.attributes.iter().any(|attribute| attribute.mutability == Mutability::ReadOnly)
}
