//! Desks that rules and administrators give: which stays which under another name, what it is called, what it may do.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::caseless::fold;
use crate::domain::office_desk::{DeskOffer, Switches, distinguished};

use super::entitle::{Ask, Want};
use super::slot::Slot;
use super::snapshot::{Current, DeskState, Facts, Have};
use super::source::{Share, Source};

/// The desks that get another name: from the slot they had to the slot they will have.
///
/// Somebody marries, and `{family_name} Desktop` gives another name: that is the same desk, with its password and status.
/// A desk that nobody asks for any more and one that nobody asked for yet are the same if one source gives both, by the
/// same template rather than by another.
pub(super) fn renames(facts: &Facts, asks: &BTreeMap<Slot, Ask>) -> BTreeMap<Slot, Slot> {
    let is_desk = |slot: &Slot| matches!(slot, Slot::Desk { .. });
    let mut lost: Vec<&Current> =
        facts.current.iter().filter(|row| is_desk(&row.slot) && !asks.contains_key(&row.slot)).collect();
    if lost.is_empty() {
        return BTreeMap::new();
    }
    lost.sort_by(|one, other| one.slot.cmp(&other.slot));
    let had: BTreeSet<&Slot> = facts.current.iter().map(|row| &row.slot).collect();
    let mut new: Vec<(&Slot, &Ask)> = asks.iter().filter(|(slot, _)| is_desk(slot) && !had.contains(slot)).collect();

    let mut renamed = BTreeMap::new();
    for same in [is_same_offer as fn(&Source, &Source) -> bool, is_same_giver] {
        lost.retain(|row| {
            let continues =
                |ask: &Ask| row.state.sources.iter().any(|old| ask.sources.iter().any(|source| same(old, source)));
            let Some(place) = new.iter().position(|(_, ask)| continues(ask)) else { return true };
            renamed.insert(row.slot.clone(), new.remove(place).0.clone());
            false
        });
    }
    renamed
}

fn is_same_giver(one: &Source, other: &Source) -> bool {
    one.origin.is_same_giver(&other.origin)
}

fn is_same_offer(one: &Source, other: &Source) -> bool {
    fn template(source: &Source) -> Option<&str> {
        match &source.share {
            Some(Share::Desk(offer)) => Some(&offer.name),
            Some(Share::Permission(_)) | None => None,
        }
    }
    is_same_giver(one, other) && template(one) == template(other)
}

/// The slot of something that a desk may use, once the desk has its new name.
pub(super) fn renamed_access(slot: &Slot, renamed: &BTreeMap<Slot, Slot>) -> Option<Slot> {
    let Slot::DeskAccess { desk, kind, key } = slot else { return None };
    match renamed.get(&Slot::Desk { name: desk.clone() }) {
        Some(Slot::Desk { name }) => Some(Slot::DeskAccess { desk: name.clone(), kind: *kind, key: key.clone() }),
        _ => None,
    }
}

/// The folded names that a desk of that name could get.
pub(super) fn candidates(name: &str, user_name: &str) -> [String; 2] {
    [fold(name), fold(&distinguished(name, user_name))]
}

/// What a desk is called. It keeps its name as long as the same one is wished, even if that was taken once and is not any
/// more; a new one that somebody else's desk has gets the user name behind it, which nobody else has.
pub(super) fn name(
    wished: &str,
    before: Option<(&DeskState, bool)>,
    facts: &Facts,
    taken: &BTreeSet<String>,
) -> String {
    let key = fold(wished);
    match before {
        Some((desk, _)) if fold(&desk.name) == key => return wished.to_owned(),
        Some((desk, false)) => return desk.name.clone(),
        Some((_, true)) | None => {}
    }
    let own = before.map(|(desk, _)| fold(&desk.name));
    let is_taken = |key: &String| taken.contains(key) && own.as_ref() != Some(key);
    let [_, longer] = candidates(wished, &facts.user_name);
    if !is_taken(&key) {
        wished.to_owned()
    } else if is_taken(&longer) {
        distinguished(wished, &facts.id.to_string())
    } else {
        distinguished(wished, &facts.user_name)
    }
}

/// What all offers together make of a desk; `access` is what of the listed extensions and devices is there.
pub(super) fn state(
    name: String,
    offers: &[DeskOffer],
    facts: &Facts,
    access: BTreeSet<crate::base::ids::ThingId>,
) -> Have {
    Have::Desk(DeskState {
        name,
        switches: offers.iter().fold(Switches::default(), |all, offer| all.union(offer.switches)),
        own_extensions: offers.iter().any(|offer| offer.extensions.own),
        own_devices: offers.iter().any(|offer| offer.devices.own),
        access,
        email: facts.email.clone(),
    })
}

/// The name of the desk that is asked for.
pub(super) fn wished(ask: &Ask) -> Option<(&str, &[DeskOffer])> {
    match &ask.want {
        Want::Desk(name, offers) => Some((name, offers)),
        Want::Named | Want::FromPool(_) | Want::Sent(_) | Want::Permission(_) | Want::TooMany => None,
    }
}
