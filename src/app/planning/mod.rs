//! Who gets what: worked out by [`domain::grant`](crate::domain::grant), loaded and written here, within the unit of work
//! of the change that caused it.
//!
//! Those who plan for one tenant take turns ([`Terms::in_turn`]). What is loaded is what the change concerns: its
//! employees, what they have, what rules ask for them, and of the stock what that needs. What a plan frees is offered to
//! those who wait, the oldest first, before the unit of work ends.

mod bindings;
mod facts;
mod parts;
mod rehearse;
mod renaming;
mod returning;
mod rules;
mod shown;
mod stock;
mod terms;
mod upkeep;
mod vocabulary;
mod write;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use bindings::{bind_to, names_meant};
pub(crate) use facts::read as read_grant;
pub(crate) use parts::{AT_ONCE, parts_to_come, settle_first};
pub(crate) use rehearse::rehearse;
pub(crate) use renaming::rename;
pub(crate) use returning::{give_again, remember_given};
pub(crate) use rules::RuleBooks;
pub(crate) use shown::show_anew;
pub(crate) use stock::read as read_thing;
pub(crate) use terms::Terms;
pub(crate) use vocabulary::Words;
pub(crate) use write::remember_past;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::audit;
pub(crate) use crate::domain::grant::Change;
use crate::domain::grant::{Batch, Facts, Plan, Settling, Snapshot, Step, Stock, needs, plan};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::storage::{Ids, StorageError, Tx, grants, things};

/// When something changes, and on whose word.
#[derive(Debug, Clone)]
pub(crate) struct Because {
    pub(crate) at: Ts,
    pub(crate) word: Word,
}

/// Who wants something changed, and why.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Word {
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
    let mut settling = Settling::new(change);
    while let Some(step) = settling.next() {
        match step {
            Step::Plan { people, turns } => {
                let made = plan_for(tx, scope, terms, &people, settling.change(), turns, because).await?;
                settling.planned(made);
            }
            Step::Remove(gone) => {
                let ids = Ids(gone.iter().map(|id| id.uuid()).collect());
                let rows = things::by_ids(tx, scope, &ids).await?;
                things::delete(tx, scope, &ids).await?;
                settling.removed(rows.iter().filter_map(|row| Some((Kind::parse(&row.kind)?, row.key.as_str()))));
            }
            Step::Find(batch) => settling.found(&waiting(tx, scope, &batch, batch.after).await?),
        }
    }
    Ok(settling.done())
}

/// Who waits for what is offered, behind that place in the queue.
async fn waiting(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    batch: &Batch,
    behind: i64,
) -> Result<Vec<(i64, EmployeeId)>, StorageError> {
    let waits_for: Vec<String> = batch.waits_for.iter().map(ToString::to_string).collect();
    let limit = i64::try_from(batch.limit).unwrap_or(i64::MAX);
    let rows = grants::waiting(tx, scope, &waits_for, behind, limit).await?;
    Ok(rows.into_iter().map(|row| (row.place, row.employee_id)).collect())
}

/// Takes everything from those who are about to be deleted, on whose rows the unit of work goes on.
///
/// # Errors
///
/// Those of [`settle`].
pub(crate) async fn let_go(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    leaving: BTreeSet<EmployeeId>,
    because: &Because,
) -> Result<Plan, StorageError> {
    let change = Change { concerned: leaving.clone(), leaving, ..Change::default() };
    settle(tx, scope, terms, change, because).await
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
    let parts = Parts { facts: &known.facts, stock: &stock, desk_names: &desk_names, turns: &turns };
    let made = planned(terms, parts, because.at, because.word.request.as_deref());
    write::carry_out(tx, scope, terms, &known, &made, because).await?;
    Ok(made)
}

/// What was read for a plan.
#[derive(Clone, Copy)]
struct Parts<'p> {
    facts: &'p [Facts],
    stock: &'p Stock,
    desk_names: &'p BTreeSet<String>,
    turns: &'p BTreeMap<ThingId, i64>,
}

fn planned(terms: &Terms, parts: Parts<'_>, now: Ts, request: Option<&str>) -> Plan {
    plan(&Snapshot {
        now,
        request,
        hold: terms.hold,
        rules: &terms.rules,
        employees: parts.facts,
        stock: parts.stock,
        desk_names: parts.desk_names,
        turns: parts.turns,
    })
}
