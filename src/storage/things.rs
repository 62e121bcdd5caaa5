//! Things in stock, and who holds what is exclusive.

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::tenant::TenantScope;

row! {
    /// One thing.
    #[derive(Debug, Clone)]
    pub struct ThingRow {
        /// The identifier.
        pub id: ThingId,
        /// The kind.
        pub kind: String,
        /// What names it in its class.
        pub key: String,
        /// What its order goes by.
        pub sort_key: String,
        /// The pool it is in.
        pub pool_id: Option<PoolId>,
        /// The folded name of that pool.
        pub pool_key: Option<String>,
        /// What people call it.
        pub label: String,
        /// What is particular to its kind, as JSON.
        pub details: String,
        /// Who holds it, where it is exclusive.
        pub holder_id: Option<EmployeeId>,
        /// Until when it is on hold.
        pub held_until: Option<Ts>,
        /// For whom.
        pub held_for: Option<EmployeeId>,
        /// When it was released last.
        pub released_at: Option<Ts>,
        /// Since when nobody may have it.
        pub disabled_at: Option<Ts>,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: Ts,
        /// When it was changed last.
        pub updated_at: Ts,
    }
}

/// The columns of [`ThingRow`] of the thing `t`.
macro_rules! thing_columns {
    () => {
        "SELECT t.id, t.kind, t.key, t.sort_key, t.pool_id,
             (SELECT p.name_key FROM pools p WHERE p.tenant_id = t.tenant_id AND p.id = t.pool_id) AS pool_key, t.label, t.details, t.holder_id, t.held_until, t.held_for,
             t.released_at, t.disabled_at, t.version, t.created_at, t.updated_at "
    };
}

/// A thing to be added.
#[derive(Debug, Clone)]
pub struct NewThing<'a> {
    /// The identifier.
    pub id: ThingId,
    /// The kind's name.
    pub kind: &'static str,
    /// The class's name.
    pub class: &'static str,
    /// What names it in its class.
    pub key: &'a str,
    /// What its order goes by.
    pub sort_key: &'a str,
    /// The pool it is in.
    pub pool: Option<PoolId>,
    /// What people call it.
    pub label: &'a str,
    /// The same folded.
    pub label_key: &'a str,
    /// What is particular to its kind, as JSON.
    pub details: &'a str,
    /// The thing that it needs, by its class's name and its key.
    pub needs: Option<(&'static str, String)>,
    /// Whose own destination it is.
    pub owner: Option<EmployeeId>,
    /// Whether it is out of use from the beginning.
    pub disabled: bool,
}

/// Adds things, all of them or as many as have a key that is not taken; gives the identifiers of those added.
///
/// # Errors
///
/// `ForeignKey` where a pool is not there, and those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, things: &[NewThing<'_>], now: Ts) -> Result<Vec<ThingId>> {
    let things: Vec<serde_json::Value> = things
        .iter()
        .map(|new| {
            serde_json::json!({
                "id": new.id.uuid().simple().to_string(),
                "kind": new.kind,
                "class": new.class,
                "key": new.key,
                "sort_key": new.sort_key,
                "pool": new.pool.map(|pool| pool.uuid().simple().to_string()),
                "label": new.label,
                "label_key": new.label_key,
                "details": new.details,
                "needs_class": new.needs.as_ref().map(|(class, _)| class),
                "needs_key": new.needs.as_ref().map(|(_, key)| key),
                "owner": new.owner.map(|owner| owner.uuid().simple().to_string()),
                "disabled": new.disabled,
            })
        })
        .collect();
    let added = fetch!(
        all Single<ThingId>,
        tx,
        {
            pg: "INSERT INTO things (tenant_id, id, kind, class, key, sort_key, pool_id, label, label_key, details, needs_class,
                     needs_key, owner_id, disabled_at, version, created_at, updated_at)
                 SELECT $1, n.id, n.kind, n.class, n.key, n.sort_key, n.pool, n.label, n.label_key, n.details, n.needs_class,
                     n.needs_key, n.owner, CASE WHEN n.disabled THEN CAST($3 AS timestamptz) END, 1, $3, $3
                 FROM jsonb_to_recordset($2) AS n(id uuid, kind text, class text, key text, sort_key text, pool uuid, label text,
                     label_key text, details text, needs_class text, needs_key text, owner uuid, disabled boolean)
                 WHERE true ON CONFLICT (tenant_id, class, key) DO NOTHING RETURNING id",
            lite: "INSERT INTO things (tenant_id, id, kind, class, key, sort_key, pool_id, label, label_key, details, needs_class,
                     needs_key, owner_id, disabled_at, version, created_at, updated_at)
                 SELECT $1, unhex(value ->> '$.id'), value ->> '$.kind', value ->> '$.class', value ->> '$.key',
                     value ->> '$.sort_key', unhex(value ->> '$.pool'), value ->> '$.label', value ->> '$.label_key',
                     value ->> '$.details', value ->> '$.needs_class', value ->> '$.needs_key', unhex(value ->> '$.owner'),
                     CASE WHEN value ->> '$.disabled' THEN $3 END, 1, $3, $3
                 FROM json_each($2) WHERE true ON CONFLICT (tenant_id, class, key) DO NOTHING RETURNING id"
        },
        scope.tenant(),
        Json(serde_json::Value::from(things).to_string()),
        now
    )?;
    Ok(added.into_iter().map(|(id,)| id).collect())
}

/// The thing with that identifier.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId) -> Result<Option<ThingRow>> {
    fetch!(
        opt ThingRow,
        tx,
        (concat!(thing_columns!(), "FROM things t WHERE t.tenant_id = $1 AND t.id = $2")),
        scope.tenant(),
        id
    )
}

/// The things with these identifiers, in no certain order.
///
/// # Errors
///
/// Those of the database.
pub async fn by_ids(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids) -> Result<Vec<ThingRow>> {
    fetch!(
        all ThingRow,
        tx,
        {
            pg: concat!(thing_columns!(), "FROM things t WHERE t.tenant_id = $1 AND t.id = ANY (CAST($2 AS uuid[]))"),
            lite: concat!(thing_columns!(), "FROM things t WHERE t.tenant_id = $1 AND t.id IN (SELECT unhex(value) FROM json_each($2))")
        },
        scope.tenant(),
        ids
    )
}

/// The things with these keys, each a class's name and a key, in no certain order; without employees' own, which are nobody
/// else's to have.
///
/// # Errors
///
/// Those of the database.
pub async fn by_keys(tx: &mut Tx<'_>, scope: TenantScope, keys: &[(&'static str, &str)]) -> Result<Vec<ThingRow>> {
    let keys: Vec<serde_json::Value> =
        keys.iter().map(|(class, key)| serde_json::json!({"class": class, "key": key})).collect();
    fetch!(
        all ThingRow,
        tx,
        {
            pg: concat!(thing_columns!(), "FROM jsonb_to_recordset($2) AS k(class text, key text)
                 JOIN things t ON t.tenant_id = $1 AND t.class = k.class COLLATE \"C\" AND t.key = k.key COLLATE \"C\"
                 AND t.owner_id IS NULL"),
            lite: concat!(thing_columns!(), "FROM json_each($2) AS k
                 CROSS JOIN things t ON t.tenant_id = $1 AND t.class = k.value ->> '$.class' AND t.key = k.value ->> '$.key'
                 AND t.owner_id IS NULL")
        },
        scope.tenant(),
        Json(serde_json::Value::from(keys).to_string())
    )
}

/// The first free things of that kind in a pool behind that place in its order, which is by sort key and identifier.
///
/// # Errors
///
/// Those of the database.
pub async fn free(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    (pool, kind): (PoolId, &str),
    (sort_key, id): (&str, ThingId),
    limit: i64,
) -> Result<Vec<ThingRow>> {
    fetch!(
        all ThingRow,
        tx,
        (concat!(
            thing_columns!(),
            "FROM things t WHERE t.tenant_id = $1 AND t.pool_id = $2 AND t.kind = $3
             AND t.holder_id IS NULL AND t.held_until IS NULL AND t.disabled_at IS NULL
             AND t.sort_key >= $4 AND (t.sort_key > $4 OR t.id > $5) ORDER BY t.sort_key, t.id LIMIT $6"
        )),
        scope.tenant(),
        pool,
        kind,
        sort_key,
        id,
        limit
    )
}

/// What is on hold for these employees.
///
/// # Errors
///
/// Those of the database.
pub async fn held_for(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids) -> Result<Vec<ThingRow>> {
    fetch!(
        all ThingRow,
        tx,
        {
            pg: concat!(thing_columns!(), "FROM things t WHERE t.tenant_id = $1 AND t.held_for = ANY (CAST($2 AS uuid[]))"),
            lite: concat!(thing_columns!(), "FROM things t WHERE t.tenant_id = $1 AND t.held_for IN (SELECT unhex(value) FROM json_each($2))")
        },
        scope.tenant(),
        employees
    )
}

/// Gives things to holders, each to one; says how many were given. What somebody holds, what is disabled and what is on
/// hold for another is not given.
///
/// # Errors
///
/// Those of the database.
pub async fn take(tx: &mut Tx<'_>, scope: TenantScope, taken: &[(ThingId, EmployeeId)], now: Ts) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "UPDATE things AS t SET holder_id = x.holder, held_until = NULL, held_for = NULL, version = t.version + 1, updated_at = $3
                 FROM jsonb_to_recordset($2) AS x(thing uuid, holder uuid)
                 WHERE t.tenant_id = $1 AND t.id = x.thing AND t.holder_id IS NULL AND t.disabled_at IS NULL
                 AND (t.held_until IS NULL OR t.held_until <= $3 OR t.held_for = x.holder)",
            lite: "UPDATE things AS t SET holder_id = x.holder, held_until = NULL, held_for = NULL, version = t.version + 1, updated_at = $3
                 FROM (SELECT unhex(value ->> '$.thing') AS thing, unhex(value ->> '$.holder') AS holder FROM json_each($2)) AS x
                 WHERE t.tenant_id = iif(x.thing IS NULL, NULL, $1) AND t.id = x.thing AND t.holder_id IS NULL AND t.disabled_at IS NULL
                 AND (t.held_until IS NULL OR t.held_until <= $3 OR t.held_for = x.holder)"
        },
        scope.tenant(),
        pairs(taken),
        now
    )
}

/// Takes things from their holders, for whom they stay on hold until then; `None`: free at once. Says how many were taken.
///
/// # Errors
///
/// `ForeignKey` while a grant still says that somebody holds it, and those of the database.
pub async fn release(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    released: &[(ThingId, EmployeeId)],
    held_until: Option<Ts>,
    now: Ts,
) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "UPDATE things AS t SET holder_id = NULL, held_until = $3,
                     held_for = CASE WHEN CAST($3 AS timestamptz) IS NULL THEN NULL ELSE x.holder END,
                     released_at = $4, version = t.version + 1, updated_at = $4
                 FROM jsonb_to_recordset($2) AS x(thing uuid, holder uuid)
                 WHERE t.tenant_id = $1 AND t.id = x.thing AND t.holder_id = x.holder",
            lite: "UPDATE things AS t SET holder_id = NULL, held_until = $3,
                     held_for = CASE WHEN $3 IS NULL THEN NULL ELSE x.holder END,
                     released_at = $4, version = t.version + 1, updated_at = $4
                 FROM (SELECT unhex(value ->> '$.thing') AS thing, unhex(value ->> '$.holder') AS holder FROM json_each($2)) AS x
                 WHERE t.tenant_id = iif(x.thing IS NULL, NULL, $1) AND t.id = x.thing AND t.holder_id = x.holder"
        },
        scope.tenant(),
        pairs(released),
        held_until,
        now
    )
}

fn pairs(pairs: &[(ThingId, EmployeeId)]) -> Json {
    let pairs: Vec<serde_json::Value> = pairs
        .iter()
        .map(|(thing, holder)| {
            serde_json::json!({
                "thing": thing.uuid().simple().to_string(),
                "holder": holder.uuid().simple().to_string(),
            })
        })
        .collect();
    Json(serde_json::Value::from(pairs).to_string())
}

row! {
    /// A thing whose hold has ended.
    #[derive(Debug, Clone)]
    pub struct EndedHold {
        /// The tenant.
        pub tenant_id: crate::base::ids::TenantId,
        /// The thing.
        pub id: ThingId,
    }
}

/// Things of any tenant whose hold has ended, the longest ended first.
///
/// # Errors
///
/// Those of the database.
pub async fn ended_holds(tx: &mut Tx<'_>, now: Ts, limit: i64) -> Result<Vec<EndedHold>> {
    fetch!(
        all EndedHold,
        tx,
        "SELECT tenant_id, id FROM things WHERE held_until <= $1 ORDER BY held_until LIMIT $2",
        now,
        limit
    )
}

/// Ends the hold of things; gives those that were on hold. `ended_only`: only where its time is over.
///
/// # Errors
///
/// Those of the database.
pub async fn end_hold(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    ids: &Ids,
    ended_only: bool,
    now: Ts,
) -> Result<Vec<ThingId>> {
    let ended = fetch!(
        all Single<ThingId>,
        tx,
        {
            pg: "UPDATE things SET held_until = NULL, held_for = NULL, version = version + 1, updated_at = $4
                 WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[])) AND held_until IS NOT NULL
                 AND (NOT $3 OR held_until <= $4) RETURNING id",
            lite: "UPDATE things SET held_until = NULL, held_for = NULL, version = version + 1, updated_at = $4
                 WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) AND held_until IS NOT NULL
                 AND (NOT $3 OR held_until <= $4) RETURNING id"
        },
        scope.tenant(),
        ids,
        ended_only,
        now
    )?;
    Ok(ended.into_iter().map(|(id,)| id).collect())
}

/// Keeps what is on hold for one for another, as long as it would have been.
#[must_use]
pub fn pass_on_step(scope: TenantScope, from: EmployeeId, to: EmployeeId, now: Ts) -> Step {
    step!(
        "UPDATE things SET held_for = $3, version = version + 1, updated_at = $4
         WHERE tenant_id = $1 AND held_for = $2 AND held_until > $4",
        scope.tenant(),
        from,
        to,
        now
    )
}

/// Deletes things that nobody has; says how many there were.
///
/// # Errors
///
/// `ForeignKey` when somebody has one, and those of the database.
pub async fn delete(tx: &mut Tx<'_>, scope: TenantScope, ids: &Ids) -> Result<u64> {
    exec!(
        tx,
        {
            pg: "DELETE FROM things WHERE tenant_id = $1 AND id = ANY (CAST($2 AS uuid[]))",
            lite: "DELETE FROM things WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        ids
    )
}
