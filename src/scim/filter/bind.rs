//! Syntax tree to bound filter.
use super::ast::Expression;
use super::bound::Filter;
use crate::scim::error::Error;
use crate::scim::schema::{AttrRef, ResourceType};

/// Finds every attribute of a filter in the schemas of a resource type and brings every value to its type.
///
/// # Errors
///
/// `invalidFilter` that names the attribute or the value at fault.
pub fn bind<'s>(expression: &Expression, resource_type: &'s ResourceType) -> Result<Filter<'s>, Error> {
    let _ = (expression, resource_type);
    todo!()
}

/// The same for the filter in the brackets of a path: its names are sub-attributes of `attribute`.
///
/// # Errors
///
/// `invalidFilter` that names the sub-attribute or the value at fault.
pub fn bind_element<'s>(expression: &Expression, attribute: AttrRef<'s>) -> Result<Filter<'s>, Error> {
    let _ = (expression, attribute);
    todo!()
}
