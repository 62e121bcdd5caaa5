//! Writes that what somebody has may depend on.
//!
//! Most tenants' writes plan nothing: they have no rules, or what changes is nothing that their rules read. Such a write
//! is one batch, under the condition that the rules are those it was decided by; where they are not, they are read and it
//! is decided again. All others are units of work that plan in the tenant's turn and write what comes of it in the same
//! transaction.

use super::Provisioning;
use super::trace::Trace;
use crate::app::planning::{self, Terms};
use crate::base::ids::EmployeeId;
use crate::domain::tenant::TenantScope;
use crate::storage::batch::{Batch, Outcome};
use crate::storage::{StorageError, Tx, grants, rules};

/// Why a unit of work left everything as it was.
pub(super) enum Undone {
    /// Somebody was faster.
    Missed,
    Storage(StorageError),
}

impl From<StorageError> for Undone {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

fn outcome(done: Result<(), Undone>) -> Result<Outcome, StorageError> {
    match done {
        Ok(()) => Ok(Outcome::Applied),
        Err(Undone::Missed) => Ok(Outcome::Missed),
        Err(Undone::Storage(error)) => Err(error),
    }
}

impl Provisioning<'_> {
    /// Writes a batch that nothing depends on unless there are rules; learns of them when it is not written.
    pub(super) async fn write_unplanned(
        &self,
        scope: TenantScope,
        version: i64,
        make: impl Fn() -> Batch,
    ) -> Result<Outcome, StorageError> {
        let store = &self.app.0.store;
        let made = store.apply(|| make().only_where(rules::version_condition(scope, version))).await?;
        if made == Outcome::Missed {
            self.learn_rules(scope).await?;
        }
        Ok(made)
    }

    pub(super) async fn learn_rules(&self, scope: TenantScope) -> Result<(), StorageError> {
        let books = self.app.0.rule_books.clone();
        self.app.0.store.read(async move |tx: &mut Tx<'_>| books.learn(tx, scope).await).await
    }

    /// Writes a batch that changes somebody's attributes, and what follows for what he has. Second: whether anything may
    /// have followed.
    pub(super) async fn write_employee(
        &self,
        trace: &Trace<'_>,
        id: EmployeeId,
        make: impl Fn() -> Batch,
    ) -> Result<(Outcome, bool), StorageError> {
        let (app, scope) = (&self.app.0, trace.client.scope);
        // What locks and unlocks somebody takes and gives nothing.
        if trace.changed.iter().all(|path| path == "active") {
            return Ok((app.store.apply(make).await?, false));
        }
        let belief = app.rule_books.believed(scope);
        if !belief.mind_attributes {
            return Ok((self.write_unplanned(scope, belief.version, make).await?, false));
        }
        let (books, because, batch) = (app.rule_books.clone(), trace.because(), make());
        let done = app.store.write_locking(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if tx.run(batch.clone()).await? == Outcome::Missed {
                return Err(Undone::Missed);
            }
            let change = planning::Change { concerned: [id].into(), ..planning::Change::default() };
            planning::settle(tx, scope, &terms, change, &because).await?;
            Ok(())
        });
        Ok((outcome(done.await)?, true))
    }

    /// Writes a batch that deletes somebody. What he has goes first, and with it goes what he waits for; who waits for
    /// what becomes free gets it.
    pub(super) async fn write_leaver(
        &self,
        trace: &Trace<'_>,
        id: EmployeeId,
        make: impl Fn() -> Batch,
    ) -> Result<Outcome, StorageError> {
        let (app, scope) = (&self.app.0, trace.client.scope);
        // Who never had anything leaves nothing.
        let unburdened = || make().only_where(grants::nothing_condition(scope, id));
        if app.store.apply(unburdened).await? == Outcome::Applied {
            return Ok(Outcome::Applied);
        }
        let (books, because, batch) = (app.rule_books.clone(), trace.because(), make());
        let done = app.store.write_locking(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let taken = planning::let_go(tx, scope, &terms, [id].into(), &because).await?;
            if tx.run(batch.clone()).await? == Outcome::Missed {
                return Err(Undone::Missed);
            }
            Ok(planning::remember_given(tx, scope, &taken).await?)
        });
        outcome(done.await)
    }

    /// Writes a batch that brings somebody back, and gives him again what had been given to him by hand. Second: whether
    /// he may have something by that.
    pub(super) async fn write_returner(
        &self,
        trace: &Trace<'_>,
        id: EmployeeId,
        by_hand: Option<String>,
        make: impl Fn() -> Batch,
    ) -> Result<(Outcome, bool), StorageError> {
        let (app, scope) = (&self.app.0, trace.client.scope);
        let Some(by_hand) = by_hand else { return Ok((app.store.apply(make).await?, false)) };
        let (books, because, batch) = (app.rule_books.clone(), trace.because(), make());
        let done = app.store.write_locking(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if tx.run(batch.clone()).await? == Outcome::Missed {
                return Err(Undone::Missed);
            }
            Ok(planning::give_again(tx, scope, &terms, id, &by_hand, &because).await?)
        });
        Ok((outcome(done.await)?, true))
    }
}
