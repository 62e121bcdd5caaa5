//! Bound filter against a resource.
use super::bound::Filter;
use serde_json::{Map, Value};

/// Whether a whole resource (with `id`, `meta` and all that is computed) fulfils the filter.
#[must_use]
pub fn matches(filter: &Filter<'_>, resource: &Map<String, Value>) -> bool {
    let _ = (filter, resource);
    todo!()
}

/// Whether one element of a complex attribute fulfils a filter made by [`bind_element`](super::bind_element).
#[must_use]
pub fn matches_element(filter: &Filter<'_>, element: &Value) -> bool {
    let _ = (filter, element);
    todo!()
}
