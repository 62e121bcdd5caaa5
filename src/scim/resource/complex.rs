//! Objects of sub-attributes, and lists (RFC 7643, sections 2.3.8 and 2.4).

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::keys::distinct_keys;
use super::lenient::{bare_value, blank, manager_id, one_or_many, the_only_one};
use super::place::Place;
use super::value;
use crate::scim::error::Error;
use crate::scim::schema::{Attribute, Kind, Mutability};

/// The sub-attributes that a client names, each with its canonical value; `None` unassigns it.
pub type Changes<'s> = Vec<(&'s Attribute, Option<Value>)>;

/// What a value of a complex attribute says. Read-only and undeclared sub-attributes are passed over; a blank value
/// names nothing.
///
/// # Errors
///
/// `invalidValue`, or `invalidSyntax` for a key that is there twice.
pub fn changes<'s>(place: Place<'s>, sent: &Value) -> Result<Changes<'s>, Error> {
    let attribute = place.target();
    if blank(sent) {
        return Ok(Vec::new());
    }
    if let Some(sub) = bare_value(attribute, sent) {
        return Ok(vec![(sub, value::read(place.sub(sub), sent)?)]);
    }
    let Value::Object(object) = sent else {
        return Err(place.refuse(format_args!("must be an object with {}", names(attribute))));
    };
    distinct_keys(object, place)?;
    let mut changes = Vec::with_capacity(object.len());
    for (key, sent) in object {
        let writable = attribute.sub_attribute(key).filter(|sub| sub.mutability != Mutability::ReadOnly);
        if let Some(sub) = writable {
            changes.push((sub, value::read(place.sub(sub), sent)?));
        }
    }
    if let (Some(id), Some(sub)) = (manager_id(attribute, object), attribute.sub_attribute("value"))
        && !changes.iter().any(|(named, _)| named.name == sub.name)
    {
        changes.push((sub, value::read(place.sub(sub), id)?));
    }
    Ok(changes)
}

fn names(attribute: &Attribute) -> String {
    let writable = attribute.sub_attributes.iter().filter(|sub| sub.mutability != Mutability::ReadOnly);
    writable.map(|sub| sub.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The value of a single-valued complex attribute; `None` when it is unassigned.
pub fn one(place: Place<'_>, sent: &Value) -> Result<Option<Map<String, Value>>, Error> {
    let object = object(changes(place, the_only_one(sent))?);
    Ok((!object.is_empty()).then_some(object))
}

fn object(changes: Changes<'_>) -> Map<String, Value> {
    changes.into_iter().filter_map(|(sub, value)| Some((sub.name.clone(), value?))).collect()
}

/// The elements of a multi-valued attribute: no empty ones, no two alike, at most one of them primary, no more than its
/// bound.
///
/// # Errors
///
/// `invalidValue` with the element at fault, for two primary elements, or for too many.
pub fn list(place: Place<'_>, sent: &Value) -> Result<Vec<Value>, Error> {
    let attribute = place.target();
    let mut list = Vec::new();
    for (position, sent) in one_or_many(sent).iter().enumerate() {
        let place = place.element(position);
        if attribute.kind == Kind::Complex {
            list.push(Value::Object(object(changes(place, sent)?)));
        } else {
            list.extend(value::simple(place, sent)?);
        }
    }
    tidy(&mut list);
    bounded(place, &list)?;
    if list.iter().filter(|element| is_primary(element)).nth(1).is_some() {
        return Err(place.refuse("has two primary values; send primary true for one of them"));
    }
    Ok(list)
}

/// Refuses a list that is longer than its attribute allows: a PATCH may go through it a thousand times.
///
/// # Errors
///
/// `invalidValue` with the bound.
pub fn bounded(place: Place<'_>, list: &[Value]) -> Result<(), Error> {
    match place.target().max_items {
        Some(max) if list.len() > max => Err(place.refuse(format_args!("must not have more than {max} values"))),
        _ => Ok(()),
    }
}

/// Drops the elements that say nothing and those that are there already.
///
/// What only tells a value's kind is no value: Okta and others send `{"type": "work", "value": ""}` for an empty field,
/// and a PATCH that removes `emails[type eq "work"].value` leaves the same behind.
pub fn tidy(list: &mut Vec<Value>) {
    list.retain(says_something);
    if list.len() > 1 {
        let mut seen = HashSet::with_capacity(list.len());
        list.retain(|element| seen.insert(element.to_string()));
    }
}

fn says_something(element: &Value) -> bool {
    match element {
        Value::Object(object) => object.keys().any(|key| key != "type" && key != "primary"),
        _ => true,
    }
}

/// Whether an element calls itself the preferred one.
pub fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}
