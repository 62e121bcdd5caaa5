//! The order in which a change is planned and carried out, wherever that happens: in the database, or in a
//! [`Rehearsal`](super::rehearsal::Rehearsal) of it.
//!
//! ```text
//! while let Some(step) = settling.next():
//!     Plan    plan these employees, carry the plan out, and say so with `planned`
//!     Remove  take these things out of stock, and say which they were with `removed`
//!     Find    look who waits, and say so with `found`
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::thing::Kind;

use super::change::Plan;
use super::snapshot::Order;
use super::wake::{Batch, Wake};

/// What comes with a change besides the state that it leaves.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Those whose groups, attributes or rules changed.
    pub concerned: BTreeSet<EmployeeId>,
    /// What the administrator gives and takes.
    pub orders: BTreeMap<EmployeeId, Vec<Order>>,
    /// Those about to be deleted.
    pub leaving: BTreeSet<EmployeeId>,
    /// Things that go out of stock.
    pub removed: BTreeSet<ThingId>,
    /// What has become free.
    pub wake: Wake,
}

/// What is to be done next.
#[derive(Debug, Clone)]
pub enum Step {
    /// Plan for these, offering what is free to those whose turn it is, and carry the plan out.
    Plan {
        /// Whom.
        people: BTreeSet<EmployeeId>,
        /// For [`Snapshot::turns`](super::snapshot::Snapshot::turns).
        turns: BTreeMap<ThingId, i64>,
    },
    /// Take these out of stock, which nobody has any more.
    Remove(BTreeSet<ThingId>),
    /// Look who waits for this.
    Find(Batch),
}

/// A change that is being carried out. See the module.
#[derive(Debug, Clone)]
pub struct Settling {
    change: Change,
    wake: Wake,
    all: Vec<Plan>,
    next: Next,
}

#[derive(Debug, Clone)]
enum Next {
    /// Those whom the change concerns.
    Concerned,
    /// What goes out of stock with it.
    Removed,
    /// Those who may have what has become free.
    Waiting,
    /// Those who were found waiting, up to this place in the queue.
    Found(i64, BTreeSet<EmployeeId>),
}

impl Settling {
    /// Nothing of it is done yet.
    #[must_use]
    pub fn new(mut change: Change) -> Self {
        let wake = std::mem::take(&mut change.wake);
        Self { change, wake, all: Vec::new(), next: Next::Concerned }
    }

    /// The change, as far as it has to do with whoever is to be planned next: who is only woken has no orders and stays.
    #[must_use]
    pub const fn change(&self) -> &Change {
        &self.change
    }

    /// What to do next; `None`: nobody who waits can have anything more.
    #[allow(clippy::should_implement_trait, reason = "what comes depends on what was done with what came before")]
    pub fn next(&mut self) -> Option<Step> {
        loop {
            match std::mem::replace(&mut self.next, Next::Waiting) {
                Next::Concerned => {
                    self.next = Next::Concerned;
                    if !self.change.concerned.is_empty() {
                        let people = std::mem::take(&mut self.change.concerned);
                        // What is being offered already is nobody's but those who wait for it.
                        return Some(Step::Plan { people, turns: self.wake.turns(i64::MIN) });
                    }
                    self.next = Next::Removed;
                }
                Next::Removed => {
                    let change = std::mem::take(&mut self.change);
                    if !change.removed.is_empty() {
                        return Some(Step::Remove(change.removed));
                    }
                }
                Next::Waiting => return self.wake.next().map(Step::Find),
                Next::Found(last, people) => {
                    let turns = self.wake.turns(last);
                    self.next = Next::Found(last, BTreeSet::new());
                    return Some(Step::Plan { people, turns });
                }
            }
        }
    }

    /// That was planned and carried out.
    pub fn planned(&mut self, plan: Plan) {
        match std::mem::replace(&mut self.next, Next::Waiting) {
            Next::Found(last, _) => self.wake.served(Some(last), &plan),
            Next::Concerned | Next::Removed | Next::Waiting => {
                self.next = Next::Removed;
                self.wake.add(plan.freed.iter().cloned());
            }
        }
        self.all.push(plan);
    }

    /// These, each a kind and a key, are no longer in stock.
    pub fn removed<'k>(&mut self, things: impl IntoIterator<Item = (Kind, &'k str)>) {
        for (kind, key) in things {
            self.wake.remove_stock(kind, key);
        }
    }

    /// These wait for it, each with his place in the queue, in its order.
    pub fn found(&mut self, waiting: &[(i64, EmployeeId)]) {
        match waiting.last() {
            Some((last, _)) => self.next = Next::Found(*last, waiting.iter().map(|(_, person)| *person).collect()),
            None => self.wake.served(None, &Plan::default()),
        }
    }

    /// Everything that has changed, as one plan.
    #[must_use]
    pub fn done(self) -> Plan {
        Plan::joined(self.all)
    }
}
