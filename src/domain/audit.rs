//! Audit records: every change, with who made it, why, and what was before and after.

use serde_json::{Map, Value};

use super::credential::Credential;
use crate::base::clock::Ts;
use crate::base::ids::{AuditId, ClientId, DeskId, EmployeeId, EventId, GroupId, PoolId, TenantId, ThingId, TokenId};

/// Who changed something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An identity provider or a program of the tenant's administrators, by the token it came with.
    Token(TokenId),
    /// An identity provider, by the client whose access token it came with.
    Client(ClientId),
    /// The operator at the shell, by login name.
    Operator(String),
    /// The daemon, which finishes what it was asked for before it ended.
    Daemon,
}

impl Actor {
    /// The kind, as it is stored.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Client(_) => "client",
            Self::Operator(_) => "operator",
            Self::Daemon => "daemon",
        }
    }

    /// The identifier within the kind.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Token(id) => id.to_string(),
            Self::Client(id) => id.to_string(),
            Self::Operator(name) => name.clone(),
            Self::Daemon => "deskgate".to_owned(),
        }
    }
}

impl From<Credential> for Actor {
    fn from(credential: Credential) -> Self {
        match credential {
            Credential::Token(id) => Self::Token(id),
            Credential::Client(id) => Self::Client(id),
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A tenant was made.
    TenantCreated,
    /// A setting of a tenant changed.
    TenantChanged,
    /// A token was made.
    TokenCreated,
    /// A token was taken back.
    TokenRevoked,
    /// A token got a successor.
    TokenRotated,
    /// A client was made.
    ClientCreated,
    /// A client got another secret or public key.
    ClientRotated,
    /// A client was taken back, or one of its secrets or public keys.
    ClientRevoked,
    /// An employee came.
    EmployeeCreated,
    /// An employee came back: locked by the IdP before, or deleted with his things still on hold.
    EmployeeRevived,
    /// An employee's data changed.
    EmployeeChanged,
    /// An administrator locked an employee.
    EmployeeLocked,
    /// An administrator took his key of an employee's lock away.
    EmployeeUnlocked,
    /// An employee made by hand became an identity provider's.
    EmployeeAdopted,
    /// An employee was deleted.
    EmployeeDeleted,
    /// What an employee has or waits for changed.
    GrantsChanged,
    /// Other rules were put in force.
    RulesChanged,
    /// A pool was made.
    PoolCreated,
    /// A pool got another name.
    PoolChanged,
    /// A pool was deleted.
    PoolDeleted,
    /// A thing came into stock.
    ThingAdded,
    /// What is known of a thing changed, or its pool, or what it is used for.
    ThingChanged,
    /// A thing was taken out of use.
    ThingDisabled,
    /// A thing is in use again.
    ThingEnabled,
    /// An administrator ended the hold of a thing.
    ThingFreed,
    /// A thing went out of stock.
    ThingRemoved,
    /// A device got another secret.
    DeviceSecretMade,
    /// An OfficeDesk was made.
    DeskCreated,
    /// What an OfficeDesk may do or use changed.
    DeskChanged,
    /// An OfficeDesk was deleted.
    DeskDeleted,
    /// A group was made.
    GroupCreated,
    /// A group's data or members changed.
    GroupChanged,
    /// A group was deleted.
    GroupDeleted,
}

impl Action {
    /// The closed-set name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TenantCreated => "tenant.created",
            Self::TenantChanged => "tenant.changed",
            Self::TokenCreated => "token.created",
            Self::TokenRevoked => "token.revoked",
            Self::TokenRotated => "token.rotated",
            Self::ClientCreated => "client.created",
            Self::ClientRotated => "client.rotated",
            Self::ClientRevoked => "client.revoked",
            Self::EmployeeCreated => "employee.created",
            Self::EmployeeRevived => "employee.revived",
            Self::EmployeeChanged => "employee.changed",
            Self::EmployeeLocked => "employee.locked",
            Self::EmployeeUnlocked => "employee.unlocked",
            Self::EmployeeAdopted => "employee.adopted",
            Self::EmployeeDeleted => "employee.deleted",
            Self::GrantsChanged => "grants.changed",
            Self::RulesChanged => "rules.changed",
            Self::PoolCreated => "pool.created",
            Self::PoolChanged => "pool.changed",
            Self::PoolDeleted => "pool.deleted",
            Self::ThingAdded => "thing.added",
            Self::ThingChanged => "thing.changed",
            Self::ThingDisabled => "thing.disabled",
            Self::ThingEnabled => "thing.enabled",
            Self::ThingFreed => "thing.freed",
            Self::ThingRemoved => "thing.removed",
            Self::DeviceSecretMade => "device.secret_made",
            Self::DeskCreated => "desk.created",
            Self::DeskChanged => "desk.changed",
            Self::DeskDeleted => "desk.deleted",
            Self::GroupCreated => "group.created",
            Self::GroupChanged => "group.changed",
            Self::GroupDeleted => "group.deleted",
        }
    }
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A request of an identity provider, kept as this event.
    Event(EventId),
    /// A request to the admin API, by the id under which it was answered.
    Request(String),
    /// A command at the shell.
    Command,
    /// Its time had come.
    Clock,
}

/// One record. `changes` maps each attribute to `[before, after]`; personal values are `"changed"` (R3).
#[derive(Debug, Clone)]
pub struct AuditRecord {
    /// The identifier.
    pub id: AuditId,
    /// When.
    pub at: Ts,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub cause: Cause,
    /// What.
    pub action: Action,
    /// To whom or what: the employee, group, token, client or tenant.
    pub subject: Subject,
    /// Which attributes.
    pub changes: Map<String, Value>,
}

/// To whom or what something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An employee.
    Employee(EmployeeId),
    /// A group.
    Group(GroupId),
    /// A provisioning token.
    Token(TokenId),
    /// An OAuth client.
    Client(ClientId),
    /// The tenant itself.
    Tenant(TenantId),
    /// A pool.
    Pool(PoolId),
    /// A thing in stock.
    Thing(ThingId),
    /// An OfficeDesk.
    Desk(DeskId),
}
