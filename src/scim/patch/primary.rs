//! At most one primary value (RFC 7643, section 2.4; RFC 7644, section 3.5.2).

use std::collections::HashSet;

use serde_json::Value;

use crate::scim::error::Error;
use crate::scim::resource::{Place, is_primary};
use crate::scim::schema::AttrRef;

/// The attributes for which this request has already chosen a primary value.
#[derive(Debug, Default)]
pub struct Claims<'s>(HashSet<(Option<&'s str>, &'s str)>);

impl<'s> Claims<'s> {
    /// Makes the elements at `chosen` the primary one: the others stop being it.
    ///
    /// # Errors
    ///
    /// `invalidValue` when there are two, also when an earlier operation of the request chose another (decision 12).
    pub fn settle(&mut self, elements: &mut [Value], chosen: &[usize], target: AttrRef<'s>) -> Result<(), Error> {
        let chosen = match chosen {
            [] => return Ok(()),
            [chosen] => *chosen,
            _ => return Err(two(target)),
        };
        let first = self.0.insert(key(target));
        for (position, element) in elements.iter_mut().enumerate() {
            if position == chosen || !is_primary(element) {
                continue;
            }
            if !first {
                return Err(two(target));
            }
            if let Some(primary) = element.get_mut("primary") {
                *primary = Value::Bool(false);
            }
        }
        Ok(())
    }

    /// Remembers whether a list that took the place of another has a primary value.
    pub fn replaced(&mut self, elements: &[Value], target: AttrRef<'s>) {
        if elements.iter().any(is_primary) {
            self.0.insert(key(target));
        }
    }
}

fn key(target: AttrRef<'_>) -> (Option<&str>, &str) {
    (target.extension.map(|schema| schema.id.as_str()), &target.attribute.name)
}

fn two(target: AttrRef<'_>) -> Error {
    Place::of(AttrRef { sub: None, ..target }).refuse("gets two primary values; send primary true for one of them")
}
