//! Text to syntax tree.
use super::ast::Expression;
use crate::scim::error::Error;

/// Reads a filter.
///
/// # Errors
///
/// `invalidFilter` with the position and what was expected there.
pub fn parse(text: &str) -> Result<Expression, Error> {
    let _ = text;
    todo!()
}
