//! Random histories of a small tenant. A step is four numbers, so that a failing history shrinks to few and small ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::world::{Outcome, World, thing_of};
use crate::base::caseless::fold;
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::grant::{
    Attribute, Change, Entry, Freed, Gift, Have, Order, Origin, Plan, Rule, RuleBook, Sent, Slot,
};
use crate::domain::office_desk::{Access, DeskOffer, Switches};
use crate::domain::permission::{Allowance, Level, Reach};
use crate::domain::thing::Kind;

/// What happens: which kind of event, and to whom and what.
pub type Step = [u8; 4];

pub const POOLS: [&str; 3] = ["a", "b", "c"];
const PATH: &str = "phoneNumbers[type eq \"work\"].value";
/// The kinds, keys and pools of what may be in stock; there is no pool "c".
const STOCK: [(Kind, &str, Option<&str>); 16] = [
    (Kind::Extension, "200", Some("a")),
    (Kind::Extension, "201", Some("a")),
    (Kind::Extension, "202", Some("a")),
    (Kind::Extension, "203", Some("b")),
    (Kind::Extension, "204", Some("b")),
    (Kind::Extension, "205", None),
    (Kind::Extension, "206", Some("a")),
    (Kind::Extension, "207", Some("a")),
    (Kind::VoiceNumber, "+4930100", Some("a")),
    (Kind::VoiceNumber, "+4930101", Some("a")),
    (Kind::VoiceNumber, "+4930102", Some("b")),
    (Kind::Device, "phone-1", Some("b")),
    (Kind::Device, "phone-2", Some("b")),
    (Kind::Destination, "zentrale", None),
    (Kind::Announcement, "begrüßung", None),
    (Kind::SharedFax, "+4930199", None),
];

/// A history in the making.
pub struct History {
    pub world: World,
    pub people: Vec<EmployeeId>,
    pub groups: Vec<GroupId>,
}

/// What a step was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The IdP's doing; nobody is deleted.
    ByIdp,
    /// Everything else.
    Other,
}

impl History {
    /// Three people, each in a group; three groups with rules; most of the stock.
    pub fn new(hold_days: u64, seed: u8) -> Self {
        let mut world = World::new(hold_days);
        let groups: Vec<GroupId> = (0..4).map(|_| world.add_group()).collect();
        let names = [("Ada", "Holm"), ("Ada", "Holm"), ("Max", "Ott")];
        let people = names.map(|(given, family)| world.add_person(given, family)).to_vec();
        world.pools = POOLS[..2].iter().map(|pool| (*pool).to_owned()).collect();
        for (kind, key, pool) in STOCK.into_iter().enumerate().filter(|(n, _)| n % 4 < 3).map(|(_, thing)| thing) {
            world.add_thing(kind, key, pool);
        }
        world.rules = book(seed);
        for (person, group) in people.iter().zip([0, 0, 1]) {
            world.groups.entry(groups[group]).or_default().people.insert(*person);
        }
        let mut history = Self { world, people, groups };
        history.bind();
        let everybody = history.of(history.people.clone());
        history.world.settle(everybody).expect("the first plan can be carried out");
        history
    }

    fn bind(&mut self) {
        let groups = self.world.rules.rules.iter().filter_map(|rule| {
            let index: usize = rule.group.parse().ok()?;
            Some((rule.key(), *self.groups.get(index)?))
        });
        self.world.bindings = groups.collect();
    }

    fn person(&self, n: u8) -> EmployeeId {
        self.people[usize::from(n) % self.people.len()]
    }

    fn group(&self, n: u8) -> GroupId {
        self.groups[usize::from(n) % self.groups.len()]
    }

    fn stocked(&self, n: u8) -> Option<ThingId> {
        let (kind, key, _) = STOCK[usize::from(n) % STOCK.len()];
        self.world.thing(kind, key).map(|thing| thing.thing.id)
    }

    /// Makes the step happen to the tenant and says what has to be planned.
    pub fn begin(&mut self, [what, a, b, c]: Step) -> (Event, Change) {
        self.world.now = self.world.now.after(Duration::from_mins(1));
        self.world.request = Some(format!("{what} {a} {b} {c}"));
        match what % 24 {
            0..=4 => (Event::ByIdp, self.join(a, b)),
            5 | 6 => (Event::ByIdp, self.leave(a, b)),
            7 => (Event::ByIdp, self.nest(a, b)),
            8..=10 => (Event::ByIdp, self.send(a, b, c)),
            11 => (Event::ByIdp, self.rename_person(a, b)),
            12 => (Event::Other, self.delete(a)),
            13 => (Event::ByIdp, self.come_back(a, b)),
            14 | 15 => (Event::Other, self.add_stock(a)),
            16 => (Event::Other, self.remove_stock(a)),
            17 => (Event::Other, self.disable(a, b)),
            18 => (Event::Other, self.move_or_rename(a, b)),
            19 => (Event::Other, self.free_hold(a)),
            20 => (Event::Other, self.pass_time(a)),
            21 => (Event::Other, self.by_hand(a, b, c)),
            22 => (Event::Other, self.take_back(a, b)),
            _ => (Event::Other, self.new_rules(a)),
        }
    }

    /// Lets the step happen and planning follow.
    pub fn step(&mut self, step: Step) -> Outcome<(Event, Plan)> {
        let (event, change) = self.begin(step);
        Ok((event, self.world.settle(change)?))
    }

    fn of(&self, people: impl IntoIterator<Item = EmployeeId>) -> Change {
        let here = people.into_iter().filter(|person| self.world.people.contains_key(person));
        Change { concerned: here.collect(), ..Change::default() }
    }

    fn join(&mut self, a: u8, b: u8) -> Change {
        let (person, group) = (self.person(a), self.group(b));
        if self.world.people.contains_key(&person) {
            self.world.groups.entry(group).or_default().people.insert(person);
        }
        self.of([person])
    }

    fn leave(&mut self, a: u8, b: u8) -> Change {
        let (person, group) = (self.person(a), self.group(b));
        self.world.groups.entry(group).or_default().people.remove(&person);
        self.of([person])
    }

    /// Puts a group into the next one, or takes it out: never the other way round, so there is no cycle.
    fn nest(&mut self, a: u8, b: u8) -> Change {
        let outer = usize::from(a) % (self.groups.len() - 1);
        let (outer, inner) = (self.groups[outer], self.groups[outer + 1]);
        let members = self.world.members(inner);
        let group = self.world.groups.entry(outer).or_default();
        if b.is_multiple_of(2) {
            group.groups.insert(inner)
        } else {
            group.groups.remove(&inner)
        };
        self.of(members)
    }

    fn send(&mut self, a: u8, b: u8, c: u8) -> Change {
        let person = self.person(a);
        let what = match b % 4 {
            0 | 1 => (Kind::Extension, Attribute::Requested),
            2 => (Kind::Extension, Attribute::Path(PATH.to_owned())),
            _ => (Kind::VoiceNumber, Attribute::Path(PATH.to_owned())),
        };
        let keys: &[&str] = match what.0 {
            Kind::Extension => &["206", "201", "200", "204", "205"],
            _ => &["+4930100", "+4930101", "+4930102", "+4930199", "+4930999"],
        };
        let sent = match c % 8 {
            5 => Some(Sent::Malformed("extension 7".to_owned())),
            6 | 7 => None,
            n => Some(Sent::Key(keys[usize::from(n) % keys.len()].to_owned())),
        };
        if let Some(known) = self.world.people.get_mut(&person) {
            match sent {
                Some(sent) => _ = known.sent.insert(what, sent),
                None => _ = known.sent.remove(&what),
            }
        }
        self.of([person])
    }

    fn rename_person(&mut self, a: u8, b: u8) -> Change {
        let person = self.person(a);
        if let Some(known) = self.world.people.get_mut(&person) {
            known.family_name = ["Holm", "Ott", "Kern"][usize::from(b) % 3].to_owned();
        }
        self.of([person])
    }

    pub fn delete(&mut self, a: u8) -> Change {
        let person = self.person(a);
        let change = self.of([person]);
        Change { leaving: change.concerned.clone(), ..change }
    }

    fn come_back(&mut self, a: u8, b: u8) -> Change {
        let person = self.person(a);
        if let Some(known) = self.world.gone.remove(&person) {
            self.world.people.insert(person, known);
            self.join(a, b);
        }
        self.of([person])
    }

    fn add_stock(&mut self, a: u8) -> Change {
        let (kind, key, pool) = STOCK[usize::from(a) % STOCK.len()];
        let mut change = Change::default();
        if self.stocked(a).is_none() {
            let id = self.world.add_thing(kind, key, pool);
            if let Some(thing) = self.world.things.get(&id) {
                change.wake.add_stock(thing);
            }
        }
        change
    }

    fn remove_stock(&mut self, a: u8) -> Change {
        let Some(id) = self.stocked(a) else { return Change::default() };
        let users = self.users(id);
        Change { removed: BTreeSet::from([id]), ..self.of(users) }
    }

    /// Everybody with something in one of whose slots the thing is.
    fn users(&self, id: ThingId) -> BTreeSet<EmployeeId> {
        self.world.rows().filter(|(_, row)| thing_of(&row.state) == Some(id)).map(|(person, _)| person).collect()
    }

    fn disable(&mut self, a: u8, b: u8) -> Change {
        let mut change = Change::default();
        let Some(thing) = self.stocked(a).and_then(|id| self.world.things.get_mut(&id)) else { return change };
        thing.disabled = b.is_multiple_of(2);
        change.concerned.extend(thing.whose().filter(|person| self.world.people.contains_key(person)));
        change.wake.add_stock(thing);
        change
    }

    /// Puts a thing into another pool, or gives a shared one another name. What is assigned stays where it is.
    fn move_or_rename(&mut self, a: u8, b: u8) -> Change {
        let Some(id) = self.stocked(a) else { return Change::default() };
        let users = self.users(id);
        let mut change = self.of(users);
        let Some(thing) = self.world.things.get_mut(&id) else { return change };
        change.wake.remove_stock(thing.thing.kind, &thing.thing.key);
        if thing.thing.kind.is_exclusive() {
            thing.pool = Some(POOLS[usize::from(b) % 2].to_owned());
            change.concerned.extend(thing.whose().filter(|person| self.world.people.contains_key(person)));
        } else {
            let renamed = format!("{}-{}", thing.thing.key, b % 2);
            thing.thing.key.clone_from(&renamed);
            for rows in self.world.grants.values_mut() {
                for row in rows.values_mut() {
                    if let Some(Have::Thing(known)) = &mut row.state.have
                        && known.id == id
                    {
                        known.key.clone_from(&renamed);
                    }
                }
            }
        }
        if let Some(thing) = self.world.things.get(&id) {
            change.wake.add_stock(thing);
        }
        change
    }

    fn free_hold(&mut self, a: u8) -> Change {
        let mut change = Change::default();
        let Some(id) = self.stocked(a) else { return change };
        let Some(thing) = self.world.things.get_mut(&id).filter(|thing| thing.hold.is_some()) else { return change };
        thing.hold = None;
        self.world.lost.remove(&id);
        if thing.is_free() {
            change.wake.add([Freed::of(thing)]);
        }
        change
    }

    /// Days go by, and the holds that are over are ended, or not yet.
    fn pass_time(&mut self, a: u8) -> Change {
        let mut change = Change::default();
        self.world.now = self.world.now.after(Duration::from_hours(24 * 30 * u64::from(1 + a % 4)));
        if a % 8 < 6 {
            self.world.sweep(&mut change.wake);
        }
        change
    }

    fn by_hand(&mut self, a: u8, b: u8, c: u8) -> Change {
        let (kind, key, _) = STOCK[usize::from(c) % STOCK.len()];
        let gift = match b % 6 {
            0 | 1 => Gift::Thing { kind, key: key.to_owned() },
            2 => Gift::FromPool { kind: Kind::Extension, pool: POOLS[usize::from(c) % 3].to_owned() },
            3 => Gift::Access { key: "201".to_owned() },
            4 => Gift::Permission(Allowance::Mailboxes(if c.is_multiple_of(2) { Level::Use } else { Level::Manage })),
            _ => Gift::Desk(desk(c)),
        };
        let person = self.person(a);
        let order = Order::Give { gift, administrator: "root".to_owned() };
        Change { orders: BTreeMap::from([(person, vec![order])]), ..self.of([person]) }
    }

    fn take_back(&mut self, a: u8, b: u8) -> Change {
        let person = self.person(a);
        let rows = self.world.grants.get(&person);
        let by_hand: Vec<Slot> = rows
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|row| row.state.sources.iter().any(|source| matches!(source.origin, Origin::Manual { .. })))
            .map(|row| row.slot.clone())
            .collect();
        let Some(slot) = by_hand.get(usize::from(b) % by_hand.len().max(1)) else { return Change::default() };
        Change { orders: BTreeMap::from([(person, vec![Order::Take(slot.clone())])]), ..self.of([person]) }
    }

    pub fn new_rules(&mut self, seed: u8) -> Change {
        let before = self.world.bound();
        self.world.rules = book(seed);
        self.bind();
        let groups = before.groups_concerned(&self.world.bound());
        let people: BTreeSet<EmployeeId> = groups.iter().flat_map(|group| self.world.members(*group)).collect();
        self.of(people)
    }
}

fn desk(n: u8) -> DeskOffer {
    let name = ["{family_name} Desktop", "{given_name} Mobil", "Empfang"][usize::from(n) % 3].to_owned();
    let listed = |key: &str| Access { own: n.is_multiple_of(2), listed: BTreeSet::from([key.to_owned()]) };
    DeskOffer {
        name,
        switches: Switches { fax: n.is_multiple_of(2), sms: n.is_multiple_of(3), ..Switches::default() },
        extensions: if n.is_multiple_of(4) { listed("201") } else { Access::default() },
        devices: if n % 4 == 1 { listed("phone-1") } else { Access::default() },
    }
}

/// Some rules; the same number gives the same ones.
pub fn book(seed: u8) -> RuleBook {
    let mut random = fastrand::Rng::with_seed(u64::from(seed));
    let names = ["Sales", "Berlin", "Chef", "Empfang"];
    let mut rules: Vec<Rule> =
        names[..random.usize(1..=names.len())].iter().map(|name| rule(name, &mut random)).collect();
    random.shuffle(&mut rules);
    RuleBook { rules }
}

fn rule(name: &str, random: &mut fastrand::Rng) -> Rule {
    let mut things: BTreeMap<Kind, Vec<Entry>> = BTreeMap::new();
    for _ in 0..random.usize(1..=3) {
        let (kind, entry) = entry(random);
        let entries = things.entry(kind).or_default();
        let again = |known: &Entry| match (known, &entry) {
            (Entry::FromPool { pool, .. }, Entry::FromPool { pool: other, .. }) => fold(pool) == fold(other),
            (known, other) => known == other,
        };
        if !entries.iter().any(again) {
            entries.push(entry);
        }
    }
    let mut permissions = Vec::new();
    if random.bool() {
        permissions.push(Allowance::Mailboxes([Level::None, Level::Use, Level::Manage][random.usize(..3)]));
    }
    if random.u8(..4) == 0 {
        permissions.push(Allowance::ForwardingReach(Reach::Paid));
    }
    permissions.sort_unstable();
    Rule {
        name: name.to_owned(),
        group: random.usize(..3).to_string(),
        priority: random.i32(0..3),
        things,
        extension_access: if random.u8(..3) == 0 { vec!["203".to_owned()] } else { Vec::new() },
        permissions,
        desks: if random.u8(..3) == 0 { vec![desk(random.u8(..))] } else { Vec::new() },
    }
}

fn entry(random: &mut fastrand::Rng) -> (Kind, Entry) {
    let from_pool = |random: &mut fastrand::Rng, wish: Option<Attribute>| Entry::FromPool {
        pool: POOLS[random.usize(..5) / 2].to_uppercase(),
        count: random.u32(1..3),
        wish: wish.filter(|_| random.u8(..4) > 0),
    };
    let named = |key: &str| Entry::Named { key: key.to_owned(), name: key.to_owned() };
    let path = || Attribute::Path(PATH.to_owned());
    match random.u8(..10) {
        0..=3 => (Kind::Extension, from_pool(random, Some(Attribute::Requested))),
        4 => (Kind::Extension, named(["200", "203", "205"][random.usize(..3)])),
        5 => (Kind::Extension, Entry::ByAttribute { path: PATH.to_owned() }),
        6 => (Kind::VoiceNumber, from_pool(random, Some(path()))),
        7 => (Kind::VoiceNumber, named(["+4930100", "+4930199"][random.usize(..2)])),
        8 => (Kind::Device, from_pool(random, None)),
        _ => (Kind::Destination, named(["zentrale", "zentrale-0"][random.usize(..2)])),
    }
}
