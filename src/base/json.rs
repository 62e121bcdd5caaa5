//! JSON from outside, read strictly (L2): bounded depth, no duplicate keys, no U+0000.
//!
//! `serde_json` alone keeps the last of two equal keys; a proxy in front may have looked at the first.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 32;

/// Reads one JSON document from `bytes`.
///
/// # Errors
///
/// A sentence for the sender with line and column: malformed JSON, invalid UTF-8, a key given twice in one object,
/// more than [`MAX_DEPTH`] levels, a U+0000 in a string or key (PostgreSQL cannot store it), text after the end.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| JsonError(format!("the body is not valid UTF-8 (byte {})", e.valid_up_to())))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut deserializer).map_err(|e| JsonError::from_serde(&e))?;
    deserializer.end().map_err(|e| JsonError::from_serde(&e))?;
    Ok(value)
}

/// Why a document was refused, in words for its sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

impl JsonError {
    fn from_serde(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let words = error.to_string();
        let words = words.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&words);
        let why = match error.classify() {
            Category::Eof => "the body breaks off and is no JSON".to_owned(),
            Category::Syntax => format!("the body is no JSON: {words}"),
            Category::Data | Category::Io => words.to_owned(),
        };
        Self(format!("{why} at line {line} column {column}"))
    }
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("arrays and objects nest deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

fn storable<E: serde::de::Error>(text: String) -> Result<String, E> {
    if text.contains('\0') { Err(E::custom("the character U+0000 is not allowed")) } else { Ok(text) }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        storable(value.to_owned()).map(Value::String)
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        storable(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key = storable(key)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {:?} is given twice in one object",
                    shortened(&key)
                )));
            }
            let value = entries.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// The first characters of text from outside, for an error that quotes it.
#[must_use]
pub fn shortened(text: &str) -> &str {
    text.char_indices().nth(64).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, parse};

    fn nested(depth: usize) -> Vec<u8> {
        [vec![b'['; depth], vec![b']'; depth]].concat()
    }

    #[test]
    fn l2_depth_32_is_read_and_depth_33_refused() {
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).unwrap_err().to_string().contains("32 levels"));
        assert!(parse(&nested(1_000_000)).is_err());
    }

    #[test]
    fn l2_duplicate_keys_are_refused_at_any_depth() {
        let error = parse(br#"{"a":{"b":1,"b":2}}"#).unwrap_err();
        assert!(error.to_string().contains(r#"the key "b" is given twice"#), "{error}");
        assert!(parse(br#"[{"b":1},{"b":2}]"#).is_ok());
    }

    #[test]
    fn u0000_and_invalid_utf8_are_refused() {
        assert!(parse(br#"{"a":"x\u0000y"}"#).is_err());
        assert!(parse(br#"{"\u0000":1}"#).is_err());
        assert!(parse(b"{\"a\":\"\xff\"}").unwrap_err().to_string().contains("UTF-8"));
    }

    #[test]
    fn text_after_the_document_is_refused() {
        assert!(parse(b"{} {}").is_err());
        assert!(parse(b"").is_err());
        assert!(parse(b"{\"a\":1,}").is_err());
    }
}
