//! A group as it is stored, and its JSON form without members.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::base::clock::Ts;
use crate::base::ids::GroupId;
use crate::storage::groups::GroupRow;

/// A SCIM Group as it stands in the database, without its members.
#[derive(Debug, Clone)]
pub struct StoredGroup {
    /// The identifier.
    pub id: GroupId,
    /// Counts the changes, those of its members too, from 1; also the entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
    /// When it or its members were changed last.
    pub updated_at: Ts,
    /// The canonical JSON object without `id`, `meta` and `members`.
    pub document: String,
}

impl From<GroupRow> for StoredGroup {
    fn from(row: GroupRow) -> Self {
        Self {
            id: row.id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.changed_at(),
            document: row.document,
        }
    }
}

impl StoredGroup {
    /// The weak entity tag, e.g. `W/"3"` (decision 14).
    #[must_use]
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    /// `meta.location` and the `Location` header. `base` is [`App::scim_base`](crate::app::App::scim_base).
    #[must_use]
    pub fn location(&self, base: &str) -> String {
        format!("{base}/Groups/{}", self.id)
    }

    /// The resource as JSON text, before any projection and without `members`.
    #[must_use]
    pub fn to_json(&self, base: &str) -> String {
        let mut out = String::with_capacity(self.document.len() + base.len() + 320);
        let _ = write!(
            out,
            "{{\"id\":\"{id}\",\"meta\":{{\"resourceType\":\"Group\",\"created\":\"{created}\",\"lastModified\":\"{modified}\",\
             \"location\":{location},\"version\":\"W/\\\"{version}\\\"\"}},{document}",
            id = self.id,
            created = self.created_at,
            modified = self.updated_at,
            location = Value::String(self.location(base)),
            version = self.version,
            document = self.document.strip_prefix('{').unwrap_or(&self.document),
        );
        out
    }
}

/// A canonical document as a map.
pub(super) fn canonical(document: &str) -> Map<String, Value> {
    serde_json::from_str(document).expect("only canonical documents are written")
}
