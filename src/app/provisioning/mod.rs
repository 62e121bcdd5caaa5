//! What an identity provider's request does: read, decide, write if nobody was faster.
//!
//! Every write is one [`Batch`](crate::storage::batch::Batch): the employee, his look-up keys, the provisioning event,
//! the audit record and the outbox messages, all or nothing. What the database must decide stands in its guard: the
//! user name is free, the version is the one that was read. Groups, whose members are rows, are in [`groups`].

mod change;
mod create;
mod cursor;
mod delete;
pub mod groups;
mod lists;
pub(super) mod mapping;
mod planned;
mod predicate;
mod read;
mod redact;
mod search_document;
mod stored_user;
mod trace;
pub(super) mod write;

use std::sync::{Mutex, PoisonError};

pub(super) use cursor::PURPOSE as CURSORS;
pub use lists::ListPage;
pub(in crate::app) use search_document::folded_extension;
pub use stored_user::{StoredUser, UserGroup};

use super::App;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId};
use crate::scim;
use crate::storage::StorageError;

/// How often a write is tried when somebody else is faster each time. Every round somebody wins, so as many writers
/// may meet on one employee.
const ATTEMPTS: usize = 64;
/// How many refusals a second leave an event.
const REFUSALS_PER_SECOND: u32 = 20;

/// The request around a use case: what the event and the audit record say of it.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The request id that the caller also gets in his answer.
    pub request_id: String,
}

/// The versions that the request's preconditions allow (RFC 7644, section 3.14; RFC 9110, section 13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// There is no precondition, or `If-Match: *`.
    Any,
    /// `If-Match`: one of these; empty when no entity tag of the header can be ours.
    Versions(Vec<i64>),
    /// `If-None-Match`: any but these.
    AnyBut(Vec<i64>),
    /// `If-None-Match: *`: no version at all; whoever is there must not be touched.
    Nothing,
}

/// Why a provisioning request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ProvisioningError {
    /// The request itself is at fault.
    #[error(transparent)]
    Invalid(#[from] scim::error::Error),
    /// No such user for this credential.
    #[error("no user {0}")]
    NotFound(String),
    /// The user name belongs to a living employee.
    #[error("the user name is taken")]
    UserNameTaken {
        /// Who has it; `None` when he belongs to another connection.
        holder: Option<EmployeeId>,
        /// Whether the IdP holds him active.
        active: bool,
    },
    /// Somebody whom an administrator made by hand has this address, but not this user name.
    #[error("the address is that of somebody else")]
    AddressTaken,
    /// No such group for this credential.
    #[error("no group {0}")]
    NoGroup(String),
    /// The name belongs to another group, and the tenant wants names to be unique.
    #[error("the name of the group is taken")]
    GroupNameTaken {
        /// Which group has it; `None` when it belongs to another connection.
        holder: Option<GroupId>,
    },
    /// `If-Match` names another version.
    #[error("the resource has version {current}")]
    VersionMismatch {
        /// The version it has.
        current: i64,
    },
    /// The filter would take longer than anybody may compute.
    #[error("the filter takes too long")]
    TooExpensive,
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

/// The use cases of an identity provider.
pub struct Provisioning<'a> {
    app: &'a App,
}

impl App {
    /// What an identity provider may ask for.
    #[must_use]
    pub const fn provisioning(&self) -> Provisioning<'_> {
        Provisioning { app: self }
    }
}

impl ProvisioningError {
    /// Status and `scimType` of a refusal; `None` for trouble on our side, which is no event of the IdP's.
    pub(super) fn refusal(&self) -> Option<(u16, Option<&'static str>)> {
        match self {
            Self::Invalid(error) => Some((error.status, error.scim_type.map(scim::error::ScimType::keyword))),
            Self::NotFound(_) | Self::NoGroup(_) => Some((404, None)),
            Self::UserNameTaken { .. } | Self::AddressTaken | Self::GroupNameTaken { .. } => {
                Some((409, Some("uniqueness")))
            }
            Self::VersionMismatch { .. } => Some((412, None)),
            Self::TooExpensive => Some((400, Some("tooMany"))),
            Self::Storage(_) => None,
        }
    }
}

/// Lets a bounded number of refusals of each second leave an event.
#[derive(Default)]
pub(super) struct RefusalGate(Mutex<(i64, u32)>);

impl RefusalGate {
    fn admit(&self, now: Ts) -> bool {
        let second = now.micros().div_euclid(1_000_000);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != second {
            *counted = (second, 0);
        }
        counted.1 += 1;
        counted.1 <= REFUSALS_PER_SECOND
    }
}
