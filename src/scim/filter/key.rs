//! Under which form the text of an attribute is compared, ordered and searched.

use std::borrow::Cow;

use crate::base::caseless::{fold, user_name_key};
use crate::scim::schema::{AttrRef, Kind};

/// The comparison key of a text that `attribute` holds or is compared with.
///
/// `userName` of the core schema has the key of its RFC 8265 profile; every other string with `caseExact: false` is
/// folded; case-exact strings, references and binaries are their own key (RFC 7643, sections 2.3 and 7). Filters,
/// their operands and the columns that the database searches all use this one function: two texts are equal for all of
/// them or for none.
#[must_use]
pub fn text_key<'t>(attribute: AttrRef<'_>, text: &'t str) -> Cow<'t, str> {
    let target = attribute.target();
    if target.case_exact || matches!(target.kind, Kind::Reference | Kind::Binary) {
        Cow::Borrowed(text)
    } else if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        // Both keys leave it as it is; most text that a filter runs over is such.
        Cow::Borrowed(text)
    } else if is_user_name(attribute) {
        Cow::Owned(user_name_key(text))
    } else {
        Cow::Owned(fold(text))
    }
}

fn is_user_name(attribute: AttrRef<'_>) -> bool {
    attribute.extension.is_none() && attribute.sub.is_none() && attribute.attribute.name == "userName"
}

#[cfg(test)]
mod tests {
    use super::text_key;
    use crate::scim::schema::ResourceType;

    #[test]
    fn the_schema_decides_whether_letter_case_counts() {
        for (name, sub, text, key) in [
            ("userName", None, "Ａda@X", "ada@x"),
            ("userName", None, "ada@x ", "ada@x "),
            ("displayName", None, "Ａda ÉÉ", "ａda éé"),
            ("emails", Some("value"), "Ada@X", "ada@x"),
            ("externalId", None, "AbC", "AbC"),
            ("profileUrl", None, "https://X/Y", "https://X/Y"),
            ("groups", Some("$ref"), "/Groups/A", "/Groups/A"),
            ("x509Certificates", Some("value"), "AbC=", "AbC="),
        ] {
            let attribute = ResourceType::user().find(None, name, sub).unwrap();
            assert_eq!(text_key(attribute, text), key, "{attribute}");
        }
    }
}
