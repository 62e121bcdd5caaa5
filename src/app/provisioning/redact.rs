//! The structure of a request without its values: what an administrator needs to see what his IdP sends, and what may
//! be kept (R1).

use serde_json::Value;

/// The most of a structure that is kept, in bytes.
const MAX_BYTES: usize = 4096;
/// Values of the protocol, which say nothing about a person; anything else in their place is somebody's mistake in a
/// mapping, and may be a name.
const WORDS: [(&str, &[&str]); 4] = [
    ("op", &["add", "replace", "remove"]),
    ("active", &["true", "false"]),
    ("primary", &["true", "false"]),
    ("type", &["work", "home", "other", "mobile", "fax", "pager", "main", "photo", "thumbnail"]),
];

/// Every value replaced by its kind, except those of the protocol; paths keep their names and lose their literals.
pub(super) fn structure(body: &Value) -> String {
    let mut out = String::new();
    write(&mut out, body, "");
    if out.len() > MAX_BYTES {
        let end = (0..=MAX_BYTES).rev().find(|end| out.is_char_boundary(*end)).unwrap_or(0);
        out.truncate(end);
        out.push('…');
    }
    out
}

fn write(out: &mut String, value: &Value, key: &str) {
    // What is cut off at the end need not be written at all.
    if out.len() > MAX_BYTES {
        return;
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(_) => out.push('0'),
        Value::String(text) if is_of_the_protocol(key, text) => out.push_str(&Value::String(text.clone()).to_string()),
        Value::String(text) if key == "path" => {
            out.push_str(&Value::String(without_literals(text)).to_string());
        }
        Value::String(_) => out.push_str("\"…\""),
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, element, key);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(crate::base::json::shortened(key).to_owned()).to_string());
                out.push(':');
                write(out, value, key);
            }
            out.push('}');
        }
    }
}

fn is_of_the_protocol(key: &str, text: &str) -> bool {
    if key == "schemas" {
        return text.len() <= 128 && text.starts_with("urn:");
    }
    let words = WORDS.iter().find(|(known, _)| *known == key).map_or(&[][..], |(_, words)| *words);
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// A PATCH path with `…` in place of each quoted literal.
fn without_literals(path: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for c in path.chars().take(256) {
        match c {
            '"' if !escaped => {
                quoted = !quoted;
                out.push_str(if quoted { "\"…" } else { "\"" });
            }
            _ if !quoted => out.push(c),
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::structure;

    #[test]
    fn r1_structure_and_flags_stay_and_personal_values_go() {
        let body = json!({"Operations": [
            {"op": "Replace", "path": "emails[value eq \"ada\\\"@x\"].type", "value": "ada@x"},
            {"op": "Replace", "value": {"active": false, "name.familyName": "Holm", "n": 5}},
        ]});
        let kept = structure(&body);
        assert!(!kept.contains("ada") && !kept.contains("Holm"), "{kept}");
        assert!(kept.contains(r#""op":"Replace","path":"emails[value eq \"…\"].type","value":"…""#), "{kept}");
        assert!(kept.contains(r#""active":false"#), "{kept}");
    }

    #[test]
    fn r1_a_name_that_is_mapped_to_the_wrong_attribute_goes_too() {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "ada"], "active": "ada", "emails": [{"type": "ada"}],
            "Operations": [{"op": "ada", "path": "active", "value": "True"}, {"op": "ADD", "value": {"active": "False"}}],
        });
        let kept = structure(&body);
        assert!(!kept.contains("ada"), "{kept}");
        assert!(kept.contains(r#""op":"ADD""#) && kept.contains(r#""active":"False""#), "{kept}");
    }

    #[test]
    fn a_huge_request_leaves_a_bounded_trace() {
        let body = json!({"members": vec![json!({"value": "x"}); 10_000]});
        assert!(structure(&body).len() < 5_000);
    }
}
