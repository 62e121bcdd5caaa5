//! Things in stock, which employees hold or use: phone numbers, extensions, devices, destinations, announcements and
//! mailboxes. Who holds what, and why, is the grants' to say.
//!
//! A thing is found under its [`Key`] within a tenant and a [`Class`]. What people type becomes keys here ([`number`] and
//! [`extension`] read whole blocks and ranges), what is kept is read back by the `from_canonical` beside each parser, and
//! nowhere is anything mended on the way out. [`import`] reads a stock from a CSV file, [`export`] writes one.

pub mod audio;
pub mod destination;
pub mod details;
pub mod device;
pub mod export;
pub mod extension;
pub mod import;
pub mod key;
pub mod kind;
pub mod number;
pub mod pool;
mod range;
pub mod state;
pub mod text;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};

pub use details::Details;
pub use key::{Key, NumberingPlan};
pub use kind::{Class, Kind};
pub use pool::Pool;
pub use state::State;
pub use text::{Label, Name};

/// A thing that is not in stock yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewThing {
    /// What it is.
    pub kind: Kind,
    /// What it will be found under; of the kind's class.
    pub key: Key,
    /// What the administrator notes about it; for destinations, announcements and mailboxes the name as written.
    pub label: Label,
    /// What else is known; of the kind's class.
    pub details: Details,
}

/// A thing in stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// The identifier.
    pub id: ThingId,
    /// What it is.
    pub kind: Kind,
    /// What it is found under.
    pub key: Key,
    /// The pool that it is in.
    pub pool: Option<PoolId>,
    /// What the administrator notes about it; for destinations, announcements and mailboxes the name as written.
    pub label: Label,
    /// What else is known.
    pub details: Details,
    /// Who has it; never anybody for shared kinds.
    pub holder: Option<EmployeeId>,
    /// Until when nobody but the former holder gets it.
    pub held_until: Option<Ts>,
    /// The former holder for whom it is held.
    pub held_for: Option<EmployeeId>,
    /// When it was left last.
    pub released_at: Option<Ts>,
    /// Since when it is out of use.
    pub disabled_at: Option<Ts>,
    /// Counts the changes.
    pub version: i64,
    /// When it came into stock.
    pub created_at: Ts,
    /// When it was changed last.
    pub updated_at: Ts,
}

impl Thing {
    /// Its state at `now`.
    #[must_use]
    pub fn state(&self, now: Ts) -> State {
        State::of(self.disabled_at, self.holder, self.held_until, self.held_for, now)
    }
}
