//! The sub-attributes of one value, single or of a list.

use serde_json::{Map, Value};

use super::lenient::unwrapped;
use crate::scim::error::Error;
use crate::scim::filter::{Comparison, Expression, Literal};
use crate::scim::path::Selector;
use crate::scim::resource::{self, Changes, Place};
use crate::scim::schema::{AttrRef, Attribute, Mutability};

/// What an operation says about one value: about the sub-attribute that its path names, or those in its object.
pub fn as_changes<'s>(target: AttrRef<'s>, sent: &Value) -> Result<Changes<'s>, Error> {
    let place = Place::of(target);
    match target.sub {
        Some(sub) => Ok(vec![(sub, resource::read(place, unwrapped(target, sent))?)]),
        // One object, also when it comes as a list of one: `[{"$ref": …, "value": …}]`.
        None => match sent {
            Value::Array(items) if let [only] = items.as_slice() => resource::changes(place, only),
            _ => resource::changes(place, sent),
        },
    }
}

/// Changes the sub-attributes that are named and leaves the others alone (RFC 7644, sections 3.5.2.1 and 3.5.2.3).
///
/// A `$ref` that is not named goes when its `value` changes: it would lead to the old manager.
pub fn change(element: &mut Map<String, Value>, changes: Changes<'_>, target: AttrRef<'_>) -> Result<(), Error> {
    let names_ref = changes.iter().any(|(sub, _)| sub.name == "$ref");
    for (sub, value) in changes {
        let Some(value) = value else {
            remove(element, sub, target)?;
            continue;
        };
        match element.get(&sub.name) {
            Some(old) if *old == value => continue,
            Some(_) if sub.mutability == Mutability::Immutable => return Err(immutable(sub, target)),
            Some(_) if sub.name == "value" && !names_ref => {
                element.remove("$ref");
            }
            _ => {}
        }
        element.insert(sub.name.clone(), value);
    }
    Ok(())
}

/// Removes one sub-attribute. With a `value` go the label and the reference that describe it, so that nobody's address
/// survives as the `display` of nothing.
pub fn remove(element: &mut Map<String, Value>, sub: &Attribute, target: AttrRef<'_>) -> Result<(), Error> {
    if !element.contains_key(&sub.name) {
        return Ok(());
    }
    if sub.required || sub.mutability == Mutability::Immutable {
        return Err(immutable(sub, target));
    }
    element.remove(&sub.name);
    if sub.name == "value" {
        element.remove("display");
        element.remove("$ref");
    }
    Ok(())
}

fn immutable(sub: &Attribute, target: AttrRef<'_>) -> Error {
    let whole = AttrRef { sub: None, ..target };
    Error::mutability(format!("{whole}.{} cannot be changed in place; remove the value and add another", sub.name))
}

/// The value that a filter of equalities describes: `[type eq "work" and primary eq true]`. Entra adds to, and replaces,
/// values that are not there yet by such a path, one operation per sub-attribute (decision 10).
///
/// # Errors
///
/// `noTarget` for any other filter.
pub fn from_equalities(selector: &Selector<'_>, target: AttrRef<'_>) -> Result<Map<String, Value>, Error> {
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
