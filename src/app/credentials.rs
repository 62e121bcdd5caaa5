//! What the operator's use cases for tokens and for OAuth clients have in common.

use ipnet::IpNet;
use uuid::Uuid;

use crate::base::clock::Ts;
use crate::base::ids::AuditId;
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::credential::CredentialSummary;
use crate::storage::credentials::CredentialRow;

pub(super) fn summary<Id: From<Uuid>>(row: CredentialRow) -> CredentialSummary<Id> {
    CredentialSummary {
        id: row.id.into(),
        label: row.label,
        connection: row.connection,
        scope: row.scope,
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
        last_used_from: row.last_used_from,
        last_refused_at: row.last_refused_at,
        last_refused_for: row.last_refused_for,
        allow_from: networks(&row.allow_from),
    }
}

/// Networks as they are stored: separated by blanks.
pub(super) fn stored(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Networks that were stored; they were parsed before they were written.
pub(super) fn networks(stored: &str) -> Vec<IpNet> {
    stored.split_whitespace().filter_map(|net| net.parse().ok()).collect()
}

/// What an operator has done to a token or a client.
pub(super) fn record(subject: Subject, action: Action, operator: &str, at: Ts) -> AuditRecord {
    AuditRecord {
        id: AuditId::generate(),
        at,
        actor: Actor::Operator(operator.to_owned()),
        cause: Cause::Command,
        action,
        subject,
        changes: serde_json::Map::new(),
    }
}
