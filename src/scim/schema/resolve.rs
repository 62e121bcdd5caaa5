//! An attribute found in the schemas of a resource type.

use super::{Attribute, Kind, Schema};

/// One attribute of a resource type, with the schema it stands in and the sub-attribute, where one is meant.
#[derive(Debug, Clone, Copy)]
pub struct AttrRef<'s> {
    /// The extension it belongs to; `None` for the core schema and the common attributes.
    pub extension: Option<&'s Schema>,
    /// The top-level attribute.
    pub attribute: &'s Attribute,
    /// The sub-attribute of a complex attribute.
    pub sub: Option<&'s Attribute>,
}

impl<'s> AttrRef<'s> {
    /// The attribute whose values are meant: the sub-attribute, else the attribute itself.
    #[must_use]
    pub fn target(&self) -> &'s Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The same, or its `value` sub-attribute where a complex attribute is compared as if it were simple:
    /// `emails co "@example.com"` (RFC 7644, section 3.4.2.2), `manager eq "…"`, `members eq "…"`.
    #[must_use]
    pub fn comparable(self) -> Option<Self> {
        if self.target().kind != Kind::Complex {
            return Some(self);
        }
        if self.sub.is_some() {
            return None;
        }
        self.attribute.sub_attribute("value").map(|value| Self { sub: Some(value), ..self })
    }

    /// The keys that lead to it from the top of a resource: extension URN, attribute, sub-attribute.
    #[must_use]
    pub fn keys(&self) -> Vec<&'s str> {
        let extension = self.extension.map(|schema| schema.id.as_str());
        let sub = self.sub.map(|sub| sub.name.as_str());
        extension.into_iter().chain([self.attribute.name.as_str()]).chain(sub).collect()
    }
}

impl std::fmt::Display for AttrRef<'_> {
    /// The attribute notation of RFC 7644, section 3.10: `name.familyName`, `urn:…:User:manager.value`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = self.extension {
            write!(f, "{}:", schema.id)?;
        }
        f.write_str(&self.attribute.name)?;
        self.sub.map_or(Ok(()), |sub| write!(f, ".{}", sub.name))
    }
}
