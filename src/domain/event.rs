//! Provisioning events: what an identity provider asked for and what became of it, for the administrator.

use super::credential::Credential;
use super::outbox::About;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId, EventId, GroupId};

/// One request of an identity provider, redacted: structure and changed attributes, no values.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ProvisioningEvent {
    /// The identifier.
    pub id: EventId,
    /// When it was answered.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub at: Ts,
    /// The request id of the answer.
    pub request_id: String,
    /// What was asked for: `create`, `revive`, `adopt`, `replace`, `modify`, `delete`.
    pub operation: String,
    /// Whom it concerned, where that is known.
    pub employee_id: Option<EmployeeId>,
    /// His user name today, for the reader; never stored with the event.
    pub user_name: Option<String>,
    /// Which group it concerned, where that is known.
    pub group_id: Option<GroupId>,
    /// Its name today, for the reader; never stored with the event.
    pub group_name: Option<String>,
    /// How many members the group got, of a request about members.
    pub members_added: Option<i64>,
    /// How many members the group lost.
    pub members_removed: Option<i64>,
    /// The HTTP status of the answer.
    pub status: i64,
    /// The `scimType` of a refusal.
    pub scim_type: Option<String>,
    /// The attributes that changed, e.g. `name.familyName`.
    pub changed: Vec<String>,
}

/// What an identity provider asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST`
    Create,
    /// `POST` that brought somebody back.
    Revive,
    /// `POST` of somebody whom an administrator had made by hand.
    Adopt,
    /// `PUT`
    Replace,
    /// `PATCH`
    Modify,
    /// `DELETE`
    Delete,
}

impl Operation {
    /// The closed-set name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Revive => "revive",
            Self::Adopt => "adopt",
            Self::Replace => "replace",
            Self::Modify => "modify",
            Self::Delete => "delete",
        }
    }
}

/// How many members a group got and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberCount {
    /// How many came.
    pub added: usize,
    /// How many went.
    pub removed: usize,
}

/// An event to be kept.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The identifier.
    pub id: EventId,
    /// The connection it came by.
    pub connection: ConnectionId,
    /// The credential it came with.
    pub credential: Credential,
    /// When.
    pub at: Ts,
    /// The request id of the answer.
    pub request_id: String,
    /// What was asked for.
    pub operation: Operation,
    /// Whom or which group it concerned, where that is known.
    pub about: Option<About>,
    /// How many members a group got and lost, of a request about members.
    pub members: Option<MemberCount>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The `scimType` of a refusal.
    pub scim_type: Option<&'static str>,
    /// The attributes that changed.
    pub changed: Vec<String>,
    /// The structure of the request, every value replaced by its kind.
    pub request: String,
}
