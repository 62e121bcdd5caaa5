//! The structure of a request without its values: what an administrator needs to see what his IdP sends, and what may
//! be kept (R1).

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::scim::path;
use crate::scim::schema::ResourceType;

/// The most of a structure that is kept, in bytes.
const MAX_BYTES: usize = 4096;
/// Values of the protocol, which say nothing about a person; anything else in their place is somebody's mistake in a
/// mapping, and may be a name.
const WORDS: [(&str, &[&str]); 4] = [
    ("op", &["add", "replace", "remove"]),
    ("active", &["true", "false"]),
    ("primary", &["true", "false"]),
    ("type", &["work", "home", "other", "mobile", "fax", "pager", "main", "photo", "thumbnail", "user", "group"]),
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
        Value::String(text) if key.eq_ignore_ascii_case("path") => {
            out.push_str(&Value::String(name(text)).to_string());
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
                out.push_str(&Value::String(name(key)).to_string());
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

/// A key or a path as it may be kept: the names that the protocol and the schemas declare. Whatever else somebody put
/// there, by mistake or not, may be personal.
fn name(text: &str) -> String {
    if DECLARED.contains(text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let declared =
        [ResourceType::user(), ResourceType::group()].into_iter().any(|kind| path::parse(text, kind).is_ok());
    if declared { without_brackets(text) } else { "…".to_owned() }
}

/// Keys of messages, and every attribute and sub-attribute of the schemas, in lower case.
static DECLARED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let (user, group) = (ResourceType::user(), ResourceType::group());
    let schemas = [&user.core, &user.common, &group.core].into_iter().chain(user.extensions.iter().map(|e| &e.schema));
    let attributes = schemas.flat_map(|schema| &schema.attributes);
    let names = attributes.flat_map(|attribute| std::iter::once(attribute).chain(&attribute.sub_attributes));
    let messages = ["operations", "op", "path", "value"].into_iter().map(str::to_owned);
    messages.chain(names.map(|attribute| attribute.name.to_ascii_lowercase())).collect()
});

/// A path without what its filter compares with; the type of an element stays, it is a word of the protocol.
fn without_brackets(path: &str) -> String {
    let Some((attribute, rest)) = path.split_once('[') else { return path.to_owned() };
    let (filter, sub) = rest.rsplit_once(']').unwrap_or((rest, ""));
    let kept = match filter.split_once(" eq ") {
        Some(("type", kind)) if is_of_the_protocol("type", kind.trim_matches('"')) => filter,
        _ => "…",
    };
    format!("{attribute}[{kept}]{sub}")
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
        assert!(kept.contains(r#""op":"Replace","path":"emails[…].type","value":"…""#), "{kept}");
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
    fn r1_names_that_nobody_declared_go_and_those_of_the_schemas_stay() {
        let body = json!({"Operations": [
            {"op": "replace", "value": {"emails[value eq \"ada@x\"].type": "home", "ada@x": 1, "NAME.familyName": "x"}},
            {"op": "replace", "path": "emails[value eq ada@x].type"},
            {"op": "replace", "path": "emails[type eq \"work\"].value"},
        ]});
        let kept = structure(&body);
        assert!(!kept.contains("ada"), "{kept}");
        assert!(kept.contains("NAME.familyName") && kept.contains(r#"emails[type eq \"work\"].value"#), "{kept}");
    }

    #[test]
    fn a_huge_request_leaves_a_bounded_trace() {
        let body = json!({"members": vec![json!({"value": "x"}); 10_000]});
        assert!(structure(&body).len() < 5_000);
    }
}
