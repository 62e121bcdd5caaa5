//! What a resource may hold, read from the schema documents in `schemas/` (RFC 7643, sections 2 and 7).
//!
//! The documents are compiled in and parsed once. Three of their keys are ours: `maxLength` bounds a string in
//! characters, `maxItems` a list in values (L2), and `default` is the value that an absent boolean counts as. The
//! document `common` is ours, too: it lists what every resource has (RFC 7643, section 3.1), which the RFC leaves out
//! of its schemas. None of these is served.

mod resolve;
mod resource_type;

pub use resolve::AttrRef;
pub use resource_type::{Extension, ResourceType};

use serde::Deserialize;

/// The bound of a string whose document names none, in characters.
pub const DEFAULT_MAX_LENGTH: usize = 1024;

/// The bound of a list whose document names none, in values.
pub const DEFAULT_MAX_ITEMS: usize = 200;

/// One schema document (RFC 7643, section 7).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// The human name, e.g. `User`.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// The top-level attributes.
    pub attributes: Vec<Attribute>,
}

/// One attribute with its characteristics (RFC 7643, sections 2.2 and 7).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name in its canonical case.
    pub name: String,
    /// The data type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether it is a list.
    #[serde(default)]
    pub multi_valued: bool,
    /// One sentence.
    #[serde(default)]
    pub description: String,
    /// Whether a resource without it is refused.
    #[serde(default)]
    pub required: bool,
    /// Whether letter case counts when values are compared.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may change it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is shown.
    #[serde(default)]
    pub returned: Returned,
    /// The sub-attributes of a complex attribute.
    #[serde(default)]
    pub sub_attributes: Vec<Attribute>,
    /// The longest string, in characters.
    #[serde(default = "default_max_length")]
    pub max_length: usize,
    /// The longest list, in values; `None` (a `null` in the document) where it is kept as rows and may be any length.
    #[serde(default = "default_max_items")]
    pub max_items: Option<usize>,
    /// What a boolean without a value counts as. A client's blank leaves such an attribute as it is: only a removal
    /// unassigns it.
    #[serde(default)]
    pub default: Option<bool>,
}

const fn default_max_length() -> usize {
    DEFAULT_MAX_LENGTH
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
const fn default_max_items() -> Option<usize> {
    Some(DEFAULT_MAX_ITEMS)
}

/// The data types of RFC 7643, section 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number with decimals.
    Decimal,
    /// A whole number of 64 bits.
    Integer,
    /// An `xsd:dateTime`.
    DateTime,
    /// Base 64 text.
    Binary,
    /// A URI; case-exact.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// Who may change an attribute (RFC 7643, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// The server alone.
    ReadOnly,
    /// The client, at any time.
    #[default]
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, and nobody may read it.
    WriteOnly,
}

/// When an attribute is shown (RFC 7643, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer.
    Always,
    /// In no answer.
    Never,
    /// Unless it is left out by name.
    #[default]
    Default,
    /// Only when it is asked for by name.
    Request,
}

impl Attribute {
    /// The sub-attribute of that name, letter case aside (RFC 7643, section 2.1).
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Self> {
        find(&self.sub_attributes, name)
    }
}

impl Schema {
    /// The top-level attribute of that name, letter case aside.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
