//! Tenants: the operator's customers. Everything belongs to exactly one and is invisible to the others.

use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TenantId};

/// The right to touch one tenant's rows.
///
/// Every query takes one (T1). It is made where somebody has proven who he is, and nowhere else: by authentication
/// from a credential, and by the operator's use cases from a tenant's name. A test holds the callers to those files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// Vouches that the caller has proven his right to this tenant.
    #[must_use]
    pub const fn vouched(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(self) -> TenantId {
        self.0
    }
}

/// One customer of the PBX operator.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Tenant {
    /// The identifier.
    pub id: TenantId,
    /// The name that the operator's commands take, unique letter case aside.
    pub name: String,
    /// The customer number of the telephone system, unique.
    pub customer_number: String,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub created_at: Ts,
}

/// One identity provider's connection: its tokens open it, its employees belong to it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Connection {
    /// The identifier.
    pub id: ConnectionId,
    /// The name, unique within the tenant, letter case aside.
    pub name: String,
}

/// What becomes of an employee made by hand when an identity provider sends his user name (T7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HandmadeEmployees {
    /// He stays the administrator's, and the provider hears that the name is taken.
    #[default]
    Keep,
    /// He becomes the provider's.
    Adopt,
}

impl HandmadeEmployees {
    /// The closed-set name, as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Adopt => "adopt",
        }
    }

    /// Whether an identity provider gets him.
    #[must_use]
    pub const fn adopts(self) -> bool {
        matches!(self, Self::Adopt)
    }

    /// The value of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Keep, Self::Adopt].into_iter().find(|value| value.name() == name)
    }
}

/// What a tenant's administrators may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSettings {
    /// Where employees reach the administrator; goes out with registration mails.
    pub contact_email: Option<String>,
    /// The same by telephone, as the administrator writes it.
    pub contact_phone: Option<String>,
    /// The language of notifications, as a language tag (RFC 5646).
    pub language: String,
    /// For how many days what somebody held is kept for him.
    pub hold_days: i64,
    /// What becomes of employees made by hand.
    pub handmade_employees: HandmadeEmployees,
}

/// The longest hold, in days.
pub const MAX_HOLD_DAYS: i64 = 3650;

/// Whether a text has the form of a language tag (RFC 5646, section 2.1): `de`, `en-GB`, `zh-Hant-TW`.
#[must_use]
pub fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && text.len() <= 35
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Writes an instant as RFC 3339 text.
///
/// # Errors
///
/// Those of the serializer.
pub fn rfc3339<S: serde::Serializer>(instant: &Ts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}

#[cfg(test)]
mod tests {
    use super::is_language_tag;

    #[test]
    fn a_language_tag_is_a_language_and_what_narrows_it() {
        for good in ["de", "en-GB", "zh-Hant-TW", "gsw-u-sd-chzh"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "d", "deutsch", "de_DE", "de-", "-de", "de-ABCDEFGHI", "d3"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
    }
}
