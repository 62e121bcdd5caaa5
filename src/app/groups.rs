//! What the operator can look up about the groups of a tenant.

use super::App;
use super::tenants::TenantError;
use crate::base::caseless::fold;
use crate::base::ids::GroupId;
use crate::domain::group::GroupSummary;
use crate::domain::search::{Predicate, TextColumn, TextTest};
use crate::storage::Tx;
use crate::storage::group_list::{SummaryRow, summaries};

/// Which groups.
#[derive(Debug, Clone)]
pub struct GroupQuery {
    /// Only those whose name contains this text, letter case aside.
    pub containing: Option<String>,
    /// Only those after this one (the last of the page before).
    pub after: Option<GroupId>,
    /// How many, at most.
    pub limit: u32,
}

impl App {
    /// The groups of a tenant, in the order in which they came, with how many members each has.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn groups(&self, tenant: &str, query: GroupQuery) -> Result<Vec<GroupSummary>, TenantError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let rows = self
            .0
            .store
            .read(async move |tx: &mut Tx<'_>| {
                let containing = query.containing.as_deref().map(fold).filter(|text| !text.is_empty());
                let predicate =
                    containing.map(|text| Predicate::Text(TextColumn::GroupNameKey, TextTest::Contains(text)));
                summaries(tx, scope, predicate.as_ref(), query.after, i64::from(query.limit)).await
            })
            .await?;
        Ok(rows.into_iter().map(summary).collect())
    }
}

fn summary(row: SummaryRow) -> GroupSummary {
    GroupSummary {
        id: row.id,
        name: row.display_name,
        external_id: row.external_id,
        employees: row.employees.unsigned_abs(),
        groups: row.groups.unsigned_abs(),
        connection: row.connection,
        created_at: row.created_at,
    }
}
