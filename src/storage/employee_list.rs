//! Lists of employees: pages for SCIM, lines for the operator.

use super::Store;
use super::dynamic::Fragment;
use super::employees::{Groups, UserRow, no_groups, user_columns, user_groups_lite, user_groups_pg};
use super::error::Result;
use super::listing::{self, Listed, Page, PageQuery, Start, Taken, filtered};
use super::predicate_sql::{is_unique_lookup, push_predicate};
use super::tx::{Engine, Tx};
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId};
use crate::domain::search::Predicate;
use crate::domain::tenant::TenantScope;

const COUNT: &str = "SELECT count(*) AS total FROM employees r";

/// When PostgreSQL has more rows than this to add up for a list, somebody should fold them.
const FOLD_ABOVE: i64 = 2048;

/// A page of the employees of a connection. What a unique index leads to is read on the spot; anything that can scan goes
/// where a scan harms nobody.
///
/// # Errors
///
/// `TimedOut` when the condition takes too long to evaluate; those of the database.
pub async fn page(
    store: &Store,
    scope: TenantScope,
    connection: ConnectionId,
    query: PageQuery,
    groups: Groups,
) -> Result<Page<UserRow>> {
    match (&query.predicate, &query.sorting) {
        (None, None) => page_in_order(store, scope, connection, query, groups).await,
        (Some(predicate), _) if is_unique_lookup(predicate) => {
            store.point(async move |tx: &mut Tx<'_>| filtered_users(tx, scope, connection, &query, groups).await).await
        }
        _ => {
            store
                .scan(scope, async move |tx: &mut Tx<'_>| filtered_users(tx, scope, connection, &query, groups).await)
                .await
        }
    }
}

async fn filtered_users(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    connection: ConnectionId,
    query: &PageQuery,
    groups: Groups,
) -> Result<Page<UserRow>> {
    let select = select(groups, tx.engine());
    filtered(tx, select, COUNT, scope, connection, query).await
}

const fn select(groups: Groups, engine: Engine) -> &'static str {
    match (groups, engine) {
        (Groups::Read, Engine::Postgres) => concat!("SELECT ", user_columns!(), user_groups_pg!(), " FROM employees r"),
        (Groups::Read, Engine::Sqlite) => concat!("SELECT ", user_columns!(), user_groups_lite!(), " FROM employees r"),
        (Groups::Skip, _) => concat!("SELECT ", user_columns!(), no_groups!(), " FROM employees r"),
    }
}

impl Listed for UserRow {
    fn seq(&self) -> i64 {
        self.seq
    }

    fn bytes(&self) -> usize {
        self.document.len() + self.groups.as_ref().map_or(0, String::len)
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

/// Everybody, as they came: a page anywhere costs what the first one costs.
async fn page_in_order(
    store: &Store,
    scope: TenantScope,
    connection: ConnectionId,
    query: PageQuery,
    groups: Groups,
) -> Result<Page<UserRow>> {
    let offset = match query.start {
        Start::Offset(offset) => offset,
        Start::After(_) => {
            let page = async move |tx: &mut Tx<'_>| filtered_users(tx, scope, connection, &query, groups).await;
            return store.read(page).await;
        }
    };
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
                offset
            )?;
            let Taken { rows, more, .. } = match (beginning.bucket, beginning.before) {
                (Some(bucket), Some(before)) => {
                    let (select, after) = (select(groups, tx.engine()), (bucket << 8) - 1);
                    listing::rows(tx, select, scope, connection, &query, Some(after), offset - before).await?
                }
                _ => Taken::none(0),
            };
            Ok::<_, super::StorageError>((Page { total: Some(beginning.total), rows, more }, beginning.entries))
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
        "SELECT r.id, r.user_name, r.external_id, r.display_name, r.given_name, r.family_name, r.email, r.idp_locked_at,
             r.admin_locked_at, c.name AS connection, r.version, r.created_at, r.updated_at
         FROM employees r
         LEFT JOIN connections c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
         WHERE r.tenant_id = ",
    );
    sql.arg(scope.tenant());
    if let Some(after) = after {
        sql.push(" AND r.seq > (SELECT a.seq FROM employees a WHERE a.tenant_id = ").arg(scope.tenant());
        sql.push(" AND a.id = ").arg(after).push(")");
    }
    if let Some(predicate) = predicate {
        sql.push(" AND ");
        push_predicate(&mut sql, predicate);
    }
    sql.push(" ORDER BY r.seq LIMIT ").arg(limit);
    tx.fetch(sql).await
}
