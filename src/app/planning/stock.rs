//! The part of the stock that a plan needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::caseless::fold;
use crate::base::ids::{PoolId, ThingId};
use crate::domain::grant::{Hold, Needs, Shortage, Stock, Thing, ThingRef};
use crate::domain::office_desk;
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::storage::things::{self, ThingRow};
use crate::storage::{Ids, StorageError, Tx, desks, pools};

/// Loads what is needed. `removed` goes out of stock with this change.
pub(super) async fn load(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    needs: &Needs,
    removed: &BTreeSet<ThingId>,
) -> Result<Stock, StorageError> {
    let mut things = named(tx, scope, needs).await?;
    let pools = pools_there(tx, scope, needs).await?;
    for (shelf, count) in &needs.free {
        let first = Shortage::of(count + removed.len());
        things.extend(free(tx, scope, &pools, shelf, &first).await?);
    }
    let things = things.into_iter().map(|thing| Thing { leaving: removed.contains(&thing.thing.id), ..thing });
    Ok(Stock::new(things, pools.into_keys()))
}

/// The things that are needed by identifier or key, or because they are on hold for somebody.
pub(super) async fn named(tx: &mut Tx<'_>, scope: TenantScope, needs: &Needs) -> Result<Vec<Thing>, StorageError> {
    let mut found: Vec<ThingRow> = Vec::new();
    if !needs.things.is_empty() {
        found.extend(things::by_ids(tx, scope, &Ids(needs.things.iter().map(|id| id.uuid()).collect())).await?);
    }
    if !needs.keys.is_empty() {
        let keys: Vec<_> = needs.keys.iter().map(|(class, key)| (class.name(), key.as_str())).collect();
        found.extend(things::by_keys(tx, scope, &keys).await?);
    }
    if !needs.held_for.is_empty() {
        found.extend(things::held_for(tx, scope, &Ids(needs.held_for.iter().map(|id| id.uuid()).collect())).await?);
    }
    Ok(found.into_iter().filter_map(read).collect())
}

/// Which of the pools that are needed are there, by folded name.
pub(super) async fn pools_there(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    needs: &Needs,
) -> Result<BTreeMap<String, PoolId>, StorageError> {
    if needs.free.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<&str> = needs.free.keys().map(|(pool, _)| pool.as_str()).collect();
    Ok(pools::by_names(tx, scope, &names).await?.into_iter().map(|pool| (pool.name_key, pool.id)).collect())
}

/// The free things of a kind in a pool that are asked for; none where there is no such pool.
pub(super) async fn free(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    there: &BTreeMap<String, PoolId>,
    (pool, kind): &(String, Kind),
    Shortage { behind: (sort_key, id), count }: &Shortage,
) -> Result<Vec<Thing>, StorageError> {
    let Some(pool) = there.get(pool) else { return Ok(Vec::new()) };
    let limit = i64::try_from(*count).unwrap_or(i64::MAX);
    let rows = things::free(tx, scope, (*pool, kind.name()), (sort_key, *id), limit).await?;
    Ok(rows.into_iter().filter_map(read).collect())
}

/// A thing as it was written. A kind that this release does not know is nothing that it gives.
pub(crate) fn read(row: ThingRow) -> Option<Thing> {
    let hold = match (row.held_until, row.held_for) {
        (Some(until), Some(employee)) => {
            Some(Hold { until, employee, released_at: row.released_at.unwrap_or(row.updated_at) })
        }
        _ => None,
    };
    let name = if row.label.is_empty() { row.key.clone() } else { row.label };
    Some(Thing {
        thing: ThingRef { id: row.id, kind: Kind::parse(&row.kind)?, key: row.key, name },
        sort_key: row.sort_key,
        pool: row.pool_key,
        holder: row.holder_id,
        hold,
        disabled: row.disabled_at.is_some(),
        leaving: false,
    })
}

/// Which of the names asked about are those of desks.
pub(super) async fn taken_desk_names(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    needs: &Needs,
    customer_number: &str,
) -> Result<BTreeSet<String>, StorageError> {
    if needs.desk_names.is_empty() {
        return Ok(BTreeSet::new());
    }
    // A desk is found under the name that it logs in with, which begins with the same number for all.
    let keys: BTreeMap<String, &String> =
        needs.desk_names.iter().map(|name| (fold(&office_desk::user_name(customer_number, name)), name)).collect();
    let asked: Vec<&str> = keys.keys().map(String::as_str).collect();
    let taken = desks::taken_user_names(tx, scope, &asked).await?;
    Ok(taken.iter().filter_map(|key| keys.get(key).map(|name| (*name).clone())).collect())
}
