//! Object keys without regard to letter case (RFC 7643, section 2.1).

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::base::json::shortened;
use crate::scim::error::Error;

/// Refuses an object in which two keys differ only in letter case: which of the two counts would be luck.
pub fn distinct_keys(object: &Map<String, Value>, of: impl fmt::Display) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(object.len());
    for key in object.keys() {
        if !seen.insert(key.to_ascii_lowercase()) {
            return Err(Error::invalid_syntax(format!(
                "{of} has the key {:?} twice, in different letter case; send it once",
                shortened(key)
            )));
        }
    }
    Ok(())
}

/// The value under a key, letter case aside.
pub fn caseless_get<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
