//! The administrator's key of the lock: his alone. What the identity provider says of `active` stays as it is.

use std::collections::BTreeSet;

use super::{Employee, MOST_AT_ONCE, NOT_FOUND, find};
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Change, Once, Performed};
use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::audit::Action;
use crate::domain::lock::Lock;
use crate::domain::outbox::Topic;
use crate::storage::employee_records::{self, TurnedLock};
use crate::storage::{Ids, StorageError, Tx, grants};

/// Which way the key is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody of them logs in or phones from the transaction on (K2).
    Lock,
    /// The key is taken away; who is locked by his identity provider stays so.
    Unlock,
}

/// What became of one of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneOfMany {
    /// It was done.
    Done,
    /// It was so already.
    Unchanged,
    /// There is no such employee.
    NotFound,
}

/// What became of each of many, in the order in which they were named, each once.
pub type EachOfMany = Vec<(EmployeeId, OneOfMany)>;

impl Administration<'_> {
    /// Locks or unlocks one employee. Doing so again changes nothing.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `KeyReused`, `Storage`.
    pub async fn turn_lock(
        &self,
        change: Change,
        id: EmployeeId,
        turn: Turn,
        once: Once<Employee>,
    ) -> Result<Performed<Employee>, AdministrationError> {
        let (scope, now) = (change.writer.scope, self.now());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            if grants::lock_employees(tx, scope, &Ids(vec![id.uuid()])).await?.is_empty() {
                return Err(NOT_FOUND);
            }
            change.check(find(tx, scope, id).await?.version)?;
            turn_all(tx, &change, &Ids(vec![id.uuid()]), turn, now).await?;
            let now_there = find(tx, scope, id).await?;
            keeping.keep(tx, now_there).await
        })
        .await
    }

    /// Locks or unlocks many employees, all of them in one transaction.
    ///
    /// # Errors
    ///
    /// `Invalid` for more than [`MOST_AT_ONCE`]; `KeyReused`, `Storage`.
    pub async fn turn_locks(
        &self,
        change: Change,
        ids: Vec<EmployeeId>,
        turn: Turn,
        once: Once<EachOfMany>,
    ) -> Result<Performed<EachOfMany>, AdministrationError> {
        let ids = each_once(ids)?;
        let now = self.now();
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let all = Ids(ids.iter().map(|id| id.uuid()).collect());
            let here: BTreeSet<_> = grants::lock_employees(tx, change.writer.scope, &all).await?.into_iter().collect();
            let turned = turn_all(tx, &change, &all, turn, now).await?;
            let became = |id: &EmployeeId| match (turned.contains(id), here.contains(id)) {
                (true, _) => OneOfMany::Done,
                (false, true) => OneOfMany::Unchanged,
                (false, false) => OneOfMany::NotFound,
            };
            keeping.keep(tx, ids.iter().map(|id| (*id, became(id))).collect()).await
        })
        .await
    }
}

/// Turns the key of all that are there; gives those whose was turned.
async fn turn_all(
    tx: &mut Tx<'_>,
    change: &Change,
    ids: &Ids,
    turn: Turn,
    now: Ts,
) -> Result<BTreeSet<EmployeeId>, StorageError> {
    let scope = change.writer.scope;
    let (turned, action) = match turn {
        Turn::Lock => (employee_records::lock(tx, scope, ids, now).await?, Action::EmployeeLocked),
        Turn::Unlock => (employee_records::unlock(tx, scope, ids, now).await?, Action::EmployeeUnlocked),
    };
    let mut leavings = Leavings::new(change, now);
    for TurnedLock { id, idp_locked_at } in &turned {
        let without = Lock { by_idp: *idp_locked_at, by_administrator: None };
        let with = without.after_administrator(true, now);
        let lock = if turn == Turn::Lock { (without, with) } else { (with, without) };
        leavings.of_employee((*id, action, Topic::Changed), &["lockedBy"], lock);
    }
    leavings.write(tx).await?;
    Ok(turned.into_iter().map(|one| one.id).collect())
}

/// Each of those named, once, in their order.
///
/// # Errors
///
/// `Invalid` for more than may be named.
pub(super) fn each_once(ids: Vec<EmployeeId>) -> Result<Vec<EmployeeId>, AdministrationError> {
    if ids.len() > MOST_AT_ONCE {
        let detail = format!("one request names at most {MOST_AT_ONCE} employees; send several");
        return Err(AdministrationError::invalid("/ids", detail));
    }
    let mut seen = BTreeSet::new();
    Ok(ids.into_iter().filter(|id| seen.insert(*id)).collect())
}
