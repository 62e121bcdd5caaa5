//! What would come of a change, from what the database says now: nothing is written, and nobody waits.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Parts, Terms, facts, planned, stock, waiting};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::grant::{Batch, Plan, Rehearsal, Settling, Step, needs};
use crate::domain::tenant::TenantScope;
use crate::storage::{Ids, StorageError, Tx, things};

/// What [`settle`](super::settle) would give. The rehearsal goes on from what was rehearsed before, and knows what the
/// change would do besides: which things it would add, and who would be in which groups.
///
/// # Errors
///
/// Those of the database.
pub(crate) async fn rehearse(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    rehearsal: &mut Rehearsal,
    change: Change,
    now: Ts,
) -> Result<Plan, StorageError> {
    let mut settling = Settling::new(change);
    while let Some(step) = settling.next() {
        match step {
            Step::Plan { people, turns } => {
                let change = settling.change();
                let made = plan_for(tx, scope, terms, rehearsal, (&people, change, &turns), now).await?;
                settling.planned(made);
            }
            Step::Remove(gone) => {
                let rows = things::by_ids(tx, scope, &Ids(gone.iter().map(|id| id.uuid()).collect())).await?;
                let removed = rehearsal.remove(rows.into_iter().filter_map(stock::read));
                settling.removed(removed.iter().map(|(kind, key)| (*kind, key.as_str())));
            }
            Step::Find(batch) => settling.found(&find(tx, scope, rehearsal, &batch).await?),
        }
    }
    Ok(settling.done())
}

async fn plan_for(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    rehearsal: &mut Rehearsal,
    (people, change, turns): (&BTreeSet<EmployeeId>, &Change, &BTreeMap<ThingId, i64>),
    now: Ts,
) -> Result<Plan, StorageError> {
    let mut facts = facts::load(tx, scope, terms, people, change).await?.facts;
    rehearsal.see_people(&mut facts);
    let needs = needs(&terms.rules, &facts, &change.removed, turns.len());
    let read = stock::named(tx, scope, &needs).await?;
    let pools = stock::pools_there(tx, scope, &needs).await?;
    for (shelf, count) in &needs.free {
        while let Some(shortage) = rehearsal.shortage(shelf, count + change.removed.len()) {
            let read = stock::free(tx, scope, &pools, shelf, &shortage).await?;
            rehearsal.shelve(shelf, &shortage, read);
        }
    }
    let stock = rehearsal.see_stock(read, pools.into_keys(), &needs, &change.removed);
    let taken = stock::taken_desk_names(tx, scope, &needs, &terms.customer_number).await?;
    let desk_names = rehearsal.see_desk_names(&taken, &needs);
    let parts = Parts { facts: &facts, stock: &stock, desk_names: &desk_names, turns };
    let made = planned(terms, parts, now, None);
    rehearsal.carry_out(&made, &facts, &stock, now);
    Ok(made)
}

/// Those who wait: of whom nothing has been rehearsed as the database says, the others as the rehearsal does.
async fn find(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    rehearsal: &Rehearsal,
    batch: &Batch,
) -> Result<Vec<(i64, EmployeeId)>, StorageError> {
    let mut read = Vec::new();
    let mut behind = batch.after;
    loop {
        let page = waiting(tx, scope, batch, behind).await?;
        let (full, last) = (page.len() >= batch.limit, page.last().map(|(place, _)| *place));
        read.extend(page.into_iter().filter(|(_, employee)| !rehearsal.has_changed(*employee)));
        match last {
            Some(last) if full && read.len() < batch.limit => behind = last,
            _ => return Ok(rehearsal.see_waiting(read, batch)),
        }
    }
}
