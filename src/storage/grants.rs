//! What employees have or wait for, a row a slot.

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GrantId, GroupId, ThingId};
use crate::domain::tenant::TenantScope;

row! {
    /// What one employee has or waits for in one slot.
    #[derive(Debug, Clone)]
    pub struct GrantRow {
        /// The identifier.
        pub id: GrantId,
        /// Who.
        pub employee_id: EmployeeId,
        /// The slot.
        pub slot: String,
        /// His place in the queue.
        pub place: i64,
        /// What is in the slot and why, as JSON.
        pub state: String,
    }
}

/// The columns of [`GrantRow`] of the grant `g`.
macro_rules! grant_columns {
    () => {
        "SELECT g.id, g.employee_id, g.slot, g.place, g.state FROM grants g "
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
    /// What it is for.
    pub subject: &'static str,
    /// The thing, and whether it is his alone.
    pub thing: Option<(ThingId, bool)>,
    /// What stock could change what is there.
    pub waits_for: Option<String>,
    /// His place in the queue; `None`: the one he has, where the grant is there already.
    pub place: Option<i64>,
    /// What is in the slot and why, as JSON.
    pub state: String,
}

impl GrantWrite {
    fn to_json(&self) -> serde_json::Value {
        let hex = |id: uuid::Uuid| id.simple().to_string();
        serde_json::json!({
            "id": hex(self.id.uuid()),
            "employee": hex(self.employee.uuid()),
            "slot": self.slot,
            "subject": self.subject,
            "thing": self.thing.map(|(thing, _)| hex(thing.uuid())),
            "holder": self.thing.and_then(|(_, alone)| alone.then(|| hex(self.employee.uuid()))),
            "waits": self.waits_for,
            "place": self.place,
            "state": self.state,
        })
    }
}

fn list(grants: &[GrantWrite]) -> Json {
    Json(serde_json::Value::Array(grants.iter().map(GrantWrite::to_json).collect()).to_string())
}

/// Everything these employees have or wait for.
///
/// # Errors
///
/// Those of the database.
pub async fn of_employees(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.employee_id = ANY (CAST($2 AS uuid[]))
                 ORDER BY g.employee_id, g.slot"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1
                 AND g.employee_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY g.employee_id, g.slot")
        },
        scope.tenant(),
        employees
    )
}

/// What these employees have or wait for of these [subjects](GrantWrite::subject).
///
/// # Errors
///
/// Those of the database.
pub async fn of_subjects(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    employees: &Ids,
    subjects: &[&'static str],
) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.employee_id = ANY (CAST($2 AS uuid[]))
                 AND g.subject IN (SELECT jsonb_array_elements_text($3)) ORDER BY g.employee_id, g.slot"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1
                 AND g.employee_id IN (SELECT unhex(value) FROM json_each($2))
                 AND g.subject IN (SELECT value FROM json_each($3)) ORDER BY g.employee_id, g.slot")
        },
        scope.tenant(),
        employees,
        Json(serde_json::json!(subjects).to_string())
    )
}

/// Everybody who has one of these things.
///
/// # Errors
///
/// Those of the database.
pub async fn of_things(tx: &mut Tx<'_>, scope: TenantScope, things: &Ids) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.thing_id = ANY (CAST($2 AS uuid[]))
                 ORDER BY g.employee_id, g.slot"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1
                 AND g.thing_id IS NOT NULL AND g.thing_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY +g.employee_id, g.slot")
        },
        scope.tenant(),
        things
    )
}

/// What waits for any of this stock, in the order of the queue, behind that place.
///
/// # Errors
///
/// Those of the database.
pub async fn waiting(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    waits_for: &[String],
    behind: i64,
    limit: i64,
) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.waits_for IN (SELECT jsonb_array_elements_text($2))
                 AND g.place > $3 ORDER BY g.place LIMIT $4"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.waits_for IN (SELECT value FROM json_each($2))
                 AND g.place > $3 ORDER BY g.place LIMIT $4")
        },
        scope.tenant(),
        Json(serde_json::json!(waits_for).to_string()),
        behind,
        limit
    )
}

/// Everything that waits for something in a tenant, in the order of the queue, behind that place.
///
/// # Errors
///
/// Those of the database.
pub async fn pending(tx: &mut Tx<'_>, scope: TenantScope, behind: i64, limit: i64) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        (concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.waits_for IS NOT NULL AND g.place > $2 ORDER BY g.place LIMIT $3")),
        scope.tenant(),
        behind,
        limit
    )
}

/// What these employees wait for in slots of these names.
///
/// # Errors
///
/// Those of the database.
pub async fn waiting_in(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids, slots: &[&str]) -> Result<Vec<GrantRow>> {
    fetch!(
        all GrantRow,
        tx,
        {
            pg: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.employee_id = ANY (CAST($2 AS uuid[]))
                 AND g.slot IN (SELECT jsonb_array_elements_text($3)) AND g.thing_id IS NULL AND g.waits_for IS NOT NULL"),
            lite: concat!(grant_columns!(), "WHERE g.tenant_id = $1 AND g.employee_id IN (SELECT unhex(value) FROM json_each($2))
                 AND g.slot IN (SELECT value FROM json_each($3)) AND g.thing_id IS NULL AND +g.waits_for IS NOT NULL")
        },
        scope.tenant(),
        employees,
        Json(serde_json::json!(slots).to_string())
    )
}

/// So many places at the end of the queue, the first first.
///
/// # Errors
///
/// Those of the database.
pub async fn places(tx: &mut Tx<'_>, scope: TenantScope, count: i64) -> Result<Vec<i64>> {
    let places = fetch!(
        all Single<i64>,
        tx,
        {
            pg: "SELECT nextval('grant_places') AS place FROM generate_series(1, $2) WHERE CAST($1 AS uuid) IS NOT NULL",
            lite: "WITH RECURSIVE n(place) AS (
                     SELECT coalesce((SELECT max(g.place) FROM grants g WHERE g.tenant_id = $1), 0) + 1
                     UNION ALL SELECT n.place + 1 FROM n LIMIT $2) SELECT place FROM n"
        },
        scope.tenant(),
        count
    )?;
    Ok(places.into_iter().map(|(place,)| place).collect())
}

/// Adds grants. A slot that is taken, and an exclusive thing whose holder is somebody else, is an error of the keys.
///
/// # Errors
///
/// `Unique`, `ForeignKey`, and those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, grants: &[GrantWrite], now: Ts) -> Result<()> {
    exec!(
        tx,
        {
            pg: "INSERT INTO grants (tenant_id, id, employee_id, slot, subject, thing_id, holder_id, waits_for, place, state,
                     created_at, updated_at)
                 SELECT $1, n.id, n.employee, n.slot, n.subject, n.thing, n.holder, n.waits, n.place, n.state, $3, $3
                 FROM jsonb_to_recordset($2) AS n(id uuid, employee uuid, slot text, subject text, thing uuid, holder uuid,
                     waits text, place bigint, state text)",
            lite: "INSERT INTO grants (tenant_id, id, employee_id, slot, subject, thing_id, holder_id, waits_for, place, state,
                     created_at, updated_at)
                 SELECT $1, unhex(n.value ->> '$.id'), unhex(n.value ->> '$.employee'), n.value ->> '$.slot',
                     n.value ->> '$.subject', unhex(n.value ->> '$.thing'), unhex(n.value ->> '$.holder'),
                     n.value ->> '$.waits', n.value ->> '$.place', n.value ->> '$.state', $3, $3
                 FROM json_each($2) AS n"
        },
        scope.tenant(),
        list(grants),
        now
    )?;
    Ok(())
}

/// Writes grants over what they were. Says how many were there.
///
/// # Errors
///
/// `ForeignKey`, and those of the database.
pub async fn update(tx: &mut Tx<'_>, scope: TenantScope, grants: &[GrantWrite], now: Ts) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "UPDATE grants AS g SET slot = n.slot, subject = n.subject, thing_id = n.thing, holder_id = n.holder,
                     waits_for = n.waits, place = coalesce(n.place, g.place), state = n.state, updated_at = $3
                 FROM jsonb_to_recordset($2) AS n(id uuid, slot text, subject text, thing uuid, holder uuid, waits text,
                     place bigint, state text)
                 WHERE g.tenant_id = $1 AND g.id = n.id",
            lite: "UPDATE grants AS g SET slot = n.value ->> '$.slot', subject = n.value ->> '$.subject',
                     thing_id = unhex(n.value ->> '$.thing'), holder_id = unhex(n.value ->> '$.holder'),
                     waits_for = n.value ->> '$.waits', place = coalesce(n.value ->> '$.place', g.place),
                     state = n.value ->> '$.state', updated_at = $3
                 FROM json_each($2) AS n WHERE g.tenant_id = iif(n.key IS NULL, NULL, $1) AND g.id = unhex(n.value ->> '$.id')"
        },
        scope.tenant(),
        list(grants),
        now
    )
}

/// Takes the things out of grants that will be written anew, so that the things can be given to others first.
///
/// # Errors
///
/// Those of the database.
pub async fn clear(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "UPDATE grants SET thing_id = NULL, holder_id = NULL WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "UPDATE grants SET thing_id = NULL, holder_id = NULL
                 WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        ids
    )
}

/// Something that somebody had, as JSON.
#[derive(Debug, Clone)]
pub struct PastWrite {
    /// Who.
    pub employee: EmployeeId,
    /// What and why.
    pub past: String,
}

/// Remembers what employees had.
///
/// # Errors
///
/// Those of the database.
pub async fn remember(tx: &mut Tx<'_>, scope: TenantScope, past: &[PastWrite], now: Ts) -> Result<()> {
    let past: Vec<serde_json::Value> = past
        .iter()
        .map(|one| serde_json::json!({"employee": one.employee.uuid().simple().to_string(), "past": one.past}))
        .collect();
    exec!(
        tx,
        {
            pg: "INSERT INTO past_grants (tenant_id, employee_id, past, ended_at)
                 SELECT $1, n.employee, n.past, $3 FROM jsonb_to_recordset($2) AS n(employee uuid, past text)",
            lite: "INSERT INTO past_grants (tenant_id, employee_id, past, ended_at)
                 SELECT $1, unhex(n.value ->> '$.employee'), n.value ->> '$.past', $3 FROM json_each($2) AS n"
        },
        scope.tenant(),
        Json(serde_json::Value::from(past).to_string()),
        now
    )?;
    Ok(())
}

/// What an employee had, the latest first, as JSON.
///
/// # Errors
///
/// Those of the database.
pub async fn past(tx: &mut Tx<'_>, scope: TenantScope, employee: EmployeeId, limit: i64) -> Result<Vec<String>> {
    let past = fetch!(
        all Single<String>,
        tx,
        "SELECT past FROM past_grants WHERE tenant_id = $1 AND employee_id = $2 ORDER BY seq DESC LIMIT $3",
        scope.tenant(),
        employee,
        limit
    )?;
    Ok(past.into_iter().map(|(past,)| past).collect())
}

/// Remembers of one what another had: they are the same person.
#[must_use]
pub fn copy_past_step(scope: TenantScope, from: EmployeeId, to: EmployeeId) -> Step {
    step!(
        "INSERT INTO past_grants (tenant_id, employee_id, past, ended_at)
         SELECT p.tenant_id, $3, p.past, p.ended_at FROM past_grants p WHERE p.tenant_id = $1 AND p.employee_id = $2",
        scope.tenant(),
        from,
        to
    )
}

/// Forgets what people of all tenants had until `since` or earlier, so much at most; says how much.
///
/// # Errors
///
/// Those of the database.
pub async fn forget_past(tx: &mut Tx<'_>, since: Ts, limit: i64) -> Result<u64> {
    exec!(
        tx,
        "DELETE FROM past_grants WHERE seq IN (
             SELECT seq FROM past_grants WHERE ended_at <= $1 ORDER BY ended_at LIMIT $2)",
        since,
        limit
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

/// Holds while somebody has nothing and waits for nothing.
#[must_use]
pub fn nothing_condition(scope: TenantScope, employee: EmployeeId) -> Step {
    step!(
        "SELECT 1 AS hit FROM employees e WHERE e.tenant_id = $1 AND e.id = $2
         AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.tenant_id = $1 AND g.employee_id = $2)",
        scope.tenant(),
        employee
    )
}

row! {
    /// What a plan has to know of an employee.
    #[derive(Debug, Clone)]
    pub struct PersonRow {
        /// Who.
        pub id: EmployeeId,
        /// The user name.
        pub user_name: String,
        /// The given name.
        pub given_name: Option<String>,
        /// The family name.
        pub family_name: Option<String>,
        /// The name to show.
        pub display_name: Option<String>,
        /// Where letters go.
        pub email: Option<String>,
        /// The number he chose to show when he calls.
        pub default_number_id: Option<ThingId>,
        /// The canonical document; nothing where nobody asked for it.
        pub document: Option<String>,
    }
}

/// What a plan has to know of these employees, with or without their documents.
///
/// # Errors
///
/// Those of the database.
pub async fn people(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    employees: &Ids,
    with_documents: bool,
) -> Result<Vec<PersonRow>> {
    fetch!(
        all PersonRow,
        tx,
        {
            pg: "SELECT id, user_name, given_name, family_name, display_name, email, default_number_id,
                     CASE WHEN $3 THEN document END AS document
                 FROM employees WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT id, user_name, given_name, family_name, display_name, email, default_number_id,
                     CASE WHEN $3 THEN document END AS document
                 FROM employees WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        employees,
        with_documents
    )
}

row! {
    /// Somebody and a group that he is in.
    #[derive(Debug, Clone)]
    pub struct InGroupRow {
        /// Who.
        pub employee_id: EmployeeId,
        /// The group, which holds him or another that does.
        pub group_id: GroupId,
    }
}

/// In which of these groups these employees are, directly or not.
///
/// # Errors
///
/// Those of the database.
pub async fn groups_of(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids, groups: &Ids) -> Result<Vec<InGroupRow>> {
    fetch!(
        all InGroupRow,
        tx,
        {
            pg: "SELECT DISTINCT m.employee_id, c.ancestor_id AS group_id FROM group_members m
                 JOIN group_closure c ON c.tenant_id = m.tenant_id AND c.descendant_id = m.group_id
                 WHERE m.tenant_id = $1 AND m.employee_id = ANY (CAST($2 AS uuid[]))
                 AND c.ancestor_id = ANY (CAST($3 AS uuid[]))",
            lite: "SELECT DISTINCT m.employee_id, c.ancestor_id AS group_id FROM group_members m
                 JOIN group_closure c ON c.tenant_id = m.tenant_id AND c.descendant_id = m.group_id
                 WHERE m.tenant_id = $1 AND m.employee_id IN (SELECT unhex(value) FROM json_each($2))
                 AND c.ancestor_id IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        employees,
        groups
    )
}

/// What an employee has as SCIM shows it, and the same folded for searching.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Who.
    pub employee: EmployeeId,
    /// The attributes of the SCIM extension, as a JSON object.
    pub telephony: String,
    /// The folded attributes, as JSON.
    pub folded: serde_json::Value,
}

/// Writes what employees have into their rows, each with a new version where something else is shown than before.
/// `extension` is the URN it stands under.
///
/// # Errors
///
/// Those of the database.
pub async fn show(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    shown: &[Shown],
    extension: &'static str,
    now: Ts,
) -> Result<u64> {
    let shown: Vec<serde_json::Value> = shown
        .iter()
        .map(|one| {
            serde_json::json!({
                "id": one.employee.uuid().simple().to_string(),
                "telephony": one.telephony,
                "folded": one.folded,
            })
        })
        .collect();
    exec!(
        tx,
        {
            pg: "UPDATE employees AS e SET telephony = n.telephony, version = e.version + 1, updated_at = $3,
                     search = jsonb_set(e.search, ARRAY[$4], coalesce(e.search -> $4, '{}')
                         - ARRAY['numbers', 'extensions', 'desks'] || n.folded)
                 FROM jsonb_to_recordset($2) AS n(id uuid, telephony text, folded jsonb)
                 WHERE e.tenant_id = $1 AND e.id = n.id AND coalesce(e.telephony, '{}') <> n.telephony",
            lite: "UPDATE employees AS e SET telephony = n.value ->> '$.telephony', version = e.version + 1, updated_at = $3,
                     search = json_set(e.search, '$.\"' || $4 || '\"', json_patch(
                         json_remove(coalesce(e.search -> ('$.\"' || $4 || '\"'), '{}'), '$.numbers', '$.extensions', '$.desks'),
                         n.value -> '$.folded'))
                 FROM json_each($2) AS n WHERE e.tenant_id = iif(n.key IS NULL, NULL, $1) AND e.id = unhex(n.value ->> '$.id')
                 AND coalesce(e.telephony, '{}') <> n.value ->> '$.telephony'"
        },
        scope.tenant(),
        Json(serde_json::Value::from(shown).to_string()),
        now,
        extension
    )
}

/// Lets nobody else change these employees until the unit of work has ended; gives those who are there. SQLite has one
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
