//! The part of the stock that a plan needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::caseless::fold;
use crate::base::ids::ThingId;
use crate::domain::grant::{Hold, Needs, Stock, Thing, ThingRef};
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
    let mut found: BTreeMap<ThingId, Thing> = BTreeMap::new();
    let mut add = |rows: Vec<ThingRow>| found.extend(rows.into_iter().filter_map(|row| read(row, removed)).map(|thing| (thing.thing.id, thing)));
    if !needs.things.is_empty() {
        add(things::by_ids(tx, scope, &Ids(needs.things.iter().map(|id| id.uuid()).collect())).await?);
    }
    if !needs.keys.is_empty() {
        let keys: Vec<_> = needs.keys.iter().map(|(class, key)| (class.name(), key.as_str())).collect();
        add(things::by_keys(tx, scope, &keys).await?);
    }
    if !needs.held_for.is_empty() {
        add(things::held_for(tx, scope, &Ids(needs.held_for.iter().map(|id| id.uuid()).collect())).await?);
    }
    let mut there = BTreeSet::new();
    if !needs.free.is_empty() {
        let names: Vec<&str> = needs.free.keys().map(|(pool, _)| pool.as_str()).collect();
        let ids: BTreeMap<String, _> =
            pools::by_names(tx, scope, &names).await?.into_iter().map(|pool| (pool.name_key, pool.id)).collect();
        for ((pool, kind), count) in &needs.free {
            let Some(id) = ids.get(pool) else { continue };
            let limit = i64::try_from(*count + removed.len()).unwrap_or(i64::MAX);
            add(things::free(tx, scope, *id, kind.name(), limit).await?);
        }
        there = ids.into_keys().collect();
    }
    Ok(Stock::new(found.into_values(), there))
}

/// A thing as plans see it. `removed` goes out of stock with this change.
pub(crate) fn read(row: ThingRow, removed: &BTreeSet<ThingId>) -> Option<Thing> {
    let hold = match (row.held_until, row.held_for) {
        (Some(until), Some(employee)) => {
            Some(Hold { until, employee, released_at: row.released_at.unwrap_or(row.updated_at) })
        }
        _ => None,
    };
    let name = if row.label.is_empty() { row.key.clone() } else { row.label };
    Some(Thing {
        // A kind that this release does not know is nothing that it gives.
        thing: ThingRef { id: row.id, kind: Kind::parse(&row.kind)?, key: row.key, name },
        sort_key: row.sort_key,
        pool: row.pool_key,
        holder: row.holder_id,
        hold,
        disabled: row.disabled_at.is_some(),
        leaving: removed.contains(&row.id),
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
