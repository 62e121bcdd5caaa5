//! What the administrator can look up about the requests of his identity provider.

use super::App;
use super::tenants::TenantError;
use crate::base::ids::{EmployeeId, EventId, GroupId};
use crate::domain::event::ProvisioningEvent;
use crate::storage::Tx;
use crate::storage::events::{EventFilter, EventRow, list};

/// Which events.
#[derive(Debug, Clone, Copy)]
pub struct EventQuery {
    /// Only those of this employee.
    pub employee: Option<EmployeeId>,
    /// Only those of this group.
    pub group: Option<GroupId>,
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
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let filter = EventFilter {
            employee: query.employee,
            group: query.group,
            before: query.before,
            only_refused: query.only_refused,
        };
        let limit = i64::from(query.limit);
        let rows = self.0.store.read(async move |tx: &mut Tx<'_>| list(tx, scope, filter, limit).await).await?;
        Ok(rows.into_iter().map(event).collect())
    }
}

fn event(row: EventRow) -> ProvisioningEvent {
    ProvisioningEvent {
        id: row.id,
        at: row.at,
        request_id: row.request_id,
        operation: row.operation,
        employee_id: row.employee_id,
        user_name: row.user_name,
        group_id: row.group_id,
        group_name: row.group_name,
        members_added: row.members_added,
        members_removed: row.members_removed,
        status: row.status,
        scim_type: row.scim_type,
        changed: row.changed.split_whitespace().map(str::to_owned).collect(),
    }
}
