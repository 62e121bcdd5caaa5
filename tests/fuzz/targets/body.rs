//! The body of a POST or PUT, from bytes to the resource that is stored: never a panic, never slow, and reading the
//! result again changes nothing.

#![no_main]

use std::sync::LazyLock;

use deskgate::base::json;
use deskgate::scim::resource;
use deskgate::scim::schema::ResourceType;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};

static CURRENT: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let sample = Value::Object(deskgate_fuzz::sample_user());
    resource::parse_create(&sample, ResourceType::user()).expect("the sample is a valid user")
});

fuzz_target!(|data: &[u8]| -> Corpus {
    deskgate_fuzz::in_time(|| {
        if let Ok(body) = json::parse(data) {
            let _ = resource::parse_create(&body, ResourceType::user());
            let _ = resource::parse_replace(&body, &CURRENT, ResourceType::user());
        }
    });
    let Ok(body) = json::parse(data) else { return Corpus::Keep };
    for resource_type in [ResourceType::user(), ResourceType::group()] {
        if let Ok(created) = resource::parse_create(&body, resource_type) {
            deskgate_fuzz::assert_canonical(&created, resource_type);
        }
    }
    if let Ok(replaced) = resource::parse_replace(&body, &CURRENT, ResourceType::user()) {
        deskgate_fuzz::assert_canonical(&replaced, ResourceType::user());
    }
    Corpus::Keep
});
