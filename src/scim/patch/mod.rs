//! PATCH (RFC 7644, section 3.5.2): a message is read into operations, and these are applied to a canonical resource.
//!
//! Reading turns every dialect into one: what comes out of [`parse`] has a path, whatever letter case, string boolean
//! or path-less object came in. Applying works on a copy, in order, and hands it out when all went well. What is
//! stored as rows takes its operations out beforehand: [`members`](super::members).
//!
//! | file | subject |
//! |---|---|
//! | `message` | the `PatchOp` message |
//! | `expand` | values without a path, and whole extensions, become one operation per attribute |
//! | `apply` | the copy, the order, who may be written; single values |
//! | `effort` | how often path filters may be tested |
//! | `list` | multi-valued attributes: add, replace, remove |
//! | `element` | the sub-attributes of one value; what a path filter that selects nothing creates |
//! | `same` | which element is already there |
//! | `primary` | one primary value, the last one set |
//! | `lenient` | what identity providers send beyond the RFC |
//! | `changed` | the attribute paths that differ, for events |
//!
//! **Architecture invariant:** what a value may be is asked of [`resource`](super::resource), never decided here.

mod apply;
mod changed;
mod effort;
mod element;
mod expand;
mod lenient;
mod list;
mod message;
mod primary;
mod same;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use apply::apply;
pub use changed::changed_paths;
pub use message::parse;

pub(in crate::scim) use effort::Effort;
pub(in crate::scim) use element::described;
pub(in crate::scim) use lenient::only_those;

use serde_json::Value;

use super::error::Error;
use super::path::Path;

/// The most operations in one message (L3).
pub const MAX_OPERATIONS: usize = 1000;

/// One thing to do to one attribute. An operation of the message without a path is several of these.
#[derive(Debug, Clone)]
pub struct Operation<'s> {
    /// Its place in the message, from 1; errors name it.
    pub index: usize,
    /// What to do.
    pub verb: Verb,
    /// Where.
    pub path: Path<'s>,
    /// With what, as it was sent; `null` for a removal without a value.
    pub value: Value,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// RFC 7644, section 3.5.2.1.
    Add,
    /// RFC 7644, section 3.5.2.3.
    Replace,
    /// RFC 7644, section 3.5.2.2.
    Remove,
}

/// Names the operation in the error's sentence: a provider's log shows the answer, seldom the request.
pub(in crate::scim) fn in_operation(index: usize, mut error: Error) -> Error {
    error.detail = format!("operation {index}: {}", error.detail);
    error
}
