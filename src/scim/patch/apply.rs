//! Applies operations to a copy, in order; writes single values.

use serde_json::{Map, Value};

use super::effort::Effort;
use super::element::{self, as_changes};
use super::lenient::unwrapped;
use super::list;
use super::primary::Claims;
use super::{Operation, Verb, in_operation};
use crate::scim::error::Error;
use crate::scim::filter::matches_element;
use crate::scim::path::{Path, Selector};
use crate::scim::resource::{self, Place, blank, stays_without_value};
use crate::scim::schema::{AttrRef, Kind, Mutability, ResourceType, Schema};

/// Applies operations in order to a copy of `current` and hands it out: all of them or none.
///
/// Equal to `current` when nothing changed, so that the caller can leave version and `lastModified` alone
/// (decision 14). `schemas` follow from the new values.
///
/// # Errors
///
/// With the operation's number in `detail`: `mutability` for a read-only or immutable target, or a required one that is
/// removed; `noTarget` when a path filter selects nothing and cannot be made true (decision 10); `invalidValue` for a
/// value that no POST could bring either, and for a list that grows beyond its bound; `tooMany` when path filters and
/// lists, each within its bound, are too much together.
pub fn apply(
    operations: &[Operation<'_>],
    current: &Map<String, Value>,
    resource_type: &ResourceType,
) -> Result<Map<String, Value>, Error> {
    let mut draft = Draft { resource: current.clone(), claims: Claims::default(), effort: Effort::default() };
    for operation in operations {
        draft.carry_out(operation).map_err(|error| in_operation(operation.index, error))?;
    }
    resource::finish(draft.resource, resource_type)
}

/// Whether a client may not write there.
pub fn read_only(target: AttrRef<'_>) -> bool {
    let read_only = |mutability| mutability == Mutability::ReadOnly;
    read_only(target.attribute.mutability) || read_only(target.target().mutability)
}

struct Draft<'s> {
    resource: Map<String, Value>,
    claims: Claims<'s>,
    effort: Effort,
}

impl<'s> Draft<'s> {
    fn carry_out(&mut self, operation: &Operation<'s>) -> Result<(), Error> {
        let (target, selector) = match &operation.path {
            Path::Extension(schema) => return self.clear_extension(schema, operation),
            Path::Attribute { target, selector } => (*target, selector.as_ref()),
        };
        if read_only(target) {
            return Err(Error::mutability(format!("{target} is read-only; leave it out")));
        }
        if target.target().mutability == Mutability::WriteOnly {
            // T5: a password is checked and forgotten.
            let sent = Some(&operation.value).filter(|_| operation.verb != Verb::Remove);
            return sent.map_or(Ok(()), |sent| resource::read(Place::of(target), unwrapped(target, sent)).map(drop));
        }
        let immutable = target.attribute.mutability == Mutability::Immutable;
        let before = if immutable { self.get(target).cloned() } else { None };
        if target.attribute.multi_valued {
            let mut elements = match self.take(target) {
                Some(Value::Array(elements)) => elements,
                Some(one) => vec![one],
                None => Vec::new(),
            };
            if let Some(selector) = selector {
                self.effort.spend(selector, elements.len(), target)?;
            }
            list::carry_out(&mut elements, operation, target, selector, &mut self.claims)?;
            resource::bounded(Place::of(AttrRef { sub: None, ..target }), &elements)?;
            self.put(target, (!elements.is_empty()).then_some(Value::Array(elements)));
        } else if target.attribute.kind == Kind::Complex {
            let old = self.take(target).unwrap_or_else(|| Value::Object(Map::new()));
            let new = complex(old, operation, target, selector)?;
            self.put(target, Some(new).filter(|new| new.as_object().is_some_and(|object| !object.is_empty())));
        } else {
            self.simple(operation, target)?;
        }
        if before.is_some() && self.get(target) != before.as_ref() {
            return Err(Error::mutability(format!("{target} cannot be changed once it is set")));
        }
        self.still_there(operation, target)
    }

    fn simple(&mut self, operation: &Operation<'_>, target: AttrRef<'_>) -> Result<(), Error> {
        let new = match operation.verb {
            Verb::Remove => None,
            // RFC 7644, section 3.5.2.1: to add a single value is to replace it; Entra deactivates with either.
            Verb::Add | Verb::Replace => {
                let sent = resource::read(Place::of(target), unwrapped(target, &operation.value))?;
                if sent.is_none() && stays_without_value(target.target()) {
                    return Ok(());
                }
                sent
            }
        };
        self.take(target);
        self.put(target, new);
        Ok(())
    }

    /// What is left of an operation on a whole extension when its attributes went their own ways: removal, by verb or by
    /// a blank value.
    fn clear_extension(&mut self, schema: &Schema, operation: &Operation<'_>) -> Result<(), Error> {
        if operation.verb != Verb::Remove && !blank(&operation.value) {
            let id = &schema.id;
            return Err(Error::invalid_value(format!("{id} must be an object with the extension's attributes")));
        }
        if let Some(Value::Object(values)) = self.resource.get_mut(&schema.id) {
            for attribute in &schema.attributes {
                match attribute.mutability {
                    Mutability::ReadOnly => {}
                    Mutability::Immutable if values.contains_key(&attribute.name) => {
                        let target = AttrRef { extension: Some(schema), attribute, sub: None };
                        return Err(Error::mutability(format!("{target} cannot be changed once it is set")));
                    }
                    _ => {
                        values.remove(&attribute.name);
                    }
                }
            }
        }
        Ok(())
    }

    fn still_there(&self, operation: &Operation<'_>, target: AttrRef<'_>) -> Result<(), Error> {
        if !target.attribute.required || self.get(target).is_some() {
            return Ok(());
        }
        let whole = AttrRef { sub: None, ..target };
        // RFC 7644, section 3.5.2.2 has `mutability` for a removal; an empty value is just a bad value.
        match operation.verb {
            Verb::Remove => Err(Error::mutability(format!("{whole} is required and cannot be removed; replace it"))),
            Verb::Add | Verb::Replace => Err(Place::of(whole).refuse("is required: send a value that is not empty")),
        }
    }

    fn get(&self, target: AttrRef<'_>) -> Option<&Value> {
        let values = match target.extension {
            Some(schema) => self.resource.get(&schema.id)?.as_object()?,
            None => &self.resource,
        };
        values.get(&target.attribute.name)
    }

    fn take(&mut self, target: AttrRef<'_>) -> Option<Value> {
        let values = match target.extension {
            Some(schema) => self.resource.get_mut(&schema.id)?.as_object_mut()?,
            None => &mut self.resource,
        };
        values.remove(&target.attribute.name)
    }

    fn put(&mut self, target: AttrRef<'_>, value: Option<Value>) {
        let Some(value) = value else { return };
        let name = target.attribute.name.clone();
        match target.extension {
            None => {
                self.resource.insert(name, value);
            }
            Some(schema) => {
                let slot = self.resource.entry(schema.id.as_str()).or_insert(Value::Null);
                if let Value::Object(values) = slot {
                    values.insert(name, value);
                } else {
                    *slot = Value::Object(Map::from_iter([(name, value)]));
                }
            }
        }
    }
}

/// A single complex value: RFC 7644, section 3.5.2.3 leaves alone the sub-attributes that are not named.
fn complex<'s>(
    mut old: Value,
    operation: &Operation<'s>,
    target: AttrRef<'s>,
    selector: Option<&Selector<'s>>,
) -> Result<Value, Error> {
    let nothing = || Value::Object(Map::new());
    let there = old.as_object().is_some_and(|object| !object.is_empty());
    let selected = selector.is_none_or(|selector| there && matches_element(&selector.filter, &old));
    let unassigns = operation.verb == Verb::Remove || (target.sub.is_none() && blank(&operation.value));
    match (selected, unassigns, target.sub) {
        (false, true, _) => Ok(old),
        (true, true, Some(sub)) => {
            if let Value::Object(object) = &mut old {
                element::change(object, vec![(sub, None)], target)?;
            }
            Ok(old)
        }
        (true, true, None) => Ok(nothing()),
        (selected, false, _) => {
            let changes = as_changes(target, &operation.value)?;
            if !selected {
                return match changes.iter().any(|(_, value)| value.is_some()) {
                    _ if there => Err(element::no_target(target)),
                    true => element::described(selector, changes, target).map(Value::Object),
                    false => Ok(old),
                };
            }
            if let Value::Object(object) = &mut old {
                element::change(object, changes, target)?;
            }
            Ok(old)
        }
    }
}
