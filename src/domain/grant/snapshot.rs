//! Everything that a plan is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GrantId, GroupId, ThingId};
use crate::domain::office_desk::{DeskOffer, NameParts, Switches};
use crate::domain::permission::Allowance;
use crate::domain::thing::Kind;

use super::reason::Wait;
use super::rule::{Attribute, BoundRules};
use super::slot::Slot;
use super::source::Source;
use super::stock::{Stock, ThingRef};
use super::wire;

/// What is so, for those whom a change concerns. [`needs`](super::needs::needs) says what of the stock has to be in it.
#[derive(Debug, Clone)]
pub struct Snapshot<'s> {
    /// When.
    pub now: Ts,
    /// The request of the IdP that is the cause.
    pub request: Option<&'s str>,
    /// How long things are kept for who lost them; zero: not at all.
    pub hold: Duration,
    /// The rules in force.
    pub rules: &'s BoundRules,
    /// Those whom the change concerns, as they are after it; each once, in any order.
    pub employees: &'s [Facts],
    /// The stock.
    pub stock: &'s Stock,
    /// Which of the [desk names asked about](super::needs::Needs::desk_names) some desk of the tenant has.
    pub desk_names: &'s BTreeSet<String>,
    /// Things that have just become free: offered only to those who wait since then or longer, see
    /// [`Wake::turns`](super::wake::Wake::turns). Empty but there.
    pub turns: &'s BTreeMap<ThingId, i64>,
}

/// What is known of one employee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Who.
    pub id: EmployeeId,
    /// The user name.
    pub user_name: String,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// Where letters go.
    pub email: Option<String>,
    /// The groups he is in, directly or through others. Those without rules may be left out.
    pub groups: BTreeSet<GroupId>,
    /// What the IdP sends in the attributes that rules [read](BoundRules::reads); without what it does not send.
    pub sent: BTreeMap<(Kind, Attribute), Sent>,
    /// Everything he has or waits for.
    pub current: Vec<Current>,
    /// What the administrator gives and takes with this change.
    pub orders: Vec<Order>,
    /// He is being deleted.
    pub leaving: bool,
}

impl Facts {
    /// What names of desks are made of.
    #[must_use]
    pub fn name_parts(&self) -> NameParts<'_> {
        NameParts {
            given_name: self.given_name.as_deref().unwrap_or_default(),
            family_name: self.family_name.as_deref().unwrap_or_default(),
            display_name: self.display_name.as_deref().unwrap_or_default(),
            user_name: &self.user_name,
        }
    }
}

/// What the IdP sends where a thing is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The key of a thing.
    Key(String),
    /// Something that is no key.
    Malformed(String),
}

impl Sent {
    /// The longest piece of unreadable text that is repeated.
    const SHOWN: usize = 64;

    /// What was sent, once it was tried to read it as a key. Blank text counts as not sent.
    #[must_use]
    pub fn read<E>(text: &str, canonical: impl FnOnce(&str) -> Result<String, E>) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        Some(canonical(text).map_or_else(|_| Self::Malformed(text.chars().take(Self::SHOWN).collect()), Self::Key))
    }
}

/// What the administrator gives or takes by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// He gives it.
    Give {
        /// What.
        gift: Gift,
        /// Who he is.
        administrator: String,
    },
    /// He takes back what he gave into this slot; what rules give into it stays.
    Take(Slot),
}

/// What can be given by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gift {
    /// The thing of that key.
    Thing {
        /// The kind.
        kind: Kind,
        /// The key.
        key: String,
    },
    /// The next free one of a pool, of an exclusive kind.
    FromPool {
        /// The kind.
        kind: Kind,
        /// The pool's folded name.
        pool: String,
    },
    /// The use of somebody's extension.
    Access {
        /// The extension's key.
        key: String,
    },
    /// A permission; a second one about the same takes the place of the first.
    Permission(Allowance),
    /// A desk; likewise by name.
    Desk(DeskOffer),
}

impl Gift {
    /// The slot that it goes into; `None` for a desk, whose name is made for each person.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        Some(match self {
            Self::Thing { kind, key } => Slot::Thing { kind: *kind, key: key.clone() },
            Self::FromPool { kind, pool } => Slot::Pool { kind: *kind, pool: pool.clone(), n: 1 },
            Self::Access { key } => Slot::Access { key: key.clone() },
            Self::Permission(allowance) => Slot::Permission(allowance.permission()),
            Self::Desk(_) => return None,
        })
    }
}

/// What is in a slot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Have {
    /// A thing, or the use of one.
    Thing(ThingRef),
    /// A permission at the highest level of all sources.
    Permission(#[serde(with = "wire::allowance")] Allowance),
    /// A desk.
    Desk(DeskState),
}

impl Have {
    /// The thing, if it is one.
    #[must_use]
    pub const fn thing(&self) -> Option<&ThingRef> {
        match self {
            Self::Thing(thing) => Some(thing),
            Self::Permission(_) | Self::Desk(_) => None,
        }
    }
}

/// A desk as all its sources together make it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeskState {
    /// The name, unique in the tenant, letter case aside.
    pub name: String,
    /// What it may do.
    pub switches: Switches,
    /// Whether it may use whatever extensions its employee holds.
    pub own_extensions: bool,
    /// Whether it may use whatever devices its employee holds.
    pub own_devices: bool,
    /// The extensions and devices that it may use besides.
    pub access: BTreeSet<ThingId>,
    /// Where its registration mail goes.
    pub email: Option<String>,
}

/// What one slot holds or waits for, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GrantState {
    /// What is in it.
    pub have: Option<Have>,
    /// Since when.
    #[serde(with = "wire::maybe_instant")]
    pub granted_at: Option<Ts>,
    /// Why there is nothing, or not what was wished.
    pub wait: Option<Wait>,
    /// Who gives it, at least one; sorted.
    pub sources: Vec<Source>,
}

/// One row of the grants as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The identifier.
    pub id: GrantId,
    /// Its place in the queue while it waits.
    pub seq: i64,
    /// The slot.
    pub slot: Slot,
    /// What it holds or waits for.
    pub state: GrantState,
}
