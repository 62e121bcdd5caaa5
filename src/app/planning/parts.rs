//! Changes that concern so many that one unit of work for all of them would keep others waiting.
//!
//! The first unit writes the change, plans for as many as may be, and writes down the others; further units plan for
//! these. The list is in the database: whoever starts after a crash goes on with it. Somebody on it who is planned for
//! another reason meanwhile is right already, and planning again changes nothing.

use std::time::Duration;

use super::{Because, Change, Terms, settle};
use crate::app::App;
use crate::app::tenants::TenantError;
use crate::domain::grant::Plan;
use crate::domain::tenant::TenantScope;
use crate::storage::{Ids, StorageError, Tx, rules};

/// For how many employees one unit of work plans.
pub(crate) const AT_ONCE: usize = 250;
/// Between two units of work, for those who wait in other processes: SQLite has no queue for them.
const GAP: Duration = Duration::from_millis(5);

/// Plans for the first of those concerned, in the order of their identifiers, and writes down the others. Whether there are
/// others.
///
/// # Errors
///
/// Those of [`settle`].
pub(crate) async fn settle_first(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    mut change: Change,
    because: &Because,
) -> Result<bool, StorageError> {
    let rest = change.concerned.iter().nth(AT_ONCE).copied().map(|first| change.concerned.split_off(&first));
    if let Some(rest) = &rest {
        rules::remember_replans(tx, scope, &Ids(rest.iter().map(|id| id.uuid()).collect())).await?;
    }
    settle(tx, scope, terms, change, because).await?;
    Ok(rest.is_some())
}

impl App {
    /// Works the list off to its end, also where whoever asked for it goes away meanwhile.
    pub(crate) async fn work_off_apart(&self, scope: TenantScope, because: Because) {
        let app = self.clone();
        let work = tokio::spawn(async move { app.work_off(scope, &because).await });
        let failed = match work.await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        // The change itself is written, and who is on the list stays there.
        tracing::warn!(error = failed, "planning for those whom a change concerns is put off");
    }

    /// Works off the lists of all tenants: what a process was about to do that ended before it could. Gives for how many
    /// tenants there was something to do.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn resume_planning(&self) -> Result<usize, TenantError> {
        let tenants = self.0.store.point(async move |tx: &mut Tx<'_>| rules::tenants_to_replan(tx).await).await?;
        if tenants.is_empty() {
            return Ok(0);
        }
        let mut resumed = 0;
        for (tenant, scope) in self.every_tenant().await? {
            if tenants.contains(&tenant.id) {
                self.work_off(scope, &self.of_itself()).await?;
                resumed += 1;
            }
        }
        Ok(resumed)
    }

    /// Plans for those on the list, unit of work by unit of work, until nobody is on it; gives what came of it.
    ///
    /// # Errors
    ///
    /// Those of the database; who is still on the list stays there.
    pub(crate) async fn work_off(&self, scope: TenantScope, because: &Because) -> Result<Plan, StorageError> {
        let mut all = Plan::default();
        loop {
            let (books, because) = (self.0.rule_books.clone(), because.clone());
            let part = self
                .0
                .store
                .write_locking(async move |tx: &mut Tx<'_>| {
                    let terms = Terms::in_turn(tx, scope, &books).await?;
                    let next = rules::take_replans(tx, scope, i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).await?;
                    if next.is_empty() {
                        return Ok::<_, StorageError>(None);
                    }
                    let change = Change { concerned: next.into_iter().collect(), ..Change::default() };
                    settle(tx, scope, &terms, change, &because).await.map(Some)
                })
                .await?;
            match part {
                Some(plan) => {
                    all = all.then(plan);
                    tokio::time::sleep(GAP).await;
                }
                None => return Ok(all),
            }
        }
    }
}
