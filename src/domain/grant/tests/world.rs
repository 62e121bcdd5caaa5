//! A tenant in memory that carries out plans the way the database does, and refuses what the database would refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use uuid::Uuid;

use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GrantId, GroupId, ThingId};
use crate::domain::grant::{
    Attribute, Batch, BoundRules, Change, Current, Facts, Fate, Freed, GrantState, Have, Hold, Needs, Plan, Rehearsal,
    RuleBook, Sent, Settling, Shortage, Slot, Snapshot, Step, Stock, Thing, ThingRef, WaitsFor, Wake, needs, plan,
};
use crate::domain::thing::Kind;

/// What the identity provider says of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    pub user_name: String,
    pub given_name: String,
    pub family_name: String,
    pub sent: BTreeMap<(Kind, Attribute), Sent>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    pub people: BTreeSet<EmployeeId>,
    pub groups: BTreeSet<GroupId>,
}

/// The tenant.
#[derive(Debug, Clone)]
pub struct World {
    pub now: Ts,
    pub hold: Duration,
    pub rules: RuleBook,
    pub bindings: BTreeMap<String, GroupId>,
    pub groups: BTreeMap<GroupId, Group>,
    pub people: BTreeMap<EmployeeId, Person>,
    pub gone: BTreeMap<EmployeeId, Person>,
    pub pools: BTreeSet<String>,
    pub things: BTreeMap<ThingId, Thing>,
    pub grants: BTreeMap<EmployeeId, BTreeMap<Slot, Current>>,
    /// Who lost a thing last, and when, unless the administrator freed it since: what holds are checked against.
    pub lost: BTreeMap<ThingId, (EmployeeId, Ts)>,
    pub request: Option<String>,
    ids: u128,
    seq: i64,
    /// The place in the queue that each grant has.
    seqs: BTreeMap<GrantId, i64>,
}

pub type Outcome<T> = Result<T, String>;

/// A part of the tenant that a plan is made from.
pub struct Loaded {
    pub rules: BoundRules,
    pub facts: Vec<Facts>,
    pub stock: Stock,
    pub desk_names: BTreeSet<String>,
    pub turns: BTreeMap<ThingId, i64>,
}

impl World {
    pub fn new(hold_days: u64) -> Self {
        Self {
            now: Ts::from_micros(1_780_000_000_000_000),
            hold: Duration::from_hours(24 * hold_days),
            rules: RuleBook::default(),
            bindings: BTreeMap::new(),
            groups: BTreeMap::new(),
            people: BTreeMap::new(),
            gone: BTreeMap::new(),
            pools: BTreeSet::new(),
            things: BTreeMap::new(),
            grants: BTreeMap::new(),
            lost: BTreeMap::new(),
            request: None,
            ids: 0,
            seq: 0,
            seqs: BTreeMap::new(),
        }
    }

    fn uuid(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub fn add_group(&mut self) -> GroupId {
        let id = GroupId::from(self.uuid());
        self.groups.insert(id, Group::default());
        id
    }

    pub fn add_person(&mut self, given_name: &str, family_name: &str) -> EmployeeId {
        let id = EmployeeId::from(self.uuid());
        let user_name = format!("{}{}", given_name.to_lowercase(), self.ids);
        let person = Person {
            user_name,
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            ..Person::default()
        };
        self.people.insert(id, person);
        id
    }

    pub fn add_thing(&mut self, kind: Kind, key: &str, pool: Option<&str>) -> ThingId {
        let id = ThingId::from(self.uuid());
        let thing = ThingRef { id, kind, key: key.to_owned(), name: key.to_owned() };
        let pool = pool.map(str::to_owned);
        let sort_key = format!("{key:0>20}");
        let thing = Thing { thing, sort_key, pool, holder: None, hold: None, disabled: false, leaving: false };
        self.things.insert(id, thing);
        id
    }

    pub fn thing(&self, kind: Kind, key: &str) -> Option<&Thing> {
        self.things.values().find(|thing| thing.thing.kind.class() == kind.class() && thing.thing.key == key)
    }

    pub fn bound(&self) -> BoundRules {
        BoundRules::bind(&self.rules, &self.bindings)
    }

    /// The groups that somebody is in, directly or through others.
    pub fn groups_of(&self, person: EmployeeId) -> BTreeSet<GroupId> {
        let mut all: BTreeSet<GroupId> =
            self.groups.iter().filter(|(_, group)| group.people.contains(&person)).map(|(id, _)| *id).collect();
        loop {
            let holds_one = |group: &Group| group.groups.iter().any(|inner| all.contains(inner));
            let more: Vec<GroupId> = self
                .groups
                .iter()
                .filter(|(id, group)| !all.contains(id) && holds_one(group))
                .map(|(id, _)| *id)
                .collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// Everybody in a group, directly or through others.
    pub fn members(&self, group: GroupId) -> BTreeSet<EmployeeId> {
        self.people.keys().copied().filter(|person| self.groups_of(*person).contains(&group)).collect()
    }

    fn facts(&self, id: EmployeeId, change: &Change) -> Option<Facts> {
        let person = self.people.get(&id)?;
        Some(Facts {
            id,
            user_name: person.user_name.clone(),
            given_name: Some(person.given_name.clone()),
            family_name: Some(person.family_name.clone()),
            display_name: None,
            email: Some(format!("{}@contoso.example", person.user_name)),
            groups: self.groups_of(id),
            sent: person.sent.clone(),
            current: self.grants.get(&id).into_iter().flat_map(BTreeMap::values).cloned().collect(),
            orders: change.orders.get(&id).cloned().unwrap_or_default(),
            leaving: change.leaving.contains(&id),
        })
    }

    /// What a plan for these employees has to know, and no more.
    pub fn load(&self, people: &BTreeSet<EmployeeId>, change: &Change, turns: BTreeMap<ThingId, i64>) -> Loaded {
        let rules = self.bound();
        let facts: Vec<Facts> = people.iter().filter_map(|id| self.facts(*id, change)).collect();
        let needs = needs(&rules, &facts, &change.removed, turns.len());
        let loaded = self.pick(&needs, change);
        let stock = Stock::new(loaded, self.pools_of(&needs));
        let desk_names = self.desk_names().intersection(&needs.desk_names).cloned().collect();
        Loaded { rules, facts, stock, desk_names, turns }
    }

    fn pools_of(&self, needs: &Needs) -> BTreeSet<String> {
        needs.free.keys().map(|(pool, _)| pool.clone()).filter(|pool| self.pools.contains(pool)).collect()
    }

    fn pick(&self, needs: &Needs, change: &Change) -> Vec<Thing> {
        let mut ids: BTreeSet<ThingId> = needs.things.clone();
        for thing in self.things.values() {
            let is_named = needs.keys.contains(&(thing.thing.kind.class(), thing.thing.key.clone()));
            if is_named || thing.hold.is_some_and(|hold| needs.held_for.contains(&hold.employee)) {
                ids.insert(thing.thing.id);
            }
        }
        for ((pool, kind), count) in &needs.free {
            let is_free = |thing: &&Thing| {
                let fits = thing.pool.as_deref() == Some(pool) && thing.thing.kind == *kind;
                fits && thing.is_free() && !change.removed.contains(&thing.thing.id)
            };
            let mut free: Vec<&Thing> = self.things.values().filter(is_free).collect();
            free.sort_by_key(|thing| (&thing.sort_key, thing.thing.id));
            ids.extend(free.into_iter().take(*count).map(|thing| thing.thing.id));
        }
        let leaving = |thing: &Thing| Thing { leaving: change.removed.contains(&thing.thing.id), ..thing.clone() };
        ids.iter().filter_map(|id| self.things.get(id)).map(leaving).collect()
    }

    /// The first free things of a kind in a pool behind a place.
    fn free_behind(&self, (pool, kind): &(String, Kind), shortage: &Shortage) -> Vec<Thing> {
        let is_free = |thing: &&Thing| {
            thing.pool.as_deref() == Some(pool.as_str()) && thing.thing.kind == *kind && thing.is_free()
        };
        let place = |thing: &Thing| (thing.sort_key.clone(), thing.thing.id);
        let mut free: Vec<&Thing> = self.things.values().filter(is_free).collect();
        free.sort_by_key(|thing| place(thing));
        free.into_iter().filter(|thing| place(thing) > shortage.behind).take(shortage.count).cloned().collect()
    }

    /// Everything.
    pub fn load_all(&self, change: &Change, turns: BTreeMap<ThingId, i64>) -> Loaded {
        let rules = self.bound();
        let facts = self.people.keys().filter_map(|id| self.facts(*id, change)).collect();
        let leaving = |thing: &Thing| Thing { leaving: change.removed.contains(&thing.thing.id), ..thing.clone() };
        let stock = Stock::new(self.things.values().map(leaving), self.pools.iter().cloned());
        Loaded { rules, facts, stock, desk_names: self.desk_names(), turns }
    }

    pub fn desk_names(&self) -> BTreeSet<String> {
        let desks = self.rows().filter_map(|(_, row)| match &row.state.have {
            Some(Have::Desk(desk)) => Some(fold(&desk.name)),
            _ => None,
        });
        desks.collect()
    }

    pub fn plan(&self, loaded: &Loaded) -> Plan {
        plan(&Snapshot {
            now: self.now,
            request: self.request.as_deref(),
            hold: self.hold,
            rules: &loaded.rules,
            employees: &loaded.facts,
            stock: &loaded.stock,
            desk_names: &loaded.desk_names,
            turns: &loaded.turns,
        })
    }

    pub fn rows(&self) -> impl Iterator<Item = (EmployeeId, &Current)> {
        self.grants.iter().flat_map(|(person, rows)| rows.values().map(move |row| (*person, row)))
    }

    /// Those who wait, by age.
    pub fn waiting(&self) -> BTreeMap<i64, (EmployeeId, &Current)> {
        let waiting = self.rows().filter(|(_, row)| waits_for(&row.state).is_some());
        waiting.map(|(person, row)| (row.seq, (person, row))).collect()
    }

    /// Plans, writes, and wakes until nobody who waits can have anything: what the application does in a transaction. Gives
    /// everything that changed as one plan.
    pub fn settle(&mut self, change: Change) -> Outcome<Plan> {
        self.carry_through(change, Self::load)
    }

    /// The same, but planning everybody at first.
    pub fn settle_all(&mut self, change: Change) -> Outcome<Plan> {
        let concerned = self.people.keys().copied().collect();
        self.carry_through(Change { concerned, ..change }, |world, people, change, turns| {
            if people.len() == world.people.len() {
                world.load_all(change, turns)
            } else {
                world.load(people, change, turns)
            }
        })
    }

    fn carry_through(
        &mut self,
        change: Change,
        load: impl Fn(&Self, &BTreeSet<EmployeeId>, &Change, BTreeMap<ThingId, i64>) -> Loaded,
    ) -> Outcome<Plan> {
        let leaving = change.leaving.clone();
        let mut settling = Settling::new(change);
        while let Some(step) = settling.next() {
            match step {
                Step::Plan { people, turns } => {
                    let plan = self.plan(&load(self, &people, settling.change(), turns));
                    self.apply(&plan)?;
                    settling.planned(plan);
                }
                Step::Remove(ids) => {
                    let gone = self.take_out_of_stock(&ids)?;
                    settling.removed(gone.iter().map(|thing| (thing.thing.kind, thing.thing.key.as_str())));
                }
                Step::Find(batch) => settling.found(&self.find_waiting(&batch, |_| true)),
            }
        }
        for id in &leaving {
            self.let_go(*id)?;
        }
        self.check()?;
        Ok(settling.done())
    }

    /// What would come of a change, read piece by piece as it is asked for.
    pub fn rehearse(&self, change: Change) -> Plan {
        let mut rehearsal = Rehearsal::default();
        let mut settling = Settling::new(change);
        while let Some(step) = settling.next() {
            match step {
                Step::Plan { people, turns } => {
                    let change = settling.change();
                    let rules = self.bound();
                    let mut facts: Vec<Facts> = people.iter().filter_map(|id| self.facts(*id, change)).collect();
                    rehearsal.see_people(&mut facts);
                    let needs = needs(&rules, &facts, &change.removed, turns.len());
                    let read = self.pick(&Needs { free: BTreeMap::new(), ..needs.clone() }, change);
                    for (shelf, count) in &needs.free {
                        while let Some(shortage) = rehearsal.shortage(shelf, count + change.removed.len()) {
                            let read = self.free_behind(shelf, &shortage);
                            rehearsal.shelve(shelf, &shortage, read);
                        }
                    }
                    let stock = rehearsal.see_stock(read, self.pools_of(&needs), &needs, &change.removed);
                    let taken = self.desk_names().intersection(&needs.desk_names).cloned().collect();
                    let desk_names = rehearsal.see_desk_names(&taken, &needs);
                    let loaded = Loaded { rules, facts, stock, desk_names, turns };
                    let plan = self.plan(&loaded);
                    rehearsal.carry_out(&plan, &loaded.facts, &loaded.stock, self.now);
                    settling.planned(plan);
                }
                Step::Remove(ids) => {
                    let gone = rehearsal.remove(ids.iter().filter_map(|id| self.things.get(id)).cloned());
                    settling.removed(gone.iter().map(|(kind, key)| (*kind, key.as_str())));
                }
                Step::Find(batch) => {
                    let read = self.find_waiting(&batch, |person| !rehearsal.has_changed(person));
                    settling.found(&rehearsal.see_waiting(read, &batch));
                }
            }
        }
        settling.done()
    }

    fn take_out_of_stock(&mut self, ids: &BTreeSet<ThingId>) -> Outcome<Vec<Thing>> {
        let mut gone = Vec::new();
        for id in ids {
            let Some(thing) = self.things.remove(id) else { continue };
            self.lost.remove(id);
            if let Some((person, row)) = self.rows().find(|(_, row)| thing_of(&row.state) == Some(*id)) {
                return Err(format!("{} is still with {person} as {}", thing.thing.key, row.slot));
            }
            gone.push(thing);
        }
        Ok(gone)
    }

    fn let_go(&mut self, id: EmployeeId) -> Outcome<()> {
        if self.grants.get(&id).is_some_and(|rows| !rows.is_empty()) {
            return Err(format!("{id} leaves and keeps something"));
        }
        if let Some(person) = self.people.remove(&id) {
            self.gone.insert(id, person);
        }
        for group in self.groups.values_mut() {
            group.people.remove(&id);
        }
        Ok(())
    }

    fn find_waiting(&self, batch: &Batch, whom: impl Fn(EmployeeId) -> bool) -> Vec<(i64, EmployeeId)> {
        let interested = |row: &Current| waits_for(&row.state).is_some_and(|waits| batch.waits_for.contains(waits));
        let waiting = self.waiting();
        let rows = waiting.range(batch.after + 1..).filter(|(_, (person, row))| interested(row) && whom(*person));
        rows.take(batch.limit).map(|(seq, (person, _))| (*seq, *person)).collect()
    }

    /// Writes a plan, in the order and with the checks of the storage.
    fn apply(&mut self, plan: &Plan) -> Outcome<()> {
        for (of, change) in plan.changes() {
            let slot = change.renamed_from.as_ref().unwrap_or(&change.slot);
            let rows = self.grants.entry(of.employee).or_default();
            let before = rows.remove(slot);
            if before.as_ref().map(|row| &row.state) != change.before.as_ref() {
                return Err(format!("{} of {} is not what it was planned from", change.slot, of.user_name));
            }
            if before.as_ref().map(|row| row.id) != change.grant {
                return Err(format!("{} of {} is another grant", change.slot, of.user_name));
            }
        }
        for change in &plan.things {
            self.write_thing(change.thing.id, change.fate)?;
        }
        for (of, change) in plan.changes() {
            let Some(state) = change.after.clone() else { continue };
            if state.sources.is_empty() || (state.have.is_none() && state.wait.is_none()) {
                return Err(format!("{} of {} says nothing", change.slot, of.user_name));
            }
            let id = change.grant.unwrap_or_else(|| GrantId::from(Uuid::from_u128(1 + self.seqs.len() as u128)));
            // A row keeps its place as long as it waits for the same.
            let known = self.seqs.get(&id).copied().filter(|_| !change.queues_anew());
            let seq = known.unwrap_or_else(|| {
                self.seq += 1;
                self.seq
            });
            self.seqs.insert(id, seq);
            let rows = self.grants.entry(of.employee).or_default();
            if rows.insert(change.slot.clone(), Current { id, seq, slot: change.slot.clone(), state }).is_some() {
                return Err(format!("{} has {} twice", of.user_name, change.slot));
            }
        }
        Ok(())
    }

    fn write_thing(&mut self, id: ThingId, fate: Fate) -> Outcome<()> {
        let thing = self.things.get_mut(&id).ok_or_else(|| format!("{id} is not in stock"))?;
        match fate {
            Fate::Taken { by } => {
                let kept = thing.hold.is_some_and(|hold| hold.employee != by);
                if thing.holder.is_some() || kept || thing.disabled || !thing.thing.kind.is_exclusive() {
                    return Err(format!("{} cannot be taken: {thing:?}", thing.thing.key));
                }
                if let Some((last, at)) = self.lost.get(&id)
                    && *last != by
                    && self.now < at.after(self.hold)
                {
                    return Err(format!("{} goes to another in its hold", thing.thing.key));
                }
                (thing.holder, thing.hold) = (Some(by), None);
            }
            Fate::Released { from, until } => {
                if thing.holder != Some(from) {
                    return Err(format!("{} is not released by its holder", thing.thing.key));
                }
                thing.holder = None;
                thing.hold = until.map(|until| Hold { until, employee: from, released_at: self.now });
                self.lost.insert(id, (from, self.now));
            }
            Fate::HoldEnded => {
                if thing.hold.is_none_or(|hold| hold.until > self.now) {
                    return Err(format!("the hold of {} is not over", thing.thing.key));
                }
                thing.hold = None;
            }
        }
        Ok(())
    }

    /// What the database's keys and checks say.
    fn check(&self) -> Outcome<()> {
        let mut held = BTreeSet::new();
        let mut desks = BTreeSet::new();
        for (person, row) in self.rows() {
            if let Some(Have::Desk(desk)) = &row.state.have
                && !desks.insert(fold(&desk.name))
            {
                return Err(format!("two desks are called {}", desk.name));
            }
            let Some(id) = thing_of(&row.state) else { continue };
            let thing = self.things.get(&id).ok_or_else(|| format!("{} of {person} is not in stock", row.slot))?;
            if row.slot.is_exclusive() {
                if thing.holder != Some(person) {
                    return Err(format!("{} has {}, whose holder is another", person, thing.thing.key));
                }
                held.insert(id);
            }
        }
        let lost = self.things.values().find(|thing| thing.holder.is_some() && !held.contains(&thing.thing.id));
        lost.map_or(Ok(()), |thing| Err(format!("{} has a holder without a grant", thing.thing.key)))
    }

    /// Ends the holds that are over.
    pub fn sweep(&mut self, wake: &mut Wake) {
        for thing in self.things.values_mut().filter(|thing| thing.hold.is_some_and(|hold| hold.until <= self.now)) {
            thing.hold = None;
            if !thing.disabled {
                wake.add([Freed::of(thing)]);
            }
        }
    }
}

pub fn waits_for(state: &GrantState) -> Option<&WaitsFor> {
    state.wait.as_ref()?.waits_for.as_ref()
}

pub fn thing_of(state: &GrantState) -> Option<ThingId> {
    Some(state.have.as_ref()?.thing()?.id)
}
