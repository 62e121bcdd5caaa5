//! One value and its type (RFC 7643, section 2.3).

use serde_json::Value;

use super::complex;
use super::lenient::{blank, boolean_as_text};
use super::place::Place;
use crate::base::clock::Ts;
use crate::scim::error::Error;
use crate::scim::schema::{Attribute, Kind};

/// Brings the value of an attribute or sub-attribute to its canonical form; `None` when it is unassigned.
///
/// # Errors
///
/// `invalidValue` with the place and what to send there.
pub fn read(place: Place<'_>, sent: &Value) -> Result<Option<Value>, Error> {
    let attribute = place.target();
    if attribute.multi_valued {
        let list = complex::list(place, sent)?;
        Ok((!list.is_empty()).then_some(Value::Array(list)))
    } else if attribute.kind == Kind::Complex {
        Ok(complex::one(place, sent)?.map(Value::Object))
    } else {
        simple(place, sent)
    }
}

/// The same for one value of a simple type, of a list or on its own.
pub fn simple(place: Place<'_>, sent: &Value) -> Result<Option<Value>, Error> {
    if blank(sent) {
        return Ok(None);
    }
    let attribute = place.target();
    match attribute.kind {
        Kind::String | Kind::Reference => {
            let text = text(place, sent)?;
            if identifies(attribute) && text.chars().any(char::is_control) {
                return Err(place.refuse("must not contain control characters"));
            }
            // A required name of blanks is no name.
            Ok((!attribute.required || !text.trim().is_empty()).then(|| sent.clone()))
        }
        Kind::Boolean => match sent {
            Value::Bool(_) => Ok(Some(sent.clone())),
            Value::String(text) => {
                boolean_as_text(text).map(Value::Bool).map(Some).ok_or_else(|| place.refuse(BOOLEAN))
            }
            _ => Err(place.refuse(BOOLEAN)),
        },
        Kind::Integer if sent.is_i64() => Ok(Some(sent.clone())),
        Kind::Integer => Err(place.refuse("must be a whole number of 64 bits, without quotes")),
        Kind::Decimal if sent.is_number() => Ok(Some(sent.clone())),
        Kind::Decimal => Err(place.refuse("must be a number, without quotes")),
        Kind::DateTime => match Ts::parse(text(place, sent)?) {
            Some(_) => Ok(Some(sent.clone())),
            None => Err(place.refuse("must be a date and time such as 2026-11-21T08:15:30Z")),
        },
        Kind::Binary if base64(text(place, sent)?) => Ok(Some(sent.clone())),
        Kind::Binary => Err(place.refuse("must be base 64 text")),
        // RFC 7643, section 2.3.8: a sub-attribute is never complex.
        Kind::Complex => Err(place.refuse("must not be an object")),
    }
}

const BOOLEAN: &str = "must be true or false";

fn text<'v>(place: Place<'_>, sent: &'v Value) -> Result<&'v str, Error> {
    let text = sent.as_str().ok_or_else(|| place.refuse("must be a string"))?;
    let max = place.target().max_length;
    // Bytes bound characters from above: most texts need no count.
    if text.len() > max && text.chars().nth(max).is_some() {
        return Err(place.refuse(format_args!("must not be longer than {max} characters")));
    }
    Ok(text)
}

/// Names by which resources are told apart. A control character there makes two names that look alike, or a line break
/// in somebody's log; in other texts (an address of several lines, a vertical tab out of a spreadsheet) it is the
/// directory's business and kept as sent.
fn identifies(attribute: &Attribute) -> bool {
    attribute.required || attribute.name == "externalId"
}

/// Either alphabet, with or without padding (RFC 7643, section 2.3.6), and the line breaks that certificates come with.
fn base64(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'-' | b'_' if padding == 0 => digits += 1,
            _ => return false,
        }
    }
    digits % 4 != 1 && (padding == 0 || (padding <= 2 && (digits + padding).is_multiple_of(4)))
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base_64_is_taken_in_either_alphabet_with_or_without_padding() {
        for good in ["QQ==", "QQ", "QUI=", "QUJD", "-_+/", "QUJD\r\nQUJD\n"] {
            assert!(base64(good), "{good:?}");
        }
        for bad in ["Q", "QQ=", "QQ=Q", "QUJD====", "Q!==", "====", "Q==="] {
            assert!(!base64(bad), "{bad:?}");
        }
    }
}
