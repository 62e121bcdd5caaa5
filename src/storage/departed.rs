//! Employees who left and whose things are on hold: who comes back in that time is the same person.

use super::batch::Step;
use super::error::Result;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId};
use crate::domain::tenant::TenantScope;

row! {
    /// Somebody who left.
    #[derive(Debug, Clone)]
    pub struct DepartedRow {
        /// The identifier he had, and gets again.
        pub id: EmployeeId,
        /// The version he had.
        pub version: i64,
        /// When he was made first.
        pub created_at: Ts,
    }
}

/// Whoever left this connection with the same `externalId` and user name and is still on hold; the latest.
///
/// # Errors
///
/// Those of the database.
pub async fn find(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    connection: ConnectionId,
    external_id: &str,
    user_name_key: &str,
    now: Ts,
) -> Result<Option<DepartedRow>> {
    fetch!(
        opt DepartedRow,
        tx,
        "SELECT id, version, created_at FROM departed_employees
         WHERE tenant_id = $1 AND connection_id = $2 AND external_id = $3 AND user_name_key = $4 AND hold_until > $5
         ORDER BY departed_at DESC LIMIT 1",
        scope.tenant(),
        connection,
        external_id,
        user_name_key,
        now
    )
}

/// Remembers an employee about to be deleted; the hold is his tenant's. A step for the batch whose guard deletes him,
/// so his data come as arguments.
#[must_use]
pub fn remember_step(
    scope: TenantScope,
    connection: ConnectionId,
    id: EmployeeId,
    external_id: Option<&str>,
    user_name_key: &str,
    version: i64,
    created_at: Ts,
    now: Ts,
) -> Step {
    step!(
        {
            pg: "INSERT INTO departed_employees
                     (tenant_id, id, connection_id, external_id, user_name_key, version, created_at, departed_at, hold_until)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8 + make_interval(days => CAST(t.hold_days AS integer))
                 FROM tenants t WHERE t.id = $1",
            lite: "INSERT INTO departed_employees
                     (tenant_id, id, connection_id, external_id, user_name_key, version, created_at, departed_at, hold_until)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8 + t.hold_days * 86400000000
                 FROM tenants t WHERE t.id = $1"
        },
        scope.tenant(),
        id,
        connection,
        external_id.map(str::to_owned),
        user_name_key,
        version,
        created_at,
        now
    )
}

/// Forgets somebody who came back: the guard of the batch that brings him back.
#[must_use]
pub fn forget_guard(scope: TenantScope, id: EmployeeId, version: i64) -> Step {
    step!(
        "DELETE FROM departed_employees WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING 1 AS hit",
        scope.tenant(),
        id,
        version
    )
}
