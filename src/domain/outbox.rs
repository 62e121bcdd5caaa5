//! What has to leave the house: to the telephony, to webhooks, as mail. Written in the transaction of the change.

use serde_json::{Map, Value};

use crate::base::ids::{EmployeeId, GroupId};

/// What happened to an employee or a group; the names are those of SCIM's security events (RFC 9967, section 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Came, or came back after having been deleted.
    Created,
    /// Was written anew as a whole.
    Replaced,
    /// Changed in parts.
    Changed,
    /// An employee is unlocked from now on.
    Activated,
    /// An employee is locked from now on.
    Deactivated,
    /// Was deleted.
    Deleted,
    /// What an employee has or waits for changed.
    GrantsChanged,
}

impl Topic {
    /// The closed-set name, as it is stored and sent.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "urn:ietf:params:scim:event:prov:create:notice",
            Self::Replaced => "urn:ietf:params:scim:event:prov:put:notice",
            Self::Changed => "urn:ietf:params:scim:event:prov:patch:notice",
            Self::Activated => "urn:ietf:params:scim:event:prov:activate",
            Self::Deactivated => "urn:ietf:params:scim:event:prov:deactivate",
            Self::Deleted => "urn:ietf:params:scim:event:prov:delete",
            // No provisioning of the IdP, so no name of its RFC.
            Self::GrantsChanged => "urn:deskgate:params:event:grants:change",
        }
    }
}

/// Whom or what a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An employee.
    Employee(EmployeeId),
    /// A group. The employees whom it concerns are named in the payload, so that each hears of things in their order.
    Group(GroupId),
}

impl About {
    /// The employee, if it is one.
    #[must_use]
    pub const fn employee(self) -> Option<EmployeeId> {
        match self {
            Self::Employee(id) => Some(id),
            Self::Group(_) => None,
        }
    }

    /// The group, if it is one.
    #[must_use]
    pub const fn group(self) -> Option<GroupId> {
        match self {
            Self::Employee(_) => None,
            Self::Group(id) => Some(id),
        }
    }
}

/// One message; the payload carries identifiers and names of attributes, no personal data (H1).
#[derive(Debug, Clone)]
pub struct OutboxMessage {
    /// Whom or what it is about.
    pub about: About,
    /// What happened.
    pub topic: Topic,
    /// Details.
    pub payload: Map<String, Value>,
}
