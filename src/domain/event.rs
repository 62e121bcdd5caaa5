//! Provisioning events: what an identity provider asked for and what became of it, for the administrator.

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, EventId};

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
    /// What was asked for: `create`, `revive`, `replace`, `modify`, `delete`.
    pub operation: String,
    /// Whom it concerned, where that is known.
    pub employee_id: Option<EmployeeId>,
    /// His user name today, for the reader; never stored with the event.
    pub user_name: Option<String>,
    /// The HTTP status of the answer.
    pub status: i64,
    /// The `scimType` of a refusal.
    pub scim_type: Option<String>,
    /// The attributes that changed, e.g. `name.familyName`.
    pub changed: Vec<String>,
}
