//! Employees: the people with an account.

use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;

/// What the telephone side knows of a person, taken from what the identity provider sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name to log in with, as sent.
    pub user_name: String,
    /// The key under which it is unique.
    pub user_name_key: String,
    /// The identifier that the IdP gave.
    pub external_id: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// Where letters go: the primary address, else the first (decision 17).
    pub email: Option<String>,
    /// The language of letters and pages.
    pub language: Option<String>,
}

/// Keys under which an employee is found besides his columns: attribute and folded value.
pub type LookupKey = (&'static str, String);

/// One line about an employee.
#[derive(Debug, Clone, serde::Serialize)]
pub struct EmployeeSummary {
    /// The identifier; the `id` of the SCIM User.
    pub id: EmployeeId,
    /// The user name.
    pub user_name: String,
    /// The identifier that the IdP gave.
    pub external_id: Option<String>,
    /// The name to show: display name, else given and family name.
    pub name: Option<String>,
    /// Where letters go.
    pub email: Option<String>,
    /// Who locks him: `idp`, `administrator`.
    pub locked_by: Vec<&'static str>,
    /// The connection he came by; `None`: made by hand.
    pub connection: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When he was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub created_at: Ts,
    /// When he was changed last.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub updated_at: Ts,
}
