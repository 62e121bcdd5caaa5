//! The part of the stock that a plan has to know.

use std::collections::BTreeMap;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::thing::{Class, Kind};

use super::wire;

/// A thing by identifier, kind and key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ThingRef {
    /// The identifier.
    pub id: ThingId,
    /// What it is.
    #[serde(with = "wire::kind")]
    pub kind: Kind,
    /// Its key, as it is today.
    pub key: String,
    /// As people call it.
    pub name: String,
}

/// A thing kept for somebody who had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hold {
    /// Until when.
    #[serde(with = "wire::instant")]
    pub until: Ts,
    /// For whom; his identifier outlives him.
    pub employee: EmployeeId,
    /// When he lost it.
    #[serde(with = "wire::instant")]
    pub released_at: Ts,
}

/// A thing as it stands before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Identifier, kind and key.
    pub thing: ThingRef,
    /// Orders the things of a pool.
    pub sort_key: String,
    /// The folded name of its pool.
    pub pool: Option<String>,
    /// Who holds it; exclusive kinds only.
    pub holder: Option<EmployeeId>,
    /// For whom it is kept.
    pub hold: Option<Hold>,
    /// It is given to nobody. Who holds it keeps it: nothing that is assigned moves by itself.
    pub disabled: bool,
    /// The administrator takes it out of stock with this very change.
    pub leaving: bool,
}

impl Thing {
    /// Who holds it or has it on hold: he is to be planned anew when it goes out of stock, is enabled, or gets into
    /// another pool.
    #[must_use]
    pub fn whose(&self) -> Option<EmployeeId> {
        self.holder.or(self.hold.map(|hold| hold.employee))
    }

    /// Whether nobody has any right to it.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.holder.is_none() && self.hold.is_none() && !self.disabled && !self.leaving
    }
}

/// Things and pools, as far as a plan has to know them.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    things: BTreeMap<ThingId, Thing>,
    keys: BTreeMap<Class, BTreeMap<String, ThingId>>,
    pools: BTreeMap<String, BTreeMap<Kind, Vec<ThingId>>>,
    held_for: BTreeMap<EmployeeId, Vec<ThingId>>,
}

impl Stock {
    /// A stock of these things; `pools` are the folded names of the pools that are there, with or without things.
    #[must_use]
    pub fn new(things: impl IntoIterator<Item = Thing>, pools: impl IntoIterator<Item = String>) -> Self {
        let mut stock = Self {
            things: things.into_iter().map(|thing| (thing.thing.id, thing)).collect(),
            pools: pools.into_iter().map(|pool| (pool, BTreeMap::new())).collect(),
            ..Self::default()
        };
        let mut free: BTreeMap<(&str, Kind), Vec<(&str, ThingId)>> = BTreeMap::new();
        for thing in stock.things.values() {
            let ThingRef { id, kind, key, .. } = &thing.thing;
            stock.keys.entry(kind.class()).or_default().insert(key.clone(), *id);
            if let Some(hold) = thing.hold {
                stock.held_for.entry(hold.employee).or_default().push(*id);
            }
            if let Some(pool) = thing.pool.as_deref().filter(|_| thing.is_free() && kind.is_exclusive()) {
                free.entry((pool, *kind)).or_default().push((thing.sort_key.as_str(), *id));
            }
        }
        for ((pool, kind), mut of_kind) in free {
            of_kind.sort_unstable();
            let ids = of_kind.into_iter().map(|(_, id)| id).collect();
            stock.pools.entry(pool.to_owned()).or_default().insert(kind, ids);
        }
        stock
    }

    /// All things.
    pub fn things(&self) -> impl Iterator<Item = &Thing> {
        self.things.values()
    }

    /// The thing of that identifier.
    #[must_use]
    pub fn find(&self, id: ThingId) -> Option<&Thing> {
        self.things.get(&id)
    }

    /// The thing of that key.
    #[must_use]
    pub fn by_key(&self, class: Class, key: &str) -> Option<&Thing> {
        self.things.get(self.keys.get(&class)?.get(key)?)
    }

    /// Whether there is a pool of that folded name.
    #[must_use]
    pub fn has_pool(&self, pool: &str) -> bool {
        self.pools.contains_key(pool)
    }

    /// What is free of a kind in a pool, the lowest first.
    #[must_use]
    pub fn free(&self, pool: &str, kind: Kind) -> &[ThingId] {
        self.pools.get(pool).and_then(|kinds| kinds.get(&kind)).map_or(&[], Vec::as_slice)
    }

    /// What is on hold for him.
    #[must_use]
    pub fn held_for(&self, employee: EmployeeId) -> &[ThingId] {
        self.held_for.get(&employee).map_or(&[], Vec::as_slice)
    }
}
