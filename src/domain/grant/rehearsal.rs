//! A change carried out on paper: what would come of it, without anything being written or anybody kept waiting.
//!
//! A rehearsal lies over what is read of the tenant, and knows what the rehearsed change has made of it: whoever reads
//! goes through it before he plans, and hands it each plan instead of writing it. With [`Settling`](super::settle) for the
//! order, that gives the plan that the change itself would.

mod shelves;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GrantId, GroupId, ThingId};
use crate::domain::thing::Kind;

use self::shelves::Shelves;
pub use self::shelves::Shortage;
use super::change::{EmployeePlan, GrantChange, Plan};
use super::hold::{Fate, ThingChange};
use super::needs::Needs;
use super::slot::{Slot, WaitsFor};
use super::snapshot::{Current, Facts, GrantState, Have};
use super::stock::{Hold, Stock, Thing};
use super::wake::Batch;

/// The first place in the queue of those who begin to wait in a rehearsal: behind everybody who waits already.
const BEHIND_ALL: i64 = 1 << 62;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Rehearsal {
    /// In which groups somebody would be.
    groups: BTreeMap<EmployeeId, BTreeSet<GroupId>>,
    /// What those have for whom something has changed.
    grants: BTreeMap<EmployeeId, BTreeMap<Slot, Current>>,
    /// Of those, who waits, by his place in the queue.
    waiting: BTreeMap<i64, (EmployeeId, WaitsFor)>,
    shelves: Shelves,
    /// Folded names of desks: whether some desk has it now.
    desk_names: BTreeMap<String, bool>,
    /// How many rows and places were given out.
    given: i64,
}

impl Rehearsal {
    /// Let him be in these groups, directly or through others, and in no other.
    pub fn put_into(&mut self, employee: EmployeeId, groups: BTreeSet<GroupId>) {
        self.groups.insert(employee, groups);
    }

    /// Let this thing be as it says here.
    pub fn put_thing(&mut self, thing: Thing) {
        self.shelves.put(thing);
    }

    /// The employees as they are now, from how they were read.
    pub fn see_people(&self, facts: &mut [Facts]) {
        for one in facts {
            if let Some(groups) = self.groups.get(&one.id) {
                one.groups.clone_from(groups);
            }
            if let Some(grants) = self.grants.get(&one.id) {
                one.current = grants.values().cloned().collect();
            }
        }
    }

    /// Which free things of that kind in that pool, by its folded name, have to be read so that the lowest so many are
    /// known; to be asked again once they are [shelved](Self::shelve).
    #[must_use]
    pub fn shortage(&self, shelf: &(String, Kind), count: usize) -> Option<Shortage> {
        self.shelves.shortage(shelf, count)
    }

    /// Takes in what was read for a shortage: the first of those behind its place, or all there are.
    pub fn shelve(&mut self, shelf: &(String, Kind), shortage: &Shortage, read: Vec<Thing>) {
        self.shelves.fill(shelf, shortage, read);
    }

    /// The stock as it is now, from how what is needed by name and identifier was read; no [shortage](Self::shortage) is
    /// left. `removed` goes out of it with the change.
    #[must_use]
    pub fn see_stock(
        &self,
        read: impl IntoIterator<Item = Thing>,
        pools: impl IntoIterator<Item = String>,
        needs: &Needs,
        removed: &BTreeSet<ThingId>,
    ) -> Stock {
        let read = read.into_iter().filter(|thing| self.shelves.is_read(thing.thing.id));
        let things = read.chain(self.shelves.needed(needs, removed.len()).cloned());
        Stock::new(things.map(|thing| Thing { leaving: removed.contains(&thing.thing.id), ..thing }), pools)
    }

    /// Which of the names asked about some desk has now; `taken` are those that were read.
    #[must_use]
    pub fn see_desk_names(&self, taken: &BTreeSet<String>, needs: &Needs) -> BTreeSet<String> {
        let is_taken = |name: &&String| self.desk_names.get(*name).copied().unwrap_or_else(|| taken.contains(*name));
        needs.desk_names.iter().filter(is_taken).cloned().collect()
    }

    /// Whether what was read of him is not so any more: his place in the queue among it.
    #[must_use]
    pub fn has_changed(&self, employee: EmployeeId) -> bool {
        self.grants.contains_key(&employee)
    }

    /// Those who wait for what is offered, in the order of the queue. `read` are so many of those for whom nothing
    /// [has changed](Self::has_changed), or all there are.
    #[must_use]
    pub fn see_waiting(&self, read: Vec<(i64, EmployeeId)>, batch: &Batch) -> Vec<(i64, EmployeeId)> {
        let changed = self.waiting.range(batch.after + 1..).filter(|(_, (_, what))| batch.waits_for.contains(what));
        let changed = changed.map(|(place, (person, _))| (*place, *person)).take(batch.limit);
        let mut all: Vec<(i64, EmployeeId)> = read.into_iter().chain(changed).collect();
        all.sort_unstable();
        all.truncate(batch.limit);
        all
    }

    /// Takes a plan, made from these employees and this stock, for carried out.
    pub fn carry_out(&mut self, plan: &Plan, facts: &[Facts], stock: &Stock, now: Ts) {
        let known: BTreeMap<EmployeeId, &Facts> = facts.iter().map(|facts| (facts.id, facts)).collect();
        for of in &plan.employees {
            let Some(facts) = known.get(&of.employee) else { continue };
            let before = facts.current.iter().map(|row| (row.slot.clone(), row.clone())).collect();
            let rows = self.rewritten(before, of);
            let places: Vec<(i64, WaitsFor)> = rows.values().filter_map(waits).collect();
            for (place, _) in self.grants.insert(of.employee, rows).iter().flat_map(BTreeMap::values).filter_map(waits)
            {
                self.waiting.remove(&place);
            }
            self.waiting.extend(places.into_iter().map(|(place, what)| (place, (of.employee, what))));
        }
        for change in &plan.things {
            if let Some(thing) = stock.find(change.thing.id) {
                self.shelves.put(moved(thing, change, now));
            }
        }
        self.rename_desks(plan);
    }

    fn rewritten(&mut self, mut rows: BTreeMap<Slot, Current>, of: &EmployeePlan) -> BTreeMap<Slot, Current> {
        let mut before: BTreeMap<&Slot, Current> = BTreeMap::new();
        for change in &of.grants {
            if let Some(row) = rows.remove(change.renamed_from.as_ref().unwrap_or(&change.slot)) {
                before.insert(&change.slot, row);
            }
        }
        for change in &of.grants {
            let Some(state) = change.after.clone() else { continue };
            let row = self.row(before.remove(&change.slot), change, state);
            rows.insert(change.slot.clone(), row);
        }
        rows
    }

    /// A row keeps its identity, and its place as long as it waits for the same.
    fn row(&mut self, before: Option<Current>, change: &GrantChange, state: GrantState) -> Current {
        let slot = change.slot.clone();
        match before {
            Some(row) if !change.queues_anew() => Current { slot, state, ..row },
            before => {
                self.given += 1;
                let id = before
                    .map_or_else(|| GrantId::from(Uuid::from_u128(self.given.unsigned_abs().into())), |row| row.id);
                Current { id, seq: BEHIND_ALL + self.given, slot, state }
            }
        }
    }

    fn rename_desks(&mut self, plan: &Plan) {
        let name = |state: &Option<GrantState>| match state.as_ref().and_then(|state| state.have.as_ref()) {
            Some(Have::Desk(desk)) => Some(fold(&desk.name)),
            Some(Have::Thing(_) | Have::Permission(_)) | None => None,
        };
        let lost = plan.changes().filter_map(|(_, change)| name(&change.before)).map(|name| (name, false));
        let got = plan.changes().filter_map(|(_, change)| name(&change.after)).map(|name| (name, true));
        self.desk_names.extend(lost.chain(got));
    }

    /// Takes these out of stock, and says which they were; `read` is how they were read.
    pub fn remove(&mut self, read: impl IntoIterator<Item = Thing>) -> Vec<(Kind, String)> {
        let mut removed = Vec::new();
        for read in read {
            let thing = self.shelves.remove(read).thing;
            removed.push((thing.kind, thing.key));
        }
        removed
    }
}

/// His place in the queue, and what he waits for in it.
fn waits(row: &Current) -> Option<(i64, WaitsFor)> {
    Some((row.seq, row.state.wait.as_ref()?.waits_for.clone()?))
}

/// A thing after it has changed hands.
fn moved(thing: &Thing, change: &ThingChange, now: Ts) -> Thing {
    let (holder, hold) = match change.fate {
        Fate::Taken { by } => (Some(by), None),
        Fate::Released { from, until } => (None, until.map(|until| Hold { until, employee: from, released_at: now })),
        Fate::HoldEnded => (None, None),
    };
    Thing { holder, hold, leaving: false, ..thing.clone() }
}
