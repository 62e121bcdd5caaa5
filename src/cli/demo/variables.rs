//! The values behind `${…}`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use uuid::Uuid;

/// A placeholder whose value nobody has saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing was saved as {0}")]
pub struct Missing(pub String);

/// Where a value is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a path: percent-encoded.
    Path,
    /// In JSON text, between quotes: escaped.
    Json,
    /// Anywhere else: as it is.
    Text,
}

/// What is known in one replay: the token, the word of this run, fresh UUIDs, and what was saved.
#[derive(Debug)]
pub struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// The variables at the start of a replay. `run` is one short word, so that replays do not collide.
    #[must_use]
    pub fn new(token: &str, run: &str) -> Self {
        let values = [("token", token), ("run", run)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { values: values.into() }
    }

    /// Keeps a value.
    pub fn save(&mut self, name: &str, value: String) {
        self.values.insert(name.to_owned(), value);
    }

    /// The text with every placeholder filled in.
    ///
    /// # Errors
    ///
    /// The first placeholder without a value. A `${` without its `}` is text.
    pub fn fill(&mut self, text: &str, place: Place) -> Result<String, Missing> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, following)) = after.split_once('}') else { break };
            filled.push_str(before);
            put(&mut filled, self.value(name)?, place);
            rest = following;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&mut self, name: &str) -> Result<&str, Missing> {
        if name.starts_with("uuid.") {
            return Ok(self.values.entry(name.to_owned()).or_insert_with(|| Uuid::new_v4().to_string()));
        }
        self.values.get(name).map(String::as_str).ok_or_else(|| Missing(name.to_owned()))
    }
}

fn put(out: &mut String, value: &str, place: Place) {
    match place {
        Place::Text => out.push_str(value),
        Place::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            out.push_str(quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&quoted));
        }
        Place::Path => {
            for byte in value.bytes() {
                // RFC 3986, section 2.3: what needs no encoding anywhere.
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    out.push(char::from(byte));
                } else {
                    write!(out, "%{byte:02X}").expect("a String takes everything");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, Place, Variables};

    fn variables() -> Variables {
        let mut variables = Variables::new("dgs_x", "k3x9");
        variables.save("user1.id", "a b/\"ä".to_owned());
        variables
    }

    #[test]
    fn values_are_encoded_for_the_place_they_go_to() {
        for (place, filled) in [
            (Place::Path, "/Users/a%20b%2F%22%C3%A4?k3x9"),
            (Place::Json, "/Users/a b/\\\"ä?k3x9"),
            (Place::Text, "/Users/a b/\"ä?k3x9"),
        ] {
            assert_eq!(variables().fill("/Users/${user1.id}?${run}", place).unwrap(), filled);
        }
    }

    #[test]
    fn a_uuid_is_fresh_per_name_and_stays() {
        let mut variables = variables();
        let filled = variables.fill("${uuid.a} ${uuid.b} ${uuid.a}", Place::Text).unwrap();
        let ids: Vec<&str> = filled.split(' ').collect();
        assert_eq!(ids[0], ids[2]);
        assert_ne!(ids[0], ids[1]);
        assert_eq!(ids[0].len(), 36);
    }

    #[test]
    fn an_unknown_name_is_told_and_a_loose_brace_is_text() {
        assert_eq!(variables().fill("x ${group1.id}", Place::Text), Err(Missing("group1.id".to_owned())));
        assert_eq!(variables().fill("$ {} ${run} ${token", Place::Text).unwrap(), "$ {} k3x9 ${token");
    }
}
