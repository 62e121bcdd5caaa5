//! The sub-attributes of one value, single or of a list.

use serde_json::{Map, Value};

use super::lenient::unwrapped;
use crate::scim::error::Error;
use crate::scim::filter::{Comparison, Expression, Literal};
use crate::scim::path::Selector;
use crate::scim::resource::{self, Changes, Place, the_only_one};
use crate::scim::schema::{AttrRef, Attribute, Mutability};

/// What an operation says about one value: about the sub-attribute that its path names, or those in its object.
pub fn as_changes<'s>(target: AttrRef<'s>, sent: &Value) -> Result<Changes<'s>, Error> {
    let place = Place::of(target);
    match target.sub {
        Some(sub) => Ok(vec![(sub, resource::read(place, unwrapped(target, sent))?)]),
        None => resource::changes(place, the_only_one(sent)),
    }
}

/// Changes the sub-attributes that are named and leaves the others alone (RFC 7644, sections 3.5.2.1 and 3.5.2.3).
///
/// What describes a `value` does not outlive it, unless it is named as well: a `$ref` would lead to the old manager, a
/// `display` would keep an address that was taken away.
pub fn change(element: &mut Map<String, Value>, changes: Changes<'_>, target: AttrRef<'_>) -> Result<(), Error> {
    let named = |name: &str| changes.iter().any(|(sub, _)| sub.name == name);
    let (names_ref, names_display) = (named("$ref"), named("display"));
    let mut lost_value = false;
    let mut other_value = false;
    for (sub, value) in changes {
        let old = element.get(&sub.name);
        if old == value.as_ref() {
            continue;
        }
        if old.is_some() && (sub.mutability == Mutability::Immutable || (sub.required && value.is_none())) {
            return Err(immutable(sub, target));
        }
        if sub.name == "value" && old.is_some() {
            other_value = true;
            lost_value = value.is_none();
        }
        match value {
            Some(value) => element.insert(sub.name.clone(), value),
            None => element.remove(&sub.name),
        };
    }
    if other_value && !names_ref {
        element.remove("$ref");
    }
    if lost_value && !names_display {
        element.remove("display");
    }
    Ok(())
}

fn immutable(sub: &Attribute, target: AttrRef<'_>) -> Error {
    let whole = AttrRef { sub: None, ..target };
    Error::mutability(format!("{whole}.{} cannot be changed in place; remove the value and add another", sub.name))
}

/// A new value: what the filter says of it, and over that what the operation says.
///
/// # Errors
///
/// `noTarget` for a filter that describes none.
pub fn described(
    selector: Option<&Selector<'_>>,
    changes: Changes<'_>,
    target: AttrRef<'_>,
) -> Result<Map<String, Value>, Error> {
    let mut element = selector.map_or_else(|| Ok(Map::new()), |selector| from_equalities(selector, target))?;
    overlay(&mut element, changes);
    Ok(element)
}

/// The value that takes the place of a selected one (RFC 7644, section 3.5.2.3). What the filter says stays true unless
/// the new value says otherwise, or the next operation with the same path would not find its element.
pub fn replacement(selector: &Selector<'_>, changes: Changes<'_>, target: AttrRef<'_>) -> Map<String, Value> {
    let mut element = from_equalities(selector, target).unwrap_or_default();
    overlay(&mut element, changes);
    element
}

fn overlay(element: &mut Map<String, Value>, changes: Changes<'_>) {
    for (sub, value) in changes {
        match value {
            Some(value) => element.insert(sub.name.clone(), value),
            None => element.remove(&sub.name),
        };
    }
}

/// The value that a filter of equalities describes: `[type eq "work" and primary eq true]`. Entra adds to, and replaces,
/// values that are not there yet by such a path, one operation per sub-attribute (decision 10).
fn from_equalities(selector: &Selector<'_>, target: AttrRef<'_>) -> Result<Map<String, Value>, Error> {
    let mut element = Map::new();
    if collect(&selector.expression, target, &mut element) { Ok(element) } else { Err(no_target(target)) }
}

fn collect(expression: &Expression, target: AttrRef<'_>, element: &mut Map<String, Value>) -> bool {
    match expression {
        Expression::And(left, right) => collect(left, target, element) && collect(right, target, element),
        Expression::Compare(path, Comparison::Equal, literal) => {
            let sub = target.attribute.sub_attribute(&path.name).filter(|sub| sub.mutability != Mutability::ReadOnly);
            let (Some(sub), None) = (sub, &path.sub) else { return false };
            let sent = match literal {
                Literal::Null => return true,
                Literal::Boolean(value) => Value::Bool(*value),
                Literal::Number(value) => Value::Number(value.clone()),
                Literal::String(value) => Value::String(value.clone()),
            };
            let place = Place::of(AttrRef { sub: None, ..target }).sub(sub);
            match resource::read(place, &sent) {
                // `type eq "work" and type eq "home"` describes nothing.
                Ok(Some(value)) => element.insert(sub.name.clone(), value.clone()).is_none_or(|old| old == value),
                Ok(None) => true,
                Err(_) => false,
            }
        }
        _ => false,
    }
}

/// 400 `noTarget` for a path filter.
pub fn no_target(target: AttrRef<'_>) -> Error {
    let whole = AttrRef { sub: None, ..target };
    Error::no_target(format!(
        "the filter in the path selects none of the values of {whole}; only a filter of eq can create one"
    ))
}
