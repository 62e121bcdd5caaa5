//! PATCH paths (RFC 7644, section 3.5.2, figure 7), bound to the schemas of a resource type.

use super::error::Error;
use super::filter::{Expression, Filter};
use super::schema::{AttrRef, ResourceType, Schema};

/// Where a PATCH operation works.
#[derive(Debug, Clone)]
pub enum Path<'s> {
    /// A whole schema extension: the bare URN.
    Extension(&'s Schema),
    /// An attribute or sub-attribute, of all values or of those that the selector picks.
    Attribute {
        /// The attribute; its `sub` is the sub-attribute behind the bracket or the dot.
        target: AttrRef<'s>,
        /// The filter in brackets.
        selector: Option<Selector<'s>>,
    },
}

/// The filter in the brackets of a path, as written (what a new element is made from) and bound (what is tested).
#[derive(Debug, Clone)]
pub struct Selector<'s> {
    /// As written.
    pub expression: Expression,
    /// Bound to the sub-attributes of the target.
    pub filter: Filter<'s>,
}

/// Reads a PATCH path.
///
/// # Errors
///
/// `invalidPath` when the path is malformed, too long or names an attribute that no schema declares;
/// `invalidFilter` when the filter in its brackets is at fault.
pub fn parse<'s>(text: &str, resource_type: &'s ResourceType) -> Result<Path<'s>, Error> {
    let _ = (text, resource_type);
    todo!()
}
