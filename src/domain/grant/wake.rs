//! Who is next when something becomes free: those who wait for it, the oldest first.
//!
//! In the transaction that frees or adds something, once the plan that did so is written:
//!
//! ```text
//! wake.add(plan.freed)
//! while let Some(batch) = wake.next():
//!     rows  = those waiting for any of batch.waits_for, behind batch.after, by seq, at most batch.limit
//!     turns = wake.turns(rows.last.seq)           (no rows: wake.served(None, …))
//!     plan the employees of the rows with these turns, write it
//!     wake.served(rows.last.seq, plan)
//! ```
//!
//! What is being offered is in the snapshots for those alone whose turn it is, so that nobody gets ahead by being planned
//! for another reason; what they free in turn is offered afterwards.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::ids::ThingId;
use crate::domain::thing::Kind;

use super::change::Plan;
use super::hold::{Fate, Freed};
use super::slot::WaitsFor;
use super::stock::Thing;

/// The fewest and the most rows that are looked at in one go; so few in tests that they have several goes.
const ROWS: (usize, usize) = if cfg!(test) { (1, 3) } else { (16, 1000) };

/// What is to be offered to those who wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wake {
    /// What is being offered.
    offered: Offer,
    /// Up to which place in the queue it was offered.
    after: i64,
    /// What will be offered next.
    next: Offer,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Offer {
    /// Things that one can have.
    things: BTreeMap<ThingId, Freed>,
    /// What many can have, or what somebody should know of.
    others: BTreeSet<WaitsFor>,
}

impl Offer {
    fn is_empty(&self) -> bool {
        self.things.is_empty() && self.others.is_empty()
    }
}

/// Which pending grants to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Those that wait for any of these.
    pub waits_for: BTreeSet<WaitsFor>,
    /// Those behind this place in the queue.
    pub after: i64,
    /// The oldest so many of them.
    pub limit: usize,
}

impl Wake {
    /// Something has become free by a plan, or because its hold is over or was ended.
    pub fn add(&mut self, freed: impl IntoIterator<Item = Freed>) {
        for freed in freed {
            if freed.kind.is_exclusive() {
                self.next.things.insert(freed.thing, freed);
            } else {
                self.next.others.extend(freed.waited_for());
            }
        }
    }

    /// The administrator has changed the stock, and this thing is what it is now: new, enabled, disabled, in another pool,
    /// of another kind, under another name.
    pub fn add_stock(&mut self, thing: &Thing) {
        self.stir([WaitsFor::key(thing.thing.kind, &thing.thing.key)]);
        if thing.is_free() {
            self.add([Freed::of(thing)]);
        }
    }

    /// Nothing has this key any more: it went out of stock, or has another name.
    pub fn remove_stock(&mut self, kind: Kind, key: &str) {
        self.stir([WaitsFor::key(kind, key)]);
    }

    fn stir(&mut self, waits_for: impl IntoIterator<Item = WaitsFor>) {
        self.next.others.extend(waits_for);
    }

    /// A pool has that folded name now, or no longer.
    pub fn stir_pool(&mut self, pool: &str) {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_exclusive());
        self.stir(kinds.map(|kind| WaitsFor::Pool { kind, pool: pool.to_owned() }));
    }

    /// Whom to look at next; `None`: nobody who waits can have anything.
    #[allow(clippy::should_implement_trait, reason = "what comes depends on what was done with what came before")]
    pub fn next(&mut self) -> Option<Batch> {
        if self.offered.is_empty() {
            self.offered = std::mem::take(&mut self.next);
            self.after = 0;
        }
        if self.offered.is_empty() {
            return None;
        }
        let (fewest, most) = ROWS;
        let limit = if self.offered.others.is_empty() { self.offered.things.len().clamp(fewest, most) } else { most };
        let of_things = self.offered.things.values().flat_map(Freed::waited_for);
        let waits_for = of_things.chain(self.offered.others.iter().cloned()).collect();
        Some(Batch { waits_for, after: self.after, limit })
    }

    /// Who may have what, while those up to this place in the queue are served: for
    /// [`Snapshot::turns`](super::snapshot::Snapshot::turns).
    #[must_use]
    pub fn turns(&self, last: i64) -> BTreeMap<ThingId, i64> {
        let later = self.next.things.keys().map(|thing| (*thing, i64::MIN));
        later.chain(self.offered.things.keys().map(|thing| (*thing, last))).collect()
    }

    /// Those up to this place in the queue were planned, and this came of it; `None`: there was nobody left.
    pub fn served(&mut self, last: Option<i64>, plan: &Plan) {
        for change in &plan.things {
            if let Fate::Taken { .. } = change.fate {
                self.offered.things.remove(&change.thing.id);
                self.next.things.remove(&change.thing.id);
            }
        }
        self.add(plan.freed.iter().cloned());
        match last {
            Some(last) => self.after = last,
            None => self.offered = Offer::default(),
        }
    }
}
