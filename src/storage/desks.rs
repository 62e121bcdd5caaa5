//! OfficeDesks, and what each may use beside what its employee holds.

use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{DeskId, EmployeeId, ThingId};
use crate::domain::tenant::TenantScope;

row! {
    /// One desk.
    #[derive(Debug, Clone)]
    pub struct DeskRow {
        /// The identifier.
        pub id: DeskId,
        /// Whose it is.
        pub employee_id: EmployeeId,
        /// The name.
        pub name: String,
        /// The name to log in with.
        pub user_name: String,
        /// Where the registration mail goes; `None`: to the employee's address.
        pub email: Option<String>,
        /// May send faxes.
        pub fax_sending: bool,
        /// May send short messages.
        pub sms_sending: bool,
        /// Has an address book of its own.
        pub contacts: bool,
        /// Sees all call lists.
        pub call_list: bool,
        /// Reaches the extensions that its employee holds.
        pub own_extensions: bool,
        /// Reaches the devices that its employee holds.
        pub own_devices: bool,
        /// How far its registration is.
        pub status: String,
        /// Whether a rule made it.
        pub by_rule: bool,
        /// Who made it by hand.
        pub made_by: Option<String>,
        /// Whether its employee is locked, and it with him.
        pub locked: bool,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: Ts,
        /// When it was changed last.
        pub updated_at: Ts,
    }
}

/// The columns of [`DeskRow`] of the desk `d`.
macro_rules! desk_columns {
    () => {
        "SELECT d.id, d.employee_id, d.name, d.user_name, d.email, d.fax_sending, d.sms_sending, d.contacts, d.call_list,
             d.own_extensions, d.own_devices, d.status, d.by_rule, d.made_by,
             EXISTS (SELECT 1 FROM employees e WHERE e.tenant_id = d.tenant_id AND e.id = d.employee_id
                 AND (e.idp_locked_at IS NOT NULL OR e.admin_locked_at IS NOT NULL)) AS locked,
             d.version, d.created_at, d.updated_at FROM office_desks d "
    };
}

/// A desk as it shall stand in the database.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a desk has these switches, each of its own")]
pub struct DeskWrite<'a> {
    /// The identifier.
    pub id: DeskId,
    /// Whose it is.
    pub employee: EmployeeId,
    /// The name.
    pub name: &'a str,
    /// The folded name.
    pub name_key: &'a str,
    /// The name to log in with.
    pub user_name: &'a str,
    /// The folded name to log in with.
    pub user_name_key: &'a str,
    /// Where the registration mail goes.
    pub email: Option<&'a str>,
    /// May send faxes.
    pub fax_sending: bool,
    /// May send short messages.
    pub sms_sending: bool,
    /// Has an address book of its own.
    pub contacts: bool,
    /// Sees all call lists.
    pub call_list: bool,
    /// Reaches the extensions that its employee holds.
    pub own_extensions: bool,
    /// Reaches the devices that its employee holds.
    pub own_devices: bool,
    /// Whether a rule made it.
    pub by_rule: bool,
    /// Who makes it by hand; it is kept from then on.
    pub made_by: Option<&'a str>,
}

/// Adds a desk, whose registration mail has not been sent; `None`: its user name is taken.
///
/// # Errors
///
/// `ForeignKey` when the employee is not there, and those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, desk: &DeskWrite<'_>, now: Ts) -> Result<Option<DeskId>> {
    let added = fetch!(
        opt Single<DeskId>,
        tx,
        "INSERT INTO office_desks (tenant_id, id, employee_id, name, name_key, user_name, user_name_key, email, fax_sending,
             sms_sending, contacts, call_list, own_extensions, own_devices, by_rule, status, version, created_at, updated_at,
             made_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'new', 1, $16, $16, $17)
         ON CONFLICT DO NOTHING RETURNING id",
        scope.tenant(),
        desk.id,
        desk.employee,
        desk.name,
        desk.name_key,
        desk.user_name,
        desk.user_name_key,
        desk.email,
        desk.fax_sending,
        desk.sms_sending,
        desk.contacts,
        desk.call_list,
        desk.own_extensions,
        desk.own_devices,
        desk.by_rule,
        now,
        desk.made_by
    )?;
    Ok(added.map(|(id,)| id))
}

/// Writes a desk over what it was; `false`: it is not there, or not at that version. A taken user name is an error of the
/// index.
///
/// # Errors
///
/// `Unique`, `ForeignKey` when the employee is not there, and those of the database.
pub async fn update(tx: &mut Tx<'_>, scope: TenantScope, desk: &DeskWrite<'_>, version: i64, now: Ts) -> Result<bool> {
    let written = exec!(
        tx,
        "UPDATE office_desks SET name = $4, name_key = $5, user_name = $6, user_name_key = $7, email = $8, fax_sending = $9,
             sms_sending = $10, contacts = $11, call_list = $12, own_extensions = $13, own_devices = $14, by_rule = $15,
             employee_id = $17, version = version + 1, updated_at = $16
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
        scope.tenant(),
        desk.id,
        version,
        desk.name,
        desk.name_key,
        desk.user_name,
        desk.user_name_key,
        desk.email,
        desk.fax_sending,
        desk.sms_sending,
        desk.contacts,
        desk.call_list,
        desk.own_extensions,
        desk.own_devices,
        desk.by_rule,
        now,
        desk.employee
    )?;
    Ok(written > 0)
}

/// Deletes desks with what they may use; says how many.
///
/// # Errors
///
/// Those of the database.
pub async fn delete(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "DELETE FROM office_desks WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "DELETE FROM office_desks WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        ids
    )
}

/// The desk with that identifier.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: DeskId) -> Result<Option<DeskRow>> {
    fetch!(
        opt DeskRow,
        tx,
        (concat!(desk_columns!(), "WHERE d.tenant_id = $1 AND d.id = $2")),
        scope.tenant(),
        id
    )
}

/// The desks of these employees by name.
///
/// # Errors
///
/// Those of the database.
pub async fn of_employees(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids) -> Result<Vec<DeskRow>> {
    fetch!(
        all DeskRow,
        tx,
        {
            pg: concat!(desk_columns!(), "WHERE d.tenant_id = $1 AND d.employee_id = ANY (CAST($2 AS uuid[])) ORDER BY d.employee_id, d.name_key"),
            lite: concat!(desk_columns!(), "WHERE d.tenant_id = $1
                 AND d.employee_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY d.employee_id, d.name_key")
        },
        scope.tenant(),
        employees
    )
}

/// A page of the tenant's desks, or of one employee's, by user name, behind that one.
///
/// # Errors
///
/// Those of the database.
pub async fn list(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    employee: Option<EmployeeId>,
    behind: &str,
    limit: i64,
) -> Result<Vec<DeskRow>> {
    match employee {
        None => fetch!(
            all DeskRow,
            tx,
            (concat!(desk_columns!(), "WHERE d.tenant_id = $1 AND d.user_name_key > $2 ORDER BY d.user_name_key LIMIT $3")),
            scope.tenant(),
            behind,
            limit
        ),
        Some(employee) => fetch!(
            all DeskRow,
            tx,
            (concat!(
                desk_columns!(),
                "WHERE d.tenant_id = $1 AND d.employee_id = $4 AND d.user_name_key > $2 ORDER BY d.user_name_key LIMIT $3"
            )),
            scope.tenant(),
            behind,
            limit,
            employee
        ),
    }
}

row! {
    /// Something that a desk may use.
    #[derive(Debug, Clone)]
    pub struct AccessRow {
        /// The desk.
        pub desk_id: DeskId,
        /// The extension or device.
        pub thing_id: ThingId,
        /// Which of them it is.
        pub kind: String,
    }
}

/// What these desks may use by name.
///
/// # Errors
///
/// Those of the database.
pub async fn access(tx: &mut Tx<'_>, scope: TenantScope, desks: &Ids) -> Result<Vec<AccessRow>> {
    fetch!(
        all AccessRow,
        tx,
        {
            pg: "SELECT a.desk_id, a.thing_id, t.kind FROM office_desk_access a
                 JOIN things t ON t.tenant_id = a.tenant_id AND t.id = a.thing_id
                 WHERE a.tenant_id = $1 AND a.desk_id = ANY (CAST($2 AS uuid[])) ORDER BY a.desk_id, a.thing_id",
            lite: "SELECT a.desk_id, a.thing_id, t.kind FROM office_desk_access a
                 JOIN things t ON t.tenant_id = a.tenant_id AND t.id = a.thing_id
                 WHERE a.tenant_id = $1 AND a.desk_id IN (SELECT unhex(value) FROM json_each($2))
                 ORDER BY a.desk_id, a.thing_id"
        },
        scope.tenant(),
        desks
    )
}

/// Takes these extensions and devices for all that a desk may use by name.
///
/// # Errors
///
/// `ForeignKey` when one is not there, and those of the database.
pub async fn set_access(tx: &mut Tx<'_>, scope: TenantScope, desk: DeskId, things: &Ids) -> Result<()> {
    exec!(tx, "DELETE FROM office_desk_access WHERE tenant_id = $1 AND desk_id = $2", scope.tenant(), desk)?;
    exec!(
        tx,
        {
            pg: "INSERT INTO office_desk_access (tenant_id, desk_id, thing_id)
                 SELECT $1, $2, n.id FROM (SELECT DISTINCT id FROM unnest(CAST($3 AS uuid[])) AS u(id)) AS n",
            lite: "INSERT INTO office_desk_access (tenant_id, desk_id, thing_id)
                 SELECT $1, $2, n.id FROM (SELECT DISTINCT unhex(value) AS id FROM json_each($3)) AS n"
        },
        scope.tenant(),
        desk,
        things
    )?;
    Ok(())
}

/// Which of these folded names to log in with are taken.
///
/// # Errors
///
/// Those of the database.
pub async fn taken_user_names(tx: &mut Tx<'_>, scope: TenantScope, keys: &[&str]) -> Result<Vec<String>> {
    let taken = fetch!(
        all Single<String>,
        tx,
        {
            pg: "SELECT user_name_key FROM office_desks WHERE tenant_id = $1
                 AND user_name_key IN (SELECT jsonb_array_elements_text($2))",
            lite: "SELECT user_name_key FROM office_desks WHERE tenant_id = $1
                 AND user_name_key IN (SELECT value FROM json_each($2))"
        },
        scope.tenant(),
        Json(serde_json::json!(keys).to_string())
    )?;
    Ok(taken.into_iter().map(|(key,)| key).collect())
}
