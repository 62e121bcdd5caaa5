//! Groups: one row each, the typed columns beside the canonical SCIM document without members and its folded copy.
//!
//! What a client sees as the version of a group is the sum of two: that of its row, and how often its members were
//! changed, which the row does not know: on PostgreSQL those who change members of one group must not wait for each
//! other. The same goes for the moment of the last change.

use super::Store;
use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::{Engine, Tx};
use super::value::{Ids, Value};
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, GroupId};
use crate::domain::group::GroupNames;
use crate::domain::tenant::TenantScope;

/// When PostgreSQL has more rows than this to add up for one group, somebody should fold them.
const FOLD_ABOVE: i64 = 64;

/// What a client sees as the version of the group `r`.
macro_rules! group_version {
    () => {
        "(r.version + COALESCE((SELECT CAST(sum(c.changes) AS bigint) FROM group_changes c
              WHERE c.tenant_id = r.tenant_id AND c.group_id = r.id), 0))"
    };
}
pub(super) use group_version;

/// The columns of [`GroupRow`], of the group `r`.
macro_rules! group_columns {
    () => {
        concat!(
            "r.id, r.seq, r.version AS row_version, ",
            $crate::storage::groups::group_version!(),
            " AS version, r.created_at, r.updated_at, (SELECT max(c.changed_at) FROM group_changes c
                  WHERE c.tenant_id = r.tenant_id AND c.group_id = r.id) AS members_changed_at,
              (SELECT count(*) FROM group_changes c WHERE c.tenant_id = r.tenant_id AND c.group_id = r.id) AS entries,
              r.document"
        )
    };
}
pub(super) use group_columns;

row! {
    /// A group as SCIM shows it, but for its members.
    #[derive(Debug, Clone)]
    pub struct GroupRow {
        /// The identifier.
        pub id: GroupId,
        /// Its place in the order of arrival, which it keeps.
        pub seq: i64,
        /// Counts the changes of the row alone.
        pub row_version: i64,
        /// Counts all changes.
        pub version: i64,
        /// When it was made.
        pub created_at: Ts,
        /// When the row was changed last.
        pub updated_at: Ts,
        /// When its members were changed last, if ever.
        pub members_changed_at: Option<Ts>,
        /// How many rows had to be added up.
        pub entries: i64,
        /// The canonical document.
        pub document: String,
    }
}

impl GroupRow {
    /// When anything about the group was changed last.
    #[must_use]
    pub fn changed_at(&self) -> Ts {
        self.members_changed_at.map_or(self.updated_at, |members| members.max(self.updated_at))
    }
}

/// One group of the connection. Where there was much to add up, that is done beside the request, so that the next one
/// has less.
///
/// # Errors
///
/// Those of the database.
pub async fn find(
    store: &Store,
    scope: TenantScope,
    connection: ConnectionId,
    id: GroupId,
) -> Result<Option<GroupRow>> {
    let found = store
        .point(async move |tx: &mut Tx<'_>| {
            fetch!(
                opt GroupRow,
                tx,
                (concat!(
                    "SELECT ", group_columns!(), " FROM groups r WHERE r.tenant_id = $1 AND r.id = $2 AND r.connection_id = $3"
                )),
                scope.tenant(),
                id,
                connection
            )
        })
        .await?;
    if found.as_ref().is_some_and(|group| group.entries > FOLD_ABOVE) {
        fold_later(store, scope, id);
    }
    Ok(found)
}

/// Adds up the rows of `group_changes`, beside whoever found that there are many. Nobody waits for it, and when it
/// fails, the next one tries again.
pub fn fold_later(store: &Store, scope: TenantScope, id: GroupId) {
    if store.engine() == Engine::Sqlite {
        return;
    }
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.write(async move |tx: &mut Tx<'_>| fold(tx, scope, id).await).await {
            tracing::debug!(error = %error, "the changes of a group were not folded this time");
        }
    });
}

async fn fold(tx: &mut Tx<'_>, scope: TenantScope, id: GroupId) -> Result<()> {
    exec!(
        tx,
        {
            pg: "WITH gone AS (DELETE FROM group_changes WHERE tenant_id = $1 AND group_id = $2 RETURNING changes, changed_at)
                 INSERT INTO group_changes (tenant_id, group_id, changes, changed_at)
                 SELECT $1, $2, sum(changes), max(changed_at) FROM gone HAVING count(*) > 0",
            lite: "DELETE FROM group_changes WHERE tenant_id = $1 AND group_id = $2 AND changes = 0"
        },
        scope.tenant(),
        id
    )?;
    Ok(())
}

/// What a client sees as the version of a group.
///
/// # Errors
///
/// Those of the database.
pub async fn find_version(tx: &mut Tx<'_>, scope: TenantScope, id: GroupId) -> Result<Option<i64>> {
    let row = fetch!(
        opt Single<i64>,
        tx,
        (concat!("SELECT ", group_version!(), " AS version FROM groups r WHERE r.tenant_id = $1 AND r.id = $2")),
        scope.tenant(),
        id
    )?;
    Ok(row.map(|(version,)| version))
}

row! {
    /// A group about to be changed, and how everything that the request names stands to it.
    #[derive(Debug, Clone)]
    pub struct StandingRow {
        /// The identifier.
        pub id: GroupId,
        /// Counts the changes of the row alone.
        pub row_version: i64,
        /// When it was made.
        pub created_at: Ts,
        /// The canonical document.
        pub document: String,
        /// What answers a `PATCH`, says the tenant.
        pub patch_response: String,
        /// A letter for each identifier, in the order in which they were given: `E` an employee in the group, `e` one
        /// of the connection who is not in it, `G` and `g` the same for groups, `-` nobody.
        pub standing: String,
    }
}

/// What a change of a group has to know beforehand. It reads the group's own row and, by index, what is named; never who
/// else is in the group.
///
/// # Errors
///
/// Those of the database.
pub async fn find_for_change(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    connection: ConnectionId,
    id: GroupId,
    named: &Ids,
) -> Result<Option<StandingRow>> {
    // Scalar subqueries by unique keys alone: PostgreSQL might answer EXISTS by reading the whole group, and a condition
    // on the connection by reading the whole connection.
    fetch!(
        opt StandingRow,
        tx,
        {
            pg: "SELECT r.id, r.version AS row_version, r.created_at, r.document,
                     (SELECT t.group_patch_response FROM tenants t WHERE t.id = $1) AS patch_response,
                     COALESCE((SELECT string_agg(CASE
                         WHEN (SELECT 1 FROM group_members m
                               WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.employee_id = n.id) = 1 THEN 'E'
                         WHEN (SELECT e.connection_id FROM employees e WHERE e.tenant_id = $1 AND e.id = n.id) = $3 THEN 'e'
                         WHEN (SELECT 1 FROM group_subgroups s
                               WHERE s.tenant_id = $1 AND s.group_id = $2 AND s.subgroup_id = n.id) = 1 THEN 'G'
                         WHEN (SELECT g.connection_id FROM groups g WHERE g.tenant_id = $1 AND g.id = n.id) = $3 THEN 'g'
                         ELSE '-' END, '' ORDER BY n.place)
                     FROM unnest(CAST($4 AS uuid[])) WITH ORDINALITY AS n(id, place)), '') AS standing
                 FROM groups r WHERE r.tenant_id = $1 AND r.id = $2 AND r.connection_id = $3",
            lite: "SELECT r.id, r.version AS row_version, r.created_at, r.document,
                     (SELECT t.group_patch_response FROM tenants t WHERE t.id = $1) AS patch_response,
                     COALESCE((SELECT group_concat(CASE
                         WHEN (SELECT 1 FROM group_members m
                               WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.employee_id = n.id) = 1 THEN 'E'
                         WHEN (SELECT e.connection_id FROM employees e WHERE e.tenant_id = $1 AND e.id = n.id) = $3 THEN 'e'
                         WHEN (SELECT 1 FROM group_subgroups s
                               WHERE s.tenant_id = $1 AND s.group_id = $2 AND s.subgroup_id = n.id) = 1 THEN 'G'
                         WHEN (SELECT g.connection_id FROM groups g WHERE g.tenant_id = $1 AND g.id = n.id) = $3 THEN 'g'
                         ELSE '-' END, '' ORDER BY n.place)
                     FROM (SELECT unhex(j.value) AS id, j.key AS place FROM json_each($4) AS j) AS n), '') AS standing
                 FROM groups r WHERE r.tenant_id = $1 AND r.id = $2 AND r.connection_id = $3"
        },
        scope.tenant(),
        id,
        connection,
        named
    )
}

/// How everything that a new group names stands to the connection: the letters of [`StandingRow::standing`].
///
/// # Errors
///
/// Those of the database.
pub async fn standing(tx: &mut Tx<'_>, scope: TenantScope, connection: ConnectionId, named: &Ids) -> Result<String> {
    let row = fetch!(
        one Single<String>,
        tx,
        {
            pg: "SELECT COALESCE(string_agg(CASE
                     WHEN (SELECT e.connection_id FROM employees e WHERE e.tenant_id = $1 AND e.id = n.id) = $2 THEN 'e'
                     WHEN (SELECT g.connection_id FROM groups g WHERE g.tenant_id = $1 AND g.id = n.id) = $2 THEN 'g'
                     ELSE '-' END, '' ORDER BY n.place), '') AS standing
                 FROM unnest(CAST($3 AS uuid[])) WITH ORDINALITY AS n(id, place)",
            lite: "SELECT COALESCE(group_concat(CASE
                     WHEN (SELECT e.connection_id FROM employees e WHERE e.tenant_id = $1 AND e.id = n.id) = $2 THEN 'e'
                     WHEN (SELECT g.connection_id FROM groups g WHERE g.tenant_id = $1 AND g.id = n.id) = $2 THEN 'g'
                     ELSE '-' END, '' ORDER BY n.place), '') AS standing
                 FROM (SELECT unhex(j.value) AS id, j.key AS place FROM json_each($3) AS j) AS n"
        },
        scope.tenant(),
        connection,
        named
    )?;
    Ok(row.0)
}

row! {
    /// Whichever group has a name.
    #[derive(Debug, Clone)]
    pub struct NameHolderRow {
        /// The identifier.
        pub id: GroupId,
        /// The connection that made it.
        pub connection_id: ConnectionId,
    }
}

/// Whichever group of the tenant claims this name for itself alone.
///
/// # Errors
///
/// Those of the database.
pub async fn find_name_holder(tx: &mut Tx<'_>, scope: TenantScope, name_key: &str) -> Result<Option<NameHolderRow>> {
    fetch!(
        opt NameHolderRow,
        tx,
        "SELECT id, connection_id FROM groups WHERE tenant_id = $1 AND unique_name_key = $2",
        scope.tenant(),
        name_key
    )
}

/// A group to be written.
#[derive(Debug, Clone)]
pub struct GroupWrite<'a> {
    /// The identifier.
    pub id: GroupId,
    /// The identifier that the IdP gave.
    pub external_id: Option<&'a str>,
    /// The name.
    pub display_name: &'a str,
    /// The key under which it is found, and unique where the tenant wants that.
    pub display_name_key: &'a str,
    /// The version of the row after this.
    pub row_version: i64,
    /// When it was made.
    pub created_at: Ts,
    /// Now.
    pub updated_at: Ts,
    /// The canonical document.
    pub document: &'a str,
    /// Its folded copy.
    pub search: &'a str,
}

/// Adds a group. A taken name is an error of the unique index.
#[must_use]
pub fn insert_guard(scope: TenantScope, connection: ConnectionId, new: &GroupWrite<'_>) -> Step {
    step!(
        "INSERT INTO groups (tenant_id, id, connection_id, external_id, display_name, display_name_key, unique_name_key,
             version, created_at, updated_at, document, search)
         SELECT $1, $2, $3, $4, $5, $6, CASE WHEN t.group_names = 'unique' THEN $6 END, $7, $8, $8, $9, $10
         FROM tenants t WHERE t.id = $1 RETURNING 1 AS hit",
        scope.tenant(),
        new.id,
        connection,
        new.external_id.map(str::to_owned),
        new.display_name,
        new.display_name_key,
        new.row_version,
        new.created_at,
        new.document,
        Value::Json(new.search.to_owned())
    )
}

/// Writes a group's row; holds while the row's version is the one before. A taken name is an error of the unique index.
#[must_use]
pub fn update_guard(scope: TenantScope, new: &GroupWrite<'_>) -> Step {
    step!(
        "UPDATE groups SET external_id = $4, display_name = $5, display_name_key = $6,
             unique_name_key = (SELECT CASE WHEN t.group_names = 'unique' THEN $6 END FROM tenants t WHERE t.id = $1),
             version = version + 1, updated_at = $7, document = $8, search = $9
         WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING 1 AS hit",
        scope.tenant(),
        new.id,
        new.row_version - 1,
        new.external_id.map(str::to_owned),
        new.display_name,
        new.display_name_key,
        new.updated_at,
        new.document,
        Value::Json(new.search.to_owned())
    )
}

/// The same; holds while the group has this version as clients see it.
#[must_use]
pub fn update_at_version_guard(scope: TenantScope, new: &GroupWrite<'_>, version: i64) -> Step {
    step!(
        (concat!(
            "UPDATE groups AS r SET external_id = $4, display_name = $5, display_name_key = $6,
             unique_name_key = (SELECT CASE WHEN t.group_names = 'unique' THEN $6 END FROM tenants t WHERE t.id = $1),
             version = version + 1, updated_at = $7, document = $8, search = $9
         WHERE tenant_id = $1 AND id = $2 AND version = $3 AND ",
            group_version!(),
            " = $10 RETURNING 1 AS hit"
        )),
        scope.tenant(),
        new.id,
        new.row_version - 1,
        new.external_id.map(str::to_owned),
        new.display_name,
        new.display_name_key,
        new.updated_at,
        new.document,
        Value::Json(new.search.to_owned()),
        version
    )
}

/// Changes nothing itself; holds while the group is there.
#[must_use]
pub fn there_guard(scope: TenantScope, id: GroupId) -> Step {
    step!("SELECT 1 AS hit FROM groups WHERE tenant_id = $1 AND id = $2", scope.tenant(), id)
}

/// Changes nothing itself; holds while the group has this version as clients see it.
#[must_use]
pub fn at_version_guard(scope: TenantScope, id: GroupId, version: i64) -> Step {
    step!(
        (concat!("SELECT 1 AS hit FROM groups r WHERE r.tenant_id = $1 AND r.id = $2 AND ", group_version!(), " = $3")),
        scope.tenant(),
        id,
        version
    )
}

/// Remembers what a group was called that is being deleted.
#[must_use]
pub fn remember_gone_step(scope: TenantScope, id: GroupId, now: Ts) -> Step {
    step!(
        "INSERT INTO gone_groups (tenant_id, id, display_name, gone_at)
         SELECT g.tenant_id, g.id, g.display_name, $3 FROM groups g WHERE g.tenant_id = $1 AND g.id = $2",
        scope.tenant(),
        id,
        now
    )
}

row! {
    /// A group that is gone.
    #[derive(Debug, Clone)]
    pub struct GoneGroupRow {
        /// The identifier.
        pub id: GroupId,
        /// What it was called.
        pub display_name: String,
        /// Since when it is gone.
        pub gone_at: Ts,
    }
}

/// Those of these groups that are gone and remembered.
///
/// # Errors
///
/// Those of the database.
pub async fn gone(tx: &mut Tx<'_>, scope: TenantScope, groups: &Ids) -> Result<Vec<GoneGroupRow>> {
    fetch!(
        all GoneGroupRow,
        tx,
        {
            pg: "SELECT id, display_name, gone_at FROM gone_groups WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT id, display_name, gone_at FROM gone_groups
                 WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        groups
    )
}

/// Forgets the groups of all tenants that are gone since `since` or longer, so many at most; says how many.
///
/// # Errors
///
/// Those of the database.
pub async fn forget_gone(tx: &mut Tx<'_>, since: Ts, limit: i64) -> Result<u64> {
    exec!(
        tx,
        "DELETE FROM gone_groups WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM gone_groups WHERE gone_at <= $1 ORDER BY gone_at LIMIT $2)",
        since,
        limit
    )
}

/// Deletes a group with its members and its places in others.
#[must_use]
pub fn delete_step(scope: TenantScope, id: GroupId) -> Step {
    step!("DELETE FROM groups WHERE tenant_id = $1 AND id = $2", scope.tenant(), id)
}

/// Lets the names of all groups of a tenant be unique from now on, or free.
///
/// # Errors
///
/// `Unique` when two groups have one name already; those of the database.
pub async fn set_names(tx: &mut Tx<'_>, scope: TenantScope, names: GroupNames) -> Result<()> {
    exec!(tx, "UPDATE tenants SET group_names = $2 WHERE id = $1", scope.tenant(), names.name())?;
    match names {
        GroupNames::Unique => {
            exec!(tx, "UPDATE groups SET unique_name_key = display_name_key WHERE tenant_id = $1", scope.tenant())?
        }
        GroupNames::Free => exec!(tx, "UPDATE groups SET unique_name_key = NULL WHERE tenant_id = $1", scope.tenant())?,
    };
    Ok(())
}

/// A name that more than one group of the tenant has, if there is one.
///
/// # Errors
///
/// Those of the database.
pub async fn find_shared_name(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Option<String>> {
    let row = fetch!(
        opt Single<String>,
        tx,
        "SELECT min(display_name) AS display_name FROM groups WHERE tenant_id = $1
         GROUP BY display_name_key HAVING count(*) > 1 ORDER BY display_name_key LIMIT 1",
        scope.tenant()
    )?;
    Ok(row.map(|(name,)| name))
}
