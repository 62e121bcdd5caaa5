//! Resource types: a core schema with its extensions (RFC 7643, section 6).

use std::sync::LazyLock;

use super::{AttrRef, Schema};

/// A kind of resource that is served under an endpoint of its own.
#[derive(Debug)]
pub struct ResourceType {
    /// The `id` and `name`, e.g. `User`.
    pub name: &'static str,
    /// The path below the base URL, e.g. `/Users`.
    pub endpoint: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// What every resource has (RFC 7643, section 3.1).
    pub common: Schema,
    /// The core schema.
    pub core: Schema,
    /// The extensions, in the order in which they are listed.
    pub extensions: Vec<Extension>,
}

/// A schema extension of a resource type.
#[derive(Debug)]
pub struct Extension {
    /// Its document.
    pub schema: Schema,
    /// Whether a resource without it is refused.
    pub required: bool,
}

static USER: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
    name: "User",
    endpoint: "/Users",
    description: "A person with an account: an employee of the telephone system.",
    common: compiled_in(include_str!("../../../schemas/common.json")),
    core: compiled_in(include_str!("../../../schemas/user.json")),
    extensions: vec![
        Extension { schema: compiled_in(include_str!("../../../schemas/enterprise_user.json")), required: false },
        Extension { schema: compiled_in(include_str!("../../../schemas/telephony_user.json")), required: false },
    ],
});

static GROUP: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
    name: "Group",
    endpoint: "/Groups",
    description: "A group of the identity provider, on which grants hang.",
    common: compiled_in(include_str!("../../../schemas/common.json")),
    core: compiled_in(include_str!("../../../schemas/group.json")),
    extensions: vec![],
});

fn compiled_in(document: &str) -> Schema {
    serde_json::from_str(document).expect("the documents in schemas/ are read by a test")
}

impl ResourceType {
    /// `User` with the enterprise and the telephony extension.
    #[must_use]
    pub fn user() -> &'static Self {
        &USER
    }

    /// `Group`.
    #[must_use]
    pub fn group() -> &'static Self {
        &GROUP
    }

    /// The extension with that URN, letter case aside (RFC 7643, section 10: URNs compare without it).
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().map(|extension| &extension.schema).find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// Finds an attribute by its schema URN (`None`: the core schema and the common attributes), its name and the name
    /// of a sub-attribute; letter case aside. `None` when no schema declares it.
    #[must_use]
    pub fn find(&self, urn: Option<&str>, name: &str, sub: Option<&str>) -> Option<AttrRef<'_>> {
        let (extension, attribute) = match urn {
            Some(urn) if !urn.eq_ignore_ascii_case(&self.core.id) => {
                let schema = self.extension(urn)?;
                (Some(schema), schema.attribute(name)?)
            }
            _ => (None, self.core.attribute(name).or_else(|| self.common.attribute(name))?),
        };
        let sub = match sub {
            Some(sub) => Some(attribute.sub_attribute(sub)?),
            None => None,
        };
        Some(AttrRef { extension, attribute, sub })
    }
}

#[cfg(test)]
mod tests {
    use super::ResourceType;
    use crate::scim::urn;

    #[test]
    fn attributes_are_found_by_name_and_urn_in_any_letter_case() {
        let user = ResourceType::user();
        for (schema, name, sub, found) in [
            (None, "USERNAME", None, "userName"),
            (Some(urn::USER), "name", Some("FamilyName"), "name.familyName"),
            (None, "meta", Some("lastModified"), "meta.lastModified"),
        ] {
            assert_eq!(user.find(schema, name, sub).unwrap().to_string(), found);
        }
        let upper = urn::ENTERPRISE_USER.to_uppercase();
        let manager = user.find(Some(&upper), "manager", None).unwrap();
        assert_eq!(manager.comparable().unwrap().keys(), [urn::ENTERPRISE_USER, "manager", "value"]);
        assert!(user.find(None, "manager", None).is_none());
        assert!(user.find(Some("urn:nobody"), "userName", None).is_none());
    }

    #[test]
    fn names_within_one_schema_differ_by_more_than_case() {
        for kind in [ResourceType::user(), ResourceType::group()] {
            for schema in std::iter::once(&kind.core).chain(kind.extensions.iter().map(|e| &e.schema)) {
                let mut names: Vec<_> = schema.attributes.iter().map(|a| a.name.to_lowercase()).collect();
                names.sort();
                names.dedup();
                assert_eq!(names.len(), schema.attributes.len(), "{}", schema.id);
            }
        }
    }
}
