//! A user as it is stored, and its JSON form.

use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::lock::Lock;

/// A SCIM User as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredUser {
    /// The identifier.
    pub id: EmployeeId,
    /// Counts the changes, from 1; also the entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
    /// When it was changed last.
    pub updated_at: Ts,
    /// Whose keys lock the employee.
    pub lock: Lock,
    /// The canonical JSON object without `id`, `meta`, `groups` and what the telephone side adds.
    pub document: String,
}

/// A page of a list (RFC 7644, section 3.4.2).
#[derive(Debug, Clone)]
pub struct UserPage {
    /// How many users the filter selects.
    pub total: u64,
    /// The users of this page.
    pub users: Vec<StoredUser>,
}

impl StoredUser {
    /// The weak entity tag, e.g. `W/"3"` (decision 14).
    #[must_use]
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    /// `meta.location` and the `Location` header. `base` is [`App::scim_base`](crate::app::App::scim_base).
    #[must_use]
    pub fn location(&self, base: &str) -> String {
        format!("{base}/Users/{}", self.id)
    }

    /// The whole resource as JSON text, before any projection.
    #[must_use]
    pub fn to_json(&self, base: &str) -> String {
        let _ = base;
        todo!()
    }
}
