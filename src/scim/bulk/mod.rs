//! Many operations in one request (RFC 7644, section 3.7).
//!
//! [`parse`] reads the message; a [`Schedule`] says which operation comes next, with every `bulkId` in it replaced by the
//! identifier that the operation of that name has got. What an operation does is not known here.

mod circle;
mod message;
mod reference;
mod schedule;
#[cfg(test)]
mod tests;

pub use message::parse;
pub use schedule::{Next, Schedule, Stage, Step};

use serde_json::Value;

use super::error::Error;

/// Operations in one request (L3); `maxOperations`.
pub const MAX_OPERATIONS: usize = 1000;
/// Bytes in one request (L2); `maxPayloadSize`.
pub const MAX_PAYLOAD: usize = 4 * 1024 * 1024;

/// A bulk request.
#[derive(Debug)]
pub struct Request {
    /// Its operations, in the order in which they came.
    pub entries: Vec<Entry>,
    /// After how many errors the rest is left; at least 1.
    pub fail_on_errors: Option<u64>,
}

/// One operation, or why it is none.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The method as it was sent, upper case.
    pub method: String,
    /// The name by which other operations refer to what this one makes.
    pub bulk_id: Option<String>,
    /// What to do.
    pub operation: Result<Operation, Error>,
}

impl Entry {
    /// What it makes, if it makes something.
    fn creates(&self) -> Option<Endpoint> {
        let operation = self.operation.as_ref().ok()?;
        (operation.action == Action::Create).then_some(operation.endpoint)
    }
}

/// What one operation asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What to do.
    pub action: Action,
    /// On which kind of resource.
    pub endpoint: Endpoint,
    /// On which one; empty for [`Action::Create`].
    pub id: String,
    /// The resource or the `PatchOp` message; null for [`Action::Delete`].
    pub data: Value,
    /// The entity tag that the resource must have.
    pub version: Option<String>,
}

/// `method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `POST`
    Create,
    /// `PUT`
    Replace,
    /// `PATCH`
    Modify,
    /// `DELETE`
    Delete,
}

/// The first segment of `path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/Users`
    Users,
    /// `/Groups`
    Groups,
}

impl Endpoint {
    /// The path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Users => "/Users",
            Self::Groups => "/Groups",
        }
    }
}
