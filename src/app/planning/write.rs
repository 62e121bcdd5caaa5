//! Carries a plan out: grants, things and desks, what the IdP is shown, and what is remembered of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::facts::Known;
use super::shown::{desks_of, shown, telephony};
use super::{Because, Terms};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{AuditId, DeskId, EmployeeId, GrantId, ThingId};
use crate::domain::audit::{Action, AuditRecord, Subject};
use crate::domain::grant::{
    Current, DeskState, EmployeePlan, Fate, GrantChange, GrantState, Have, Past, Plan, Slot, Wait,
};
use crate::domain::office_desk;
use crate::domain::outbox::{About, OutboxMessage, Topic};
use crate::domain::tenant::TenantScope;
use crate::scim::urn;
use crate::storage::desks::DeskWrite;
use crate::storage::grants::{self, GrantWrite, PastWrite};
use crate::storage::{Ids, StorageError, Tx, audit, desks, outbox, things};

/// Writes a plan made from what is known, in an order in which the keys of the database are content all along: who loses
/// something lets go of it, then it changes hands, then those who get it are written.
pub(super) async fn carry_out(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    known: &Known,
    plan: &Plan,
    because: &Because,
) -> Result<(), StorageError> {
    if plan.is_empty() {
        return Ok(());
    }
    let now = because.at;
    let rows = Rows::of(tx, scope, plan).await?;
    let ended: Vec<GrantId> = plan.changes().filter(|(_, c)| c.after.is_none()).filter_map(|(_, c)| c.grant).collect();
    if !ended.is_empty() {
        grants::delete(tx, scope, &ids(&ended, crate::base::ids::GrantId::uuid)).await?;
    }
    if !rows.changed.is_empty() {
        let cleared: Vec<GrantId> = rows.changed.iter().map(|row| row.id).collect();
        grants::clear(tx, scope, &ids(&cleared, crate::base::ids::GrantId::uuid)).await?;
    }
    move_things(tx, scope, plan, now).await?;
    if !rows.changed.is_empty() {
        grants::update(tx, scope, &rows.changed, now).await?;
    }
    if !rows.new.is_empty() {
        grants::insert(tx, scope, &rows.new, now).await?;
    }
    furnish(tx, scope, terms, plan, &rows.ids, now).await?;
    show(tx, scope, terms, known, plan, &rows, now).await?;
    remember(tx, scope, plan, &rows.ids, because).await
}

fn ids<T: Copy>(of: &[T], uuid: impl Fn(T) -> uuid::Uuid) -> Ids {
    Ids(of.iter().map(|id| uuid(*id)).collect())
}

/// The rows of the grants that change.
struct Rows {
    changed: Vec<GrantWrite>,
    new: Vec<GrantWrite>,
    /// Every grant that is there afterwards, by whose and which.
    ids: GrantIds,
}

/// Grants by whose and which, with the place in the queue where they get a new one.
type GrantIds = BTreeMap<(EmployeeId, Slot), (GrantId, Option<i64>)>;

impl Rows {
    async fn of(tx: &mut Tx<'_>, scope: TenantScope, plan: &Plan) -> Result<Self, StorageError> {
        // New rows go to the end of the queue as well: their place is their age.
        let is_new = |change: &GrantChange| change.after.is_some() && (change.grant.is_none() || change.queues_anew());
        let count = plan.changes().filter(|(_, change)| is_new(change)).count();
        let mut places = if count == 0 {
            Vec::new()
        } else {
            grants::places(tx, scope, i64::try_from(count).unwrap_or(i64::MAX)).await?
        }
        .into_iter();
        let mut rows = Self { changed: Vec::new(), new: Vec::new(), ids: BTreeMap::new() };
        for (of, change) in plan.changes() {
            let Some(state) = &change.after else { continue };
            let place = if is_new(change) { places.next() } else { None };
            let id = change.grant.unwrap_or_else(GrantId::generate);
            rows.ids.insert((of.employee, change.slot.clone()), (id, place));
            let row = GrantWrite {
                id,
                employee: of.employee,
                slot: change.slot.to_string(),
                subject: change.slot.subject(),
                thing: thing_of(state).map(|thing| (thing, change.slot.is_exclusive())),
                waits_for: state.wait.as_ref().map(waits_for),
                place,
                state: json_of(state)?,
            };
            if change.grant.is_some() { rows.changed.push(row) } else { rows.new.push(row) }
        }
        Ok(rows)
    }
}

/// What of the stock would end the wait. What only the IdP can end is marked so that it is found among what waits.
pub(super) fn waits_for(wait: &Wait) -> String {
    wait.waits_for.as_ref().map_or_else(|| "idp".to_owned(), ToString::to_string)
}

fn thing_of(state: &GrantState) -> Option<ThingId> {
    Some(state.have.as_ref()?.thing()?.id)
}

pub(super) fn json_of<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::Misuse("what a plan holds can be written as JSON"))
}

/// Things change hands. Whoever was faster in taking one makes this unit of work begin again.
async fn move_things(tx: &mut Tx<'_>, scope: TenantScope, plan: &Plan, now: Ts) -> Result<(), StorageError> {
    let mut released: BTreeMap<Option<Ts>, Vec<(ThingId, EmployeeId)>> = BTreeMap::new();
    let (mut taken, mut over) = (Vec::new(), Vec::new());
    for change in &plan.things {
        match change.fate {
            Fate::Taken { by } => taken.push((change.thing.id, by)),
            Fate::Released { from, until } => released.entry(until).or_default().push((change.thing.id, from)),
            Fate::HoldEnded => over.push(change.thing.id),
        }
    }
    if !over.is_empty() {
        things::end_hold(tx, scope, &ids(&over, crate::base::ids::ThingId::uuid), true, now).await?;
    }
    for (until, things) in released {
        let count = things::release(tx, scope, &things, until, now).await?;
        all_of(tx, count, things.len())?;
    }
    if !taken.is_empty() {
        let count = things::take(tx, scope, &taken, now).await?;
        all_of(tx, count, taken.len())?;
    }
    Ok(())
}

fn all_of(tx: &mut Tx<'_>, count: u64, wanted: usize) -> Result<(), StorageError> {
    if u64::try_from(wanted).is_ok_and(|wanted| wanted == count) { Ok(()) } else { Err(tx.begin_again()) }
}

/// Makes, changes and removes the desks that rules give. A desk has the identifier of its grant.
async fn furnish(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    plan: &Plan,
    rows: &GrantIds,
    now: Ts,
) -> Result<(), StorageError> {
    let desk = |state: &Option<GrantState>| match state.as_ref().and_then(|state| state.have.clone()) {
        Some(Have::Desk(desk)) => Some(desk),
        _ => None,
    };
    let of_desks = || plan.changes().filter(|(_, change)| matches!(change.slot, Slot::Desk { .. }));
    let gone: Vec<GrantId> = of_desks()
        .filter(|(_, change)| desk(&change.before).is_some() && desk(&change.after).is_none())
        .filter_map(|(_, change)| change.grant)
        .collect();
    if !gone.is_empty() {
        desks::delete(tx, scope, &ids(&gone, crate::base::ids::GrantId::uuid)).await?;
    }
    for (of, change) in of_desks() {
        let (before, after) = (desk(&change.before), desk(&change.after));
        let Some(after) = after.filter(|after| before.as_ref() != Some(after)) else { continue };
        let Some((grant, _)) = rows.get(&(of.employee, change.slot.clone())) else { continue };
        let id = DeskId::from(grant.uuid());
        write_desk(tx, scope, terms, of.employee, id, (before.as_ref(), &after), now).await?;
    }
    Ok(())
}

async fn write_desk(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    employee: EmployeeId,
    id: DeskId,
    (before, after): (Option<&DeskState>, &DeskState),
    now: Ts,
) -> Result<(), StorageError> {
    let user_name = office_desk::user_name(&terms.customer_number, &after.name);
    let there = if before.is_some() { desks::find(tx, scope, id).await? } else { None };
    // An address that an administrator has given it stays.
    let own = there.as_ref().map(|row| row.email.clone()).filter(|email| before.is_some_and(|was| was.email != *email));
    let email = own.unwrap_or_else(|| after.email.clone());
    let written = DeskWrite {
        id,
        employee,
        name: &after.name,
        name_key: &fold(&after.name),
        user_name: &user_name,
        user_name_key: &fold(&user_name),
        email: email.as_deref(),
        fax_sending: after.switches.fax,
        sms_sending: after.switches.sms,
        contacts: after.switches.contacts,
        call_list: after.switches.call_list,
        own_extensions: after.own_extensions,
        own_devices: after.own_devices,
        by_rule: true,
        made_by: None,
    };
    let done = match there {
        Some(row) => desks::update(tx, scope, &written, row.version, now).await?,
        None => desks::insert(tx, scope, &written, now).await?.is_some(),
    };
    if !done {
        return Err(tx.begin_again());
    }
    let access: Vec<ThingId> = after.access.iter().copied().collect();
    desks::set_access(tx, scope, id, &ids(&access, crate::base::ids::ThingId::uuid)).await
}

/// Writes into the employees' rows what the IdP is shown of what they have, where that changes.
async fn show(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    known: &Known,
    plan: &Plan,
    rows: &Rows,
    now: Ts,
) -> Result<(), StorageError> {
    let leaving: BTreeSet<EmployeeId> =
        known.facts.iter().filter(|facts| facts.leaving).map(|facts| facts.id).collect();
    let changed: BTreeMap<EmployeeId, &EmployeePlan> =
        plan.employees.iter().filter(|of| !leaving.contains(&of.employee)).map(|of| (of.employee, of)).collect();
    let people = Ids(changed.keys().map(|id| id.uuid()).collect());
    let mut all_desks = desks_of(tx, scope, &people).await?;
    let mut all = Vec::new();
    for facts in &known.facts {
        let Some(of) = changed.get(&facts.id) else { continue };
        let mut grants: BTreeMap<Slot, Current> =
            facts.current.iter().map(|current| (current.slot.clone(), current.clone())).collect();
        for change in &of.grants {
            let before = grants.remove(change.renamed_from.as_ref().unwrap_or(&change.slot));
            let Some(state) = change.after.clone() else { continue };
            let Some((id, place)) = rows.ids.get(&(facts.id, change.slot.clone())) else { continue };
            let seq = place.or(before.map(|before| before.seq)).unwrap_or_default();
            grants.insert(change.slot.clone(), Current { id: *id, seq, slot: change.slot.clone(), state });
        }
        let desks = all_desks.remove(&facts.id).unwrap_or_default();
        let chosen = known.chosen_numbers.get(&facts.id).copied();
        all.push(shown(facts.id, telephony(&grants, chosen, &desks, &terms.customer_number)));
    }
    if !all.is_empty() {
        grants::show(tx, scope, &all, urn::TELEPHONY_USER, now).await?;
    }
    Ok(())
}

/// Remembers something that an employee had and that no plan took.
pub(crate) async fn remember_past(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    employee: EmployeeId,
    past: &Past,
) -> Result<(), StorageError> {
    grants::remember(tx, scope, &[PastWrite { employee, past: json_of(past)? }], past.ended_at).await
}

/// An audit record and a message for each employee for whom something changes, and what he had.
async fn remember(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    plan: &Plan,
    ids: &GrantIds,
    because: &Because,
) -> Result<(), StorageError> {
    let now = because.at;
    let past = plan.changes().filter_map(|(of, change)| {
        let past = change.past(now, because.word.request.as_deref())?;
        Some(json_of(&past).map(|past| PastWrite { employee: of.employee, past }))
    });
    let past: Vec<PastWrite> = past.collect::<Result<_, _>>()?;
    if !past.is_empty() {
        grants::remember(tx, scope, &past, now).await?;
    }
    let mut records = Vec::new();
    let mut messages = Vec::new();
    for of in &plan.employees {
        records.push(AuditRecord {
            id: AuditId::generate(),
            at: now,
            actor: because.word.actor.clone(),
            cause: because.word.cause.clone(),
            action: Action::GrantsChanged,
            subject: Subject::Employee(of.employee),
            changes: of.grants.iter().map(|change| before_and_after(of.employee, change, ids)).collect(),
        });
        let payload = of.grants.iter().map(|change| {
            let thing = |state: &Option<GrantState>| state.as_ref().and_then(thing_of);
            json!({
                "subject": change.slot.subject(),
                "what": change.what().name(),
                "thing": thing(&change.after),
                "before": thing(&change.before),
            })
        });
        messages.push(OutboxMessage {
            about: About::Employee(of.employee),
            topic: Topic::GrantsChanged,
            payload: Map::from_iter([("grants".to_owned(), Value::Array(payload.collect()))]),
        });
    }
    audit::insert_all(tx, scope, &records).await?;
    outbox::insert_all(tx, scope, &messages, now).await
}

/// What the audit keeps of a change: identifiers, in the place of numbers and of names that may be a person's (R3).
fn before_and_after(employee: EmployeeId, change: &GrantChange, ids: &GrantIds) -> (String, Value) {
    let known = ids.get(&(employee, change.slot.clone())).map(|(id, _)| *id);
    let name = match (&change.slot, change.grant.or(known)) {
        (Slot::Permission(_), _) | (_, None) => change.slot.to_string(),
        (slot, Some(grant)) => format!("{}:{grant}", slot.subject()),
    };
    let recorded = |state: &Option<GrantState>| {
        let state = state.as_ref()?;
        Some(match (&state.have, &state.wait) {
            (Some(Have::Thing(thing)), _) => json!({"thing": thing.id}),
            (Some(Have::Desk(desk)), _) => json!({
                "switches": desk.switches,
                "own_extensions": desk.own_extensions,
                "own_devices": desk.own_devices,
                "access": desk.access,
            }),
            (Some(permission @ Have::Permission(_)), _) => json!(permission),
            (None, Some(wait)) => json!({"waits": wait.reason}),
            (None, None) => Value::Null,
        })
    };
    (name, json!([recorded(&change.before), recorded(&change.after)]))
}
