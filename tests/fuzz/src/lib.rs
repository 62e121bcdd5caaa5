//! What the fuzz targets share (C3).

use std::time::{Duration, Instant};

use deskgate::scim::resource;
use deskgate::scim::schema::ResourceType;
use serde_json::{Map, Value};

/// No input may keep a request busy for longer.
const DEADLINE: Duration = Duration::from_millis(100);

/// Runs `work` and panics when it took longer than 100 ms three times in a row: once may have been the scheduler.
pub fn in_time(mut work: impl FnMut()) {
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        work();
        fastest = fastest.min(start.elapsed());
        if fastest <= DEADLINE || cfg!(not(optimised)) {
            return;
        }
    }
    panic!("took {fastest:?} three times in a row, allowed are {DEADLINE:?}");
}

/// A User with something in almost every attribute, as the filter sees it and as PATCH changes it.
#[must_use]
pub fn sample_user() -> Map<String, Value> {
    let user = include_str!("sample_user.json");
    serde_json::from_str(user).expect("the sample is an object")
}

/// Panics unless the resource, posted as it is, would be stored as it is.
pub fn assert_canonical(resource: &Map<String, Value>, resource_type: &ResourceType) {
    let posted = Value::Object(resource.clone());
    let mut stored = resource::parse_create(&posted, resource_type)
        .unwrap_or_else(|error| panic!("what was stored would be refused: {error}\n{posted:#}"));
    // A POST sets `active` where it is missing; a PATCH may have removed it (decision 4).
    if !resource.contains_key("active") {
        stored.remove("active");
    }
    assert_eq!(&stored, resource, "what was stored would be stored otherwise");
}
