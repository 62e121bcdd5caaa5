//! Provisioning events.

use super::batch::Step;
use super::dynamic::Fragment;
use super::error::Result;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, EventId, GroupId};
use crate::domain::event::NewEvent;
use crate::domain::outbox::About;
use crate::domain::tenant::TenantScope;

/// The event as a step of a batch.
#[must_use]
pub fn step(scope: TenantScope, event: &NewEvent) -> Step {
    step!(
        "INSERT INTO provisioning_events (tenant_id, id, connection_id, token_id, at, request_id, operation,
             employee_id, group_id, members_added, members_removed, status, scim_type, changed, request)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 WHERE true",
        scope.tenant(),
        event.id,
        event.connection,
        event.credential.uuid(),
        event.at,
        event.request_id.as_str(),
        event.operation.name(),
        event.about.and_then(About::employee),
        event.about.and_then(About::group),
        event.members.map(|members| as_number(members.added)),
        event.members.map(|members| as_number(members.removed)),
        i64::from(event.status),
        event.scim_type.map(str::to_owned),
        event.changed.join(" "),
        event.request.as_str(),
    )
}

/// Keeps an event that changed nothing: a refusal.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, event: &NewEvent) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO provisioning_events (tenant_id, id, connection_id, token_id, at, request_id, operation,
             employee_id, group_id, members_added, members_removed, status, scim_type, changed, request)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        scope.tenant(),
        event.id,
        event.connection,
        event.credential.uuid(),
        event.at,
        event.request_id.as_str(),
        event.operation.name(),
        event.about.and_then(About::employee),
        event.about.and_then(About::group),
        event.members.map(|members| as_number(members.added)),
        event.members.map(|members| as_number(members.removed)),
        i64::from(event.status),
        event.scim_type,
        event.changed.join(" "),
        event.request.as_str(),
    )?;
    Ok(())
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

row! {
    /// One event with the names that the employee and the group have, or had last.
    #[derive(Debug, Clone)]
    pub struct EventRow {
        /// The identifier.
        pub id: EventId,
        /// When.
        pub at: Ts,
        /// The request id.
        pub request_id: String,
        /// What was asked for.
        pub operation: String,
        /// Whom it concerned.
        pub employee_id: Option<EmployeeId>,
        /// His user name.
        pub user_name: Option<String>,
        /// Which group it concerned.
        pub group_id: Option<GroupId>,
        /// Its name.
        pub group_name: Option<String>,
        /// How many members the group got.
        pub members_added: Option<i64>,
        /// How many it lost.
        pub members_removed: Option<i64>,
        /// The HTTP status.
        pub status: i64,
        /// The `scimType` of a refusal.
        pub scim_type: Option<String>,
        /// The attributes that changed, separated by blanks.
        pub changed: String,
    }
}

/// Which events.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventFilter {
    /// Only those of this employee.
    pub employee: Option<EmployeeId>,
    /// Only those of this group.
    pub group: Option<GroupId>,
    /// Only those older than this one.
    pub before: Option<EventId>,
    /// Only refusals.
    pub only_refused: bool,
}

/// Events, newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn list(tx: &mut Tx<'_>, scope: TenantScope, filter: EventFilter, limit: i64) -> Result<Vec<EventRow>> {
    let mut sql = Fragment::new(
        tx.engine(),
        "SELECT e.id, e.at, e.request_id, e.operation, e.employee_id, coalesce(p.user_name, d.user_name) AS user_name,
             e.group_id, coalesce(g.display_name, o.display_name) AS group_name, e.members_added,
             e.members_removed, e.status, e.scim_type, e.changed
         FROM provisioning_events e
         LEFT JOIN employees p ON p.tenant_id = e.tenant_id AND p.id = e.employee_id
         LEFT JOIN departed_employees d ON d.tenant_id = e.tenant_id AND d.id = e.employee_id
         LEFT JOIN groups g ON g.tenant_id = e.tenant_id AND g.id = e.group_id
         LEFT JOIN gone_groups o ON o.tenant_id = e.tenant_id AND o.id = e.group_id
         WHERE e.tenant_id = ",
    );
    sql.arg(scope.tenant());
    if let Some(employee) = filter.employee {
        sql.push(" AND e.employee_id = ").arg(employee);
    }
    if let Some(group) = filter.group {
        sql.push(" AND e.group_id = ").arg(group);
    }
    if let Some(before) = filter.before {
        sql.push(" AND e.id < ").arg(before);
    }
    if filter.only_refused {
        sql.push(" AND e.status >= 400");
    }
    sql.push(" ORDER BY e.id DESC LIMIT ").arg(limit);
    tx.fetch(sql).await
}
