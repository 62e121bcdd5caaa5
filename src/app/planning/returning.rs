//! What was given by hand goes with who leaves, and comes back with him.

use std::collections::{BTreeMap, BTreeSet};

use super::write::json_of;
use super::{Because, Change, Terms, settle, stock};
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::grant::{GivenByHand, Order, Plan, ThingRef};
use crate::domain::tenant::TenantScope;
use crate::storage::{Ids, StorageError, Tx, departed, things};

/// Remembers what had been given by hand to those who have just been deleted, by the plan that took it from them.
///
/// # Errors
///
/// Those of the database.
pub(crate) async fn remember_given(tx: &mut Tx<'_>, scope: TenantScope, plan: &Plan) -> Result<(), StorageError> {
    let given = plan.given_to_leavers().into_iter().map(|(employee, given)| Ok((employee, json_of(&given)?)));
    let given: Vec<(EmployeeId, String)> = given.collect::<Result<_, StorageError>>()?;
    if given.is_empty() { Ok(()) } else { departed::remember_by_hand(tx, scope, &given).await }
}

/// Gives somebody who has come back again what had been given to him by hand, as far as it is kept for him or free.
///
/// # Errors
///
/// Those of [`settle`].
pub(crate) async fn give_again(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    employee: EmployeeId,
    given: &str,
    because: &Because,
) -> Result<(), StorageError> {
    let unreadable = |_| StorageError::Unreadable(format!("what had been given to {employee} by hand"));
    let given: Vec<GivenByHand> = serde_json::from_str(given).map_err(unreadable)?;
    let ids = Ids(given.iter().map(|one| one.thing.uuid()).collect());
    let today = things::by_ids(tx, scope, &ids).await?.into_iter().filter_map(stock::read).map(|one| one.thing);
    let today: BTreeMap<ThingId, ThingRef> = today.map(|thing| (thing.id, thing)).collect();
    let orders = given.iter().filter_map(|one| one.again(today.get(&one.thing))).collect();
    let order = |orders: Vec<Order>| Change {
        concerned: BTreeSet::from([employee]),
        orders: BTreeMap::from([(employee, orders)]),
        ..Change::default()
    };
    let plan = settle(tx, scope, terms, order(orders), because).await?;
    // Nobody has said that he shall wait for what somebody else has by now.
    let in_vain = plan.changes().filter(|(of, change)| {
        of.employee == employee && change.after.as_ref().is_some_and(|state| state.have.is_none())
    });
    let in_vain: Vec<Order> = in_vain.map(|(_, change)| Order::Take(change.slot.clone())).collect();
    if !in_vain.is_empty() {
        settle(tx, scope, terms, order(in_vain), because).await?;
    }
    Ok(())
}
