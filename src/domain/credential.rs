//! Provisioning credentials as they are kept: never the token or secret, only its keyed hash (I1, I2).

use std::time::Duration;

use ipnet::IpNet;

use crate::base::clock::Ts;
use crate::base::ids::{ClientId, ClientKeyId, TokenId};

/// What an identity provider has proven who it is with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A token that it keeps.
    Token(TokenId),
    /// An access token that its client has asked for.
    Client(ClientId),
}

impl Credential {
    /// The bare UUID, for the database.
    #[must_use]
    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Token(id) => id.uuid(),
            Self::Client(id) => id.uuid(),
        }
    }
}

/// What a token opens (I4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum TokenScope {
    /// SCIM, for the identity provider of one connection.
    #[serde(rename = "scim")]
    Scim,
    /// Looking at everything that the admin API shows of the tenant.
    #[serde(rename = "admin:read")]
    AdminRead,
    /// Looking and changing.
    #[serde(rename = "admin:write")]
    AdminWrite,
}

impl TokenScope {
    /// The closed-set name, as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::AdminRead => "admin:read",
            Self::AdminWrite => "admin:write",
        }
    }

    /// The scope of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Scim, Self::AdminRead, Self::AdminWrite].into_iter().find(|scope| scope.name() == name)
    }

    /// How many tokens of it may be active. Of a connection's: the one in use and its successor (I1). The admin API is
    /// used by several programs of a tenant, each with a token of its own, which all of them may want to replace; what
    /// nobody remembers shall not pile up.
    #[must_use]
    pub const fn most_active(self) -> i64 {
        match self {
            Self::Scim => 2,
            Self::AdminRead | Self::AdminWrite => 10,
        }
    }
}

/// The days before its end on which the expiry of a credential is announced (I3), the last one first.
const ANNOUNCED_DAYS: [u8; 4] = [1, 7, 14, 30];
const DAY: Duration = Duration::from_hours(24);

/// The announcement that is due at `now` for a credential that ends at `expires_at` (I3): so many days are left at
/// most. `None` while there is time, when there is no end, and when it has come.
#[must_use]
pub fn announcement_due(expires_at: Option<Ts>, now: Ts) -> Option<u8> {
    let left = expires_at.filter(|end| *end > now).map(|end| now.until(end))?;
    ANNOUNCED_DAYS.into_iter().find(|days| left <= DAY * u32::from(*days))
}

/// How long the old one lives when a credential is rotated and nobody says otherwise (I1).
pub const ROTATION_OVERLAP: Duration = DAY;

/// When the old one ends after a rotation at `now`: after `overlap`, or sooner if it would have anyway.
#[must_use]
pub fn end_of_rotated(expires_at: Option<Ts>, now: Ts, overlap: Duration) -> Ts {
    let end = now.after(overlap);
    expires_at.map_or(end, |before| before.min(end))
}

/// Why a credential that was good once, or elsewhere, has been refused (I3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RefusalReason {
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// It came from an address that it is not for.
    Address,
}

impl RefusalReason {
    /// The closed-set name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Address => "address",
        }
    }
}

/// What may be known of a token or of an OAuth client.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CredentialSummary<Id> {
    /// The identifier: for `token revoke`, or the `client_id`.
    pub id: Id,
    /// What the administrator calls it.
    pub label: String,
    /// The connection it opens; none where it belongs to the tenant.
    pub connection: Option<String>,
    /// What it opens: `scim`, `admin:read` or `admin:write`.
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
    /// When it was refused last although it is known, to the minute.
    #[serde(serialize_with = "optional_rfc3339")]
    pub last_refused_at: Option<Ts>,
    /// Why: `expired`, `revoked` or `address`.
    pub last_refused_for: Option<String>,
    /// From where it may be used; empty: from anywhere.
    pub allow_from: Vec<IpNet>,
}

/// What may be known of a token (I1).
pub type TokenSummary = CredentialSummary<TokenId>;

/// What may be known of an OAuth client (I2).
#[derive(Debug, Clone, serde::Serialize)]
pub struct ClientSummary {
    /// What it has in common with a token.
    #[serde(flatten)]
    pub credential: CredentialSummary<ClientId>,
    /// How long its access tokens live, in seconds.
    pub token_lifetime: i64,
    /// Its secrets and public keys, newest first, the dead ones too for a while.
    pub keys: Vec<ClientKeySummary>,
}

/// What may be known of a client's secret or public key.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ClientKeySummary {
    /// The identifier, for `client revoke --key`.
    pub id: ClientKeyId,
    /// `secret` or `public_key`.
    pub kind: String,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub created_at: Ts,
    /// When it dies by itself, after a rotation.
    #[serde(serialize_with = "optional_rfc3339")]
    pub expires_at: Option<Ts>,
    /// When it was taken back.
    #[serde(serialize_with = "optional_rfc3339")]
    pub revoked_at: Option<Ts>,
    /// When it was used last, to the minute.
    #[serde(serialize_with = "optional_rfc3339")]
    pub last_used_at: Option<Ts>,
}

/// Whether a token, a client or a client's key can be used.
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

impl TokenState {
    /// The state at `now` of what was taken back or ends by itself at these instants.
    #[must_use]
    pub fn of(revoked_at: Option<Ts>, expires_at: Option<Ts>, now: Ts) -> Self {
        if revoked_at.is_some() {
            Self::Revoked
        } else if expires_at.is_some_and(|end| end <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }
}

impl<Id> CredentialSummary<Id> {
    /// Whether the token or client can be used at `now`.
    #[must_use]
    pub fn state(&self, now: Ts) -> TokenState {
        TokenState::of(self.revoked_at, self.expires_at, now)
    }
}

impl ClientKeySummary {
    /// Whether the secret or key can be used at `now`.
    #[must_use]
    pub fn state(&self, now: Ts) -> TokenState {
        TokenState::of(self.revoked_at, self.expires_at, now)
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{announcement_due, end_of_rotated};
    use crate::base::clock::Ts;

    #[test]
    fn i3_the_end_is_announced_thirty_fourteen_seven_and_one_day_before() {
        let now = Ts::parse("2026-11-22T08:00:00Z").unwrap();
        let day = Duration::from_hours(24);
        let due = |left: Duration| announcement_due(Some(now.after(left)), now);
        let tick = Duration::from_micros(1);
        assert_eq!(announcement_due(None, now), None);
        assert_eq!(due(day * 30 + tick), None);
        for (from, to, announced) in [(30, 14, 30), (14, 7, 14), (7, 1, 7)] {
            assert_eq!(due(day * from), Some(announced));
            assert_eq!(due(day * to + tick), Some(announced));
        }
        assert_eq!(due(day), Some(1));
        assert_eq!(due(tick), Some(1));
        assert_eq!(due(Duration::ZERO), None, "what has ended needs no announcement");
        assert_eq!(announcement_due(Some(Ts::from_micros(0)), now), None);
    }

    #[test]
    fn i1_a_rotated_credential_ends_after_a_day_or_as_it_was_told_before() {
        let now = Ts::parse("2026-11-22T08:00:00Z").unwrap();
        let day = Duration::from_hours(24);
        assert_eq!(end_of_rotated(None, now, day), now.after(day));
        assert_eq!(end_of_rotated(Some(now.after(day * 2)), now, day), now.after(day));
        assert_eq!(end_of_rotated(Some(now.after(day / 2)), now, day), now.after(day / 2));
    }
}
