//! Groups of identity providers, and what a tenant says about all of his.

use crate::base::clock::Ts;
use crate::base::ids::GroupId;

/// Whether two groups of a tenant may have one name, letter case aside (decision 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupNames {
    /// They may not.
    Unique,
    /// They may: some directories know groups by their identifiers alone.
    Free,
}

/// What answers a `PATCH` of a group (decision 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupPatchResponse {
    /// 204 without a body, as Entra wants it.
    None,
    /// 200 with the group, for clients that insist.
    Resource,
}

macro_rules! closed_set {
    ($type:ident, $($variant:ident $name:literal),+) => {
        impl $type {
            /// The closed-set name, as it is stored.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
closed_set!(GroupNames, Unique "unique", Free "free");
closed_set!(GroupPatchResponse, None "none", Resource "resource");

/// What a tenant says about groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct GroupSettings {
    /// Whether names are unique.
    pub group_names: GroupNames,
    /// What answers a `PATCH`.
    pub group_patch_response: GroupPatchResponse,
}

/// One line about a group.
#[derive(Debug, Clone, serde::Serialize)]
pub struct GroupSummary {
    /// The identifier; the `id` of the SCIM Group.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// The identifier that the IdP gave.
    pub external_id: Option<String>,
    /// How many employees are in it, directly.
    pub employees: u64,
    /// How many groups are in it, directly.
    pub groups: u64,
    /// The connection it came by.
    pub connection: String,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub created_at: Ts,
}
