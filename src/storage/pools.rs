//! Pools: named stocks that rules allocate from.

use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::PoolId;
use crate::domain::tenant::TenantScope;

row! {
    /// One pool.
    #[derive(Debug, Clone)]
    pub struct PoolRow {
        /// The identifier.
        pub id: PoolId,
        /// The name.
        pub name: String,
        /// The folded name.
        pub name_key: String,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: Ts,
        /// When it was changed last.
        pub updated_at: Ts,
    }
}

row! {
    /// How much of a pool is left, of one kind of things.
    #[derive(Debug, Clone)]
    pub struct PoolLevel {
        /// The pool.
        pub pool_id: PoolId,
        /// The kind of things.
        pub kind: String,
        /// How many there are.
        pub total: i64,
        /// How many may be allocated.
        pub free: i64,
        /// How many somebody holds.
        pub assigned: i64,
        /// How many are on hold.
        pub held: i64,
        /// How many are disabled.
        pub disabled: i64,
    }
}

row! {
    /// A kind of things that there are in a pool.
    #[derive(Debug, Clone)]
    pub struct PoolKind {
        /// The pool.
        pub pool_id: PoolId,
        /// The kind.
        pub kind: String,
    }
}

/// Adds a pool; `None`: the name is taken.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: PoolId,
    name: &str,
    name_key: &str,
    now: Ts,
) -> Result<Option<PoolId>> {
    let added = fetch!(
        opt Single<PoolId>,
        tx,
        "INSERT INTO pools (tenant_id, id, name, name_key, version, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5)
         ON CONFLICT DO NOTHING RETURNING id",
        scope.tenant(),
        id,
        name,
        name_key,
        now
    )?;
    Ok(added.map(|(id,)| id))
}

/// Gives a pool another name; `false`: it is not there, or not at that version. A taken name is an error of the index.
///
/// # Errors
///
/// `Unique`, and those of the database.
pub async fn rename(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    (id, version): (PoolId, i64),
    name: &str,
    name_key: &str,
    now: Ts,
) -> Result<bool> {
    let renamed = exec!(
        tx,
        "UPDATE pools SET name = $4, name_key = $5, version = version + 1, updated_at = $6
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
        scope.tenant(),
        id,
        version,
        name,
        name_key,
        now
    )?;
    Ok(renamed > 0)
}

/// Deletes a pool; things that are still in it are an error of the foreign key. `false`: it is not there.
///
/// # Errors
///
/// `ForeignKey`, and those of the database.
pub async fn delete(tx: &mut Tx<'_>, scope: TenantScope, id: PoolId) -> Result<bool> {
    Ok(exec!(tx, "DELETE FROM pools WHERE tenant_id = $1 AND id = $2", scope.tenant(), id)? > 0)
}

/// The pool with that identifier.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: PoolId) -> Result<Option<PoolRow>> {
    fetch!(
        opt PoolRow,
        tx,
        "SELECT id, name, name_key, version, created_at, updated_at FROM pools WHERE tenant_id = $1 AND id = $2",
        scope.tenant(),
        id
    )
}

/// All pools of the tenant by name.
///
/// # Errors
///
/// Those of the database.
pub async fn list(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<PoolRow>> {
    fetch!(
        all PoolRow,
        tx,
        "SELECT id, name, name_key, version, created_at, updated_at FROM pools WHERE tenant_id = $1 ORDER BY name_key",
        scope.tenant()
    )
}

/// A page of the tenant's pools by name, behind that key.
///
/// # Errors
///
/// Those of the database.
pub async fn page(tx: &mut Tx<'_>, scope: TenantScope, behind: &str, limit: i64) -> Result<Vec<PoolRow>> {
    fetch!(
        all PoolRow,
        tx,
        "SELECT id, name, name_key, version, created_at, updated_at FROM pools
         WHERE tenant_id = $1 AND name_key > $2 ORDER BY name_key LIMIT $3",
        scope.tenant(),
        behind,
        limit
    )
}

/// What the levels of pools are counted from.
macro_rules! count_levels {
    () => {
        "SELECT pool_id, kind, count(*) AS total,
                count(CASE WHEN disabled_at IS NULL AND holder_id IS NULL AND (held_until IS NULL OR held_until <= $3) THEN 1 END) AS free,
                count(CASE WHEN disabled_at IS NULL AND holder_id IS NOT NULL THEN 1 END) AS assigned,
                count(CASE WHEN disabled_at IS NULL AND held_until > $3 THEN 1 END) AS held,
                count(disabled_at) AS disabled FROM things WHERE tenant_id = $1 "
    };
}

/// How much is left of these pools at `now`; reads every thing that is in one.
///
/// # Errors
///
/// Those of the database.
pub async fn levels(tx: &mut Tx<'_>, scope: TenantScope, pools: &Ids, now: Ts) -> Result<Vec<PoolLevel>> {
    fetch!(
        all PoolLevel,
        tx,
        {
            pg: concat!(count_levels!(), "AND pool_id = ANY (CAST($2 AS uuid[])) GROUP BY pool_id, kind ORDER BY pool_id, kind"),
            lite: concat!(count_levels!(), "AND pool_id IN (SELECT unhex(value) FROM json_each($2))
                 GROUP BY pool_id, kind ORDER BY pool_id, kind")
        },
        scope.tenant(),
        pools,
        now
    )
}

/// Which kinds of things are in these pools.
///
/// # Errors
///
/// Those of the database.
pub async fn kinds(tx: &mut Tx<'_>, scope: TenantScope, pools: &Ids) -> Result<Vec<PoolKind>> {
    fetch!(
        all PoolKind,
        tx,
        {
            pg: "SELECT DISTINCT pool_id, kind FROM things WHERE tenant_id = $1 AND pool_id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT DISTINCT pool_id, kind FROM things
                   WHERE tenant_id = $1 AND pool_id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        pools
    )
}

/// The pools with these folded names.
///
/// # Errors
///
/// Those of the database.
pub async fn by_names(tx: &mut Tx<'_>, scope: TenantScope, names: &[&str]) -> Result<Vec<PoolRow>> {
    fetch!(
        all PoolRow,
        tx,
        {
            pg: "SELECT id, name, name_key, version, created_at, updated_at FROM pools WHERE tenant_id = $1
                 AND name_key IN (SELECT jsonb_array_elements_text($2)) ORDER BY name_key",
            lite: "SELECT id, name, name_key, version, created_at, updated_at FROM pools WHERE tenant_id = $1
                 AND name_key IN (SELECT value FROM json_each($2)) ORDER BY name_key"
        },
        scope.tenant(),
        Json(serde_json::json!(names).to_string())
    )
}
