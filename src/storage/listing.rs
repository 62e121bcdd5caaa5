//! What lists of employees and lists of groups have in common: a page that fulfils a condition, and how many do in all.
//!
//! A page begins behind so many others, or behind a place in the order of arrival. The second is found by index wherever
//! it is, also when nobody has that place any more, and whoever comes or goes in front of it moves nobody behind it.

use std::ops::ControlFlow;

use super::dynamic::Fragment;
use super::error::Result;
use super::predicate_sql::{push_order, push_predicate, push_probes};
use super::statement::{Row, Single};
use super::tx::Tx;
use crate::base::ids::ConnectionId;
use crate::domain::search::{Predicate, Sorting};
use crate::domain::tenant::TenantScope;

/// A page with documents of so many bytes ends, however many resources are still to come: 1,000 of them may have 64 MiB.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// Which rows; `None`: all of the connection.
    pub predicate: Option<Predicate>,
    /// In which order; `None`: that of arrival.
    pub sorting: Option<Sorting>,
    /// Where the page begins.
    pub start: Start,
    /// How many the page holds at most.
    pub limit: i64,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Behind so many others.
    Offset(i64),
    /// Behind this place in the order of arrival, of a list in no other order. It is not counted how many the list has.
    After(i64),
}

/// A page and the size of the whole list.
#[derive(Debug, Clone)]
pub struct Page<R> {
    /// How many there are in all; nothing where nobody counted.
    pub total: Option<i64>,
    /// Those of the page.
    pub rows: Vec<R>,
    /// Whether others come behind them.
    pub more: bool,
}

/// A row of a list.
pub trait Listed: Row {
    /// Its place in the order of arrival.
    fn seq(&self) -> i64;

    /// How much there is to show, in bytes.
    fn bytes(&self) -> usize;
}

/// The rows of a page, as they come in.
pub(super) struct Taken<R> {
    pub(super) rows: Vec<R>,
    pub(super) more: bool,
    limit: usize,
    bytes: usize,
}

impl<R: Listed> Taken<R> {
    pub(super) fn none(limit: i64) -> Self {
        Self { rows: Vec::new(), more: false, limit: usize::try_from(limit).unwrap_or(0), bytes: 0 }
    }

    fn take(&mut self, row: R) -> ControlFlow<()> {
        if self.rows.len() >= self.limit || self.bytes >= PAGE_BYTES {
            self.more = true;
            return ControlFlow::Break(());
        }
        self.bytes += row.bytes();
        self.rows.push(row);
        ControlFlow::Continue(())
    }
}

/// The page. `select` and `count` are the heads of the two statements, up to the name of the table, which is `r`.
pub(super) async fn filtered<R: Listed>(
    tx: &mut Tx<'_>,
    select: &'static str,
    count: &'static str,
    scope: TenantScope,
    connection: ConnectionId,
    query: &PageQuery,
) -> Result<Page<R>> {
    let (after, skip) = match query.start {
        Start::Offset(offset) => (None, offset),
        Start::After(seq) => (Some(seq), 0),
    };
    let Taken { rows, more, .. } = rows(tx, select, scope, connection, query, after, skip).await?;
    let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let total = match query.start {
        Start::After(_) => None,
        // A page behind which nothing comes ends the list: no need to count.
        Start::Offset(offset) if !more && (found > 0 || offset == 0) => Some(offset + found),
        Start::Offset(_) => {
            let mut sql = Fragment::new(tx.engine(), count);
            push_conditions(&mut sql, scope, connection, query.predicate.as_ref());
            Some(tx.fetch::<Single<i64>>(sql).await?.first().map_or(0, |(total,)| *total))
        }
    };
    Ok(Page { total, rows, more })
}

/// The rows of a page that begins behind a place in the order of arrival, if one is given, and behind `skip` more.
pub(super) async fn rows<R: Listed>(
    tx: &mut Tx<'_>,
    select: &'static str,
    scope: TenantScope,
    connection: ConnectionId,
    query: &PageQuery,
    after: Option<i64>,
    skip: i64,
) -> Result<Taken<R>> {
    let mut sql = Fragment::new(tx.engine(), select);
    push_conditions(&mut sql, scope, connection, query.predicate.as_ref());
    if let Some(seq) = after {
        sql.push(" AND r.seq > ").arg(seq);
    }
    push_order(&mut sql, query.sorting.as_ref());
    // One more than the page holds tells whether it is the last.
    sql.push(" LIMIT ").arg(query.limit.saturating_add(1)).push(" OFFSET ").arg(skip);
    let mut rows = Taken::none(query.limit);
    tx.fetch_each(sql, |row| rows.take(row)).await?;
    Ok(rows)
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
