//! Plans: what changes for whom, as data that can be shown, compared, stored and carried out.

use std::collections::BTreeMap;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GrantId};

use super::hold::{Freed, ThingChange};
use super::reason::{Cause, Detail, Loss};
use super::slot::Slot;
use super::snapshot::{Current, GrantState, Have};
use super::source::Source;
use super::wire;

/// What changes.
///
/// Carried out in this order the database's keys are content all along: grants whose slots lose something are cleared
/// or deleted; things are released; things are taken; grants are written, in the order of [`Plan::queue`] where they get
/// a place in the queue; desks and what they may use follow their grants.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Plan {
    /// Those for whom something changes, by identifier.
    pub employees: Vec<EmployeePlan>,
    /// What becomes of exclusive things.
    pub things: Vec<ThingChange>,
    /// What has become free: give it to a [`Wake`](super::wake::Wake).
    pub freed: Vec<Freed>,
}

/// What changes for one employee.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct EmployeePlan {
    /// Who.
    pub employee: EmployeeId,
    /// The user name.
    pub user_name: String,
    /// Slot by slot.
    pub grants: Vec<GrantChange>,
}

/// What changes in one slot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GrantChange {
    /// The slot, as it is called afterwards.
    pub slot: Slot,
    /// The slot before, where a desk gets another name and stays the same desk.
    pub renamed_from: Option<Slot>,
    /// The row, if there is one.
    pub grant: Option<GrantId>,
    /// What was; `None`: nobody asked for it.
    pub before: Option<GrantState>,
    /// What will be; `None`: nobody asks for it any more.
    pub after: Option<GrantState>,
    /// The sources that give no longer.
    pub losses: Vec<Loss>,
    /// What more is known of why he waits.
    pub detail: Option<Detail>,
    /// What he had in this slot he still has through another one.
    pub still_held: bool,
}

/// What a change amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// He gets something where he had nothing.
    Granted,
    /// He gets another thing in the place of what he had.
    Moved,
    /// A permission goes up or down.
    LevelChanged,
    /// His desk may do other things, or is called otherwise.
    DeskChanged,
    /// He loses it.
    Revoked,
    /// He loses it and waits for it, or for another.
    Suspended,
    /// He waits for it.
    Pended,
    /// He waits no longer, and has not got it.
    Unpended,
    /// He waits for something else, or for another reason; or begins or ceases to wait for better than what he has.
    WaitChanged,
    /// He has it from other sources than before.
    SourcesChanged,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Granted,
        Self::Moved,
        Self::LevelChanged,
        Self::DeskChanged,
        Self::Revoked,
        Self::Suspended,
        Self::Pended,
        Self::Unpended,
        Self::WaitChanged,
        Self::SourcesChanged,
    ];

    /// The closed-set name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Moved => "moved",
            Self::LevelChanged => "level_changed",
            Self::DeskChanged => "desk_changed",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Pended => "pended",
            Self::Unpended => "unpended",
            Self::WaitChanged => "wait_changed",
            Self::SourcesChanged => "sources_changed",
        }
    }
}

/// Something that somebody had, for whoever asks later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Past {
    /// In which slot.
    pub slot: Slot,
    /// What.
    pub had: Have,
    /// Since when.
    #[serde(with = "wire::maybe_instant")]
    pub granted_at: Option<Ts>,
    /// Until when.
    #[serde(with = "wire::instant")]
    pub ended_at: Ts,
    /// Who gave it.
    pub sources: Vec<Source>,
    /// Who gives it no longer; empty: it made way for another, or left the stock.
    pub losses: Vec<Loss>,
    /// The request of the IdP that took it.
    pub request: Option<String>,
}

impl Past {
    /// What he had until an administrator took it, who alone had given it.
    #[must_use]
    pub fn taken_by_hand(had: Current, ended_at: Ts, request: Option<String>) -> Option<Self> {
        let Current { slot, state: GrantState { have, granted_at, sources, .. }, .. } = had;
        let loss = |source: &Source| Loss { cause: Cause::TakenByHand, source: source.clone(), group: None };
        let losses = sources.iter().map(loss).collect();
        Some(Self { slot, had: have?, granted_at, ended_at, sources, losses, request })
    }
}

impl GrantChange {
    /// What it amounts to.
    #[must_use]
    pub fn what(&self) -> What {
        let had = self.before.as_ref().and_then(|state| state.have.as_ref());
        let has = self.after.as_ref().and_then(|state| state.have.as_ref());
        let waits = |state: &Option<GrantState>| state.as_ref().and_then(|state| state.wait.clone());
        match (had, has) {
            (None, Some(_)) => What::Granted,
            (Some(_), None) if self.after.is_some() => What::Suspended,
            (Some(_), None) => What::Revoked,
            (None, None) if self.before.is_none() => What::Pended,
            (None, None) if self.after.is_none() => What::Unpended,
            (None, None) if waits(&self.before) == waits(&self.after) => What::SourcesChanged,
            (None, None) => What::WaitChanged,
            (Some(Have::Permission(one)), Some(Have::Permission(other))) if one != other => What::LevelChanged,
            (Some(Have::Desk(one)), Some(Have::Desk(other))) if one != other => What::DeskChanged,
            (Some(one), Some(other)) if one != other => What::Moved,
            (Some(_), Some(_)) if waits(&self.before) != waits(&self.after) => What::WaitChanged,
            (Some(_), Some(_)) if self.renamed_from.is_some() => What::DeskChanged,
            (Some(_), Some(_)) => What::SourcesChanged,
        }
    }

    /// Whether he begins to wait for something, and so goes to the end of the queue: the row needs a new place in it.
    #[must_use]
    pub fn queues_anew(&self) -> bool {
        let waits_for = |state: &Option<GrantState>| {
            state.as_ref().and_then(|state| state.wait.as_ref()).and_then(|wait| wait.waits_for.clone())
        };
        let after = waits_for(&self.after);
        after.is_some() && after != waits_for(&self.before)
    }

    /// What he had and has no longer, to be kept for explanations.
    #[must_use]
    pub fn past(&self, ended_at: Ts, request: Option<&str>) -> Option<Past> {
        if self.still_held || !matches!(self.what(), What::Revoked | What::Suspended | What::Moved | What::LevelChanged)
        {
            return None;
        }
        let before = self.before.as_ref()?;
        Some(Past {
            slot: self.slot.clone(),
            had: before.have.clone()?,
            granted_at: before.granted_at,
            ended_at,
            sources: before.sources.clone(),
            losses: self.losses.clone(),
            request: request.map(str::to_owned),
        })
    }
}

impl Plan {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.employees.is_empty() && self.things.is_empty()
    }

    /// Every change with whom it concerns.
    pub fn changes(&self) -> impl Iterator<Item = (&EmployeePlan, &GrantChange)> {
        self.employees.iter().flat_map(|plan| plan.grants.iter().map(move |change| (plan, change)))
    }

    /// The changes of [those who begin to wait](GrantChange::queues_anew), in the order in which they queue.
    pub fn queue(&self) -> impl Iterator<Item = (&EmployeePlan, &GrantChange)> {
        self.changes().filter(|(_, change)| change.queues_anew())
    }

    /// Plans of which each was made once the one before was carried out, as one: who waited in the meantime only has it.
    #[must_use]
    pub fn joined(plans: impl IntoIterator<Item = Self>) -> Self {
        let mut employees: BTreeMap<EmployeeId, EmployeePlan> = BTreeMap::new();
        let (mut things, mut freed) = (Vec::new(), Vec::new());
        for next in plans {
            for plan in next.employees {
                match employees.get_mut(&plan.employee) {
                    None => {
                        employees.insert(plan.employee, plan);
                    }
                    Some(known) => {
                        for change in plan.grants {
                            known.add(change);
                        }
                    }
                }
            }
            things.extend(next.things);
            freed.extend(next.freed);
        }
        let employees = employees.into_values().filter(|plan| !plan.grants.is_empty()).collect();
        Self { employees, things, freed }
    }
}

impl EmployeePlan {
    fn add(&mut self, next: GrantChange) {
        let before = next.renamed_from.as_ref().unwrap_or(&next.slot);
        let Some(place) = self.grants.iter().position(|change| change.slot == *before) else {
            self.grants.push(next);
            self.grants.sort_by(|one, other| one.slot.cmp(&other.slot));
            return;
        };
        let first = self.grants.remove(place);
        let mut losses = first.losses;
        losses.extend(next.losses);
        let renamed_from = first.renamed_from.or(next.renamed_from);
        let both = GrantChange { before: first.before, grant: first.grant, renamed_from, losses, ..next };
        if both.before != both.after || both.renamed_from.is_some() {
            self.grants.insert(place, both);
        }
    }
}
