//! What an employee has, as the SCIM extension shows it to the IdP.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Terms;
use super::facts::read;
use crate::app::provisioning::folded_extension;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::grant::{Current, GrantState, Have, Slot, default_number};
use crate::domain::office_desk::{self, Status};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::scim::urn;
use crate::storage::grants::{self, Shown};
use crate::storage::{Ids, StorageError, Tx, desks};

/// Writes into the rows of these employees what the IdP is shown of them: what they have is the same, but their desks or
/// the number that they show have changed. The terms are those of who plans.
///
/// # Errors
///
/// Those of the database.
pub(crate) async fn show_anew(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    people: &Ids,
    now: Ts,
) -> Result<(), StorageError> {
    let mut grants: BTreeMap<EmployeeId, BTreeMap<Slot, Current>> = BTreeMap::new();
    for row in grants::of_employees(tx, scope, people).await? {
        let employee = row.employee_id;
        let current = read(row)?;
        grants.entry(employee).or_default().insert(current.slot.clone(), current);
    }
    let mut all_desks = desks_of(tx, scope, people).await?;
    let mut all = Vec::new();
    for person in grants::people(tx, scope, people, false).await? {
        let grants = grants.remove(&person.id).unwrap_or_default();
        let desks = all_desks.remove(&person.id).unwrap_or_default();
        all.push(shown(person.id, telephony(&grants, person.default_number_id, &desks, &terms.customer_number)));
    }
    if !all.is_empty() {
        grants::show(tx, scope, &all, urn::TELEPHONY_USER, now).await?;
    }
    Ok(())
}

/// The desks of these employees, each with its name and status.
pub(super) async fn desks_of(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    people: &Ids,
) -> Result<BTreeMap<EmployeeId, Vec<(String, Status)>>, StorageError> {
    let mut all: BTreeMap<EmployeeId, Vec<(String, Status)>> = BTreeMap::new();
    for row in desks::of_employees(tx, scope, people).await? {
        let status = Status::parse(&row.status).unwrap_or(Status::New);
        all.entry(row.employee_id).or_default().push((row.name, status));
    }
    Ok(all)
}

/// The same attributes as they are written.
pub(super) fn shown(employee: EmployeeId, attributes: Map<String, Value>) -> Shown {
    Shown {
        employee,
        folded: Value::Object(folded_extension(urn::TELEPHONY_USER, &attributes)),
        telephony: Value::Object(attributes).to_string(),
    }
}

/// The attributes `numbers`, `extensions` and `desks`, those without values left out.
pub(crate) fn telephony(
    grants: &BTreeMap<Slot, Current>,
    chosen_number: Option<ThingId>,
    desks: &[(String, Status)],
    customer_number: &str,
) -> Map<String, Value> {
    let shown_number = default_number(grants.values(), chosen_number);
    let (mut numbers, mut extensions) = (BTreeMap::new(), BTreeMap::new());
    for Current { slot, state, .. } in grants.values() {
        let Some(thing) = thing_of(state) else { continue };
        let kind = match thing.kind {
            Kind::VoiceNumber => "voice",
            Kind::PersonalFax => "personalFax",
            Kind::SharedFax => "sharedFax",
            Kind::Conference => "conference",
            Kind::Extension if slot.is_exclusive() => {
                extensions.insert(thing.key.clone(), json!({"value": thing.key}));
                continue;
            }
            Kind::Extension | Kind::Device | Kind::Destination | Kind::Announcement | Kind::Mailbox => continue,
        };
        let mut number = json!({"value": thing.key, "type": kind});
        if let (Value::Object(number), true) = (&mut number, shown_number == Some(thing.id)) {
            number.insert("primary".to_owned(), Value::Bool(true));
        }
        numbers.insert((kind, thing.key.clone()), number);
    }
    let desks = desks.iter().map(|(name, status)| {
        json!({
            "value": office_desk::user_name(customer_number, name),
            "display": name,
            "status": status.name(),
        })
    });
    let lists = [
        ("numbers", numbers.into_values().collect::<Vec<_>>()),
        ("extensions", extensions.into_values().collect()),
        ("desks", desks.collect()),
    ];
    let given = lists.into_iter().filter(|(_, values)| !values.is_empty());
    given.map(|(name, values)| (name.to_owned(), Value::Array(values))).collect()
}

fn thing_of(state: &GrantState) -> Option<&crate::domain::grant::ThingRef> {
    state.have.as_ref().and_then(Have::thing)
}
