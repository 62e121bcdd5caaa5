//! Employees who left. Who comes back while his things are on hold is the same person; how he was called is remembered
//! longer.

use super::batch::Step;
use super::error::Result;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId};
use crate::domain::tenant::TenantScope;

row! {
    /// Somebody who left.
    #[derive(Debug, Clone)]
    pub struct DepartedRow {
        /// The identifier he had.
        pub id: EmployeeId,
        /// 0: it is he; 1: his identity provider says that it is the same person; 2: the user name does.
        pub kinship: i64,
        /// The administrator's key of the lock, which stays his.
        pub admin_locked_at: Option<Ts>,
        /// The count of his credentials' lives.
        pub auth_epoch: i64,
        /// The version he had.
        pub version: i64,
        /// When he was made first.
        pub created_at: Ts,
        /// What had been given to him by hand, as JSON.
        pub by_hand: Option<String>,
    }
}

impl DepartedRow {
    /// Whether who comes gets his identifier again: of one connection with the same `externalId` and user name, or made by
    /// hand under the same user name. Else he only gets what is on hold for him.
    #[must_use]
    pub const fn is_himself(&self) -> bool {
        self.kinship == 0
    }
}

/// Who comes, and may have been here before.
#[derive(Debug, Clone, Copy)]
pub struct Comer<'a> {
    /// The connection that sends him; none: he is made by hand.
    pub connection: Option<ConnectionId>,
    /// The identifier that his IdP gives.
    pub external_id: Option<&'a str>,
    /// The key of his user name.
    pub user_name_key: &'a str,
}

/// Who left as the same person and is still on hold: whoever had the same `externalId` with this connection, else whoever
/// had the same user name; the latest.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, comer: Comer<'_>, now: Ts) -> Result<Option<DepartedRow>> {
    fetch!(
        opt DepartedRow,
        tx,
        "SELECT id, CAST(CASE
                 WHEN connection_id IS NOT DISTINCT FROM $2 AND user_name_key = $4
                     AND (external_id = $3 OR connection_id IS NULL) THEN 0
                 WHEN connection_id = $2 AND external_id = $3 THEN 1
                 ELSE 2 END AS bigint) AS kinship,
             admin_locked_at, auth_epoch, version, created_at, by_hand
         FROM departed_employees
         WHERE tenant_id = $1 AND hold_until > $5 AND (user_name_key = $4 OR connection_id = $2 AND external_id = $3)
         ORDER BY kinship, departed_at DESC LIMIT 1",
        scope.tenant(),
        comer.connection,
        comer.external_id,
        comer.user_name_key,
        now
    )
}

row! {
    /// How somebody who left is called, and since when he is gone.
    #[derive(Debug, Clone)]
    pub struct FormerRow {
        /// The identifier.
        pub id: EmployeeId,
        /// The user name.
        pub user_name: String,
        /// When he left.
        pub departed_at: Ts,
    }
}

/// Those of these who have left and are remembered.
///
/// # Errors
///
/// Those of the database.
pub async fn by_ids(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids) -> Result<Vec<FormerRow>> {
    fetch!(
        all FormerRow,
        tx,
        {
            pg: "SELECT id, user_name, departed_at FROM departed_employees
                 WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT id, user_name, departed_at FROM departed_employees
                 WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        employees
    )
}

/// Those who left under this user name or with this folded address, the latest first.
///
/// # Errors
///
/// Those of the database.
pub async fn named(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    user_name_key: &str,
    email_key: &str,
    limit: i64,
) -> Result<Vec<FormerRow>> {
    fetch!(
        all FormerRow,
        tx,
        "SELECT id, user_name, departed_at FROM departed_employees
         WHERE tenant_id = $1 AND (user_name_key = $2 OR email_key = $3) ORDER BY departed_at DESC LIMIT $4",
        scope.tenant(),
        user_name_key,
        email_key,
        limit
    )
}

/// Somebody about to be deleted.
#[derive(Debug, Clone)]
pub struct Departure {
    /// The identifier.
    pub id: EmployeeId,
    /// The identifier that his IdP gave.
    pub external_id: Option<String>,
    /// His user name.
    pub user_name: String,
    /// Its key.
    pub user_name_key: String,
    /// The folded address where letters went.
    pub email_key: Option<String>,
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
                      auth_epoch, departed_at, hold_until, user_name, email_key)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $9, $10, CAST($8 AS timestamptz),
                     CAST($8 AS timestamptz) + make_interval(days => CAST(t.hold_days AS integer)), $11, $12
                 FROM tenants t WHERE t.id = $1",
            lite: "INSERT INTO departed_employees
                     (tenant_id, id, connection_id, external_id, user_name_key, version, created_at, admin_locked_at,
                      auth_epoch, departed_at, hold_until, user_name, email_key)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $9, $10, $8, $8 + t.hold_days * 86400000000, $11, $12
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
        departure.auth_epoch,
        departure.user_name.as_str(),
        departure.email_key.clone()
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

/// Holds while what somebody left is there to be passed on to who comes as another employee and is the same person. He
/// stays known, and comes back with nothing.
#[must_use]
pub fn pass_on_guard(scope: TenantScope, gone: &DepartedRow) -> Step {
    step!(
        "UPDATE departed_employees SET by_hand = NULL
         WHERE tenant_id = $1 AND id = $2 AND by_hand IS NOT DISTINCT FROM $3 RETURNING 1 AS hit",
        scope.tenant(),
        gone.id,
        gone.by_hand.clone()
    )
}

/// Remembers what had been given by hand to those who have just left, each as JSON.
///
/// # Errors
///
/// Those of the database.
pub async fn remember_by_hand(tx: &mut Tx<'_>, scope: TenantScope, given: &[(EmployeeId, String)]) -> Result<()> {
    let given: Vec<serde_json::Value> = given
        .iter()
        .map(|(employee, given)| serde_json::json!({"id": employee.uuid().simple().to_string(), "given": given}))
        .collect();
    exec!(
        tx,
        {
            pg: "UPDATE departed_employees AS d SET by_hand = n.given FROM jsonb_to_recordset($2) AS n(id uuid, given text)
                 WHERE d.tenant_id = $1 AND d.id = n.id",
            lite: "UPDATE departed_employees AS d SET by_hand = n.value ->> '$.given' FROM json_each($2) AS n
                 WHERE d.tenant_id = iif(n.key IS NULL, NULL, $1) AND d.id = unhex(n.value ->> '$.id')"
        },
        scope.tenant(),
        Json(serde_json::Value::from(given).to_string())
    )?;
    Ok(())
}

/// Forgets those of all tenants who left before `since` and are no longer on hold, so many at most; says how many.
///
/// # Errors
///
/// Those of the database.
pub async fn forget(tx: &mut Tx<'_>, since: Ts, now: Ts, limit: i64) -> Result<u64> {
    exec!(
        tx,
        "DELETE FROM departed_employees WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM departed_employees WHERE departed_at <= $1 AND hold_until <= $2
             ORDER BY departed_at LIMIT $3)",
        since,
        now,
        limit
    )
}
