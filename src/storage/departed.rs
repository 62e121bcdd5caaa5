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
        /// The administrator's key of the lock, which stays his.
        pub admin_locked_at: Option<Ts>,
        /// The count of his credentials' lives.
        pub auth_epoch: i64,
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
        "SELECT id, admin_locked_at, auth_epoch, version, created_at FROM departed_employees
         WHERE tenant_id = $1 AND connection_id = $2 AND external_id = $3 AND user_name_key = $4 AND hold_until > $5
         ORDER BY departed_at DESC LIMIT 1",
        scope.tenant(),
        connection,
        external_id,
        user_name_key,
        now
    )
}

/// Whoever was made by hand under this user name, left, and is still on hold; the latest.
///
/// # Errors
///
/// Those of the database.
pub async fn find_by_hand(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    user_name_key: &str,
    now: Ts,
) -> Result<Option<DepartedRow>> {
    fetch!(
        opt DepartedRow,
        tx,
        "SELECT id, admin_locked_at, auth_epoch, version, created_at FROM departed_employees
         WHERE tenant_id = $1 AND connection_id IS NULL AND user_name_key = $2 AND hold_until > $3
         ORDER BY departed_at DESC LIMIT 1",
        scope.tenant(),
        user_name_key,
        now
    )
}

/// Somebody about to be deleted.
#[derive(Debug, Clone)]
pub struct Departure {
    /// The identifier.
    pub id: EmployeeId,
    /// The identifier that his IdP gave.
    pub external_id: Option<String>,
    /// The key of his user name.
    pub user_name_key: String,
    /// The administrator's key of the lock.
    pub admin_locked_at: Option<Ts>,
    /// The count of his credentials' lives.
    pub auth_epoch: i64,
    /// The version he has.
    pub version: i64,
    /// When he was made.
    pub created_at: Ts,
    /// Now.
    pub at: Ts,
}

/// Remembers an employee who is being deleted; the hold is his tenant's.
#[must_use]
pub fn remember_step(scope: TenantScope, connection: Option<ConnectionId>, departure: &Departure) -> Step {
    step!(
        {
            pg: "INSERT INTO departed_employees
                     (tenant_id, id, connection_id, external_id, user_name_key, version, created_at, admin_locked_at,
                      auth_epoch, departed_at, hold_until)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $9, $10, CAST($8 AS timestamptz), CAST($8 AS timestamptz) + make_interval(days => CAST(t.hold_days AS integer))
                 FROM tenants t WHERE t.id = $1",
            lite: "INSERT INTO departed_employees
                     (tenant_id, id, connection_id, external_id, user_name_key, version, created_at, admin_locked_at,
                      auth_epoch, departed_at, hold_until)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $9, $10, $8, $8 + t.hold_days * 86400000000
                 FROM tenants t WHERE t.id = $1"
        },
        scope.tenant(),
        departure.id,
        connection,
        departure.external_id.clone(),
        departure.user_name_key.as_str(),
        departure.version,
        departure.created_at,
        departure.at,
        departure.admin_locked_at,
        departure.auth_epoch
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
