//! Employees as the administrator sees them: by whatever connection they came, and with what he says about them.

use super::dynamic::Fragment;
use super::error::Result;
use super::predicate_sql::push_predicate;
use super::statement::Single;
use super::tx::Tx;
use super::value::Ids;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId, GroupId, ThingId};
use crate::domain::employee::EmployeeSettings;
use crate::domain::lock::Lock;
use crate::domain::search::Predicate;
use crate::domain::tenant::TenantScope;

row! {
    /// One employee.
    #[derive(Debug, Clone)]
    pub struct EmployeeRecord {
        /// The identifier.
        pub id: EmployeeId,
        /// The connection he came by; none: he was made by hand.
        pub connection_id: Option<ConnectionId>,
        /// Its name.
        pub connection: Option<String>,
        /// The identifier that his IdP gave.
        pub external_id: Option<String>,
        /// The name to log in with.
        pub user_name: String,
        /// The name to show.
        pub display_name: Option<String>,
        /// The given name.
        pub given_name: Option<String>,
        /// The family name.
        pub family_name: Option<String>,
        /// Where letters go.
        pub email: Option<String>,
        /// The language of letters and pages.
        pub language: Option<String>,
        /// The IdP's key of the lock.
        pub idp_locked_at: Option<Ts>,
        /// The administrator's key of the lock.
        pub admin_locked_at: Option<Ts>,
        /// He is told of calls he missed.
        pub notify_missed_calls: bool,
        /// He is told of faxes he missed.
        pub notify_missed_faxes: bool,
        /// He has to choose another password.
        pub must_change_password: bool,
        /// The number that was chosen to be shown when he calls.
        pub default_number_id: Option<ThingId>,
        /// Whether there is a photo of him.
        pub has_photo: bool,
        /// What he has, as attributes of the telephony extension: a JSON object.
        pub telephony: Option<String>,
        /// Counts the lives of his credentials.
        pub auth_epoch: i64,
        /// Counts the changes.
        pub version: i64,
        /// When he was made.
        pub created_at: Ts,
        /// When he was changed last.
        pub updated_at: Ts,
    }
}

impl EmployeeRecord {
    /// The two keys of the lock.
    #[must_use]
    pub const fn lock(&self) -> Lock {
        Lock { by_idp: self.idp_locked_at, by_administrator: self.admin_locked_at }
    }

    /// What the administrator says about him.
    #[must_use]
    pub const fn settings(&self) -> EmployeeSettings {
        EmployeeSettings {
            notify_missed_calls: self.notify_missed_calls,
            notify_missed_faxes: self.notify_missed_faxes,
            must_change_password: self.must_change_password,
            default_number: self.default_number_id,
        }
    }
}

/// The columns of [`EmployeeRecord`] of the employee `r`.
macro_rules! record_columns {
    () => {
        "SELECT r.id, r.connection_id, c.name AS connection, r.external_id, r.user_name, r.display_name, r.given_name,
             r.family_name, r.email, r.language, r.idp_locked_at, r.admin_locked_at, r.notify_missed_calls,
             r.notify_missed_faxes, r.must_change_password, r.default_number_id,
             EXISTS (SELECT 1 FROM employee_photos p WHERE p.tenant_id = r.tenant_id AND p.employee_id = r.id) AS has_photo,
             r.telephony, r.auth_epoch, r.version, r.created_at, r.updated_at
         FROM employees r LEFT JOIN connections c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
         WHERE r.tenant_id = "
    };
}

/// One employee of the tenant.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: EmployeeId) -> Result<Option<EmployeeRecord>> {
    fetch!(opt EmployeeRecord, tx, (concat!(record_columns!(), "$1 AND r.id = $2")), scope.tenant(), id)
}

/// The canonical document of an employee.
///
/// # Errors
///
/// Those of the database.
pub async fn document(tx: &mut Tx<'_>, scope: TenantScope, id: EmployeeId) -> Result<Option<String>> {
    let found = fetch!(
        opt Single<String>,
        tx,
        "SELECT document FROM employees WHERE tenant_id = $1 AND id = $2",
        scope.tenant(),
        id
    )?;
    Ok(found.map(|(document,)| document))
}

/// Which employees.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Only those of whom this holds.
    pub predicate: Option<Predicate>,
    /// Only those of the connection of this name, by its key.
    pub connection_key: Option<String>,
    /// Only those in this group, or in one that is in it.
    pub group: Option<GroupId>,
    /// Only those behind this one.
    pub behind: Option<EmployeeId>,
    /// How many, at most.
    pub limit: i64,
}

/// A page of the tenant's employees in the order of their identifiers, which is that in which they came first.
///
/// # Errors
///
/// Those of the database.
pub async fn page(tx: &mut Tx<'_>, scope: TenantScope, filter: &RecordFilter) -> Result<Vec<EmployeeRecord>> {
    let mut sql = Fragment::new(tx.engine(), record_columns!());
    sql.arg(scope.tenant());
    if let Some(behind) = filter.behind {
        sql.push(" AND r.id > ").arg(behind);
    }
    if let Some(key) = &filter.connection_key {
        sql.push(" AND c.name_key = ").arg(key.as_str());
    }
    if let Some(group) = filter.group {
        sql.push(
            " AND EXISTS (SELECT 1 FROM group_members m
                 JOIN group_closure g ON g.tenant_id = m.tenant_id AND g.descendant_id = m.group_id
                 WHERE m.tenant_id = r.tenant_id AND m.employee_id = r.id AND g.ancestor_id = ",
        );
        sql.arg(group).push(")");
    }
    if let Some(predicate) = &filter.predicate {
        sql.push(" AND ");
        push_predicate(&mut sql, predicate);
    }
    sql.push(" ORDER BY r.id LIMIT ").arg(filter.limit);
    tx.fetch(sql).await
}

/// Writes what the administrator says about an employee; his version is another's to raise.
///
/// # Errors
///
/// Those of the database.
pub async fn set_settings(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: EmployeeId,
    settings: EmployeeSettings,
) -> Result<()> {
    exec!(
        tx,
        "UPDATE employees SET notify_missed_calls = $3, notify_missed_faxes = $4, must_change_password = $5,
             default_number_id = $6
         WHERE tenant_id = $1 AND id = $2",
        scope.tenant(),
        id,
        settings.notify_missed_calls,
        settings.notify_missed_faxes,
        settings.must_change_password,
        settings.default_number
    )?;
    Ok(())
}

row! {
    /// An employee whose lock an administrator has turned.
    #[derive(Debug, Clone, Copy)]
    pub struct TurnedLock {
        /// Who.
        pub id: EmployeeId,
        /// The IdP's key, which stays as it was.
        pub idp_locked_at: Option<Ts>,
    }
}

/// Sets the administrator's key of those who do not have it set; whatever they were logged in with ends (K3). Gives those
/// whom it locked.
///
/// # Errors
///
/// Those of the database.
pub async fn lock(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids, now: Ts) -> Result<Vec<TurnedLock>> {
    fetch!(
        all TurnedLock,
        tx,
        {
            pg: "UPDATE employees SET admin_locked_at = $3, auth_epoch = auth_epoch + 1, version = version + 1, updated_at = $3
                 WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[])) AND admin_locked_at IS NULL RETURNING id, idp_locked_at",
            lite: "UPDATE employees SET admin_locked_at = $3, auth_epoch = auth_epoch + 1, version = version + 1, updated_at = $3
                 WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) AND admin_locked_at IS NULL
                 RETURNING id, idp_locked_at"
        },
        scope.tenant(),
        ids,
        now
    )
}

/// Takes the administrator's key away from those who have it set; no ended session lives again. Gives those whose it was.
///
/// # Errors
///
/// Those of the database.
pub async fn unlock(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids, now: Ts) -> Result<Vec<TurnedLock>> {
    fetch!(
        all TurnedLock,
        tx,
        {
            pg: "UPDATE employees SET admin_locked_at = NULL, version = version + 1, updated_at = $3
                 WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[])) AND admin_locked_at IS NOT NULL
                 RETURNING id, idp_locked_at",
            lite: "UPDATE employees SET admin_locked_at = NULL, version = version + 1, updated_at = $3
                 WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) AND admin_locked_at IS NOT NULL
                 RETURNING id, idp_locked_at"
        },
        scope.tenant(),
        ids,
        now
    )
}
