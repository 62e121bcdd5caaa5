//! What an administrator has given to somebody who leaves: it is given again when he comes back (`domain.md`: Delete).

use std::collections::BTreeMap;

use crate::base::ids::{EmployeeId, ThingId};

use super::change::{GrantChange, Plan};
use super::reason::Cause;
use super::slot::Slot;
use super::snapshot::{Gift, Have, Order};
use super::source::Origin;
use super::stock::ThingRef;

/// A thing that was given by hand. Stored with who left as JSON.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GivenByHand {
    /// The slot that it was in.
    pub slot: Slot,
    /// The thing.
    pub thing: ThingId,
    /// Who gave it.
    pub administrator: String,
}

impl GivenByHand {
    fn of(change: &GrantChange) -> Option<Self> {
        let had = change.before.as_ref()?.have.as_ref().and_then(Have::thing)?;
        let administrator = change.losses.iter().find_map(|loss| match &loss.source.origin {
            Origin::Manual { administrator } if loss.cause == Cause::Deleted => Some(administrator.clone()),
            _ => None,
        })?;
        Some(Self { slot: change.slot.clone(), thing: had.id, administrator })
    }

    /// The order that gives it again; `today` is the thing as it is in stock by now. `None`: there is no such thing any more.
    #[must_use]
    pub fn again(&self, today: Option<&ThingRef>) -> Option<Order> {
        let gift = match &self.slot {
            Slot::Pool { kind, pool, .. } => Gift::FromPool { kind: *kind, pool: pool.clone() },
            Slot::Access { .. } => Gift::Access { key: today?.key.clone() },
            Slot::Thing { .. } => Gift::Thing { kind: today?.kind, key: today?.key.clone() },
            Slot::Attribute { .. } | Slot::Permission(_) | Slot::Desk { .. } | Slot::DeskAccess { .. } => return None,
        };
        Some(Order::Give { gift, administrator: self.administrator.clone() })
    }
}

impl Plan {
    /// What had been given by hand to those whom the plan takes everything from because they are deleted.
    #[must_use]
    pub fn given_to_leavers(&self) -> BTreeMap<EmployeeId, Vec<GivenByHand>> {
        let mut given: BTreeMap<EmployeeId, Vec<GivenByHand>> = BTreeMap::new();
        for (of, change) in self.changes() {
            if let Some(one) = GivenByHand::of(change) {
                given.entry(of.employee).or_default().push(one);
            }
        }
        given
    }
}
