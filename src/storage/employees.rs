//! Employees: one row each, the typed columns beside the canonical SCIM document and its folded copy for searching.

use super::batch::Step;
use super::error::Result;
use super::tx::Tx;
use super::value::Value;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId};
use crate::domain::employee::Profile;
use crate::domain::lock::Lock;
use crate::domain::tenant::TenantScope;

/// The columns of [`UserRow`] but for the last, of the employee `r`.
macro_rules! user_columns {
    () => {
        "r.id, r.seq, r.version, r.created_at, r.updated_at, r.idp_locked_at, r.admin_locked_at, r.auth_epoch, r.document, r.telephony, "
    };
}
pub(super) use user_columns;

/// The last one: his groups, each as `[id, name, 1 if he is in it directly]`.
macro_rules! user_groups_pg {
    () => {
        "(SELECT CAST(json_agg(json_build_array(k.id, k.display_name, k.direct) ORDER BY k.seq) AS text) FROM (
             SELECT g.id, g.display_name, g.seq, max(CASE WHEN c.ancestor_id = m.group_id THEN 1 ELSE 0 END) AS direct
             FROM group_members m
             JOIN group_closure c ON c.tenant_id = m.tenant_id AND c.descendant_id = m.group_id
             JOIN groups g ON g.tenant_id = c.tenant_id AND g.id = c.ancestor_id
             WHERE m.tenant_id = r.tenant_id AND m.employee_id = r.id GROUP BY g.id, g.display_name, g.seq) AS k) AS groups"
    };
}
pub(super) use user_groups_pg;

/// The same for SQLite.
macro_rules! user_groups_lite {
    () => {
        "(SELECT json_group_array(json_array(hex(k.id), k.display_name, k.direct) ORDER BY k.seq) FROM (
             SELECT g.id, g.display_name, g.seq, max(CASE WHEN c.ancestor_id = m.group_id THEN 1 ELSE 0 END) AS direct
             FROM group_members m
             JOIN group_closure c ON c.tenant_id = m.tenant_id AND c.descendant_id = m.group_id
             JOIN groups g ON g.tenant_id = c.tenant_id AND g.id = c.ancestor_id
             WHERE m.tenant_id = r.tenant_id AND m.employee_id = r.id GROUP BY g.id, g.display_name, g.seq) AS k) AS groups"
    };
}
pub(super) use user_groups_lite;

/// The last one where nobody asks for it: nothing is read.
macro_rules! no_groups {
    () => {
        "CAST(NULL AS text) AS groups"
    };
}
pub(super) use no_groups;

/// Whether the groups of an employee are read with him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// They will be shown.
    Read,
    /// They will not.
    Skip,
}

row! {
    /// An employee as SCIM shows him.
    #[derive(Debug, Clone)]
    pub struct UserRow {
        /// The identifier.
        pub id: EmployeeId,
        /// His place in the order of arrival, which he keeps.
        pub seq: i64,
        /// Counts the changes.
        pub version: i64,
        /// When he was made.
        pub created_at: Ts,
        /// When he was changed last.
        pub updated_at: Ts,
        /// The IdP's key of the lock.
        pub idp_locked_at: Option<Ts>,
        /// The administrator's key of the lock.
        pub admin_locked_at: Option<Ts>,
        /// Counts the lives of his credentials: what carries an older number is void (K3).
        pub auth_epoch: i64,
        /// The canonical document.
        pub document: String,
        /// What he has, as attributes of the telephony extension: a JSON object.
        pub telephony: Option<String>,
        /// His groups, direct and indirect: a JSON list of `[id, name, 1 if he is in it directly]`. Nothing where none
        /// were read.
        pub groups: Option<String>,
    }
}

impl UserRow {
    /// The two keys of the lock.
    #[must_use]
    pub const fn lock(&self) -> Lock {
        Lock { by_idp: self.idp_locked_at, by_administrator: self.admin_locked_at }
    }
}

/// One employee of a connection.
macro_rules! one_user {
    () => {
        " FROM employees r WHERE r.tenant_id = $1 AND r.id = $2 AND r.connection_id = $3"
    };
}

/// One employee of the connection.
///
/// # Errors
///
/// Those of the database.
pub async fn find(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    connection: ConnectionId,
    id: EmployeeId,
    groups: Groups,
) -> Result<Option<UserRow>> {
    match groups {
        Groups::Read => fetch!(
            opt UserRow,
            tx,
            {
                pg: concat!("SELECT ", user_columns!(), user_groups_pg!(), one_user!()),
                lite: concat!("SELECT ", user_columns!(), user_groups_lite!(), one_user!())
            },
            scope.tenant(),
            id,
            connection
        ),
        Groups::Skip => fetch!(
            opt UserRow,
            tx,
            (concat!("SELECT ", user_columns!(), no_groups!(), one_user!())),
            scope.tenant(),
            id,
            connection
        ),
    }
}

row! {
    /// Whoever has a user name.
    #[derive(Debug, Clone)]
    pub struct HolderRow {
        /// The identifier.
        pub id: EmployeeId,
        /// The connection he came by.
        pub connection_id: Option<ConnectionId>,
        /// The identifier that his IdP gave.
        pub external_id: Option<String>,
        /// The IdP's key of the lock.
        pub idp_locked_at: Option<Ts>,
    }
}

/// Whoever has this user name in the tenant, by whatever connection.
///
/// # Errors
///
/// Those of the database.
pub async fn find_holder(tx: &mut Tx<'_>, scope: TenantScope, user_name_key: &str) -> Result<Option<HolderRow>> {
    fetch!(
        opt HolderRow,
        tx,
        "SELECT id, connection_id, external_id, idp_locked_at FROM employees WHERE tenant_id = $1 AND user_name_key = $2",
        scope.tenant(),
        user_name_key
    )
}

/// An employee to be written.
#[derive(Debug, Clone)]
pub struct EmployeeWrite<'a> {
    /// The identifier.
    pub id: EmployeeId,
    /// The typed columns.
    pub profile: &'a Profile,
    /// The two keys of the lock.
    pub lock: Lock,
    /// The version he has after this.
    pub version: i64,
    /// The life of his credentials, where he is new here; a change only raises it.
    pub auth_epoch: i64,
    /// When he was made.
    pub created_at: Ts,
    /// Now.
    pub updated_at: Ts,
    /// The canonical document.
    pub document: &'a str,
    /// Its folded copy.
    pub search: &'a str,
}

/// The columns of a new employee and their arguments, in the order of [`EmployeeWrite`].
macro_rules! insert_employee {
    () => {
        "INSERT INTO employees (tenant_id, id, connection_id, external_id, user_name, user_name_key, display_name,
             given_name, family_name, email, language, idp_locked_at, version, created_at, updated_at, document, search,
             admin_locked_at, auth_epoch)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19 "
    };
}

fn insert_args(scope: TenantScope, connection: Option<ConnectionId>, new: &EmployeeWrite<'_>) -> Vec<Value> {
    let profile = new.profile;
    vec![
        scope.tenant().into(),
        new.id.into(),
        connection.into(),
        profile.external_id.clone().into(),
        profile.user_name.as_str().into(),
        profile.user_name_key.as_str().into(),
        profile.display_name.clone().into(),
        profile.given_name.clone().into(),
        profile.family_name.clone().into(),
        profile.email.clone().into(),
        profile.language.clone().into(),
        new.lock.by_idp.into(),
        new.version.into(),
        new.created_at.into(),
        new.updated_at.into(),
        new.document.into(),
        Value::Json(new.search.to_owned()),
        new.lock.by_administrator.into(),
        new.auth_epoch.into(),
    ]
}

/// Adds an employee; holds unless the user name is taken, or the same person left and is still on hold.
#[must_use]
pub fn insert_guard(scope: TenantScope, connection: Option<ConnectionId>, new: &EmployeeWrite<'_>) -> Step {
    let sql = sql!(
        (concat!(
            insert_employee!(),
            "WHERE NOT EXISTS (SELECT 1 FROM departed_employees d
                 WHERE d.tenant_id = $1 AND d.connection_id = $3 AND d.external_id = $4 AND d.hold_until > $15)
             AND NOT EXISTS (SELECT 1 FROM departed_employees d
                 WHERE d.tenant_id = $1 AND d.user_name_key = $6 AND d.hold_until > $15)
         ON CONFLICT DO NOTHING RETURNING 1 AS hit"
        )),
        19,
        &[]
    );
    Step::new(sql, insert_args(scope, connection, new))
}

/// Adds an employee who comes back after having been deleted; a step behind the guard that finds him on hold. A user
/// name that somebody else took in the meantime is an error of the unique index.
#[must_use]
pub fn insert_step(scope: TenantScope, connection: Option<ConnectionId>, new: &EmployeeWrite<'_>) -> Step {
    let sql = sql!((concat!(insert_employee!(), "WHERE true")), 19, &[]);
    Step::new(sql, insert_args(scope, connection, new))
}

/// The columns of a changed employee that no index holds.
macro_rules! update_employee {
    () => {
        "UPDATE employees SET display_name = $4, given_name = $5, family_name = $6, email = $7, language = $8,
             idp_locked_at = $9, version = version + 1, updated_at = $10, document = $11, search = $12,
             auth_epoch = auth_epoch + $13"
    };
}

fn update_args(scope: TenantScope, new: &EmployeeWrite<'_>, raise_epoch: bool) -> Vec<Value> {
    let profile = new.profile;
    vec![
        scope.tenant().into(),
        new.id.into(),
        (new.version - 1).into(),
        profile.display_name.clone().into(),
        profile.given_name.clone().into(),
        profile.family_name.clone().into(),
        profile.email.clone().into(),
        profile.language.clone().into(),
        new.lock.by_idp.into(),
        new.updated_at.into(),
        new.document.into(),
        Value::Json(new.search.to_owned()),
        i64::from(raise_epoch).into(),
    ]
}

/// Writes an employee whose indexed columns stay as they are; holds while his version is the one before. The
/// administrator's key is not the IdP's to write and is left alone.
#[must_use]
pub fn update_guard(scope: TenantScope, new: &EmployeeWrite<'_>, raise_epoch: bool) -> Step {
    let sql = sql!(
        (concat!(update_employee!(), " WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING 1 AS hit")),
        13,
        &[]
    );
    Step::new(sql, update_args(scope, new, raise_epoch))
}

/// The same, with the indexed columns. A taken user name is an error of the unique index.
#[must_use]
pub fn rename_guard(scope: TenantScope, new: &EmployeeWrite<'_>, raise_epoch: bool) -> Step {
    let sql = sql!(
        (concat!(
            update_employee!(),
            ", external_id = $14, user_name = $15, user_name_key = $16
             WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING 1 AS hit"
        )),
        16,
        &[]
    );
    let mut args = update_args(scope, new, raise_epoch);
    let profile = new.profile;
    args.push(profile.external_id.clone().into());
    args.push(profile.user_name.as_str().into());
    args.push(profile.user_name_key.as_str().into());
    Step::new(sql, args)
}

/// Writes an employee made by hand over what he was and gives him to a connection; holds while nobody else did, and his
/// version is the one before. Whatever he was logged in with ends (K3).
#[must_use]
pub fn adopt_guard(scope: TenantScope, connection: ConnectionId, new: &EmployeeWrite<'_>) -> Step {
    let sql = sql!(
        (concat!(
            update_employee!(),
            ", external_id = $14, user_name = $15, user_name_key = $16, connection_id = $17
             WHERE tenant_id = $1 AND id = $2 AND version = $3 AND connection_id IS NULL RETURNING 1 AS hit"
        )),
        17,
        &[]
    );
    let mut args = update_args(scope, new, true);
    let profile = new.profile;
    args.push(profile.external_id.clone().into());
    args.push(profile.user_name.as_str().into());
    args.push(profile.user_name_key.as_str().into());
    args.push(connection.into());
    Step::new(sql, args)
}

/// Changes nothing itself; holds while the employee's version is this one.
#[must_use]
pub fn at_version_guard(scope: TenantScope, id: EmployeeId, version: i64) -> Step {
    step!(
        "SELECT 1 AS hit FROM employees WHERE tenant_id = $1 AND id = $2 AND version = $3",
        scope.tenant(),
        id,
        version
    )
}

/// Deletes an employee, and with him his memberships; goes behind what still needs them.
#[must_use]
pub fn delete_step(scope: TenantScope, id: EmployeeId, version: i64) -> Step {
    step!("DELETE FROM employees WHERE tenant_id = $1 AND id = $2 AND version = $3", scope.tenant(), id, version)
}

/// Adds keys under which the employee is found, all of one attribute.
#[must_use]
pub fn add_keys_step(scope: TenantScope, id: EmployeeId, attribute: &'static str, keys: &[&str]) -> Step {
    step!(
        {
            pg: "INSERT INTO employee_keys (tenant_id, attribute, value_key, employee_id)
                 SELECT $1, $2, k.value, $3 FROM jsonb_array_elements_text($4) AS k(value) WHERE true",
            lite: "INSERT INTO employee_keys (tenant_id, attribute, value_key, employee_id)
                 SELECT $1, $2, k.value, $3 FROM json_each($4) AS k WHERE true"
        },
        scope.tenant(),
        attribute,
        id,
        Value::Json(serde_json::json!(keys).to_string())
    )
}

/// Removes such keys.
#[must_use]
pub fn remove_keys_step(scope: TenantScope, id: EmployeeId, attribute: &'static str, keys: &[&str]) -> Step {
    step!(
        {
            pg: "DELETE FROM employee_keys WHERE tenant_id = $1 AND attribute = $2 AND employee_id = $3
                 AND value_key IN (SELECT jsonb_array_elements_text($4))",
            lite: "DELETE FROM employee_keys WHERE tenant_id = $1 AND attribute = $2 AND employee_id = $3
                 AND value_key IN (SELECT value FROM json_each($4))"
        },
        scope.tenant(),
        attribute,
        id,
        Value::Json(serde_json::json!(keys).to_string())
    )
}
