//! Who gets what: worked out by [`domain::grant`](crate::domain::grant), loaded and written here, within the unit of work
//! of the change that caused it.
//!
//! Those who plan for one tenant take turns ([`Terms::in_turn`]). What is loaded is what the change concerns: its
//! employees, what they have, what rules ask for them, and of the stock what that needs. What a plan frees is offered to
//! those who wait, the oldest first, before the unit of work ends.

mod facts;
mod rules;
mod shown;
mod stock;
mod terms;
mod vocabulary;
mod write;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use facts::read as read_grant;
pub(crate) use rules::RuleBooks;
pub(crate) use shown::telephony;
pub(crate) use stock::read as read_thing;
pub(crate) use terms::Terms;
pub(crate) use vocabulary::Words;
pub(crate) use write::show_again;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::audit;
use crate::domain::grant::{Order, Plan, Snapshot, Wake, needs, plan};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::storage::{Ids, StorageError, Tx, grants, things};

/// What comes with a change besides the state that it leaves in the database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// Those whose groups, attributes or rules changed.
    pub(crate) concerned: BTreeSet<EmployeeId>,
    /// What the administrator gives and takes.
    pub(crate) orders: BTreeMap<EmployeeId, Vec<Order>>,
    /// Those about to be deleted.
    pub(crate) leaving: BTreeSet<EmployeeId>,
    /// Things that go out of stock.
    pub(crate) removed: BTreeSet<ThingId>,
    /// What has become free.
    pub(crate) wake: Wake,
}

/// Who changes something, and on whose word.
#[derive(Debug, Clone)]
pub(crate) struct Because {
    pub(crate) at: Ts,
    pub(crate) actor: audit::Actor,
    pub(crate) cause: audit::Cause,
    /// The request of the IdP.
    pub(crate) request: Option<String>,
}

/// Plans, writes, and wakes until nobody who waits can have anything. Gives everything that changed as one plan.
///
/// # Errors
///
/// Those of the database; `Busy` and the like when another was faster, after which the unit of work is run again.
pub(crate) async fn settle(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    change: Change,
    because: &Because,
) -> Result<Plan, StorageError> {
    let mut wake = change.wake.clone();
    let mut all = Plan::default();
    if !change.concerned.is_empty() {
        // What is being offered already is nobody's but those who wait for it.
        let turns = wake.turns(i64::MIN);
        all = plan_for(tx, scope, terms, &change.concerned, &change, turns, because).await?;
        wake.add(all.freed.iter().cloned());
    }
    if !change.removed.is_empty() {
        let ids = Ids(change.removed.iter().map(|id| id.uuid()).collect());
        let gone = things::by_ids(tx, scope, &ids).await?;
        things::delete(tx, scope, &ids).await?;
        for row in &gone {
            if let Some(kind) = Kind::parse(&row.kind) {
                wake.remove_stock(kind, &row.key);
            }
        }
    }
    let nothing = Change::default();
    while let Some(batch) = wake.next() {
        let waits_for: Vec<String> = batch.waits_for.iter().map(ToString::to_string).collect();
        let limit = i64::try_from(batch.limit).unwrap_or(i64::MAX);
        let rows = grants::waiting(tx, scope, &waits_for, batch.after, limit).await?;
        let Some(last) = rows.last().map(|row| row.place) else {
            wake.served(None, &Plan::default());
            continue;
        };
        let people: BTreeSet<EmployeeId> = rows.iter().map(|row| row.employee_id).collect();
        let next = plan_for(tx, scope, terms, &people, &nothing, wake.turns(last), because).await?;
        wake.served(Some(last), &next);
        all = all.then(next);
    }
    Ok(all)
}

async fn plan_for(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    people: &BTreeSet<EmployeeId>,
    change: &Change,
    turns: BTreeMap<ThingId, i64>,
    because: &Because,
) -> Result<Plan, StorageError> {
    let known = facts::load(tx, scope, terms, people, change).await?;
    let needs = needs(&terms.rules, &known.facts, &change.removed, turns.len());
    let stock = stock::load(tx, scope, &needs, &change.removed).await?;
    let desk_names = stock::taken_desk_names(tx, scope, &needs, &terms.customer_number).await?;
    let made = plan(&Snapshot {
        now: because.at,
        request: because.request.as_deref(),
        hold: terms.hold,
        rules: &terms.rules,
        employees: &known.facts,
        stock: &stock,
        desk_names: &desk_names,
        turns: &turns,
    });
    write::carry_out(tx, scope, terms, &known, &made, because).await?;
    Ok(made)
}
