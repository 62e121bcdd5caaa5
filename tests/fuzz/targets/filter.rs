//! A filter from text to answer: it never panics, never takes long, `not (…)` turns its answer round, and what it
//! prints is read back as the same filter.

#![no_main]

use std::sync::LazyLock;

use deskgate::scim::filter::{self, Expression, MAX_BYTES};
use deskgate::scim::schema::ResourceType;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};

static USER: LazyLock<Map<String, Value>> = LazyLock::new(deskgate_fuzz::sample_user);

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    deskgate_fuzz::in_time(|| {
        let _ = filter::parse(text).is_ok_and(|expression| answer(&expression).is_some());
    });

    let Ok(expression) = filter::parse(text) else { return Corpus::Keep };
    assert!(text.len() <= MAX_BYTES, "a filter of {} bytes was read", text.len());
    // At the very limits of length and depth, what is printed or negated may lie beyond them.
    if let Ok(again) = filter::parse(&expression.to_string()) {
        assert_eq!(again, expression);
    }
    if let Ok(opposite) = filter::parse(&format!("not ({text})")) {
        assert_eq!(answer(&expression), answer(&opposite).map(|answer| !answer));
    }
    Corpus::Keep
});

/// Whether the sample fulfils the filter; `None` where no schema allows it.
fn answer(expression: &Expression) -> Option<bool> {
    let filter = filter::bind(expression, ResourceType::user()).ok()?;
    Some(filter::matches(&filter, &USER))
}
