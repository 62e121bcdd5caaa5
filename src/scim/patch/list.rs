//! Multi-valued attributes.

use serde_json::{Map, Value};

use super::element::{self, as_changes};
use super::lenient::only_those;
use super::primary::{Claims, is_primary};
use super::{Operation, Verb, same};
use crate::scim::error::Error;
use crate::scim::filter::matches_element;
use crate::scim::path::Selector;
use crate::scim::resource::{self, Changes, Place, blank};
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
    match (operation.verb, selector, target.sub) {
        (Verb::Remove, None, None) => remove(elements, target, sent),
        (Verb::Remove, Some(_), None) => {
            // Nothing selected, nothing to do: Entra, Okta and JumpCloud repeat removals, and RFC 7644, section 3.5.2.2
            // knows no error for it (a member who is not there "shall" be removed with success).
            elements.retain(|element| !selects(selector, element));
            Ok(())
        }
        (Verb::Remove, _, Some(sub)) => {
            let selected = elements.iter_mut().filter(|element| selects(selector, element));
            selected.filter_map(Value::as_object_mut).try_for_each(|object| element::remove(object, sub, target))
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

/// RFC 7644, section 3.5.2.3: the selected values are replaced as a whole. What the filter says of them stays true
/// unless the new value says otherwise, or the next operation with the same path would not find its element.
fn replace_selected<'s>(
    elements: &mut Vec<Value>,
    selector: &Selector<'s>,
    sent: &Value,
    target: AttrRef<'s>,
    claims: &mut Claims<'s>,
) -> Result<(), Error> {
    if target.attribute.kind != Kind::Complex {
        return replace_simple(elements, selector, sent, target);
    }
    let changes = as_changes(target, sent)?;
    let unassigns = blank(sent) || (!changes.is_empty() && changes.iter().all(|(_, value)| value.is_none()));
    if unassigns {
        elements.retain(|element| !matches_element(&selector.filter, element));
        return Ok(());
    }
    if changes.is_empty() {
        return Ok(());
    }
    let Some(first) = elements.iter().position(|element| matches_element(&selector.filter, element)) else {
        return change_selected(elements, Some(selector), sent, target, claims);
    };
    let names_primary = names_primary(&changes);
    let mut new = element::from_equalities(selector, target).unwrap_or_default();
    for (sub, value) in changes {
        match value {
            Some(value) => new.insert(sub.name.clone(), value),
            None => new.remove(&sub.name),
        };
    }
    // Several selected values that become the same value are that value once.
    let mut position = 0_usize;
    elements.retain(|element| {
        let keep = position <= first || !matches_element(&selector.filter, element);
        position += 1;
        keep
    });
    if let Some(old) = elements.get_mut(first) {
        *old = Value::Object(new);
    }
    claims.settle(elements, if names_primary { std::slice::from_ref(&first) } else { &[] }, target)
}

fn replace_simple(
    elements: &mut Vec<Value>,
    selector: &Selector<'_>,
    sent: &Value,
    target: AttrRef<'_>,
) -> Result<(), Error> {
    let given = resource::list(Place::of(target), sent)?;
    let before = elements.len();
    elements.retain(|element| !matches_element(&selector.filter, element));
    if before == elements.len() && !given.is_empty() {
        return Err(element::no_target(target));
    }
    same::append(elements, given, target);
    Ok(())
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
    if target.attribute.kind != Kind::Complex {
        return Err(element::no_target(target));
    }
    let changes = as_changes(target, sent)?;
    if changes.is_empty() {
        return Ok(());
    }
    let names_primary = names_primary(&changes);
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
        let mut new = selector.map_or_else(|| Ok(Map::new()), |selector| element::from_equalities(selector, target))?;
        new.extend(changes.into_iter().filter_map(|(sub, value)| Some((sub.name.clone(), value?))));
        let names_primary = new.get("primary") == Some(&Value::Bool(true));
        let touched = same::append_described(elements, new, target);
        return claims.settle(elements, if names_primary { &touched } else { &[] }, target);
    }
    claims.settle(elements, if names_primary { &touched } else { &[] }, target)
}

fn names_primary(changes: &Changes<'_>) -> bool {
    changes.iter().any(|(sub, value)| sub.name == "primary" && *value == Some(Value::Bool(true)))
}
