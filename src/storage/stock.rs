//! The stock as administrators see and change it.

use super::dynamic::Fragment;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::tenant::TenantScope;

row! {
    /// One thing with what is asked about it besides.
    #[derive(Debug, Clone)]
    pub struct StockRow {
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
        /// The name of that pool.
        pub pool_name: Option<String>,
        /// What people call it.
        pub label: String,
        /// What is particular to its kind, as JSON.
        pub details: String,
        /// Who holds it, where it is exclusive.
        pub holder_id: Option<EmployeeId>,
        /// His user name.
        pub holder_name: Option<String>,
        /// Until when it is on hold.
        pub held_until: Option<Ts>,
        /// For whom.
        pub held_for: Option<EmployeeId>,
        /// His user name, also where he has left.
        pub held_for_name: Option<String>,
        /// When it was released last.
        pub released_at: Option<Ts>,
        /// Since when nobody may have it.
        pub disabled_at: Option<Ts>,
        /// When its secret was made, of a device.
        pub secret_at: Option<Ts>,
        /// How many employees have it.
        pub holders: i64,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: Ts,
        /// When it was changed last.
        pub updated_at: Ts,
    }
}

/// The columns of [`StockRow`] of the thing `t`.
macro_rules! stock_columns {
    () => {
        "SELECT t.id, t.kind, t.key, t.sort_key, t.pool_id,
             (SELECT p.name FROM pools p WHERE p.tenant_id = t.tenant_id AND p.id = t.pool_id) AS pool_name, t.label,
             t.details, t.holder_id,
             (SELECT e.user_name FROM employees e WHERE e.tenant_id = t.tenant_id AND e.id = t.holder_id) AS holder_name,
             t.held_until, t.held_for,
             coalesce((SELECT e.user_name FROM employees e WHERE e.tenant_id = t.tenant_id AND e.id = t.held_for),
                 (SELECT d.user_name FROM departed_employees d WHERE d.tenant_id = t.tenant_id AND d.id = t.held_for))
                 AS held_for_name,
             t.released_at, t.disabled_at,
             (SELECT s.created_at FROM device_secrets s WHERE s.tenant_id = t.tenant_id AND s.thing_id = t.id) AS secret_at,
             (SELECT count(DISTINCT g.employee_id) FROM grants g WHERE g.tenant_id = t.tenant_id AND g.thing_id = t.id
                 AND g.subject = t.kind) AS holders, t.version, t.created_at, t.updated_at FROM things t "
    };
}

/// Whether somebody has the thing `t`, alone or with others.
macro_rules! is_granted {
    () => {
        "EXISTS (SELECT 1 FROM grants g WHERE g.tenant_id = t.tenant_id AND g.thing_id = t.id AND g.subject = t.kind)"
    };
}

/// The thing of that class with that identifier.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, class: &str, id: ThingId) -> Result<Option<StockRow>> {
    fetch!(
        opt StockRow,
        tx,
        (concat!(stock_columns!(), "WHERE t.tenant_id = $1 AND t.id = $2 AND t.class = $3")),
        scope.tenant(),
        id,
        class
    )
}

/// In which state things are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedState {
    /// Anybody may get it, and nobody has it.
    Free,
    /// Somebody has it, alone or with others.
    Assigned,
    /// It is on hold.
    Held,
    /// It is out of use.
    Disabled,
}

/// Which things.
#[derive(Debug, Clone, Default)]
pub struct StockFilter {
    /// Only those of this class, by its name.
    pub class: Option<&'static str>,
    /// Only those of this kind, by its name.
    pub kind: Option<&'static str>,
    /// Only those in this state.
    pub state: Option<AskedState>,
    /// Only those in this pool.
    pub pool: Option<PoolId>,
    /// Only what this employee has, alone or with others.
    pub holder: Option<EmployeeId>,
    /// Only those whose key or folded label contains one of these texts.
    pub containing: Vec<String>,
}

/// A page of the tenant's stock by class and, in it, as people sort, behind that class and order.
///
/// # Errors
///
/// Those of the database.
pub async fn page(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    filter: &StockFilter,
    behind: (&str, &str),
    limit: i64,
    now: Ts,
) -> Result<Vec<StockRow>> {
    let mut sql = Fragment::new(tx.engine(), concat!(stock_columns!(), "WHERE t.tenant_id = "));
    sql.arg(scope.tenant());
    match filter.class {
        Some(class) => {
            sql.push(" AND t.class = ").arg(class).push(" AND t.sort_key > ").arg(behind.1);
        }
        None => {
            sql.push(" AND (t.class, t.sort_key) > (").arg(behind.0).push(", ").arg(behind.1).push(")");
        }
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND t.kind = ").arg(kind);
    }
    match filter.state {
        None => {}
        Some(AskedState::Free) => {
            sql.push(
                " AND t.disabled_at IS NULL AND t.holder_id IS NULL AND (t.held_until IS NULL OR t.held_until <= ",
            );
            sql.arg(now).push(concat!(") AND NOT ", is_granted!()));
        }
        Some(AskedState::Assigned) => {
            sql.push(concat!(" AND t.disabled_at IS NULL AND (t.holder_id IS NOT NULL OR ", is_granted!(), ")"));
        }
        Some(AskedState::Held) => {
            sql.push(" AND t.disabled_at IS NULL AND t.held_until > ").arg(now);
        }
        Some(AskedState::Disabled) => {
            sql.push(" AND t.disabled_at IS NOT NULL");
        }
    }
    if let Some(pool) = filter.pool {
        sql.push(" AND t.pool_id = ").arg(pool);
    }
    if let Some(holder) = filter.holder {
        sql.push(" AND t.id IN (SELECT g.thing_id FROM grants g WHERE g.tenant_id = ").arg(scope.tenant());
        sql.push(" AND g.employee_id = ").arg(holder).push(" AND g.thing_id IS NOT NULL AND g.subject = t.kind)");
    }
    if !filter.containing.is_empty() {
        for (place, text) in filter.containing.iter().enumerate() {
            sql.push(if place == 0 { " AND (" } else { " OR " });
            sql.push_either("strpos(t.key, ", "instr(t.key, ").arg(text.as_str()).push(") > 0 OR ");
            sql.push_either("strpos(t.label_key, ", "instr(t.label_key, ").arg(text.as_str()).push(") > 0");
        }
        sql.push(")");
    }
    sql.push(" ORDER BY t.class, t.sort_key LIMIT ").arg(limit);
    tx.fetch(sql).await
}

/// A page of what is on hold at `now` by the end of the hold, behind that end and thing.
///
/// # Errors
///
/// Those of the database.
pub async fn on_hold(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    behind: (Ts, ThingId),
    limit: i64,
    now: Ts,
) -> Result<Vec<StockRow>> {
    fetch!(
        all StockRow,
        tx,
        (concat!(
            stock_columns!(),
            "WHERE t.tenant_id = $1 AND t.held_until > $2 AND (t.held_until, t.id) > ($3, $4)
             ORDER BY t.held_until, t.id LIMIT $5"
        )),
        scope.tenant(),
        now,
        behind.0,
        behind.1,
        limit
    )
}

/// A thing as it shall stand in the database.
#[derive(Debug, Clone)]
pub struct StockWrite<'a> {
    /// The kind's name.
    pub kind: &'static str,
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
}

/// Writes a thing over what it was; `false`: it is not there, or not at that version. A taken key is an error of the index.
///
/// # Errors
///
/// `Unique`, `ForeignKey` where the pool is not there, and those of the database.
pub async fn update(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    (id, version): (ThingId, i64),
    thing: &StockWrite<'_>,
    now: Ts,
) -> Result<bool> {
    let (needs_class, needs_key) = thing.needs.as_ref().map(|(class, key)| (*class, key.as_str())).unzip();
    let written = exec!(
        tx,
        "UPDATE things SET kind = $4, key = $5, sort_key = $6, pool_id = $7, label = $8, label_key = $9, details = $10,
             needs_class = $11, needs_key = $12, version = version + 1, updated_at = $13
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
        scope.tenant(),
        id,
        version,
        thing.kind,
        thing.key,
        thing.sort_key,
        thing.pool,
        thing.label,
        thing.label_key,
        thing.details,
        needs_class,
        needs_key,
        now
    )?;
    Ok(written > 0)
}

/// Takes a thing out of use, or puts it back; `false`: it is not there, or not at that version.
///
/// # Errors
///
/// Those of the database.
pub async fn set_disabled(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    (id, version): (ThingId, i64),
    disabled: bool,
    now: Ts,
) -> Result<bool> {
    let at = disabled.then_some(now);
    let written = exec!(
        tx,
        "UPDATE things SET disabled_at = $4, version = version + 1, updated_at = $5
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
        scope.tenant(),
        id,
        version,
        at,
        now
    )?;
    Ok(written > 0)
}

/// Which of these keys of a class are in stock.
///
/// # Errors
///
/// Those of the database.
pub async fn present(tx: &mut Tx<'_>, scope: TenantScope, class: &str, keys: &[String]) -> Result<Vec<String>> {
    let present = fetch!(
        all Single<String>,
        tx,
        {
            pg: "SELECT t.key FROM jsonb_array_elements_text($3) AS k(key)
                 JOIN things t ON t.tenant_id = $1 AND t.class = $2 AND t.key = k.key COLLATE \"C\"",
            lite: "SELECT t.key FROM json_each($3) AS k
                 CROSS JOIN things t ON t.tenant_id = $1 AND t.class = $2 AND t.key = k.value"
        },
        scope.tenant(),
        class,
        Json(serde_json::json!(keys).to_string())
    )?;
    Ok(present.into_iter().map(|(key,)| key).collect())
}

/// The keys of the class `number` in stock that begin with one of these and go on.
///
/// # Errors
///
/// Those of the database.
pub async fn going_on_from(tx: &mut Tx<'_>, scope: TenantScope, keys: &[String]) -> Result<Vec<String>> {
    let longer = fetch!(
        all Single<String>,
        tx,
        {
            // A colon comes right behind the digits.
            pg: "SELECT t.key FROM jsonb_array_elements_text($2) AS k(key)
                 JOIN things t ON t.tenant_id = $1 AND t.class = 'number'
                     AND t.key > k.key COLLATE \"C\" AND t.key < k.key || ':' COLLATE \"C\"",
            lite: "SELECT t.key FROM json_each($2) AS k
                 CROSS JOIN things t ON t.tenant_id = $1 AND t.class = 'number'
                     AND t.key > k.value AND t.key < k.value || ':'"
        },
        scope.tenant(),
        Json(serde_json::json!(keys).to_string())
    )?;
    Ok(longer.into_iter().map(|(key,)| key).collect())
}

row! {
    /// What stands in the way of taking a thing out of stock.
    #[derive(Debug, Clone, Copy)]
    pub struct UseRow {
        /// How many employees have it or use it.
        pub employees: i64,
        /// How many OfficeDesks made by hand may use it.
        pub desks: i64,
        /// How many things need it.
        pub needed_by: i64,
    }
}

/// Who and what uses a thing.
///
/// # Errors
///
/// Those of the database.
pub async fn uses(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId) -> Result<UseRow> {
    fetch!(
        one UseRow,
        tx,
        "SELECT (SELECT count(*) FROM grants g WHERE g.tenant_id = $1 AND g.thing_id = $2) AS employees,
                (SELECT count(*) FROM office_desk_access a JOIN office_desks d ON d.tenant_id = a.tenant_id AND d.id = a.desk_id
                     WHERE a.tenant_id = $1 AND a.thing_id = $2 AND NOT d.by_rule) AS desks,
                (SELECT count(*) FROM things t JOIN things n ON n.tenant_id = t.tenant_id AND n.needs_class = t.class
                     AND n.needs_key = t.key WHERE t.tenant_id = $1 AND t.id = $2) AS needed_by",
        scope.tenant(),
        id
    )
}

/// Those who have one of these things, or the use of one.
///
/// # Errors
///
/// Those of the database.
pub async fn users(tx: &mut Tx<'_>, scope: TenantScope, things: &Ids) -> Result<Vec<EmployeeId>> {
    let users = fetch!(
        all Single<EmployeeId>,
        tx,
        {
            pg: "SELECT DISTINCT employee_id FROM grants WHERE tenant_id = $1 AND thing_id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT employee_id FROM grants WHERE tenant_id = $1 AND thing_id IS NOT NULL
                 AND thing_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY +employee_id"
        },
        scope.tenant(),
        things
    )?;
    Ok(users.into_iter().map(|(id,)| id).collect())
}
