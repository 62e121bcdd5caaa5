//! What has to leave the house: to the telephony, to webhooks, as mail. Written in the transaction of the change.

use serde_json::{Map, Value};

use crate::base::ids::EmployeeId;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// An employee came.
    EmployeeCreated,
    /// An employee came back.
    EmployeeRevived,
    /// An employee's data changed.
    EmployeeChanged,
    /// An employee is locked from now on.
    EmployeeLocked,
    /// An employee is unlocked from now on.
    EmployeeUnlocked,
    /// An employee was deleted.
    EmployeeDeleted,
}

impl Topic {
    /// The closed-set name, as it is stored and sent.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmployeeCreated => "employee.created",
            Self::EmployeeRevived => "employee.revived",
            Self::EmployeeChanged => "employee.changed",
            Self::EmployeeLocked => "employee.locked",
            Self::EmployeeUnlocked => "employee.unlocked",
            Self::EmployeeDeleted => "employee.deleted",
        }
    }
}

/// One message; the payload carries identifiers and names of attributes, no personal data (H1).
#[derive(Debug, Clone)]
pub struct OutboxMessage {
    /// Whom it is about.
    pub employee: EmployeeId,
    /// What happened.
    pub topic: Topic,
    /// Details.
    pub payload: Map<String, Value>,
}
