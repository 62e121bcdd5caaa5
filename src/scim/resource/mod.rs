//! What a client may store: from the JSON body of POST and PUT to the canonical resource (RFC 7643, section 2).
//!
//! A *canonical resource* has its attributes in the case of the schema, every value of its type, nothing that is
//! unassigned (`null`, `[]`, `""`), nothing read-only, nothing that no schema declares, no `password`, and the
//! `schemas` that follow from it. `id`, `meta`, `groups` and what the telephone side knows are added when an answer is
//! rendered. PATCH builds on the same rules: each stands here once.
//!
//! | file | subject |
//! |---|---|
//! | `body` | a whole body: create, replace |
//! | `declared` | `schemas`: what must be sent, what is computed |
//! | `value` | one value of a simple type |
//! | `complex` | objects of sub-attributes, and lists |
//! | `whole` | what holds for a resource as a whole: nothing empty, required attributes, `schemas` |
//! | `lenient` | what identity providers send beyond the RFC, a named function each |
//! | `place` | the attribute path in an error |
//!
//! **Architecture invariant:** no attribute is named here without its reason; the documents in `schemas/` drive
//! everything else. An error never quotes a value that was sent: it may be a password or somebody's address.

mod body;
mod complex;
mod declared;
mod keys;
mod lenient;
mod place;
mod value;
mod whole;

#[cfg(test)]
mod tests;

pub use body::{mentions, parse_create, parse_replace};

pub(in crate::scim) use body::core_block;
pub(in crate::scim) use complex::{Changes, bounded, changes, is_primary, list};
pub(in crate::scim) use declared::require_urn;
pub(in crate::scim) use keys::{caseless_get, distinct_keys};
pub(in crate::scim) use lenient::{blank, one_or_many, stays_without_value, the_only_one};
pub(in crate::scim) use place::Place;
pub(in crate::scim) use value::read;
pub(in crate::scim) use whole::finish;
