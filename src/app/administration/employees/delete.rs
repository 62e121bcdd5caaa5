//! Deleting employees: with all settings, desks and grants. What they held goes on hold for them.

use super::lock::each_once;
use super::write::load;
use super::{EachOfMany, OneOfMany};
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Change, Once, Performed};
use crate::app::planning::{self, Terms};
use crate::app::provisioning::write::{Before, Leaver, Owner};
use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::audit::Action;
use crate::domain::outbox::Topic;
use crate::storage::batch::Outcome;
use crate::storage::{Ids, Tx, grants};

impl Administration<'_> {
    /// Deletes one employee, also one whom an identity provider sent: it finds him gone, and may send him again.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `Storage`.
    pub async fn delete_employee(&self, change: Change, id: EmployeeId) -> Result<(), AdministrationError> {
        let (now, books) = (self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, change.writer.scope, &books).await?;
            grants::lock_employees(tx, change.writer.scope, &Ids(vec![id.uuid()])).await?;
            let taken = planning::let_go(tx, change.writer.scope, &terms, [id].into(), &change.because(now)).await?;
            delete(tx, &change, id, now).await?;
            Ok(planning::remember_given(tx, change.writer.scope, &taken).await?)
        })
        .await
    }

    /// Deletes many employees, all of them in one transaction.
    ///
    /// # Errors
    ///
    /// `Invalid` for more than [`MOST_AT_ONCE`](super::MOST_AT_ONCE); `KeyReused`, `Storage`.
    pub async fn delete_employees(
        &self,
        change: Change,
        ids: Vec<EmployeeId>,
        once: Once<EachOfMany>,
    ) -> Result<Performed<EachOfMany>, AdministrationError> {
        let ids = each_once(ids)?;
        let (now, books) = (self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, change.writer.scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let all = Ids(ids.iter().map(|id| id.uuid()).collect());
            let there = grants::lock_employees(tx, change.writer.scope, &all).await?;
            let there = there.into_iter().collect();
            let taken = planning::let_go(tx, change.writer.scope, &terms, there, &change.because(now)).await?;
            let mut each = EachOfMany::with_capacity(ids.len());
            for id in &ids {
                let became = match delete(tx, &change, *id, now).await {
                    Ok(()) => OneOfMany::Done,
                    Err(AdministrationError::NotFound(_)) => OneOfMany::NotFound,
                    Err(error) => return Err(error),
                };
                each.push((*id, became));
            }
            planning::remember_given(tx, change.writer.scope, &taken).await?;
            keeping.keep(tx, each).await
        })
        .await
    }
}

/// Deletes one from whom everything has been taken.
async fn delete(tx: &mut Tx<'_>, change: &Change, id: EmployeeId, now: Ts) -> Result<(), AdministrationError> {
    let (record, canonical) = load(tx, change.writer.scope, id).await?;
    change.check(record.version)?;
    let mut leavings = Leavings::new(change, now);
    leavings.of_employee((id, Action::EmployeeDeleted, Topic::Deleted), &[], (record.lock(), record.lock()));
    let leaver =
        Leaver { id, version: record.version, auth_epoch: record.auth_epoch, created_at: record.created_at, at: now };
    let owner = Owner { scope: change.writer.scope, connection: record.connection_id };
    match tx.run(Before::new(record.lock(), &canonical).delete(owner, &leaver, &leavings)).await? {
        Outcome::Applied => Ok(()),
        Outcome::Missed => Err(AdministrationError::Raced),
    }
}
