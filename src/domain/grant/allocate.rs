//! Allocation: which thing somebody gets.
//!
//! Own ones first, then what is on hold for him, then the lowest free one. What becomes free by a plan is not given away by
//! the same plan: those who wait for it come first, and they need not be in the snapshot. See [`wake`](super::wake).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::thing::Kind;

use super::reason::{Detail, Reason};
use super::snapshot::Snapshot;
use super::stock::Thing;

/// The exclusive things in somebody's hands: with how many of his slots each of them is. With none: he had it when the plan
/// began and loses it, unless one of his slots can use it.
pub(super) type Hands = BTreeMap<ThingId, usize>;

/// Why there is nothing for him.
pub(super) type Refusal = (Reason, Option<Detail>);

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    /// Who.
    pub employee: EmployeeId,
    /// What he has in his hands.
    pub hands: &'a Hands,
    /// His place in the queue, if he has been waiting for this.
    pub seq: Option<i64>,
}

/// What the stock has to give, and what was taken from it by this plan.
pub(super) struct Shelf<'s> {
    snapshot: &'s Snapshot<'s>,
    taken: BTreeMap<ThingId, EmployeeId>,
    /// How many of a pool's free things are known to be taken, counted from the lowest.
    passed: BTreeMap<Kind, BTreeMap<String, usize>>,
}

impl<'s> Shelf<'s> {
    pub(super) fn new(snapshot: &'s Snapshot<'s>) -> Self {
        Self { snapshot, taken: BTreeMap::new(), passed: BTreeMap::new() }
    }

    /// What was taken, and by whom.
    pub(super) fn taken(&self) -> &BTreeMap<ThingId, EmployeeId> {
        &self.taken
    }

    /// Notes that he has it now.
    pub(super) fn take(&mut self, thing: ThingId, employee: EmployeeId) {
        self.taken.insert(thing, employee);
    }

    /// The thing of that key, in that pool if one is named, for its one holder.
    pub(super) fn by_key(
        &self,
        asker: Asker<'_>,
        kind: Kind,
        key: &str,
        pool: Option<&str>,
    ) -> Result<&'s Thing, Refusal> {
        let thing = self.find(kind, key)?;
        if pool.is_some() && thing.pool.as_deref() != pool {
            return Err((Reason::NotInPool, None));
        }
        self.check(asker, thing).map_err(|detail| (Reason::NotFree, Some(detail)))?;
        Ok(thing)
    }

    /// The thing of that key for somebody who shares it with others.
    pub(super) fn shared(&self, kind: Kind, key: &str) -> Result<&'s Thing, Refusal> {
        let thing = self.find(kind, key)?;
        usable(thing).map_err(|detail| (Reason::NotFree, Some(detail)))?;
        Ok(thing)
    }

    fn find(&self, kind: Kind, key: &str) -> Result<&'s Thing, Refusal> {
        let found = self.snapshot.stock.by_key(kind.class(), key).filter(|thing| !thing.leaving);
        let thing = found.ok_or((Reason::NotInStock, None))?;
        if thing.thing.kind == kind {
            Ok(thing)
        } else {
            Err((Reason::OtherKind, Some(Detail::Kind { kind: thing.thing.kind })))
        }
    }

    /// Whether he may have it as its one holder.
    fn check(&self, asker: Asker<'_>, thing: &Thing) -> Result<(), Detail> {
        let id = thing.thing.id;
        if asker.hands.get(&id).is_some_and(|slots| *slots > 0) {
            return Ok(());
        }
        let holder = self.taken.get(&id).copied().or(thing.holder);
        if let Some(employee) = holder.filter(|holder| *holder != asker.employee) {
            return Err(Detail::HeldBy { employee });
        }
        usable(thing)?;
        match thing.hold {
            // It is over: whoever waits longest is asked, which need not be he.
            Some(hold) if hold.until <= self.snapshot.now => return Err(Detail::InTurn),
            Some(hold) if hold.employee != asker.employee => {
                return Err(Detail::OnHold { employee: hold.employee, until: hold.until });
            }
            Some(_) | None => {}
        }
        if self.is_his_turn(id, asker) { Ok(()) } else { Err(Detail::InTurn) }
    }

    fn is_his_turn(&self, thing: ThingId, asker: Asker<'_>) -> bool {
        self.snapshot.turns.get(&thing).is_none_or(|last| asker.seq.is_some_and(|seq| seq <= *last))
    }

    /// A thing of that kind out of the pool: one that he is about to lose, else the one on hold for him that he lost last,
    /// else the lowest free one.
    pub(super) fn next_of_pool(&mut self, asker: Asker<'_>, kind: Kind, pool: &str) -> Result<&'s Thing, Refusal> {
        let stock = self.snapshot.stock;
        let fits = |thing: &&Thing| {
            thing.thing.kind == kind && thing.pool.as_deref() == Some(pool) && !thing.disabled && !thing.leaving
        };
        let losing = asker.hands.iter().filter(|(_, slots)| **slots == 0).filter_map(|(id, _)| stock.find(*id));
        if let Some(thing) = losing.filter(fits).min_by_key(|thing| (&thing.sort_key, thing.thing.id)) {
            return Ok(thing);
        }
        let kept = stock.held_for(asker.employee).iter().filter_map(|id| stock.find(*id)).filter(fits);
        let still = kept.filter(|thing| {
            let in_time = thing.hold.is_some_and(|hold| hold.until > self.snapshot.now);
            in_time && !asker.hands.contains_key(&thing.thing.id) && !self.taken.contains_key(&thing.thing.id)
        });
        let latest =
            |thing: &&Thing| (Reverse(thing.hold.map(|hold| hold.released_at)), thing.sort_key.clone(), thing.thing.id);
        if let Some(thing) = still.min_by_key(latest) {
            return Ok(thing);
        }
        self.lowest_free(asker, kind, pool).ok_or_else(|| {
            let known = stock.has_pool(pool);
            (if known { Reason::PoolEmpty } else { Reason::UnknownPool }, None)
        })
    }

    fn lowest_free(&mut self, asker: Asker<'_>, kind: Kind, pool: &str) -> Option<&'s Thing> {
        let free = self.snapshot.stock.free(pool, kind);
        let of_kind = self.passed.entry(kind).or_default();
        let mut passed = of_kind.get(pool).copied().unwrap_or(0);
        while free.get(passed).is_some_and(|id| self.taken.contains_key(id)) {
            passed += 1;
        }
        of_kind.insert(pool.to_owned(), passed);
        let mut rest = free.iter().skip(passed);
        let id = rest.find(|id| !self.taken.contains_key(id) && self.is_his_turn(**id, asker))?;
        self.snapshot.stock.find(*id)
    }
}

fn usable(thing: &Thing) -> Result<(), Detail> {
    if thing.disabled { Err(Detail::Disabled) } else { Ok(()) }
}
