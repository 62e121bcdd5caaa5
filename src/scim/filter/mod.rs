//! The filter language of RFC 7644, section 3.4.2.2.
//!
//! Text becomes a syntax tree ([`parse()`]), the tree is bound to the schemas of a resource type ([`bind()`]), and the
//! bound filter is either evaluated in memory ([`matches()`]) or turned into a database predicate elsewhere; a property
//! test holds the two equal.

mod ast;
mod bind;
mod bound;
mod evaluate;
mod key;
mod lexer;
mod name;
mod notation;
mod parse;
#[cfg(test)]
pub(crate) mod strategy;

pub use ast::{AttributePath, Comparison, Expression, Literal};
pub use bind::{bind, bind_among, bind_element};
pub use bound::{Filter, Operand};
pub use evaluate::{matches, matches_element};
pub use key::text_key;
pub(in crate::scim) use name::read as read_name;
pub use name::{UnknownAttribute, find_attribute};
pub use parse::parse;
pub(in crate::scim) use parse::parse_path;

/// The longest filter or PATCH path, in bytes (L3).
pub const MAX_BYTES: usize = 4096;
/// How deep parentheses, `not` and brackets may nest (L3).
pub const MAX_DEPTH: usize = 32;
/// How many comparisons one filter may hold (L3).
pub const MAX_TERMS: usize = 64;
