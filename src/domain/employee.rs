//! Employees: the people with an account.

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};

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

/// What is the administrator's to say about an employee, whoever made him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmployeeSettings {
    /// He is told of calls he missed.
    pub notify_missed_calls: bool,
    /// He is told of faxes he missed.
    pub notify_missed_faxes: bool,
    /// He has to choose another password when he logs in next.
    pub must_change_password: bool,
    /// Which of his numbers is shown when he calls; none: his rules say.
    pub default_number: Option<ThingId>,
}

impl Default for EmployeeSettings {
    /// As the manual has it: notifications are on.
    fn default() -> Self {
        Self { notify_missed_calls: true, notify_missed_faxes: true, must_change_password: false, default_number: None }
    }
}

/// The longest address that mail can go to (RFC 5321, section 4.5.3.1.3, without the brackets).
const MAX_EMAIL: usize = 254;

/// Checks that mail can be sent to an address: a name, `@`, a domain, and nothing that could end a header line. Whether
/// anybody reads it only a mail can tell.
///
/// # Errors
///
/// What is wrong, for the one who typed it.
pub fn check_email(address: &str) -> Result<(), &'static str> {
    let shape = "an e-mail address is a name, @ and a domain, such as ada@example.com";
    let (local, domain) = address.rsplit_once('@').ok_or(shape)?;
    if address.len() > MAX_EMAIL {
        return Err("an e-mail address has at most 254 bytes");
    }
    if address.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("an e-mail address holds neither blanks nor control characters");
    }
    let labels = || domain.split('.');
    if local.is_empty() || local.contains('@') || labels().any(str::is_empty) {
        return Err(shape);
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::check_email;

    #[test]
    fn an_address_is_a_name_and_a_domain_and_cannot_end_a_header_line() {
        for good in ["ada@example.com", "a@b", "zoë@exämple.com", "a.b+c@d.e"] {
            assert_eq!(check_email(good), Ok(()), "{good}");
        }
        let long = format!("{}@x", "a".repeat(253));
        for bad in ["", "ada", "@x", "ada@", "ada@.x", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", long.as_str()] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }
}
