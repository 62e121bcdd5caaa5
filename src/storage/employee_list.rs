//! Lists of employees: pages for SCIM, lines for the operator.

use super::Store;
use super::dynamic::Fragment;
use super::employees::UserRow;
use super::error::Result;
use super::predicate_sql::{is_unique_lookup, push_order, push_predicate, push_probes};
use super::statement::Single;
use super::tx::{Engine, Tx};
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId};
use crate::domain::search::{Predicate, Sorting};
use crate::domain::tenant::TenantScope;

const USER_COLUMNS: &str = "SELECT employees.id, employees.version, employees.created_at, employees.updated_at,
    employees.idp_locked_at, employees.admin_locked_at, employees.auth_epoch, employees.document FROM employees";

/// When PostgreSQL has more rows than this to add up for a list, somebody should fold them.
const FOLD_ABOVE: i64 = 2048;

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// Which employees; `None`: all of the connection.
    pub predicate: Option<Predicate>,
    /// In which order; `None`: that of arrival.
    pub sorting: Option<Sorting>,
    /// How many come before the page.
    pub offset: i64,
    /// How many the page holds at most.
    pub limit: i64,
}

/// A page and the size of the whole list.
#[derive(Debug, Clone)]
pub struct Page {
    /// How many there are in all.
    pub total: i64,
    /// Those of the page.
    pub rows: Vec<UserRow>,
}

/// A page of the employees of a connection. What a unique index leads to is read on the spot; anything that can scan goes
/// where a scan harms nobody.
///
/// # Errors
///
/// `TimedOut` when the condition takes too long to evaluate; those of the database.
pub async fn page(store: &Store, scope: TenantScope, connection: ConnectionId, query: PageQuery) -> Result<Page> {
    match (&query.predicate, &query.sorting) {
        (None, None) => page_in_order(store, scope, connection, query).await,
        (Some(predicate), _) if is_unique_lookup(predicate) => {
            store.point(async move |tx: &mut Tx<'_>| filtered(tx, scope, connection, &query).await).await
        }
        _ => store.scan(scope, async move |tx: &mut Tx<'_>| filtered(tx, scope, connection, &query).await).await,
    }
}

row! {
    /// How long the list is and where the page begins.
    #[derive(Debug, Clone, Copy)]
    struct Beginning {
        /// How many employees the connection has.
        total: i64,
        /// The bucket that holds the first one of the page; none when the page lies behind the end.
        bucket: Option<i64>,
        /// How many come before that bucket.
        before: Option<i64>,
        /// How many rows had to be added up.
        entries: i64,
    }
}

async fn page_in_order(store: &Store, scope: TenantScope, connection: ConnectionId, query: PageQuery) -> Result<Page> {
    let (page, entries) = store
        .read(async move |tx: &mut Tx<'_>| {
            let beginning = fetch!(
                one Beginning,
                tx,
                "WITH counted AS (
                     SELECT bucket, CAST(sum(employees) AS bigint) AS n, count(*) AS entries FROM employee_counts
                     WHERE tenant_id = $1 AND connection_id = $2 GROUP BY bucket),
                 summed AS (SELECT bucket, n, CAST(sum(n) OVER (ORDER BY bucket) AS bigint) AS upto FROM counted)
                 SELECT (SELECT COALESCE(CAST(sum(n) AS bigint), 0) FROM counted) AS total,
                        (SELECT bucket FROM summed WHERE upto > $3 ORDER BY bucket LIMIT 1) AS bucket,
                        (SELECT upto - n FROM summed WHERE upto > $3 ORDER BY bucket LIMIT 1) AS before,
                        (SELECT COALESCE(CAST(sum(entries) AS bigint), 0) FROM counted) AS entries",
                scope.tenant(),
                connection,
                query.offset
            )?;
            let rows = match (beginning.bucket, beginning.before) {
                (Some(bucket), Some(before)) if query.limit > 0 => fetch!(
                    all UserRow,
                    tx,
                    "SELECT id, version, created_at, updated_at, idp_locked_at, admin_locked_at, auth_epoch, document FROM employees
                     WHERE tenant_id = $1 AND connection_id = $2 AND seq >= $3 ORDER BY seq LIMIT $4 OFFSET $5",
                    scope.tenant(),
                    connection,
                    bucket << 8,
                    query.limit,
                    query.offset - before
                )?,
                _ => Vec::new(),
            };
            Ok::<_, super::StorageError>((Page { total: beginning.total, rows }, beginning.entries))
        })
        .await?;
    if entries > FOLD_ABOVE && store.engine() == Engine::Postgres {
        fold_later(store.clone(), scope, connection);
    }
    Ok(page)
}

/// Adds up the rows of `employee_counts`, beside the request that found too many of them. Nobody waits for it, and when
/// it meets a writer the next list tries again.
fn fold_later(store: Store, scope: TenantScope, connection: ConnectionId) {
    tokio::spawn(async move {
        let folded = store.write(async move |tx: &mut Tx<'_>| fold(tx, scope, connection).await).await;
        if let Err(error) = folded {
            tracing::debug!(error = %error, "the head counts were not folded this time");
        }
    });
}

async fn fold(tx: &mut Tx<'_>, scope: TenantScope, connection: ConnectionId) -> Result<()> {
    exec!(
        tx,
        {
            pg: "WITH gone AS (DELETE FROM employee_counts WHERE tenant_id = $1 AND connection_id = $2 RETURNING bucket, employees)
                 INSERT INTO employee_counts (tenant_id, connection_id, bucket, employees)
                 SELECT $1, $2, bucket, sum(employees) FROM gone GROUP BY bucket HAVING sum(employees) <> 0",
            lite: "DELETE FROM employee_counts WHERE tenant_id = $1 AND connection_id = $2 AND employees = 0"
        },
        scope.tenant(),
        connection
    )?;
    Ok(())
}

async fn filtered(tx: &mut Tx<'_>, scope: TenantScope, connection: ConnectionId, query: &PageQuery) -> Result<Page> {
    let mut rows = Vec::new();
    if query.limit > 0 {
        let mut sql = Fragment::new(tx.engine(), USER_COLUMNS);
        push_conditions(&mut sql, scope, connection, query.predicate.as_ref());
        push_order(&mut sql, query.sorting.as_ref());
        sql.push(" LIMIT ").arg(query.limit).push(" OFFSET ").arg(query.offset);
        rows = tx.fetch::<UserRow>(sql).await?;
    }
    let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    // A page that is not full ends the list: no need to count.
    if found < query.limit && (found > 0 || query.offset == 0) {
        return Ok(Page { total: query.offset + found, rows });
    }
    let mut sql = Fragment::new(tx.engine(), "SELECT count(*) AS total FROM employees");
    push_conditions(&mut sql, scope, connection, query.predicate.as_ref());
    let counted = tx.fetch::<Single<i64>>(sql).await?;
    Ok(Page { total: counted.first().map_or(0, |(total,)| *total), rows })
}

fn push_conditions(sql: &mut Fragment, scope: TenantScope, connection: ConnectionId, predicate: Option<&Predicate>) {
    sql.push(" WHERE employees.tenant_id = ").arg(scope.tenant());
    sql.push(" AND employees.connection_id = ").arg(connection);
    if let Some(predicate) = predicate {
        push_probes(sql, predicate, scope);
        sql.push(" AND ");
        push_predicate(sql, predicate);
    }
}

row! {
    /// One line for the operator.
    #[derive(Debug, Clone)]
    pub struct SummaryRow {
        /// The identifier.
        pub id: EmployeeId,
        /// The user name.
        pub user_name: String,
        /// The identifier that the IdP gave.
        pub external_id: Option<String>,
        /// The name to show.
        pub display_name: Option<String>,
        /// The given name.
        pub given_name: Option<String>,
        /// The family name.
        pub family_name: Option<String>,
        /// Where letters go.
        pub email: Option<String>,
        /// The IdP's key of the lock.
        pub idp_locked_at: Option<Ts>,
        /// The administrator's key of the lock.
        pub admin_locked_at: Option<Ts>,
        /// The connection he came by.
        pub connection: Option<String>,
        /// Counts the changes.
        pub version: i64,
        /// When he was made.
        pub created_at: Ts,
        /// When he was changed last.
        pub updated_at: Ts,
    }
}

/// Employees of a tenant, by whatever connection, in the order in which they came.
///
/// # Errors
///
/// Those of the database.
pub async fn summaries(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    predicate: Option<&Predicate>,
    after: Option<EmployeeId>,
    limit: i64,
) -> Result<Vec<SummaryRow>> {
    let mut sql = Fragment::new(
        tx.engine(),
        "SELECT employees.id, employees.user_name, employees.external_id, employees.display_name, employees.given_name,
             employees.family_name, employees.email, employees.idp_locked_at, employees.admin_locked_at,
             c.name AS connection, employees.version, employees.created_at, employees.updated_at
         FROM employees
         LEFT JOIN connections c ON c.tenant_id = employees.tenant_id AND c.id = employees.connection_id
         WHERE employees.tenant_id = ",
    );
    sql.arg(scope.tenant());
    if let Some(after) = after {
        sql.push(" AND employees.seq > (SELECT a.seq FROM employees a WHERE a.tenant_id = ").arg(scope.tenant());
        sql.push(" AND a.id = ").arg(after).push(")");
    }
    if let Some(predicate) = predicate {
        sql.push(" AND ");
        push_predicate(&mut sql, predicate);
    }
    sql.push(" ORDER BY employees.seq LIMIT ").arg(limit);
    tx.fetch(sql).await
}
