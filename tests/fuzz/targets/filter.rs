//! A filter from text to answer: it never panics, never takes long, and `not (…)` turns its answer round.

#![no_main]

use std::sync::LazyLock;

use deskgate::scim::filter::{self, MAX_BYTES};
use deskgate::scim::schema::ResourceType;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};

static USER: LazyLock<Map<String, Value>> = LazyLock::new(deskgate_fuzz::sample_user);

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    deskgate_fuzz::in_time(|| {
        let _ = answer(text);
    });
    let (Some(said), Some(negated)) = (answer(text), answer(&format!("not ({text})"))) else { return Corpus::Keep };
    assert_ne!(said, negated, "not ({text})");
    Corpus::Keep
});

/// Whether the sample fulfils the filter; `None` where the filter is refused.
fn answer(text: &str) -> Option<bool> {
    let expression = filter::parse(text).ok()?;
    assert!(text.len() <= MAX_BYTES, "a filter of {} bytes was read", text.len());
    let filter = filter::bind(&expression, ResourceType::user()).ok()?;
    Some(filter::matches(&filter, &USER))
}
