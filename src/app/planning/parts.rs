//! Changes that concern so many that one unit of work for all of them would keep others waiting.
//!
//! The first unit writes the change, plans for as many as may be, and writes down the others; further units plan for
//! these. The list is in the database: whoever starts after a crash goes on with it. Somebody on it who is planned for
//! another reason meanwhile is right already, and planning again changes nothing.

use super::{Because, Change, Terms, settle};
use crate::app::App;
use crate::domain::grant::Plan;
use crate::domain::tenant::TenantScope;
use crate::storage::{Ids, StorageError, Tx, rules};

/// For how many employees one unit of work plans.
pub(crate) const AT_ONCE: usize = 1_000;

/// What was planned at once.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) plan: Plan,
    /// Whether others are on the list.
    pub(crate) more: bool,
}

/// Plans for the first of those concerned, in the order of their identifiers, and writes down the others.
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
) -> Result<Part, StorageError> {
    let rest = change.concerned.iter().nth(AT_ONCE).copied().map(|first| change.concerned.split_off(&first));
    if let Some(rest) = &rest {
        rules::remember_replans(tx, scope, &Ids(rest.iter().map(|id| id.uuid()).collect())).await?;
    }
    let plan = settle(tx, scope, terms, change, because).await?;
    Ok(Part { plan, more: rest.is_some() })
}

impl App {
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
                Some(plan) => all = all.then(plan),
                None => return Ok(all),
            }
        }
    }
}
