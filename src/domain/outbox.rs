//! What has to leave the house: to the telephony, to webhooks, as mail. Written in the transaction of the change.

use serde_json::{Map, Value};

use crate::base::ids::{EmployeeId, GroupId};

/// What happened. To an employee or a group: under the names of SCIM's security events (RFC 9967, section 2.4); what SCIM
/// does not know has names of ours.
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
    /// An employee has another OfficeDesk.
    DeskCreated,
    /// An OfficeDesk may do or use something else.
    DeskChanged,
    /// An OfficeDesk is gone.
    DeskDeleted,
    /// What an employee has or waits for changed.
    GrantsChanged,
    /// Other rules are in force.
    RulesChanged,
    /// There is another pool.
    PoolCreated,
    /// A pool has another name.
    PoolChanged,
    /// A pool is gone.
    PoolDeleted,
    /// There is more in stock.
    StockAdded,
    /// Something in stock is another, out of use, in use again or free.
    StockChanged,
    /// Something went out of stock.
    StockRemoved,
    /// A device has another secret.
    DeviceSecretMade,
    /// A setting of the tenant is another.
    TenantChanged,
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
            Self::DeskCreated => "urn:deskgate:event:desk:created",
            Self::DeskChanged => "urn:deskgate:event:desk:changed",
            Self::DeskDeleted => "urn:deskgate:event:desk:deleted",
            Self::GrantsChanged => "urn:deskgate:event:grants:changed",
            Self::RulesChanged => "urn:deskgate:event:rules:changed",
            Self::PoolCreated => "urn:deskgate:event:pool:created",
            Self::PoolChanged => "urn:deskgate:event:pool:changed",
            Self::PoolDeleted => "urn:deskgate:event:pool:deleted",
            Self::StockAdded => "urn:deskgate:event:stock:added",
            Self::StockChanged => "urn:deskgate:event:stock:changed",
            Self::StockRemoved => "urn:deskgate:event:stock:removed",
            Self::DeviceSecretMade => "urn:deskgate:event:device:secret-made",
            Self::TenantChanged => "urn:deskgate:event:tenant:changed",
        }
    }
}

/// Whom or what a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An employee.
    Employee(EmployeeId),
    /// A group. Everybody who comes into it or goes is named in `members` of the payload, whether the request named him
    /// or not: employees as `added` and `removed`, so that each hears of things in their order, groups as `groupsAdded`
    /// and `groupsRemoved`. Those who do not fit into one message are named in further ones. Where a group is deleted, so
    /// is everybody who was in it, and each group that held it has lost it. Who is in a group by way of others is not
    /// named: that follows from who is in which directly, and of that these messages are a copy.
    Group(GroupId),
    /// Nobody in particular: the tenant as a whole.
    Tenant,
}

impl About {
    /// The employee, if it is one.
    #[must_use]
    pub const fn employee(self) -> Option<EmployeeId> {
        match self {
            Self::Employee(id) => Some(id),
            Self::Group(_) | Self::Tenant => None,
        }
    }

    /// The group, if it is one.
    #[must_use]
    pub const fn group(self) -> Option<GroupId> {
        match self {
            Self::Employee(_) | Self::Tenant => None,
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
