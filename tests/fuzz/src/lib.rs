//! What the fuzz targets share (C3).

pub mod world;

use std::time::Duration;

use deskgate::scim::resource;
use deskgate::scim::schema::ResourceType;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value};

/// No input may keep a processor busy for longer.
const DEADLINE: Duration = Duration::from_millis(100);

/// Runs `work` and panics when it kept the process busy for more than 100 ms three times in a row.
///
/// What counts is processor time: on a busy machine a clock on the wall would blame the input for its neighbours.
/// Waiting is left to libFuzzer's `-timeout`.
pub fn in_time(mut work: impl FnMut()) {
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let start = busy();
        work();
        fastest = fastest.min(busy().saturating_sub(start));
        if fastest <= DEADLINE || cfg!(not(optimised)) {
            return;
        }
    }
    panic!("busy for {fastest:?} three times in a row, allowed are {DEADLINE:?}");
}

/// Processor time of all threads so far.
fn busy() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
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
