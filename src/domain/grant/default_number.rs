//! The default number: the one that is shown when calling.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::domain::thing::Kind;

use super::snapshot::{Current, Have};

/// Which of an employee's numbers is shown when he calls: the one that he or the administrator chose, as long as it is his;
/// else that of the rule with the highest priority, what is given by hand counting as 0; else the one he has longest.
#[must_use]
pub fn default_number<'c>(grants: impl IntoIterator<Item = &'c Current>, chosen: Option<ThingId>) -> Option<ThingId> {
    let mut numbers: BTreeMap<ThingId, (Reverse<i32>, Option<Ts>, i64)> = BTreeMap::new();
    for grant in grants {
        let thing = grant.state.have.as_ref().and_then(Have::thing);
        let Some(thing) = thing.filter(|_| grant.slot.is_exclusive() && grant.slot.kind() == Some(Kind::VoiceNumber))
        else {
            continue;
        };
        let priority = grant.state.sources.iter().map(|source| source.priority).max().unwrap_or(0);
        let rank = (Reverse(priority), grant.state.granted_at, grant.seq);
        let known = numbers.entry(thing.id).or_insert(rank);
        // He may have it from several: the highest priority of all, and the longest time.
        *known = (known.0.min(rank.0), known.1.min(rank.1), known.2.min(rank.2));
    }
    let first = numbers.iter().min_by_key(|(_, rank)| **rank).map(|(thing, _)| *thing);
    chosen.filter(|chosen| numbers.contains_key(chosen)).or(first)
}
