//! PATCH paths (RFC 7644, section 3.5.2, figure 7), bound to the schemas of a resource type.

use serde_json::{Map, Value};

use super::error::Error;
use super::filter::{self, AttributePath, Expression, Filter, MAX_BYTES, matches_element};
use super::schema::{AttrRef, Kind, ResourceType, Schema};

/// Where a PATCH operation works.
#[derive(Debug, Clone)]
pub enum Path<'s> {
    /// A whole schema extension: the bare URN.
    Extension(&'s Schema),
    /// An attribute or sub-attribute, of all values or of those that the selector picks.
    Attribute {
        /// The attribute; its `sub` is the sub-attribute behind the bracket or the dot.
        target: AttrRef<'s>,
        /// The filter in brackets.
        selector: Option<Selector<'s>>,
    },
}

/// The filter in the brackets of a path, as written (what a new element is made from) and bound (what is tested).
#[derive(Debug, Clone)]
pub struct Selector<'s> {
    /// As written.
    pub expression: Expression,
    /// Bound to the sub-attributes of the target.
    pub filter: Filter<'s>,
}

impl Path<'_> {
    /// The text to which the path leads in a canonical resource: of several values that of the primary one, else of the
    /// first. `None` where there is none, or something else than text.
    #[must_use]
    pub fn text<'v>(&self, resource: &'v Map<String, Value>) -> Option<&'v str> {
        let Self::Attribute { target, selector } = self else { return None };
        let name = &target.attribute.name;
        let value = match target.extension {
            Some(schema) => resource.get(&schema.id)?.get(name)?,
            None => resource.get(name)?,
        };
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let selected = || {
            let fits = |element: &&Value| selector.as_ref().is_none_or(|s| matches_element(&s.filter, element));
            elements.iter().filter(fits)
        };
        let is_primary = |element: &&Value| element.get("primary").and_then(Value::as_bool) == Some(true);
        let element = selected().find(is_primary).or_else(|| selected().next())?;
        match target.sub {
            Some(sub) => element.get(&sub.name)?.as_str(),
            None => element.as_str().or_else(|| element.get("value")?.as_str()),
        }
    }
}

/// Reads a PATCH path, letter case aside: `attribute`, `attribute.sub`, `attribute[filter]`, `attribute[filter].sub`,
/// each with or without its schema's URN in front, or the bare URN of an extension.
///
/// Brackets may follow a complex attribute, be it a list or one value (`name[familyName eq "x"].givenName`).
///
/// # Errors
///
/// `invalidPath` when the path is malformed, too long or names an attribute that no schema declares;
/// `invalidFilter` when the filter in its brackets is at fault.
pub fn parse<'s>(text: &str, resource_type: &'s ResourceType) -> Result<Path<'s>, Error> {
    let text = text.trim_ascii();
    if let Some(schema) = resource_type.extension(text) {
        return Ok(Path::Extension(schema));
    }
    if text.eq_ignore_ascii_case(&resource_type.core.id) {
        return Err(Error::invalid_path(format!(
            "the path is the URN of {} itself; name an attribute, or leave the path out",
            resource_type.name
        )));
    }
    let (attribute, expression) = filter::parse_path(text)?;
    let target = filter::find_attribute(&attribute, resource_type)
        .map_err(|unknown| Error::invalid_path(unknown.to_string()))?;
    let selector = expression.map(|expression| select(expression, target)).transpose()?;
    Ok(Path::Attribute { target, selector })
}

fn select(expression: Expression, target: AttrRef<'_>) -> Result<Selector<'_>, Error> {
    let whole = AttrRef { sub: None, ..target };
    if whole.attribute.kind != Kind::Complex {
        return Err(Error::invalid_path(format!("{whole} has no sub-attributes, so no square brackets can follow it")));
    }
    let filter = filter::bind_element(&expression, whole)?;
    Ok(Selector { expression, filter })
}

/// Reads the name of one attribute as it stands in `attributes`, `excludedAttributes` and `sortBy` (RFC 7644, section
/// 3.10), without asking any schema for it; blanks around it are passed over.
///
/// The bare URN of a schema reads as the attribute behind its last colon (`User`): who allows URNs asks
/// [`ResourceType::extension`] first.
///
/// # Errors
///
/// `invalidPath` when this is no attribute name; brackets are not part of one.
pub fn parse_attribute(text: &str) -> Result<AttributePath, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::invalid_path(format!("an attribute name of more than {MAX_BYTES} bytes is not read")));
    }
    filter::read_name(text.trim_ascii()).map_err(Error::invalid_path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::filter::strategy::fragments;
    use super::{Path, parse, parse_attribute};
    use crate::scim::error::ScimType;
    use crate::scim::filter::MAX_BYTES;
    use crate::scim::schema::ResourceType;
    use crate::scim::urn;

    fn shown(path: &Path<'_>) -> String {
        match path {
            Path::Extension(schema) => format!("extension {}", schema.id),
            Path::Attribute { target, selector: None } => target.to_string(),
            Path::Attribute { target, selector: Some(selector) } => format!("{target} where {}", selector.expression),
        }
    }

    #[test]
    fn paths_are_read_in_every_form_and_letter_case() {
        let enterprise = urn::ENTERPRISE_USER;
        for (text, found) in [
            ("active", "active".to_owned()),
            ("USERNAME", "userName".to_owned()),
            ("name.familyname", "name.familyName".to_owned()),
            (r#"emails[type eq "work"].value"#, r#"emails.value where type eq "work""#.to_owned()),
            (r#"Emails[Type Eq "work"]"#, r#"emails where Type eq "work""#.to_owned()),
            (
                r#"addresses[type eq "work" and primary eq true].locality"#,
                r#"addresses.locality where type eq "work" and primary eq true"#.to_owned(),
            ),
            (r#"roles[primary eq "True"].value"#, r#"roles.value where primary eq "True""#.to_owned()),
            (r#"name[familyName eq "x"].givenName"#, r#"name.givenName where familyName eq "x""#.to_owned()),
            (enterprise, format!("extension {enterprise}")),
            (&enterprise.to_uppercase(), format!("extension {enterprise}")),
            (&format!("{enterprise}:Department"), format!("{enterprise}:department")),
            (&format!("{enterprise}:manager.value"), format!("{enterprise}:manager.value")),
            (&format!("{}:name.familyName", urn::USER), "name.familyName".to_owned()),
            (
                &format!(r#"{}:emails[type eq "work"].value"#, urn::USER),
                r#"emails.value where type eq "work""#.to_owned(),
            ),
            (
                &format!(r#"{}:numbers[value eq "+49"]"#, urn::TELEPHONY_USER),
                format!(r#"{}:numbers where value eq "+49""#, urn::TELEPHONY_USER),
            ),
            (" password ", "password".to_owned()),
        ] {
            let path = parse(text, ResourceType::user()).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(shown(&path), found);
        }
        let member = parse(r#"members[value eq "2819c223"]"#, ResourceType::group()).unwrap();
        assert_eq!(shown(&member), r#"members where value eq "2819c223""#);
    }

    #[test]
    fn paths_that_lead_nowhere_are_refused_with_the_reason() {
        use ScimType::{InvalidFilter, InvalidPath};
        let long = "a".repeat(MAX_BYTES + 1);
        for (text, scim_type, detail) in [
            ("", InvalidPath, "the path cannot be read at character 1: expected an attribute name, found the end"),
            ("nickname.x", InvalidPath, r#"nickName has no sub-attributes, and none named "x""#),
            ("emial", InvalidPath, r#"User has no attribute "emial"; did you mean emails?"#),
            ("emails.valu", InvalidPath, r#"emails has no sub-attribute "valu"; it has value, display, type, primary"#),
            (r#"emails[type eq "work"].valu"#, InvalidPath, r#"emails has no sub-attribute "valu""#),
            (
                r#"emails.value[type eq "work"]"#,
                InvalidPath,
                "the path cannot be read at character 13: square brackets cannot follow a sub-attribute",
            ),
            (
                r#"emails[type eq "work"].value x"#,
                InvalidPath,
                r#"the path cannot be read at character 30: expected the end, found "x""#,
            ),
            (
                r#"emails[type eq "work"]value"#,
                InvalidPath,
                r#"the path cannot be read at character 23: expected the end, found "value""#,
            ),
            (
                "userName eq \"x\"",
                InvalidPath,
                r#"the path cannot be read at character 10: expected the end, found "eq""#,
            ),
            ("a.b.c", InvalidPath, r#"the path cannot be read at character 1: "a.b.c" is no attribute name"#),
            (
                r#"schemas[value eq "x"]"#,
                InvalidPath,
                "schemas has no sub-attributes, so no square brackets can follow it",
            ),
            (r#"userName[value eq "x"]"#, InvalidPath, "userName has no sub-attributes"),
            (urn::USER, InvalidPath, "the path is the URN of User itself"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:Nobody", InvalidPath, "User has no schema"),
            (&long, InvalidPath, "the path cannot be read at character 1: it is 4097 bytes long"),
            ("emails[0]", InvalidFilter, r#"the filter cannot be read at character 8: "0" is no attribute name"#),
            ("emails[type]", InvalidFilter, "the filter cannot be read at character 12: expected an operator"),
            (r#"emails[type eq "work""#, InvalidFilter, "the filter cannot be read at character 22: expected"),
            (r#"emails[type eq "work]"#, InvalidFilter, "the filter cannot be read at character 16: the string"),
            (r#"emails[typ eq "work"]"#, InvalidFilter, r#"emails has no sub-attribute "typ""#),
            (r#"emails[primary eq "maybe"]"#, InvalidFilter, "emails.primary is compared with true or false"),
        ] {
            let error = parse(text, ResourceType::user()).unwrap_err();
            assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{text}: {error}");
            assert!(error.detail.starts_with(detail), "{text}\n  {}\n  {detail}", error.detail);
        }
    }

    #[test]
    fn attribute_names_are_read_alone() {
        let path = parse_attribute(&format!(" {}:manager.value ", urn::ENTERPRISE_USER)).unwrap();
        assert_eq!(path.urn.as_deref(), Some(urn::ENTERPRISE_USER));
        assert_eq!((path.name.as_str(), path.sub.as_deref()), ("manager", Some("value")));
        for text in ["", r#"emails[type eq "work"]"#, "userName,emails", "user name"] {
            let error = parse_attribute(text).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidPath));
            assert!(error.detail.contains("is no attribute name"), "{error}");
        }
        assert!(parse_attribute(&"a".repeat(MAX_BYTES + 1)).is_err());
    }

    proptest! {
        #[test]
        fn l6_no_text_makes_the_path_parser_panic(text in ".{0,100}", row in fragments()) {
            for text in [text, row] {
                let _ = parse(&text, ResourceType::user());
                let _ = parse_attribute(&text);
            }
        }
    }
}
