//! A PATCH body on a sample user: never a panic, never slow, all or nothing, and the result is as canonical as if it
//! had been posted.

#![no_main]

use std::sync::LazyLock;

use deskgate::base::json;
use deskgate::scim::schema::ResourceType;
use deskgate::scim::{patch, resource};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};

static USER: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let sample = Value::Object(deskgate_fuzz::sample_user());
    resource::parse_create(&sample, ResourceType::user()).expect("the sample is a valid user")
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(body) = json::parse(data) else { return Corpus::Reject };
    deskgate_fuzz::in_time(|| {
        let _ = patched(&body);
    });
    if let Some(after) = patched(&body) {
        deskgate_fuzz::assert_canonical(&after, ResourceType::user());
        let changed = patch::changed_paths(&USER, &after, ResourceType::user());
        assert_eq!(changed.is_empty(), after == *USER, "{changed:?}");
    }
    Corpus::Keep
});

fn patched(body: &Value) -> Option<Map<String, Value>> {
    let operations = patch::parse(body, ResourceType::user()).ok()?;
    patch::apply(&operations, &USER, ResourceType::user()).ok()
}
