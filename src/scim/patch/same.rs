//! Which element of a list is already there.
//!
//! RFC 7643, section 2.4 asks for each combination of `type` and `value` once. So an element that is added is the one
//! with its value and type, and what else it names is merged into that; an element without a type is taken for one with
//! the same value. Elements that have no `value` (addresses) are the same when they are equal. Letter case counts as
//! the schema says.
//!
//! Everything here looks up by hash: a group of 8,000 gets 8,000 more in one pass.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use crate::base::caseless::fold;
use crate::scim::error::Error;
use crate::scim::resource::{self, Place, blank, one_or_many};
use crate::scim::schema::{AttrRef, Attribute, Kind, Mutability};

type Key<'v> = Cow<'v, str>;

/// Adds elements to a list; says for each where it is now.
pub fn append(elements: &mut Vec<Value>, given: Vec<Value>, target: AttrRef<'_>) -> Vec<usize> {
    let attribute = target.attribute;
    let places = placed(elements, &given, attribute);
    for (new, position) in given.into_iter().zip(&places) {
        match (elements.get_mut(*position), new) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new, attribute),
            (Some(_), _) => {}
            (None, new) => elements.push(new),
        }
    }
    places
}

/// Adds the element that a path describes, unless one is there that has everything it names; says where it is.
pub fn append_described(elements: &mut Vec<Value>, new: Map<String, Value>, target: AttrRef<'_>) -> Vec<usize> {
    match elements.iter().position(|old| new.iter().all(|(name, value)| old.get(name) == Some(value))) {
        Some(there) => vec![there],
        None => append(elements, vec![Value::Object(new)], target),
    }
}

/// For each given element the position it will have: that of the same element, or the next one behind the list.
fn placed(elements: &[Value], given: &[Value], attribute: &Attribute) -> Vec<usize> {
    let mut index = Index::default();
    for (position, element) in elements.iter().enumerate() {
        index.insert(element, attribute, position);
    }
    let mut next = elements.len();
    let mut places = Vec::with_capacity(given.len());
    for new in given {
        let position = index.find(new, attribute).unwrap_or(next);
        if position == next {
            next += 1;
            index.insert(new, attribute, position);
        } else {
            index.merged(new, attribute, position);
        }
        places.push(position);
    }
    places
}

/// What an added element names beyond the one that is there. Immutable sub-attributes stay as they were: a provider
/// that repeats a member with another `$ref` still means that member.
fn merge(old: &mut Map<String, Value>, new: Map<String, Value>, attribute: &Attribute) {
    for (name, value) in new {
        let fixed = attribute.sub_attribute(&name).is_some_and(|sub| sub.mutability == Mutability::Immutable);
        if !(fixed && old.contains_key(&name)) {
            old.insert(name, value);
        }
    }
}

#[derive(Default)]
struct Index<'v> {
    /// By value and type.
    exact: HashMap<(Key<'v>, Option<Key<'v>>), usize>,
    /// The first with that value, whatever its type.
    first: HashMap<Key<'v>, usize>,
    /// Scalars, and elements without a value.
    whole: HashMap<Key<'v>, usize>,
}

impl<'v> Index<'v> {
    fn insert(&mut self, element: &'v Value, attribute: &Attribute, position: usize) {
        let Some((value, kind)) = value_and_type(element, attribute) else {
            self.whole.entry(whole(element, attribute)).or_insert(position);
            return;
        };
        self.first.entry(value.clone()).or_insert(position);
        self.exact.entry((value, kind)).or_insert(position);
    }

    /// The element at that position takes on the type of one that is merged into it.
    fn merged(&mut self, element: &'v Value, attribute: &Attribute, position: usize) {
        if let Some((value, Some(kind))) = value_and_type(element, attribute) {
            if self.exact.get(&(value.clone(), None)) == Some(&position) {
                self.exact.remove(&(value.clone(), None));
            }
            self.exact.entry((value, Some(kind))).or_insert(position);
        }
    }

    fn find(&self, element: &'v Value, attribute: &Attribute) -> Option<usize> {
        let Some((value, kind)) = value_and_type(element, attribute) else {
            return self.whole.get(&whole(element, attribute)).copied();
        };
        let untyped = kind.is_none();
        if let Some(position) = self.exact.get(&(value.clone(), kind)) {
            return Some(*position);
        }
        if untyped { self.first.get(&value).copied() } else { self.exact.get(&(value, None)).copied() }
    }
}

fn value_and_type<'v>(element: &'v Value, attribute: &Attribute) -> Option<(Key<'v>, Option<Key<'v>>)> {
    let part = |name| Some(key(element.get(name)?, attribute.sub_attribute(name)?));
    Some((part("value")?, part("type")))
}

fn whole<'v>(element: &'v Value, attribute: &Attribute) -> Key<'v> {
    if attribute.kind == Kind::Complex { Cow::Owned(element.to_string()) } else { key(element, attribute) }
}

fn key<'v>(value: &'v Value, attribute: &Attribute) -> Key<'v> {
    match value {
        Value::String(text) if attribute.case_exact || is_folded(text) => Cow::Borrowed(text),
        Value::String(text) => Cow::Owned(fold(text)),
        other => Cow::Owned(other.to_string()),
    }
}

fn is_folded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// Removes the elements that a list names: those with its values (of that type, where both have one), and where it
/// gives no value, those that have everything it names.
pub fn remove(elements: &mut Vec<Value>, sent: &Value, target: AttrRef<'_>) -> Result<(), Error> {
    let attribute = target.attribute;
    let place = Place::of(target);
    if attribute.kind != Kind::Complex {
        let given = resource::list(place, sent)?;
        let gone: HashSet<_> = given.iter().map(|value| key(value, attribute)).collect();
        elements.retain(|element| !gone.contains(&key(element, attribute)));
        return Ok(());
    }
    let mut given = Vec::new();
    for (position, sent) in one_or_many(sent).iter().enumerate().filter(|(_, sent)| !blank(sent)) {
        let changes = resource::changes(place.element(position), sent)?;
        let named = changes.into_iter().filter_map(|(sub, value)| Some((sub.name.clone(), value?)));
        given.push(Value::Object(named.collect()));
    }
    let gone = Gone::of(&given, attribute);
    elements.retain(|element| !gone.names(element, attribute));
    Ok(())
}

#[derive(Default)]
struct Gone<'v> {
    by_value: HashMap<Key<'v>, HashSet<Option<Key<'v>>>>,
    /// By the names that are given, then by their values.
    by_parts: HashMap<BTreeSet<&'v str>, HashSet<Vec<Key<'v>>>>,
}

impl<'v> Gone<'v> {
    fn of(given: &'v [Value], attribute: &Attribute) -> Self {
        let mut gone = Self::default();
        for named in given {
            if let Some((value, kind)) = value_and_type(named, attribute) {
                gone.by_value.entry(value).or_default().insert(kind);
            } else if let Some(object) = named.as_object().filter(|object| !object.is_empty()) {
                let names: BTreeSet<_> = object.keys().map(String::as_str).collect();
                if let Some(parts) = parts(named, &names, attribute) {
                    gone.by_parts.entry(names).or_default().insert(parts);
                }
            }
        }
        gone
    }

    fn names(&self, element: &'v Value, attribute: &Attribute) -> bool {
        let by_value = value_and_type(element, attribute).is_some_and(|(value, kind)| {
            self.by_value
                .get(&value)
                .is_some_and(|kinds| kind.is_none() || kinds.contains(&None) || kinds.contains(&kind))
        });
        by_value
            || self
                .by_parts
                .iter()
                .any(|(names, gone)| parts(element, names, attribute).is_some_and(|parts| gone.contains(&parts)))
    }
}

fn parts<'v>(element: &'v Value, names: &BTreeSet<&str>, attribute: &Attribute) -> Option<Vec<Key<'v>>> {
    names.iter().map(|name| Some(key(element.get(name)?, attribute.sub_attribute(name)?))).collect()
}
