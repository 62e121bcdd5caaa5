//! What lists of employees and lists of groups have in common: a page that fulfils a condition, and how many do in all.

use super::dynamic::Fragment;
use super::error::Result;
use super::predicate_sql::{push_order, push_predicate, push_probes};
use super::statement::{Row, Single};
use super::tx::Tx;
use crate::base::ids::ConnectionId;
use crate::domain::search::{Predicate, Sorting};
use crate::domain::tenant::TenantScope;

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// Which rows; `None`: all of the connection.
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
pub struct Page<R> {
    /// How many there are in all.
    pub total: i64,
    /// Those of the page.
    pub rows: Vec<R>,
}

/// The page. `select` and `count` are the heads of the two statements, up to the name of the table, which is `r`.
pub(super) async fn filtered<R: Row>(
    tx: &mut Tx<'_>,
    select: &'static str,
    count: &'static str,
    scope: TenantScope,
    connection: ConnectionId,
    query: &PageQuery,
) -> Result<Page<R>> {
    let mut rows = Vec::new();
    if query.limit > 0 {
        let mut sql = Fragment::new(tx.engine(), select);
        push_conditions(&mut sql, scope, connection, query.predicate.as_ref());
        push_order(&mut sql, query.sorting.as_ref());
        sql.push(" LIMIT ").arg(query.limit).push(" OFFSET ").arg(query.offset);
        rows = tx.fetch::<R>(sql).await?;
    }
    let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    // A page that is not full ends the list: no need to count.
    if found < query.limit && (found > 0 || query.offset == 0) {
        return Ok(Page { total: query.offset + found, rows });
    }
    let mut sql = Fragment::new(tx.engine(), count);
    push_conditions(&mut sql, scope, connection, query.predicate.as_ref());
    let counted = tx.fetch::<Single<i64>>(sql).await?;
    Ok(Page { total: counted.first().map_or(0, |(total,)| *total), rows })
}

fn push_conditions(sql: &mut Fragment, scope: TenantScope, connection: ConnectionId, predicate: Option<&Predicate>) {
    sql.push(" WHERE r.tenant_id = ").arg(scope.tenant());
    sql.push(" AND r.connection_id = ").arg(connection);
    if let Some(predicate) = predicate {
        push_probes(sql, predicate, scope);
        sql.push(" AND ");
        push_predicate(sql, predicate);
    }
}
