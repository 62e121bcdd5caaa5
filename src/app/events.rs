//! What the administrator can look up about the requests of his identity provider.

use super::App;
use super::tenants::TenantError;
use crate::base::ids::{EmployeeId, EventId};
use crate::domain::event::ProvisioningEvent;

/// Which events.
#[derive(Debug, Clone, Copy)]
pub struct EventQuery {
    /// Only those of this employee.
    pub employee: Option<EmployeeId>,
    /// Only those older than this event (the last of the page before).
    pub before: Option<EventId>,
    /// Only refusals (status 400 and above).
    pub only_refused: bool,
    /// How many, at most.
    pub limit: u32,
}

impl App {
    /// The provisioning events of a tenant, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn events(&self, tenant: &str, query: EventQuery) -> Result<Vec<ProvisioningEvent>, TenantError> {
        let _ = (tenant, query);
        todo!()
    }
}
