//! A PATCH path, for users and for groups: it never panics and never takes long.

#![no_main]

use deskgate::scim::filter::MAX_BYTES;
use deskgate::scim::path;
use deskgate::scim::schema::ResourceType;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    deskgate_fuzz::in_time(|| {
        for resource_type in [ResourceType::user(), ResourceType::group()] {
            if path::parse(text, resource_type).is_ok() {
                assert!(text.len() <= MAX_BYTES, "a path of {} bytes was read", text.len());
            }
        }
    });
    Corpus::Keep
});
