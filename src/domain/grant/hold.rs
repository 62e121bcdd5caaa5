//! What becomes of things whose holder loses them, and of those whose hold is over (`domain.md`: Delete).

use std::time::Duration;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::thing::Kind;

use super::slot::WaitsFor;
use super::stock::{Thing, ThingRef};

/// What becomes of an exclusive thing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ThingChange {
    /// The thing.
    pub thing: ThingRef,
    /// What becomes of it.
    #[serde(flatten)]
    pub fate: Fate,
}

/// See [`ThingChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// It was free or on hold for him, and is his now.
    Taken {
        /// Whose.
        by: EmployeeId,
    },
    /// He loses it.
    Released {
        /// Who.
        from: EmployeeId,
        /// It stays on hold for him until then; `None`: it is free at once.
        #[serde(with = "super::wire::maybe_instant")]
        until: Option<Ts>,
    },
    /// Its hold is over.
    HoldEnded,
}

/// A thing that has become free, or otherwise of interest to those who wait for it or for its pool.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// Which.
    pub thing: ThingId,
    /// What it is.
    #[serde(with = "super::wire::kind")]
    pub kind: Kind,
    /// Its key.
    pub key: String,
    /// The folded name of its pool.
    pub pool: Option<String>,
}

impl Freed {
    /// That thing.
    #[must_use]
    pub fn of(thing: &Thing) -> Self {
        let ThingRef { id, kind, key, .. } = &thing.thing;
        Self { thing: *id, kind: *kind, key: key.clone(), pool: thing.pool.clone() }
    }

    /// What those wait for whom it interests.
    pub fn waited_for(&self) -> impl Iterator<Item = WaitsFor> {
        let pool = self.pool.as_ref().map(|pool| WaitsFor::Pool { kind: self.kind, pool: pool.clone() });
        std::iter::once(WaitsFor::key(self.kind, &self.key)).chain(pool)
    }
}

/// Until when a thing is kept that is lost at `now`; `None`: not at all.
#[must_use]
pub fn hold_until(now: Ts, hold: Duration) -> Option<Ts> {
    (!hold.is_zero()).then(|| now.after(hold))
}
