//! Groups in groups. Which holds which at whatever depth is kept closed in the transaction that changes the nesting, and
//! only what changes is written.
//!
//! When a group gets others or loses them, two sets are concerned: *above* are the group itself and all that hold it,
//! *below* those that come or go and all that they hold. They have nothing in common, else there were a cycle. Whoever
//! comes makes all pairs of the two. Whoever goes ends those pairs that have no other way; and each such way leads out of
//! *above* for the last time at some edge. What leads to that edge and on from it is as it was: neither part passes
//! through the group. So the edges that lead out of *above* are all that has to be looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Moves, cycle};
use crate::app::provisioning::ProvisioningError;
use crate::base::ids::GroupId;
use crate::domain::tenant::TenantScope;
use crate::scim::error::{Error, ScimType};
use crate::storage::batch::{Batch, Outcome};
use crate::storage::group_closure::{self, HoldsRow};
use crate::storage::{Ids, StorageError, Tx};

/// How many groups may hold one, directly or through others: more than any directory has, and what one change of nesting
/// costs stays a multiple of what it moves.
const MAX_ABOVE: usize = 100;
/// How many pairs of groups, one of which holds the other, one request may make: what others wait for meanwhile can
/// hardly be felt.
const MAX_PAIRS: usize = 100_000;
/// How many groups below are looked at together: what is held in memory does not grow with what goes.
const AT_ONCE: usize = 1_000;

/// Why a write that touches the nesting of groups did not happen.
pub(super) enum NotNested {
    Missed,
    Cycle(Vec<GroupId>),
    TooManyAbove(GroupId),
    TooManyPairs,
    Storage(StorageError),
}

impl From<StorageError> for NotNested {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// Writes a batch about a group within a unit of work. Where groups come into it or go, what holds what is kept closed; a
/// cycle is refused, and so is nesting beyond [`MAX_ABOVE`] and [`MAX_PAIRS`].
pub(super) async fn write_nested(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: GroupId,
    batch: Batch,
    moves: &Moves,
) -> Result<(), NotNested> {
    if !moves.is_empty() {
        let going = going(tx, scope, id, moves).await?;
        part(tx, scope, id, &going).await?;
    }
    if tx.run(batch).await? == Outcome::Missed {
        return Err(NotNested::Missed);
    }
    connect(tx, scope, id, &Ids(moves.add.clone())).await
}

/// Writes the batch that deletes a group within a unit of work; what held it holds no longer what it held.
pub(super) async fn write_dissolved(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: GroupId,
    batch: Batch,
) -> Result<(), NotNested> {
    let going = group_closure::held_besides(tx, scope, id, &Ids::default()).await?;
    part(tx, scope, id, &going).await?;
    match tx.run(batch).await? {
        Outcome::Applied => Ok(()),
        Outcome::Missed => Err(NotNested::Missed),
    }
}

/// Those that are in a group and are about to go.
pub(super) async fn going(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    group: GroupId,
    moves: &Moves,
) -> Result<Vec<GroupId>, StorageError> {
    if let Some(keep) = &moves.keep_only {
        return group_closure::held_besides(tx, scope, group, &Ids(keep.clone())).await;
    }
    if moves.remove.is_empty() {
        return Ok(Vec::new());
    }
    let holders = group_closure::holders(tx, scope, &Ids(moves.remove.clone())).await?;
    Ok(holders.into_iter().filter(|edge| edge.above == group).map(|edge| edge.below).collect())
}

/// Closes again what opens when these groups come into a group, whose row and whose members are written already.
async fn connect(tx: &mut Tx<'_>, scope: TenantScope, group: GroupId, coming: &Ids) -> Result<(), NotNested> {
    if coming.0.is_empty() {
        return Ok(());
    }
    let above: Vec<GroupId> =
        group_closure::above(tx, scope, &ids([group])).await?.into_iter().map(|pair| pair.above).collect();
    let round: Vec<GroupId> = above.iter().copied().filter(|id| coming.0.contains(&id.uuid())).collect();
    if !round.is_empty() {
        return Err(NotNested::Cycle(round));
    }
    let most = MAX_PAIRS / above.len().max(1);
    let below = group_closure::below(tx, scope, coming, i64::try_from(most + 1).unwrap_or(i64::MAX)).await?;
    if below.len() > most {
        return Err(NotNested::TooManyPairs);
    }
    let below = ids(below.into_iter().collect::<BTreeSet<_>>());
    group_closure::connect(tx, scope, &ids(above), &below).await?;
    // Each is among those that hold it.
    let most = i64::try_from(MAX_ABOVE + 1).unwrap_or(i64::MAX);
    match group_closure::find_held_by_more_than(tx, scope, &below, most).await? {
        Some(id) => Err(NotNested::TooManyAbove(id)),
        None => Ok(()),
    }
}

/// Takes away what holds no longer once these groups, which are in a group now, are in it no more.
async fn part(tx: &mut Tx<'_>, scope: TenantScope, group: GroupId, going: &[GroupId]) -> Result<(), StorageError> {
    if going.is_empty() {
        return Ok(());
    }
    let above = ids(group_closure::above(tx, scope, &ids([group])).await?.into_iter().map(|pair| pair.above));
    let concerned = Concerned {
        group,
        going: going.iter().copied().collect(),
        above: by_held(&group_closure::above(tx, scope, &above).await?),
    };
    let below = group_closure::below(tx, scope, &ids(going.iter().copied()), i64::MAX).await?;
    let below: Vec<GroupId> = below.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    for below in below.chunks(AT_ONCE) {
        let ways = by_held(&group_closure::above(tx, scope, &ids(below.iter().copied())).await?);
        let outside = ids(concerned.outside(&ways));
        let edges = group_closure::holders(tx, scope, &outside).await?;
        for (above, below) in concerned.parted(&ways, &edges) {
            group_closure::part(tx, scope, &ids(above), &ids(below)).await?;
        }
    }
    Ok(())
}

/// What holds each of some groups at whatever depth.
type Ways = BTreeMap<GroupId, BTreeSet<GroupId>>;

fn by_held(pairs: &[HoldsRow]) -> Ways {
    let mut ways = Ways::new();
    for pair in pairs {
        ways.entry(pair.below).or_default().insert(pair.above);
    }
    ways
}

/// A group, those that go out of it, and what holds it.
struct Concerned {
    group: GroupId,
    going: BTreeSet<GroupId>,
    /// The group and all that hold it, each with all that hold it.
    above: Ways,
}

impl Concerned {
    /// Those that hold some group below and are not above.
    fn outside(&self, ways: &Ways) -> BTreeSet<GroupId> {
        ways.values().flatten().copied().filter(|id| !self.above.contains_key(id)).collect()
    }

    /// Which of those above hold which of those below no longer. `ways` says what has held those below so far, `edges`
    /// what holds those [outside](Self::outside) directly.
    fn parted(&self, ways: &Ways, edges: &[HoldsRow]) -> BTreeMap<BTreeSet<GroupId>, Vec<GroupId>> {
        let mut reached_from: Ways = BTreeMap::new();
        for edge in edges {
            let ends = edge.above == self.group && self.going.contains(&edge.below);
            if let Some(above) = self.above.get(&edge.above).filter(|_| !ends) {
                reached_from.entry(edge.below).or_default().extend(above);
            }
        }
        let mut parted: BTreeMap<BTreeSet<GroupId>, Vec<GroupId>> = BTreeMap::new();
        for (below, on_the_way) in ways {
            let another_way: BTreeSet<GroupId> =
                on_the_way.iter().filter_map(|id| reached_from.get(id)).flatten().copied().collect();
            let gone: BTreeSet<GroupId> = self.above.keys().filter(|id| !another_way.contains(id)).copied().collect();
            if !gone.is_empty() {
                parted.entry(gone).or_default().push(*below);
            }
        }
        parted
    }
}

pub(super) fn ids(groups: impl IntoIterator<Item = GroupId>) -> Ids {
    Ids(groups.into_iter().map(GroupId::uuid).collect())
}

/// What became of it, and of a refusal the words.
pub(super) fn nested(written: Result<(), NotNested>) -> Result<Outcome, ProvisioningError> {
    let too_many = |detail| Err(Error::bad_request(ScimType::TooMany, detail).into());
    match written {
        Ok(()) => Ok(Outcome::Applied),
        Err(NotNested::Missed) => Ok(Outcome::Missed),
        Err(NotNested::Cycle(round)) => {
            let ids: Vec<String> = round.iter().map(ToString::to_string).collect();
            Err(cycle(&ids.iter().map(String::as_str).collect::<Vec<_>>()).into())
        }
        Err(NotNested::TooManyAbove(id)) => too_many(format!(
            "the group {id} would be in more than {MAX_ABOVE} others, directly or through others; nest fewer of them"
        )),
        Err(NotNested::TooManyPairs) => too_many(format!(
            "the request would make more than {MAX_PAIRS} pairs of groups one of which holds the other, directly or \
             through others; send fewer groups at a time"
        )),
        Err(NotNested::Storage(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const GROUPS: u8 = 12;

    fn group(number: u8) -> GroupId {
        Uuid::from_u128(number.into()).into()
    }

    /// All pairs of which one holds the other, each group with itself among them.
    fn closed(edges: &BTreeSet<(u8, u8)>) -> BTreeSet<(u8, u8)> {
        let mut pairs: BTreeSet<(u8, u8)> = (0..GROUPS).map(|number| (number, number)).collect();
        loop {
            let further: BTreeSet<(u8, u8)> = edges
                .iter()
                .flat_map(|(above, below)| pairs.iter().filter(|pair| pair.0 == *below).map(|pair| (*above, pair.1)))
                .filter(|pair| !pairs.contains(pair))
                .collect();
            if further.is_empty() {
                return pairs;
            }
            pairs.extend(further);
        }
    }

    fn rows<'p>(pairs: impl IntoIterator<Item = &'p (u8, u8)>) -> Vec<HoldsRow> {
        pairs.into_iter().map(|(above, below)| HoldsRow { above: group(*above), below: group(*below) }).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_parts_is_what_the_whole_computed_anew_lacks(
            pairs in prop::collection::btree_set((0..GROUPS, 0..GROUPS), 1..30),
            from in 0..GROUPS,
            goes in prop::collection::vec(any::<bool>(), usize::from(GROUPS)),
        ) {
            // A group holds only those of higher numbers, so there is no cycle.
            let before: BTreeSet<(u8, u8)> = pairs.into_iter().filter(|(above, below)| above < below).collect();
            let going: BTreeSet<u8> = before
                .iter()
                .filter(|(above, below)| *above == from && goes[usize::from(*below)])
                .map(|edge| edge.1)
                .collect();
            let after: BTreeSet<(u8, u8)> =
                before.iter().copied().filter(|(above, below)| *above != from || !going.contains(below)).collect();
            let held = closed(&before);
            let is_above = |number: &u8| held.contains(&(*number, from));
            let is_below = |number: &u8| going.iter().any(|going| held.contains(&(*going, *number)));
            let concerned = Concerned {
                group: group(from),
                going: going.iter().copied().map(group).collect(),
                above: by_held(&rows(held.iter().filter(|pair| is_above(&pair.1)))),
            };
            let ways = by_held(&rows(held.iter().filter(|pair| is_below(&pair.1))));
            let outside = concerned.outside(&ways);
            let edges: Vec<HoldsRow> =
                rows(&before).into_iter().filter(|edge| outside.contains(&edge.below)).collect();
            let mut parted: Vec<(GroupId, GroupId)> = concerned
                .parted(&ways, &edges)
                .into_iter()
                .flat_map(|(above, below)| {
                    below.into_iter().flat_map(move |below| above.clone().into_iter().map(move |above| (above, below)))
                })
                .collect();
            parted.sort();
            let expected: Vec<(GroupId, GroupId)> =
                held.difference(&closed(&after)).map(|(above, below)| (group(*above), group(*below))).collect();
            prop_assert_eq!(parted, expected);
        }
    }
}
