//! What employees have or wait for, a row a slot.

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{DeskId, EmployeeId, GrantId, ThingId};
use crate::domain::tenant::TenantScope;

row! {
    /// What one employee has or waits for in one slot.
    #[derive(Debug, Clone)]
    pub struct GrantRow {
        /// Its age among all grants.
        pub seq: i64,
        /// The identifier.
        pub id: GrantId,
        /// Who.
        pub employee_id: EmployeeId,
        /// The slot.
        pub slot: String,
        /// The kind of thing or right.
        pub kind: String,
        /// The thing.
        pub thing_id: Option<ThingId>,
        /// The desk.
        pub desk_id: Option<DeskId>,
        /// The level of a permission.
        pub level: Option<String>,
        /// Why there is nothing, or nothing better, as JSON.
        pub reason: Option<String>,
        /// What stock could change that.
        pub waits_for: Option<String>,
        /// Who gives it, as JSON.
        pub sources: String,
        /// Since when he has it.
        pub granted_at: Option<Ts>,
        /// Since when he has it or waits for it.
        pub created_at: Ts,
    }
}

/// The columns of [`GrantRow`] of the grant `g`.
macro_rules! grant_columns {
    () => {
        "SELECT g.seq, g.id, g.employee_id, g.slot, g.kind, g.thing_id, g.desk_id, g.level, g.reason, g.waits_for, g.sources,
             g.granted_at, g.created_at FROM grants g "
    };
}

/// A grant as it shall stand in the database.
#[derive(Debug, Clone)]
pub struct GrantWrite {
    /// The identifier.
    pub id: GrantId,
    /// Who.
    pub employee: EmployeeId,
    /// The slot.
    pub slot: String,
    /// The kind of thing or right.
    pub kind: &'static str,
    /// The thing, and whether it is his alone.
    pub thing: Option<(ThingId, bool)>,
    /// The desk.
    pub desk: Option<DeskId>,
    /// The level of a permission.
    pub level: Option<&'static str>,
    /// Why there is nothing, or nothing better, as JSON.
    pub reason: Option<String>,
    /// What stock could change that.
    pub waits_for: Option<String>,
    /// Who gives it, as JSON.
    pub sources: String,
    /// Since when he has it.
    pub granted_at: Option<Ts>,
}

impl GrantWrite {
    fn to_json(&self) -> serde_json::Value {
        let hex = |id: uuid::Uuid| id.simple().to_string();
        serde_json::json!({
            "id": hex(self.id.uuid()),
            "employee": hex(self.employee.uuid()),
            "slot": self.slot,
            "kind": self.kind,
            "thing": self.thing.map(|(thing, _)| hex(thing.uuid())),
            "holder": self.thing.and_then(|(_, alone)| alone.then(|| hex(self.employee.uuid()))),
            "desk": self.desk.map(|desk| hex(desk.uuid())),
            "level": self.level,
            "reason": self.reason,
            "waits": self.waits_for,
            "sources": self.sources,
            "granted": self.granted_at.map(Ts::micros),
        })
    }
}

fn list(grants: &[GrantWrite]) -> Json {
    Json(serde_json::Value::Array(grants.iter().map(GrantWrite::to_json).collect()).to_string())
}

/// Everything these employees have or wait for, by age.
///
/// # Errors
///
/// Those of the database.
pub async fn of_employees(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.employee_id = ANY (CAST($2 AS uuid[])) ORDER BY g.seq"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1
                 AND g.employee_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY g.seq")
        },
        scope.tenant(),
        employees
    )
}

/// Everybody who has one of these things, by the age of what he has.
///
/// # Errors
///
/// Those of the database.
pub async fn of_things(tx: &mut Tx<'_>, scope: TenantScope, things: &Ids) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.thing_id = ANY (CAST($2 AS uuid[])) ORDER BY g.seq"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1
                 AND g.thing_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY g.seq")
        },
        scope.tenant(),
        things
    )
}

/// What waits for this stock, the oldest first.
///
/// # Errors
///
/// Those of the database.
pub async fn waiting(tx: &mut Tx<'_>, scope: TenantScope, waits_for: &str, limit: i64) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        (concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.waits_for = $2 ORDER BY g.seq LIMIT $3")),
        scope.tenant(),
        waits_for,
        limit
    )
}

/// Everything that waits for something in a tenant, the oldest first, behind that place.
///
/// # Errors
///
/// Those of the database.
pub async fn pending(tx: &mut Tx<'_>, scope: TenantScope, behind: i64, limit: i64) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        (concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.waits_for IS NOT NULL AND g.seq > $2 ORDER BY g.seq LIMIT $3")),
        scope.tenant(),
        behind,
        limit
    )
}

/// Adds grants in this order, which becomes their age. A slot that is taken, and an exclusive thing whose holder is
/// somebody else, is an error of the keys.
///
/// # Errors
///
/// `Unique`, `ForeignKey`, and those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, grants: &[GrantWrite], now: Ts) -> Result<()> {
    exec!(
        tx,
        {
            pg: "INSERT INTO grants (tenant_id, id, employee_id, slot, kind, thing_id, holder_id, desk_id, level, reason, waits_for,
                     sources, granted_at, created_at, updated_at)
                 SELECT $1, CAST(n.value ->> 'id' AS uuid), CAST(n.value ->> 'employee' AS uuid), n.value ->> 'slot',
                     n.value ->> 'kind', CAST(n.value ->> 'thing' AS uuid), CAST(n.value ->> 'holder' AS uuid),
                     CAST(n.value ->> 'desk' AS uuid), n.value ->> 'level', n.value ->> 'reason', n.value ->> 'waits',
                     n.value ->> 'sources', to_timestamp(CAST(n.value ->> 'granted' AS bigint) / 1000000.0), $3, $3
                 FROM jsonb_array_elements($2) WITH ORDINALITY AS n(value, place) ORDER BY n.place",
            lite: "INSERT INTO grants (tenant_id, id, employee_id, slot, kind, thing_id, holder_id, desk_id, level, reason, waits_for,
                     sources, granted_at, created_at, updated_at)
                 SELECT $1, unhex(n.value ->> '$.id'), unhex(n.value ->> '$.employee'), n.value ->> '$.slot',
                     n.value ->> '$.kind', unhex(n.value ->> '$.thing'), unhex(n.value ->> '$.holder'),
                     unhex(n.value ->> '$.desk'), n.value ->> '$.level', n.value ->> '$.reason', n.value ->> '$.waits',
                     n.value ->> '$.sources', n.value ->> '$.granted', $3, $3
                 FROM json_each($2) AS n ORDER BY n.key"
        },
        scope.tenant(),
        list(grants),
        now
    )?;
    Ok(())
}

/// Writes grants over what they were; slot, employee and age stay. Says how many were there.
///
/// # Errors
///
/// `ForeignKey`, and those of the database.
pub async fn update(tx: &mut Tx<'_>, scope: TenantScope, grants: &[GrantWrite], now: Ts) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "UPDATE grants AS g SET thing_id = CAST(n.value ->> 'thing' AS uuid), holder_id = CAST(n.value ->> 'holder' AS uuid),
                     desk_id = CAST(n.value ->> 'desk' AS uuid), level = n.value ->> 'level', reason = n.value ->> 'reason',
                     waits_for = n.value ->> 'waits', sources = n.value ->> 'sources',
                     granted_at = to_timestamp(CAST(n.value ->> 'granted' AS bigint) / 1000000.0), updated_at = $3
                 FROM jsonb_array_elements($2) AS n(value)
                 WHERE g.tenant_id = $1 AND g.id = CAST(n.value ->> 'id' AS uuid)",
            lite: "UPDATE grants AS g SET thing_id = unhex(n.value ->> '$.thing'), holder_id = unhex(n.value ->> '$.holder'),
                     desk_id = unhex(n.value ->> '$.desk'), level = n.value ->> '$.level', reason = n.value ->> '$.reason',
                     waits_for = n.value ->> '$.waits', sources = n.value ->> '$.sources', granted_at = n.value ->> '$.granted',
                     updated_at = $3
                 FROM json_each($2) AS n WHERE g.tenant_id = $1 AND g.id = unhex(n.value ->> '$.id')"
        },
        scope.tenant(),
        list(grants),
        now
    )
}

/// Takes grants away; the things go with [`release`](super::things::release). Says how many there were.
///
/// # Errors
///
/// Those of the database.
pub async fn delete(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "DELETE FROM grants WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "DELETE FROM grants WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        ids
    )
}

/// Takes everything from an employee who is about to be deleted; goes in front of [`release_all_step`].
#[must_use]
pub fn delete_all_step(scope: TenantScope, employee: EmployeeId) -> Step {
    step!("DELETE FROM grants WHERE tenant_id = $1 AND employee_id = $2", scope.tenant(), employee)
}

/// Puts everything on hold that an employee holds who is about to be deleted, for him, as long as the tenant says.
#[must_use]
pub fn release_all_step(scope: TenantScope, employee: EmployeeId, now: Ts) -> Step {
    step!(
        {
            pg: "UPDATE things AS t SET holder_id = NULL,
                     held_until = CASE WHEN n.hold_days > 0 THEN CAST($3 AS timestamptz) + n.hold_days * interval '1 day' END,
                     held_for = CASE WHEN n.hold_days > 0 THEN CAST($2 AS uuid) END,
                     released_at = $3, version = t.version + 1, updated_at = $3
                 FROM tenants AS n WHERE n.id = $1 AND t.tenant_id = $1 AND t.holder_id = $2",
            lite: "UPDATE things AS t SET holder_id = NULL,
                     held_until = CASE WHEN n.hold_days > 0 THEN $3 + n.hold_days * 86400000000 END,
                     held_for = CASE WHEN n.hold_days > 0 THEN $2 END,
                     released_at = $3, version = t.version + 1, updated_at = $3
                 FROM tenants AS n WHERE n.id = $1 AND t.tenant_id = $1 AND t.holder_id = $2"
        },
        scope.tenant(),
        employee,
        now
    )
}

/// Lets nobody else plan for these employees until the unit of work has ended; gives those who are there. SQLite has one
/// writer anyway.
///
/// # Errors
///
/// Those of the database.
pub async fn lock_employees(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids) -> Result<Vec<EmployeeId>> {
    let locked = fetch!(
        all Single<EmployeeId>,
        tx,
        {
            pg: "SELECT id FROM employees WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[])) ORDER BY id FOR NO KEY UPDATE",
            lite: "SELECT id FROM employees WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY id"
        },
        scope.tenant(),
        employees
    )?;
    Ok(locked.into_iter().map(|(id,)| id).collect())
}
