//! What an employee has, as the SCIM extension shows it to the IdP.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::base::ids::ThingId;
use crate::domain::grant::{Current, GrantState, Have, Slot, default_number};
use crate::domain::office_desk::{self, Status};
use crate::domain::thing::Kind;

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
