//! What the plans of a tenant go by: its rules, each with its group, and how long things are kept.

use std::sync::Arc;
use std::time::Duration;

use super::rules::RuleBooks;
use crate::domain::grant::BoundRules;
use crate::domain::tenant::TenantScope;
use crate::storage::rules::TermsRow;
use crate::storage::{StorageError, Tx, rules};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// The version of the rules, 0 where there are none.
    pub(crate) version: i64,
    /// For how long things are kept for who lost them.
    pub(crate) hold: Duration,
    pub(crate) customer_number: String,
    /// How often somebody has planned for the tenant.
    pub(crate) turns: i64,
    pub(crate) rules: Arc<BoundRules>,
}

impl Terms {
    /// The terms for who plans; nobody else plans for the tenant until the unit of work has ended. Goes first in it.
    pub(crate) async fn in_turn(tx: &mut Tx<'_>, scope: TenantScope, books: &RuleBooks) -> Result<Self, StorageError> {
        let row = rules::terms_in_turn(tx, scope).await?;
        Self::of(tx, scope, books, row).await
    }

    /// The terms for who changes the rules: nobody writes who thinks that there are none, either. Goes first, too.
    pub(crate) async fn alone(tx: &mut Tx<'_>, scope: TenantScope, books: &RuleBooks) -> Result<Self, StorageError> {
        let row = rules::terms_alone(tx, scope).await?;
        Self::of(tx, scope, books, row).await
    }

    /// The terms for who only looks.
    pub(crate) async fn now(tx: &mut Tx<'_>, scope: TenantScope, books: &RuleBooks) -> Result<Self, StorageError> {
        let row = rules::terms(tx, scope).await?;
        Self::of(tx, scope, books, row).await
    }

    /// The same after something was bound to another group.
    pub(crate) async fn again(
        self,
        tx: &mut Tx<'_>,
        scope: TenantScope,
        books: &RuleBooks,
    ) -> Result<Self, StorageError> {
        let rules = books.bound(tx, scope, self.version).await?;
        Ok(Self { rules, ..self })
    }

    async fn of(tx: &mut Tx<'_>, scope: TenantScope, books: &RuleBooks, row: TermsRow) -> Result<Self, StorageError> {
        let rules = books.bound(tx, scope, row.rules_version).await?;
        Ok(Self {
            version: row.rules_version,
            hold: Duration::from_hours(24 * u64::try_from(row.hold_days).unwrap_or(0)),
            customer_number: row.customer_number,
            turns: row.turns,
            rules,
        })
    }
}
