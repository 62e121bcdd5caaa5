//! What rules, administrators and attributes ask for one employee: the union of all sources, slot by slot.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::caseless::fold;
use crate::base::ids::GroupId;
use crate::domain::office_desk::{DeskOffer, expand};
use crate::domain::permission::Allowance;
use crate::domain::thing::Kind;

use super::reason::{Cause, Loss, Reason};
use super::rule::{Attribute, Entry, Rule, pool_key};
use super::slot::Slot;
use super::snapshot::{Current, Facts, Gift, Order, Sent, Snapshot};
use super::source::{Origin, Share, Source};

/// So much may rules ask for with one person. What he has or waits for comes first, then the rules by name; the first slot
/// that is too much waits and says so, and the others are not asked for.
pub const MAX_SLOTS: usize = 1_000;

/// What is asked for in one slot.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// What.
    pub want: Want,
    /// By whom; those that asked before are told apart by [`merged`](super::source::merged).
    pub sources: Vec<Source>,
}

/// What a slot is to hold.
#[derive(Debug, Clone)]
pub(super) enum Want {
    /// The thing whose key stands in the slot.
    Named,
    /// Something out of the pool in the slot; a wish with the priority of the rule that listens to it.
    FromPool(Option<(i32, Sent)>),
    /// What the IdP names.
    Sent(Sent),
    /// A permission.
    Permission(Allowance),
    /// A desk of that name.
    Desk(String, Vec<DeskOffer>),
    /// Nothing: it is more than one person may have.
    TooMany,
}

/// Who asks, and with what weight.
#[derive(Clone)]
struct Giver {
    origin: Origin,
    priority: i32,
    /// As stored, if this is no new source.
    known: Option<Source>,
}

struct Asks<'s> {
    snapshot: &'s Snapshot<'s>,
    facts: &'s Facts,
    by_slot: BTreeMap<Slot, Ask>,
    room: Room<'s>,
}

/// Which slots rules may still ask for.
enum Room<'s> {
    /// All: there are no more than may be.
    Enough,
    /// Those that he has already.
    ForOld(BTreeSet<&'s Slot>),
    /// The others, until there are too many.
    ForNew(BTreeSet<&'s Slot>),
    /// None.
    Full,
}

/// Everything that is asked for him, whatever the order of groups, rules and entries. Who is being deleted is asked nothing
/// for.
pub(super) fn asks(snapshot: &Snapshot<'_>, facts: &Facts) -> BTreeMap<Slot, Ask> {
    let mut asks = Asks { snapshot, facts, by_slot: BTreeMap::new(), room: Room::Enough };
    if facts.leaving {
        return asks.by_slot;
    }
    asks.by_administrators();
    let asked: usize = snapshot.rules.of(&facts.groups).map(|(rule, _)| rule.asks_for()).sum();
    if asks.by_slot.len() + asked <= MAX_SLOTS {
        asks.by_rules();
        return asks.by_slot;
    }
    let is_too_much = |row: &&Current| row.state.wait.as_ref().is_some_and(|wait| wait.reason == Reason::TooMany);
    let old: BTreeSet<&Slot> = facts.current.iter().filter(|row| !is_too_much(row)).map(|row| &row.slot).collect();
    asks.room = Room::ForOld(old.clone());
    asks.by_rules();
    asks.room = Room::ForNew(old);
    asks.by_rules();
    asks.by_slot
}

impl Asks<'_> {
    /// What was given by hand and is not taken back, and what is given now. A thing follows its identifier: it may have
    /// another key or use today than when it was given.
    fn by_administrators(&mut self) {
        let mut given: BTreeMap<Slot, Source> = BTreeMap::new();
        for row in &self.facts.current {
            let manual = row.state.sources.iter().find(|source| matches!(source.origin, Origin::Manual { .. }));
            let taken = self.facts.orders.iter().any(|order| matches!(order, Order::Take(slot) if *slot == row.slot));
            if let Some(source) = manual.filter(|_| !taken && !self.is_leaving(row)) {
                given.insert(slot_today(row), source.clone());
            }
        }
        for order in &self.facts.orders {
            let Order::Give { gift, administrator } = order else { continue };
            let (slot, share) = self.slot_of(gift);
            if given.get(&slot).is_none_or(|known| known.share != share) {
                given.insert(slot, self.source(Origin::Manual { administrator: administrator.clone() }, 0, share));
            }
        }
        for (slot, source) in given {
            let giver = Giver { origin: source.origin.clone(), priority: 0, known: Some(source.clone()) };
            match (slot, source.share) {
                (slot @ (Slot::Thing { .. } | Slot::Access { .. }), None) => self.add(slot, &giver, None, Want::Named),
                (slot @ Slot::Pool { .. }, None) => self.add(slot, &giver, None, Want::FromPool(None)),
                (Slot::Permission(_), Some(Share::Permission(allowance))) => self.permission(&giver, allowance),
                (Slot::Desk { .. }, Some(Share::Desk(offer))) => self.desk(&giver, &offer),
                // What a desk may use comes with the desk; the rest is never given by hand.
                _ => {}
            }
        }
    }

    fn is_leaving(&self, row: &Current) -> bool {
        let thing = row.state.have.as_ref().and_then(|have| have.thing());
        thing.and_then(|thing| self.snapshot.stock.find(thing.id)).is_some_and(|thing| thing.leaving)
    }

    fn slot_of(&self, gift: &Gift) -> (Slot, Option<Share>) {
        match gift {
            Gift::Thing { kind, key } => (Slot::Thing { kind: *kind, key: key.clone() }, None),
            Gift::FromPool { kind, pool } => (Slot::Pool { kind: *kind, pool: pool.clone(), n: 1 }, None),
            Gift::Access { key } => (Slot::Access { key: key.clone() }, None),
            Gift::Permission(allowance) => {
                (Slot::Permission(allowance.permission()), Some(Share::Permission(*allowance)))
            }
            Gift::Desk(offer) => {
                let name = fold(&expand(&offer.name, self.facts.name_parts()));
                (Slot::Desk { name }, Some(Share::Desk(offer.clone())))
            }
        }
    }

    fn by_rules(&mut self) {
        for (rule, group) in self.snapshot.rules.of(&self.facts.groups) {
            self.by_rule(rule, group);
        }
    }

    fn by_rule(&mut self, rule: &Rule, group: GroupId) {
        let giver =
            Giver { origin: Origin::Rule { rule: rule.name.clone(), group }, priority: rule.priority, known: None };
        for (kind, entry) in rule.entries() {
            self.entry(&giver, kind, entry);
        }
        for key in &rule.extension_access {
            self.add(Slot::Access { key: key.clone() }, &giver, None, Want::Named);
        }
        for allowance in &rule.permissions {
            self.permission(&giver, *allowance);
        }
        for offer in &rule.desks {
            self.desk(&giver, offer);
        }
    }

    fn entry(&mut self, giver: &Giver, kind: Kind, entry: &Entry) {
        match entry {
            Entry::Named { key, .. } => {
                self.add(Slot::Thing { kind, key: key.clone() }, giver, None, Want::Named);
            }
            Entry::FromPool { pool, count, wish } => {
                let sent = wish.as_ref().and_then(|wish| self.facts.sent.get(&(kind, wish.clone()))).cloned();
                for n in 1..=*count {
                    let wish = sent.clone().filter(|_| n == 1).map(|sent| (giver.priority, sent));
                    self.add(Slot::Pool { kind, pool: pool_key(pool), n }, giver, None, Want::FromPool(wish));
                }
            }
            Entry::ByAttribute { path } => {
                let attribute = (kind, Attribute::Path(path.clone()));
                if let (Some(sent), Some((rule, group))) = (self.facts.sent.get(&attribute), giver.origin.rule()) {
                    let origin = Origin::Attribute { rule: rule.to_owned(), group, path: path.clone() };
                    let slot = Slot::Attribute { kind, path: path.clone() };
                    self.add(slot, &Giver { origin, ..giver.clone() }, None, Want::Sent(sent.clone()));
                }
            }
        }
    }

    /// A level that everybody has anyway is no grant.
    fn permission(&mut self, giver: &Giver, allowance: Allowance) {
        if !allowance.is_nothing() {
            let slot = Slot::Permission(allowance.permission());
            self.add(slot, giver, Some(Share::Permission(allowance)), Want::Permission(allowance));
        }
    }

    fn desk(&mut self, giver: &Giver, offer: &DeskOffer) {
        let name = expand(&offer.name, self.facts.name_parts());
        let desk = fold(&name);
        let want = Want::Desk(name, vec![offer.clone()]);
        self.add(Slot::Desk { name: desk.clone() }, giver, Some(Share::Desk(offer.clone())), want);
        let without_share = Giver { known: None, ..giver.clone() };
        for (kind, access) in [(Kind::Extension, &offer.extensions), (Kind::Device, &offer.devices)] {
            for key in &access.listed {
                let slot = Slot::DeskAccess { desk: desk.clone(), kind, key: key.clone() };
                self.add(slot, &without_share, None, Want::Named);
            }
        }
    }

    fn add(&mut self, slot: Slot, giver: &Giver, share: Option<Share>, want: Want) {
        let want = match &self.room {
            Room::Enough => want,
            Room::ForOld(old) if old.contains(&slot) => want,
            Room::ForNew(old) if old.contains(&slot) => return,
            Room::ForNew(_) | Room::Full if self.by_slot.contains_key(&slot) => want,
            Room::ForNew(_) if self.by_slot.len() < MAX_SLOTS => want,
            Room::ForNew(_) => {
                self.room = Room::Full;
                Want::TooMany
            }
            Room::ForOld(_) | Room::Full => return,
        };
        let is_number = slot.kind() == Some(Kind::VoiceNumber);
        let priority = if is_number { giver.priority } else { 0 };
        let source = giver.known.clone().unwrap_or_else(|| self.source(giver.origin.clone(), priority, share));
        match self.by_slot.get_mut(&slot) {
            None => {
                self.by_slot.insert(slot, Ask { want, sources: vec![source] });
            }
            Some(ask) => {
                ask.want.unite(want);
                // Two desks of one rule may come to one name, and then list one extension twice.
                if ask.sources.iter().all(|known| known.origin != source.origin || known.share != source.share) {
                    ask.sources.push(source);
                }
            }
        }
    }

    fn source(&self, origin: Origin, priority: i32, share: Option<Share>) -> Source {
        let request = self.snapshot.request.map(str::to_owned);
        Source { origin, priority, share, at: self.snapshot.now, request }
    }
}

/// The slot under which something given by hand belongs today.
fn slot_today(row: &Current) -> Slot {
    match (&row.slot, row.state.have.as_ref().and_then(|have| have.thing())) {
        (Slot::Thing { .. }, Some(thing)) => Slot::Thing { kind: thing.kind, key: thing.key.clone() },
        (Slot::Access { .. }, Some(thing)) => Slot::Access { key: thing.key.clone() },
        (slot, _) => slot.clone(),
    }
}

impl Want {
    /// What both ask for: the wish of the rule with the highest priority, the highest level, all that either desk has.
    fn unite(&mut self, other: Self) {
        match (self, other) {
            (Self::FromPool(wish), Self::FromPool(Some((priority, sent))))
                if wish.as_ref().is_none_or(|(known, _)| *known < priority) =>
            {
                *wish = Some((priority, sent));
            }
            (Self::Permission(level), Self::Permission(other)) => *level = (*level).max(other),
            (Self::Desk(name, offers), Self::Desk(other, others)) => {
                // Names that differ in letter case alone: whichever comes first in the alphabet, not in the document.
                if other < *name {
                    *name = other;
                }
                offers.extend(others);
            }
            _ => {}
        }
    }
}

/// What he loses of a slot's sources, and why: those that are not among `kept`.
pub(super) fn losses(snapshot: &Snapshot<'_>, facts: &Facts, before: &[Source], kept: &[Source]) -> Vec<Loss> {
    let is_kept = |source: &Source| kept.iter().any(|other| other.origin.is_same_giver(&source.origin));
    let lost = before.iter().filter(|source| !is_kept(source));
    lost.map(|source| Loss { cause: cause(snapshot, facts, &source.origin), source: source.clone() }).collect()
}

fn cause(snapshot: &Snapshot<'_>, facts: &Facts, origin: &Origin) -> Cause {
    if facts.leaving {
        return Cause::Deleted;
    }
    let Some((rule, group)) = origin.rule() else { return Cause::TakenByHand };
    let Some(bound) = snapshot.rules.find(rule) else { return Cause::RuleGone };
    if !facts.groups.contains(&group) {
        return Cause::LeftGroup;
    }
    if bound.group != Some(group) {
        return Cause::RuleGone;
    }
    let still_reads = |path: &str| {
        let is_same = |entry: &Entry| matches!(entry, Entry::ByAttribute { path: other } if other == path);
        bound.rule.entries().any(|(_, entry)| is_same(entry))
    };
    match origin {
        Origin::Attribute { path, .. } if still_reads(path) => Cause::NotSent,
        _ => Cause::RuleChanged,
    }
}
