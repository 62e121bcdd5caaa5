//! Lists of groups: pages for SCIM, lines for the operator.

use super::Store;
use super::dynamic::Fragment;
use super::error::Result;
use super::groups::{GroupRow, group_columns};
use super::listing::{Listed, Page, PageQuery, filtered};
use super::predicate_sql::{is_unique_lookup, push_predicate};
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, GroupId};
use crate::domain::search::Predicate;
use crate::domain::tenant::TenantScope;

const SELECT: &str = concat!("SELECT ", group_columns!(), " FROM groups r");
const COUNT: &str = "SELECT count(*) AS total FROM groups r";

/// A page of the groups of a connection, without their members. What a unique index leads to is read on the spot;
/// anything that can scan goes where a scan harms nobody.
///
/// # Errors
///
/// `TimedOut` when the condition takes too long to evaluate; those of the database.
pub async fn page(
    store: &Store,
    scope: TenantScope,
    connection: ConnectionId,
    query: PageQuery,
) -> Result<Page<GroupRow>> {
    if query.predicate.as_ref().is_some_and(is_unique_lookup) {
        store.point(async move |tx: &mut Tx<'_>| filtered(tx, SELECT, COUNT, scope, connection, &query).await).await
    } else {
        store
            .scan(scope, async move |tx: &mut Tx<'_>| filtered(tx, SELECT, COUNT, scope, connection, &query).await)
            .await
    }
}

impl Listed for GroupRow {
    fn seq(&self) -> i64 {
        self.seq
    }

    fn bytes(&self) -> usize {
        self.document.len()
    }
}

row! {
    /// One line for the operator.
    #[derive(Debug, Clone)]
    pub struct SummaryRow {
        /// The identifier.
        pub id: GroupId,
        /// The name.
        pub display_name: String,
        /// The identifier that the IdP gave.
        pub external_id: Option<String>,
        /// How many employees are in it, directly.
        pub employees: i64,
        /// How many groups are in it, directly.
        pub groups: i64,
        /// The connection it came by.
        pub connection: String,
        /// When it was made.
        pub created_at: Ts,
    }
}

/// Groups of a tenant, by whatever connection, in the order in which they came.
///
/// # Errors
///
/// Those of the database.
pub async fn summaries(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    predicate: Option<&Predicate>,
    after: Option<GroupId>,
    limit: i64,
) -> Result<Vec<SummaryRow>> {
    let mut sql = Fragment::new(
        tx.engine(),
        "SELECT r.id, r.display_name, r.external_id,
             (SELECT count(*) FROM group_members m WHERE m.tenant_id = r.tenant_id AND m.group_id = r.id) AS employees,
             (SELECT count(*) FROM group_subgroups s WHERE s.tenant_id = r.tenant_id AND s.group_id = r.id) AS groups,
             c.name AS connection, r.created_at
         FROM groups r JOIN connections c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
         WHERE r.tenant_id = ",
    );
    sql.arg(scope.tenant());
    if let Some(after) = after {
        sql.push(" AND r.seq > (SELECT a.seq FROM groups a WHERE a.tenant_id = ").arg(scope.tenant());
        sql.push(" AND a.id = ").arg(after).push(")");
    }
    if let Some(predicate) = predicate {
        sql.push(" AND ");
        push_predicate(&mut sql, predicate);
    }
    sql.push(" ORDER BY r.seq LIMIT ").arg(limit);
    tx.fetch(sql).await
}
