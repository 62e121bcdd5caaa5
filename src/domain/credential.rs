//! Provisioning credentials as they are kept: never the token, only its keyed hash (I1).

use ipnet::IpNet;

use crate::base::clock::Ts;
use crate::base::ids::TokenId;

/// What may be known of a token.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TokenSummary {
    /// The identifier, for `token revoke`.
    pub id: TokenId,
    /// What the administrator calls it.
    pub label: String,
    /// The connection it opens.
    pub connection: String,
    /// What it may do: `scim`.
    pub scope: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub created_at: Ts,
    /// When it dies by itself.
    #[serde(serialize_with = "optional_rfc3339")]
    pub expires_at: Option<Ts>,
    /// When it was taken back.
    #[serde(serialize_with = "optional_rfc3339")]
    pub revoked_at: Option<Ts>,
    /// When it was used last, to the minute.
    #[serde(serialize_with = "optional_rfc3339")]
    pub last_used_at: Option<Ts>,
    /// From where it was used last.
    pub last_used_from: Option<String>,
    /// From where it may be used; empty: from anywhere.
    pub allow_from: Vec<IpNet>,
}

/// Whether a token can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenState {
    /// It can.
    Active,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl TokenSummary {
    /// Whether the token can be used at `now`.
    #[must_use]
    pub fn state(&self, now: Ts) -> TokenState {
        if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else {
            TokenState::Active
        }
    }
}

/// Writes an instant as RFC 3339 text, or null.
///
/// # Errors
///
/// Those of the serializer.
pub fn optional_rfc3339<S: serde::Serializer>(instant: &Option<Ts>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => serializer.collect_str(instant),
        None => serializer.serialize_none(),
    }
}
