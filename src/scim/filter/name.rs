//! Attribute names: reading them, finding them in the schemas, and saying which one was probably meant.

use super::ast::AttributePath;
use crate::base::json::shortened;
use crate::scim::schema::{AttrRef, Attribute, Kind, ResourceType, Schema};

/// Reads an attribute path, e.g. `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`.
///
/// A URN has colons and dots of its own (`2.0`), so the name is what follows the last colon, and the sub-attribute
/// what follows the dot in it (RFC 7644, section 3.10). The error is a sentence without subject or position.
pub(in crate::scim) fn read(word: &str) -> Result<AttributePath, String> {
    let (urn, local) = word.rsplit_once(':').map_or((None, word), |(urn, local)| (Some(urn), local));
    let (name, sub) = local.split_once('.').map_or((local, None), |(name, sub)| (name, Some(sub)));
    if !is_name(name) || !sub.is_none_or(is_name) || urn.is_some_and(str::is_empty) {
        return Err(format!(
            "{:?} is no attribute name (a letter, then letters, digits, - and _; a sub-attribute behind one dot)",
            shortened(word)
        ));
    }
    Ok(AttributePath { urn: urn.map(str::to_owned), name: name.to_owned(), sub: sub.map(str::to_owned) })
}

/// Reads the name of a sub-attribute alone.
pub(super) fn read_sub(word: &str) -> Result<String, String> {
    if is_name(word) { Ok(word.to_owned()) } else { Err(format!("{:?} is no sub-attribute name", shortened(word))) }
}

/// `ATTRNAME` of RFC 7644, figure 1, and `$ref`, which that grammar forgot (RFC 7643, section 2.4).
fn is_name(word: &str) -> bool {
    let letters = word.strip_prefix('$').unwrap_or(word);
    letters.starts_with(|first: char| first.is_ascii_alphabetic())
        && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// No schema declares the attribute. `Display` names it and, when one is near, the attribute probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownAttribute(String);

/// Finds an attribute in the schemas of a resource type, letter case aside.
///
/// # Errors
///
/// A sentence for the identity provider's administrator: which part is unknown (schema, attribute or sub-attribute),
/// and what is near.
pub fn find_attribute<'s>(
    path: &AttributePath,
    resource_type: &'s ResourceType,
) -> Result<AttrRef<'s>, UnknownAttribute> {
    resource_type
        .find(path.urn.as_deref(), &path.name, path.sub.as_deref())
        .ok_or_else(|| UnknownAttribute(what_is_unknown(path, resource_type)))
}

fn what_is_unknown(path: &AttributePath, resource_type: &ResourceType) -> String {
    let urn = path.urn.as_deref();
    if let (Some(known), Some(sub)) = (resource_type.find(urn, &path.name, None), &path.sub) {
        return no_sub_attribute(known.attribute, sub);
    }
    let name = shortened(&path.name);
    let hint = suggestion(path, resource_type);
    match urn.map(|urn| (urn, declared(urn, resource_type))) {
        None => format!("{} has no attribute {name:?}{hint}", resource_type.name),
        Some((_, Some(schema))) => format!("the schema {} has no attribute {name:?}{hint}", schema.id),
        Some((urn, None)) => {
            let urn = shortened(urn);
            format!("{} has no schema {urn:?} with an attribute {name:?}{hint}", resource_type.name)
        }
    }
}

fn declared<'s>(urn: &str, resource_type: &'s ResourceType) -> Option<&'s Schema> {
    let core = &resource_type.core;
    if urn.eq_ignore_ascii_case(&core.id) { Some(core) } else { resource_type.extension(urn) }
}

/// "emails has no sub-attribute "valu"; it has value, display, type, primary"
pub(super) fn no_sub_attribute(attribute: &Attribute, sub: &str) -> String {
    let sub = shortened(sub);
    if attribute.kind == Kind::Complex {
        format!("{} has no sub-attribute {sub:?}; it has {}", attribute.name, sub_attributes(attribute))
    } else {
        format!("{} has no sub-attributes, and none named {sub:?}", attribute.name)
    }
}

/// The sub-attributes' names with commas between them.
pub(super) fn sub_attributes(attribute: &Attribute) -> String {
    attribute.sub_attributes.iter().map(|sub| sub.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// "; did you mean emails?", or nothing.
fn suggestion(path: &AttributePath, resource_type: &ResourceType) -> String {
    let wanted = AttributePath { urn: None, ..path.clone() }.to_string().to_ascii_lowercase();
    // Who is further off than that, or wrote a novel, is not helped by a guess.
    let tolerance = wanted.len().div_ceil(3).min(3);
    if wanted.len() > 64 {
        return String::new();
    }
    candidates(resource_type)
        .map(|(key, attribute)| (strsim::osa_distance(&wanted, &key.to_ascii_lowercase()), attribute))
        .filter(|(distance, _)| *distance <= tolerance)
        .min_by_key(|(distance, _)| *distance)
        .map_or_else(String::new, |(_, attribute)| format!("; did you mean {attribute}?"))
}

/// All attributes under the names by which people look for them: `emails.value`, `department` without its URN,
/// `familyName` without the `name` in front.
fn candidates(resource_type: &ResourceType) -> impl Iterator<Item = (String, AttrRef<'_>)> {
    let own = [&resource_type.core, &resource_type.common].map(|schema| (None, schema));
    let extensions = resource_type.extensions.iter().map(|extension| (Some(&extension.schema), &extension.schema));
    let attributes = own.into_iter().chain(extensions).flat_map(|(extension, schema)| {
        schema.attributes.iter().map(move |attribute| AttrRef { extension, attribute, sub: None })
    });
    attributes.flat_map(|whole| {
        let name = &whole.attribute.name;
        let subs = whole.attribute.sub_attributes.iter().flat_map(move |sub| {
            let alone = (!whole.attribute.multi_valued).then(|| sub.name.clone());
            let found = AttrRef { sub: Some(sub), ..whole };
            std::iter::once(format!("{name}.{}", sub.name)).chain(alone).map(move |key| (key, found))
        });
        std::iter::once((name.clone(), whole)).chain(subs)
    })
}

#[cfg(test)]
mod tests {
    use super::{find_attribute, read};
    use crate::scim::schema::ResourceType;
    use crate::scim::urn;

    #[test]
    fn the_name_stands_behind_the_last_colon_and_the_sub_attribute_behind_its_dot() {
        let manager = format!("{}:manager.value", urn::ENTERPRISE_USER);
        for (text, urn, name, sub) in [
            ("userName", None, "userName", None),
            ("emails.value", None, "emails", Some("value")),
            ("members.$ref", None, "members", Some("$ref")),
            ("x-a_1", None, "x-a_1", None),
            (&manager, Some(urn::ENTERPRISE_USER), "manager", Some("value")),
        ] {
            let path = read(text).unwrap();
            assert_eq!((path.urn.as_deref(), path.name.as_str(), path.sub.as_deref()), (urn, name, sub));
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in
            ["", ".", "a.", ".a", "a.b.c", ":a", "urn:a:", "1a", "a b", "$", "$$ref", "urn:x:2.0", "a%", "ünder", "a,b"]
        {
            let problem = read(text).unwrap_err();
            assert!(problem.contains("is no attribute name"), "{text}: {problem}");
        }
    }

    #[test]
    fn unknown_names_are_told_with_what_was_probably_meant() {
        const ENTERPRISE: &str = urn::ENTERPRISE_USER;
        for (text, sentence) in [
            ("usrname", "User has no attribute \"usrname\"; did you mean userName?".to_owned()),
            ("email", "User has no attribute \"email\"; did you mean emails?".to_owned()),
            ("emial.value", "User has no attribute \"emial\"; did you mean emails.value?".to_owned()),
            ("familyName", "User has no attribute \"familyName\"; did you mean name.familyName?".to_owned()),
            ("department", format!("User has no attribute \"department\"; did you mean {ENTERPRISE}:department?")),
            ("favouriteColour", "User has no attribute \"favouriteColour\"".to_owned()),
            (
                &format!("{ENTERPRISE}:departmnt"),
                format!(
                    "the schema {ENTERPRISE} has no attribute \"departmnt\"; did you mean {ENTERPRISE}:department?"
                ),
            ),
            (
                "urn:nobody:department",
                format!(
                    "User has no schema \"urn:nobody\" with an attribute \"department\"; \
                     did you mean {ENTERPRISE}:department?"
                ),
            ),
            ("emails.valu", "emails has no sub-attribute \"valu\"; it has value, display, type, primary".to_owned()),
            ("userName.value", "userName has no sub-attributes, and none named \"value\"".to_owned()),
        ] {
            let problem = find_attribute(&read(text).unwrap(), ResourceType::user()).unwrap_err();
            assert_eq!(problem.to_string(), sentence);
        }
    }
}
