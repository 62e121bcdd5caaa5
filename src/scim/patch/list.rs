//! Multi-valued attributes.

use serde_json::{Map, Value};

use super::element::{self, as_changes};
use super::lenient::only_those;
use super::primary::Claims;
use super::{Operation, Verb, same};
use crate::scim::error::Error;
use crate::scim::filter::matches_element;
use crate::scim::path::Selector;
use crate::scim::resource::{self, Changes, Place, blank, is_primary};
use crate::scim::schema::{AttrRef, Kind};

/// Carries out one operation on the elements of a multi-valued attribute.
pub fn carry_out<'s>(
    elements: &mut Vec<Value>,
    operation: &Operation<'s>,
    target: AttrRef<'s>,
    selector: Option<&Selector<'s>>,
    claims: &mut Claims<'s>,
) -> Result<(), Error> {
    let sent = &operation.value;
    if selector.is_some() && target.attribute.kind != Kind::Complex {
        // `scim::path` lets nobody write that.
        return Err(element::no_target(target));
    }
    match (operation.verb, selector, target.sub) {
        (Verb::Remove, None, None) => remove(elements, target, sent),
        (Verb::Remove, Some(_), None) => {
            // Nothing selected, nothing to do: Entra, Okta and JumpCloud repeat removals, and what they ask for is so.
            // RFC 7644, section 3.5.2.2 has no error for it; `noTarget` is for replace (section 3.5.2.3).
            elements.retain(|element| !selects(selector, element));
            Ok(())
        }
        (Verb::Remove, _, Some(sub)) => {
            let selected = elements.iter_mut().filter(|element| selects(selector, element));
            selected
                .filter_map(Value::as_object_mut)
                .try_for_each(|object| element::change(object, vec![(sub, None)], target))
        }
        (Verb::Add, None, None) => {
            let given = resource::list(Place::of(target), sent)?;
            let primary = given.iter().position(is_primary);
            let places = same::append(elements, given, target);
            let chosen = primary.and_then(|primary| places.get(primary));
            claims.settle(elements, chosen.map_or(&[], std::slice::from_ref), target)
        }
        (Verb::Replace, None, None) => {
            *elements = resource::list(Place::of(target), sent)?;
            claims.replaced(elements, target);
            Ok(())
        }
        (Verb::Replace, Some(selector), None) => replace_selected(elements, selector, sent, target, claims),
        (Verb::Add, Some(_), None) | (Verb::Add | Verb::Replace, _, Some(_)) => {
            change_selected(elements, selector, sent, target, claims)
        }
    }
}

fn selects(selector: Option<&Selector<'_>>, element: &Value) -> bool {
    selector.is_none_or(|selector| matches_element(&selector.filter, element))
}

fn remove(elements: &mut Vec<Value>, target: AttrRef<'_>, sent: &Value) -> Result<(), Error> {
    match only_those(sent) {
        None => elements.clear(),
        Some(sent) => same::remove(elements, sent, target)?,
    }
    Ok(())
}

/// RFC 7644, section 3.5.2.3: the selected values are replaced as a whole.
fn replace_selected<'s>(
    elements: &mut Vec<Value>,
    selector: &Selector<'s>,
    sent: &Value,
    target: AttrRef<'s>,
    claims: &mut Claims<'s>,
) -> Result<(), Error> {
    let changes = as_changes(target, sent)?;
    let unassigns = blank(sent) || (!changes.is_empty() && changes.iter().all(|(_, value)| value.is_none()));
    if unassigns {
        elements.retain(|element| !matches_element(&selector.filter, element));
        return Ok(());
    }
    if changes.is_empty() {
        return Ok(());
    }
    let selected = elements.iter().position(|element| matches_element(&selector.filter, element));
    let Some(first) = selected else {
        let new = element::described(Some(selector), changes, target)?;
        let touched = same::append_described(elements, new.clone(), target);
        // Where it turns out to be there under another description, it is replaced as well.
        return put(elements, &touched, new, target, claims);
    };
    let new = element::replacement(selector, changes, target);
    // Several selected values that become the same value are that value once.
    let mut position = 0_usize;
    elements.retain(|element| {
        let keep = position <= first || !matches_element(&selector.filter, element);
        position += 1;
        keep
    });
    put(elements, &[first], new, target, claims)
}

fn put<'s>(
    elements: &mut [Value],
    places: &[usize],
    new: Map<String, Value>,
    target: AttrRef<'s>,
    claims: &mut Claims<'s>,
) -> Result<(), Error> {
    let new = Value::Object(new);
    let chosen = if is_primary(&new) { places } else { &[] };
    for place in places {
        if let Some(old) = elements.get_mut(*place) {
            old.clone_from(&new);
        }
    }
    claims.settle(elements, chosen, target)
}

/// Changes sub-attributes of the selected values; where there are none, makes one (decision 10). The next operation of
/// the request finds it: that is how several of them mean one element.
fn change_selected<'s>(
    elements: &mut Vec<Value>,
    selector: Option<&Selector<'s>>,
    sent: &Value,
    target: AttrRef<'s>,
    claims: &mut Claims<'s>,
) -> Result<(), Error> {
    let changes = as_changes(target, sent)?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut names_primary =
        changes.iter().any(|(sub, value)| sub.name == "primary" && *value == Some(Value::Bool(true)));
    let mut touched = Vec::new();
    for (position, element) in elements.iter_mut().enumerate() {
        if selects(selector, element)
            && let Value::Object(object) = element
        {
            element::change(object, changes.clone(), target)?;
            touched.push(position);
        }
    }
    if touched.is_empty() && changes.iter().any(|(_, value)| value.is_some()) {
        // What is unassigned is so too where the element turns out to be there under another description.
        let blanks: Changes<'_> =
            changes.iter().filter(|(sub, value)| value.is_none() && sub.name != "value").cloned().collect();
        let new = element::described(selector, changes, target)?;
        // Or by the filter: `emails[primary eq true].value`.
        names_primary = new.get("primary") == Some(&Value::Bool(true));
        touched = same::append_described(elements, new, target);
        if let Some(Value::Object(object)) = touched.first().and_then(|place| elements.get_mut(*place)) {
            element::change(object, blanks, target)?;
        }
    }
    claims.settle(elements, if names_primary { &touched } else { &[] }, target)
}
