//! Audit records: written once, never changed.

use super::batch::Step;
use super::error::Result;
use super::tx::Tx;
use crate::domain::audit::{AuditRecord, Cause, Subject};
use crate::domain::tenant::TenantScope;

/// The record as a step of a batch.
#[must_use]
pub fn step(scope: TenantScope, record: &AuditRecord) -> Step {
    step!(
        "INSERT INTO audit_records (tenant_id, id, at, actor, actor_id, cause, action, subject_id, changes)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE true",
        scope.tenant(),
        record.id,
        record.at,
        record.actor.kind(),
        record.actor.id(),
        cause(&record.cause),
        record.action.name(),
        subject(record.subject),
        serde_json::Value::Object(record.changes.clone()).to_string(),
    )
}

/// Writes the record within a unit of work.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, record: &AuditRecord) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO audit_records (tenant_id, id, at, actor, actor_id, cause, action, subject_id, changes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        scope.tenant(),
        record.id,
        record.at,
        record.actor.kind(),
        record.actor.id(),
        cause(&record.cause),
        record.action.name(),
        subject(record.subject),
        serde_json::Value::Object(record.changes.clone()).to_string(),
    )?;
    Ok(())
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Event(id) => format!("event:{id}"),
        Cause::Command => "command".to_owned(),
    }
}

const fn subject(subject: Subject) -> uuid::Uuid {
    match subject {
        Subject::Employee(id) => id.uuid(),
        Subject::Group(id) => id.uuid(),
        Subject::Token(id) => id.uuid(),
        Subject::Client(id) => id.uuid(),
        Subject::Tenant(id) => id.uuid(),
    }
}
