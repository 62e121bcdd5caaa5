//! What a plan has to know of the stock: so much as the change concerns, and not the tenant's whole stock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::thing::{Class, Kind};

use super::desk;
use super::entitle::{self, Want};
use super::rule::BoundRules;
use super::slot::Slot;
use super::snapshot::{Facts, Have, Sent, Snapshot};
use super::stock::Stock;

/// What to load into the [`Stock`] of a snapshot, and its desk names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// The things of these keys, if they are there.
    pub keys: BTreeSet<(Class, String)>,
    /// These things.
    pub things: BTreeSet<ThingId>,
    /// All things on hold for these employees.
    pub held_for: BTreeSet<EmployeeId>,
    /// Of each kind in each pool, by folded name, so many of the lowest free ones; and whether there is such a pool.
    pub free: BTreeMap<(String, Kind), usize>,
    /// Which of these folded names some desk of the tenant has.
    pub desk_names: BTreeSet<String>,
}

/// What has to be in a snapshot of these employees. `leaving` are the things that go out of stock with the change, `turns`
/// is how many there are in the snapshot's [`turns`](Snapshot::turns).
#[must_use]
pub fn needs(rules: &BoundRules, employees: &[Facts], leaving: &BTreeSet<ThingId>, turns: usize) -> Needs {
    let (stock, desk_names, no_turns) = (Stock::default(), BTreeSet::new(), BTreeMap::new());
    // What is asked for depends on rules and employees alone.
    let snapshot = Snapshot {
        now: Ts::from_micros(0),
        request: None,
        hold: Duration::ZERO,
        rules,
        employees,
        stock: &stock,
        desk_names: &desk_names,
        turns: &no_turns,
    };
    let mut needs = Needs::default();
    let mut by_key: BTreeMap<Kind, usize> = BTreeMap::new();
    for facts in employees {
        needs.held_for.insert(facts.id);
        needs.of_employee(&snapshot, facts, leaving, &mut by_key);
    }
    for ((_, kind), count) in &mut needs.free {
        // Who names a thing may take one of those that would be next.
        *count += by_key.get(kind).copied().unwrap_or(0) + turns;
    }
    needs
}

impl Needs {
    fn of_employee(
        &mut self,
        snapshot: &Snapshot<'_>,
        facts: &Facts,
        leaving: &BTreeSet<ThingId>,
        by_key: &mut BTreeMap<Kind, usize>,
    ) {
        let had = facts.current.iter().map(|row| (&row.slot, row.state.have.as_ref().and_then(Have::thing)));
        let had: BTreeMap<_, _> = had.collect();
        self.things.extend(had.values().flatten().map(|thing| thing.id));
        for (slot, ask) in entitle::asks(snapshot, facts) {
            let thing = had.get(&slot).copied().flatten();
            let kept = thing.filter(|thing| Some(thing.kind) == slot.kind() && !leaving.contains(&thing.id));
            let mut name = |kind: Kind, key: &str| {
                if kept.is_none_or(|thing| thing.key != key) {
                    self.keys.insert((kind.class(), key.to_owned()));
                    *by_key.entry(kind).or_default() += 1;
                }
            };
            match (&slot, &ask.want) {
                (Slot::Thing { kind, key } | Slot::DeskAccess { kind, key, .. }, _)
                | (Slot::Attribute { kind, .. }, Want::Sent(Sent::Key(key))) => name(*kind, key),
                (Slot::Access { key }, _) => name(Kind::Extension, key),
                (Slot::Pool { kind, pool, .. }, Want::FromPool(wish)) => {
                    if let Some((_, Sent::Key(key))) = wish {
                        name(*kind, key);
                    }
                    if kept.is_none() {
                        *self.free.entry((pool.clone(), *kind)).or_default() += 1;
                    }
                }
                (Slot::Desk { .. }, Want::Desk(wished, _)) if !had.contains_key(&slot) => {
                    self.desk_names.extend(desk::candidates(wished, &facts.user_name));
                }
                _ => {}
            }
        }
    }
}
