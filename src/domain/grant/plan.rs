//! The planner: from what is so to what changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::caseless::fold;
use crate::base::clock::Ts;

use super::allocate::{Asker, Hands, Shelf};
use super::change::{EmployeePlan, GrantChange, Plan};
use super::desk;
use super::entitle::{self, Ask, Want};
use super::hold::{Fate, Freed, ThingChange, hold_until};
use super::reason::{Detail, Reason, Wait};
use super::slot::{Slot, WaitsFor};
use super::snapshot::{Current, Facts, GrantState, Have, Sent, Snapshot};
use super::source::merged;
use super::stock::{Thing, ThingRef};
use crate::domain::thing::Kind;

/// Works out what changes for the employees of the snapshot, and why.
///
/// Same snapshot, same plan, whatever the order of employees, groups and rules. What cannot be given becomes a pending
/// grant, never an error. What somebody has he keeps as long as anybody gives it: nothing that is assigned moves by itself.
///
/// Things are given to those first who wait longest, then to those who are named or name them, then by the age of
/// employees. What becomes free by this plan is given to nobody by this plan: it comes back in [`Plan::freed`], and a
/// [`Wake`](super::wake::Wake) says who is next.
#[must_use]
pub fn plan(snapshot: &Snapshot<'_>) -> Plan {
    let mut works: Vec<Work<'_>> = snapshot.employees.iter().map(|facts| Work::new(snapshot, facts)).collect();
    works.sort_by_key(|work| work.facts.id);

    let mut queue: Vec<Turn> = Vec::new();
    for (index, work) in works.iter().enumerate() {
        work.enqueue(index, &mut queue);
    }
    queue.sort();
    let mut shelf = Shelf::new(snapshot);
    for turn in &queue {
        if let Some(work) = works.get_mut(turn.work) {
            work.serve(&turn.slot, turn.takes_any, &mut shelf);
        }
    }
    let mut desk_names = snapshot.desk_names.clone();
    for work in &mut works {
        work.serve_again(&mut shelf);
        work.furnish(&mut desk_names);
    }
    let mut plan = Plan::default();
    end_holds(snapshot, &mut plan);
    for work in &works {
        work.release(&mut plan);
    }
    for (id, by) in shelf.taken() {
        if let Some(thing) = snapshot.stock.find(*id) {
            plan.things.push(ThingChange { thing: thing.thing.clone(), fate: Fate::Taken { by: *by } });
        }
    }
    plan.employees = works.into_iter().filter_map(Work::into_changes).collect();
    plan
}

/// Ends the holds that are over among the things of the snapshot.
fn end_holds(snapshot: &Snapshot<'_>, plan: &mut Plan) {
    let is_over = |thing: &&Thing| thing.hold.is_some_and(|hold| hold.until <= snapshot.now) && !thing.leaving;
    for thing in snapshot.stock.things().filter(is_over) {
        plan.things.push(ThingChange { thing: thing.thing.clone(), fate: Fate::HoldEnded });
        if !thing.disabled {
            plan.freed.push(Freed::of(thing));
        }
    }
}

/// An unfilled slot in the order in which they are served.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    /// Its place in the queue; who has none comes last.
    seq: i64,
    /// Who takes anything leaves to others what only they can use.
    takes_any: bool,
    work: usize,
    slot: Slot,
}

/// One employee in the making.
struct Work<'s> {
    snapshot: &'s Snapshot<'s>,
    facts: &'s Facts,
    asks: BTreeMap<Slot, Ask>,
    /// What is there, under the slots it will have.
    rows: BTreeMap<Slot, Row<'s>>,
    seats: BTreeMap<Slot, Seat>,
    hands: Hands,
    /// He got something by this plan.
    served: bool,
}

struct Row<'s> {
    current: &'s Current,
    renamed: bool,
}

/// What a slot will hold.
#[derive(Default)]
struct Seat {
    have: Option<Have>,
    granted_at: Option<Ts>,
    wait: Option<Wait>,
    detail: Option<Detail>,
}

/// What an unfilled slot is after.
enum Target {
    Key { key: String, pool: Option<String> },
    Pool(String),
    Unreadable(String),
    TooMany,
}

impl<'s> Work<'s> {
    fn new(snapshot: &'s Snapshot<'s>, facts: &'s Facts) -> Self {
        let asks = entitle::asks(snapshot, facts);
        let renamed = desk::renames(facts, &asks);
        let had: BTreeSet<&Slot> = facts.current.iter().map(|row| &row.slot).collect();
        let mut rows = BTreeMap::new();
        for current in &facts.current {
            let access = desk::renamed_access(&current.slot, &renamed)
                .filter(|slot| asks.contains_key(slot) && !had.contains(slot));
            let new = renamed.get(&current.slot).cloned().or(access);
            let row = Row { current, renamed: new.is_some() };
            rows.insert(new.unwrap_or_else(|| current.slot.clone()), row);
        }
        let mut work = Self { snapshot, facts, asks, rows, seats: BTreeMap::new(), hands: Hands::new(), served: false };
        work.keep();
        work
    }

    /// Leaves what he has where it is still asked for and still what was asked for.
    fn keep(&mut self) {
        for row in self.rows.values() {
            if let Some(thing) = exclusive(&row.current.slot, row.current.state.have.as_ref()) {
                self.hands.insert(thing.id, 0);
            }
        }
        for (slot, ask) in &self.asks {
            let before = self.rows.get(slot).map(|row| &row.current.state);
            let kept = before.and_then(|state| Some((state.have.clone()?, state.granted_at)));
            let kept = kept.filter(|(have, _)| have.thing().is_some_and(|thing| self.fits(slot, thing)));
            let (have, granted_at) = match (&ask.want, kept) {
                (Want::Permission(allowance), _) => {
                    let since = before.and_then(|state| state.granted_at);
                    (Some(Have::Permission(*allowance)), since.or(Some(self.snapshot.now)))
                }
                (_, Some((have, granted_at))) => (Some(have), granted_at),
                (_, None) => (None, None),
            };
            if let Some(slots) = exclusive(slot, have.as_ref()).and_then(|thing| self.hands.get_mut(&thing.id)) {
                *slots += 1;
            }
            self.seats.insert(slot.clone(), Seat { have, granted_at, ..Seat::default() });
        }
    }

    /// Whether a thing is still what the slot is for. Its kind or key may have changed, or it goes out of stock.
    fn fits(&self, slot: &Slot, thing: &ThingRef) -> bool {
        let is_named = match slot {
            Slot::Thing { key, .. } | Slot::Access { key } | Slot::DeskAccess { key, .. } => *key == thing.key,
            Slot::Attribute { .. } | Slot::Pool { .. } => true,
            Slot::Permission(_) | Slot::Desk { .. } => false,
        };
        let leaving = self.snapshot.stock.find(thing.id).is_some_and(|thing| thing.leaving);
        is_named && !leaving && slot.kind() == Some(thing.kind)
    }

    /// Queues for what is missing, and for what is wished instead of what is there. Who has nothing queues with his wish,
    /// and again with those who take anything.
    fn enqueue(&self, index: usize, queue: &mut Vec<Turn>) {
        for slot in self.seats.keys() {
            let Some(target) = self.target(slot) else { continue };
            let seq = self.seq(slot, self.waits_for(slot, &target).as_ref()).unwrap_or(i64::MAX);
            let any = self.takes_any(slot);
            let wishes = !matches!(target, Target::Pool(_));
            for takes_any in [wishes.then_some(false), any.then_some(true)].into_iter().flatten() {
                queue.push(Turn { seq, takes_any, work: index, slot: slot.clone() });
            }
        }
    }

    /// Whether anything of its pool is better than what is in the slot: nothing.
    fn takes_any(&self, slot: &Slot) -> bool {
        matches!(slot, Slot::Pool { .. }) && self.seats.get(slot).is_some_and(|seat| seat.have.is_none())
    }

    /// What of the stock has to change before he can have it.
    fn waits_for(&self, slot: &Slot, target: &Target) -> Option<WaitsFor> {
        let kind = slot.kind()?;
        match (slot, target) {
            (_, Target::TooMany) => None,
            (Slot::Pool { pool, .. }, _) if self.takes_any(slot) => Some(WaitsFor::Pool { kind, pool: pool.clone() }),
            (_, Target::Key { key, .. }) => Some(WaitsFor::key(kind, key)),
            (_, Target::Pool(pool)) => Some(WaitsFor::Pool { kind, pool: pool.clone() }),
            (_, Target::Unreadable(_)) => None,
        }
    }

    /// What the slot is after; `None`: it is content.
    fn target(&self, slot: &Slot) -> Option<Target> {
        let ask = self.asks.get(slot)?;
        if matches!(ask.want, Want::TooMany) {
            return Some(Target::TooMany);
        }
        let has = self.seats.get(slot).and_then(|seat| seat.have.as_ref());
        let key = has.and_then(Have::thing).map(|thing| &thing.key);
        let named = |wished: &String, pool: Option<&String>| Target::Key { key: wished.clone(), pool: pool.cloned() };
        match (slot, &ask.want) {
            (
                Slot::Thing { key: wished, .. } | Slot::Access { key: wished } | Slot::DeskAccess { key: wished, .. },
                _,
            ) => has.is_none().then(|| named(wished, None)),
            (Slot::Attribute { .. }, Want::Sent(Sent::Key(wished))) => {
                (key != Some(wished)).then(|| named(wished, None))
            }
            (Slot::Pool { kind, pool, n }, Want::FromPool(wish)) => match wish {
                Some((_, Sent::Malformed(text))) => Some(Target::Unreadable(text.clone())),
                Some((_, Sent::Key(wished))) if !self.has_from_pool(*kind, pool, *n, wished) => {
                    (key != Some(wished)).then(|| named(wished, Some(pool)))
                }
                _ => has.is_none().then(|| Target::Pool(pool.clone())),
            },
            (Slot::Attribute { .. }, Want::Sent(Sent::Malformed(text))) => Some(Target::Unreadable(text.clone())),
            (Slot::Attribute { .. } | Slot::Pool { .. } | Slot::Permission(_) | Slot::Desk { .. }, _) => None,
        }
    }

    /// Whether another of his slots of that pool has the thing: then the wish has come true.
    fn has_from_pool(&self, kind: Kind, pool: &str, n: u32, key: &str) -> bool {
        let from = Slot::Pool { kind, pool: pool.to_owned(), n: 0 };
        let to = Slot::Pool { kind, pool: pool.to_owned(), n: u32::MAX };
        let others =
            self.seats.range(from..=to).filter(|(slot, _)| !matches!(slot, Slot::Pool { n: m, .. } if *m == n));
        let mut things = others.filter_map(|(_, seat)| seat.have.as_ref()?.thing());
        things.any(|thing| thing.key == key)
    }

    /// His place in the queue, if that is what he has been waiting for.
    fn seq(&self, slot: &Slot, waits_for: Option<&WaitsFor>) -> Option<i64> {
        let row = self.rows.get(slot)?.current;
        let waited_for = row.state.wait.as_ref().and_then(|wait| wait.waits_for.as_ref());
        (waits_for.is_some() && waits_for == waited_for).then_some(row.seq)
    }

    /// Gives him what the slot is after, or says why not; with `any` something else of the pool meanwhile, where he has
    /// nothing. Whether there was something.
    fn serve(&mut self, slot: &Slot, any: bool, shelf: &mut Shelf<'s>) -> bool {
        let (target, kind) = (self.target(slot), slot.kind());
        if let (Some(Target::TooMany), Some(seat)) = (&target, self.seats.get_mut(slot)) {
            (seat.wait, seat.detail) = (Some(Wait { reason: Reason::TooMany, waits_for: None }), None);
            return false;
        }
        let (Some(target), Some(kind)) = (target, kind) else {
            if let Some(seat) = self.seats.get_mut(slot) {
                (seat.wait, seat.detail) = (None, None);
            }
            return false;
        };
        let seq = self.seq(slot, self.waits_for(slot, &target).as_ref());
        let asker = Asker { employee: self.facts.id, hands: &self.hands, seq };
        let found = match &target {
            // Slots that give no ownership never take from what is exclusive.
            Target::Key { key, .. } if !slot.is_exclusive() => shelf.shared(kind, key),
            Target::Key { key, pool } => shelf.by_key(asker, kind, key, pool.as_deref()),
            Target::Pool(pool) => shelf.next_of_pool(asker, kind, pool),
            Target::TooMany => Err((Reason::TooMany, None)),
            Target::Unreadable(text) => Err((Reason::Malformed, Some(Detail::Sent { text: text.clone() }))),
        };
        let meanwhile = match (slot, &target, &found) {
            (Slot::Pool { pool, .. }, Target::Key { .. } | Target::Unreadable(_), Err(_))
                if any && self.takes_any(slot) =>
            {
                Some(shelf.next_of_pool(asker, kind, pool))
            }
            _ => None,
        };
        let (given, refusal) = match (found, meanwhile) {
            (Ok(thing), _) => (Some(thing), None),
            (Err(refusal), Some(Ok(thing))) => (Some(thing), Some(refusal)),
            (Err(refusal), None) | (Err(_), Some(Err(refusal))) => (None, Some(refusal)),
        };
        if let Some(thing) = given {
            self.seat(slot, thing, shelf);
        }
        let waits_for = self.waits_for(slot, &target);
        if let (Some(seat), Some((reason, detail))) = (self.seats.get_mut(slot), refusal) {
            (seat.wait, seat.detail) = (Some(Wait { reason, waits_for }), detail);
        }
        given.is_some()
    }

    fn seat(&mut self, slot: &Slot, thing: &Thing, shelf: &mut Shelf<'s>) {
        let Some(seat) = self.seats.get_mut(slot) else { return };
        let id = thing.thing.id;
        // What he has already in another slot he has since then.
        let rows = self.rows.values().map(|row| &row.current.state);
        let has = rows.filter(|state| state.have.as_ref().and_then(Have::thing).is_some_and(|thing| thing.id == id));
        let since = has.filter_map(|state| state.granted_at).min().unwrap_or(self.snapshot.now);
        if slot.is_exclusive() {
            let left = exclusive(slot, seat.have.as_ref()).map(|thing| thing.id);
            if let Some(slots) = left.and_then(|id| self.hands.get_mut(&id)) {
                *slots = slots.saturating_sub(1);
            }
            if !self.hands.contains_key(&id) && thing.holder != Some(self.facts.id) {
                shelf.take(id, self.facts.id);
            }
            *self.hands.entry(id).or_default() += 1;
        }
        *seat = Seat { have: Some(Have::Thing(thing.thing.clone())), granted_at: Some(since), ..Seat::default() };
        self.served = true;
    }

    /// What he got may have made way for something else of his: what he moved out of is still in his hands, and a wish
    /// may have come true in another slot.
    fn serve_again(&mut self, shelf: &mut Shelf<'s>) {
        let mut progress = self.served || self.hands.values().any(|slots| *slots == 0);
        while progress {
            progress = false;
            let waiting: Vec<Slot> =
                self.seats.iter().filter(|(_, seat)| seat.wait.is_some()).map(|(slot, _)| slot.clone()).collect();
            for slot in waiting {
                progress |= self.serve(&slot, true, shelf);
            }
        }
    }

    /// Makes the desks, once it is known what they may use.
    fn furnish(&mut self, names: &mut BTreeSet<String>) {
        for (slot, ask) in &self.asks {
            let (Slot::Desk { name: desk }, Some((wished, offers))) = (slot, desk::wished(ask)) else { continue };
            let before = self.rows.get(slot).and_then(|row| match &row.current.state.have {
                Some(Have::Desk(desk)) => Some((desk, row)),
                _ => None,
            });
            let name = desk::name(wished, before.map(|(desk, row)| (desk, row.renamed)), self.facts, names);
            names.insert(fold(&name));
            let of_desk = |slot: &Slot| matches!(slot, Slot::DeskAccess { desk: of, .. } if of == desk);
            let access = self.seats.iter().filter(|(slot, _)| of_desk(slot));
            let access = access.filter_map(|(_, seat)| seat.have.as_ref()?.thing()).map(|thing| thing.id).collect();
            let since = before.and_then(|(_, row)| row.current.state.granted_at).or(Some(self.snapshot.now));
            let have = desk::state(name, offers, self.facts, access);
            if let Some(seat) = self.seats.get_mut(slot) {
                *seat = Seat { have: Some(have), granted_at: since, ..Seat::default() };
            }
        }
    }

    /// Lets go of what none of his slots has any more.
    fn release(&self, plan: &mut Plan) {
        let had = self.rows.values().filter_map(|row| exclusive(&row.current.slot, row.current.state.have.as_ref()));
        let had: BTreeMap<_, _> = had.map(|thing| (thing.id, thing)).collect();
        let until = hold_until(self.snapshot.now, self.snapshot.hold);
        for (id, thing) in had.into_iter().filter(|(id, _)| self.hands.get(id) == Some(&0)) {
            let known = self.snapshot.stock.find(id);
            // What leaves the stock is on hold for nobody.
            if known.is_some_and(|thing| thing.leaving) {
                continue;
            }
            let fate = Fate::Released { from: self.facts.id, until };
            plan.things.push(ThingChange { thing: thing.clone(), fate });
            if let Some(known) = known.filter(|known| until.is_none() && !known.disabled) {
                plan.freed.push(Freed::of(known));
            }
        }
    }

    fn into_changes(mut self) -> Option<EmployeePlan> {
        let slots: BTreeSet<Slot> = self.rows.keys().chain(self.asks.keys()).cloned().collect();
        let mut seats = std::mem::take(&mut self.seats);
        let mut asks = std::mem::take(&mut self.asks);
        let held = seats.iter().filter_map(|(slot, seat)| exclusive(slot, seat.have.as_ref()));
        let held: BTreeSet<_> = held.map(|thing| thing.id).collect();
        let mut grants = Vec::new();
        for slot in slots {
            let row = self.rows.get(&slot);
            let before = row.map(|row| &row.current.state);
            let known = before.map_or(&[][..], |state| &state.sources);
            let mut detail = None;
            let after = asks.remove(&slot).map(|ask| {
                let seat = seats.remove(&slot).unwrap_or_default();
                detail = seat.detail;
                let sources = merged(known, ask.sources);
                GrantState { have: seat.have, granted_at: seat.granted_at, wait: seat.wait, sources }
            });
            let renamed_from = row.filter(|row| row.renamed).map(|row| row.current.slot.clone());
            if before == after.as_ref() && renamed_from.is_none() {
                continue;
            }
            let kept = after.as_ref().map_or(&[][..], |state| &state.sources);
            let had = before.and_then(|state| exclusive(&slot, state.have.as_ref()));
            grants.push(GrantChange {
                losses: entitle::losses(self.snapshot, self.facts, known, kept),
                grant: row.map(|row| row.current.id),
                still_held: had.is_some_and(|thing| held.contains(&thing.id)),
                before: before.cloned(),
                renamed_from,
                slot,
                after,
                detail,
            });
        }
        let plan = EmployeePlan { employee: self.facts.id, user_name: self.facts.user_name.clone(), grants };
        (!plan.grants.is_empty()).then_some(plan)
    }
}

/// The thing that the slot makes his alone.
fn exclusive<'h>(slot: &Slot, have: Option<&'h Have>) -> Option<&'h ThingRef> {
    have.and_then(Have::thing).filter(|_| slot.is_exclusive())
}
