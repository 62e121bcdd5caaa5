//! Audit records: written once, never changed.

use super::batch::Step;
use super::error::Result;
use super::tx::Tx;
use super::value::Json;
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

/// Writes many records at once.
///
/// # Errors
///
/// Those of the database.
pub async fn insert_all(tx: &mut Tx<'_>, scope: TenantScope, records: &[AuditRecord]) -> Result<()> {
    let records: Vec<serde_json::Value> = records
        .iter()
        .map(|record| {
            serde_json::json!({
                "id": record.id.uuid().simple().to_string(),
                "at": record.at.micros(),
                "actor": record.actor.kind(),
                "actor_id": record.actor.id(),
                "cause": cause(&record.cause),
                "action": record.action.name(),
                "subject": subject(record.subject).simple().to_string(),
                "changes": serde_json::Value::Object(record.changes.clone()).to_string(),
            })
        })
        .collect();
    exec!(
        tx,
        {
            pg: "INSERT INTO audit_records (tenant_id, id, at, actor, actor_id, cause, action, subject_id, changes)
                 SELECT $1, n.id, timestamptz '1970-01-01 00:00:00Z' + n.at * interval '1 microsecond', n.actor, n.actor_id,
                     n.cause, n.action, n.subject, n.changes
                 FROM jsonb_to_recordset($2) AS n(id uuid, at bigint, actor text, actor_id text, cause text, action text,
                     subject uuid, changes text)",
            lite: "INSERT INTO audit_records (tenant_id, id, at, actor, actor_id, cause, action, subject_id, changes)
                 SELECT $1, unhex(n.value ->> '$.id'), n.value ->> '$.at', n.value ->> '$.actor', n.value ->> '$.actor_id',
                     n.value ->> '$.cause', n.value ->> '$.action', unhex(n.value ->> '$.subject'), n.value ->> '$.changes'
                 FROM json_each($2) AS n"
        },
        scope.tenant(),
        Json(serde_json::Value::from(records).to_string())
    )?;
    Ok(())
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Event(id) => format!("event:{id}"),
        Cause::Request(id) => format!("request:{id}"),
        Cause::Command => "command".to_owned(),
        Cause::Clock => "clock".to_owned(),
    }
}

const fn subject(subject: Subject) -> uuid::Uuid {
    match subject {
        Subject::Employee(id) => id.uuid(),
        Subject::Group(id) => id.uuid(),
        Subject::Token(id) => id.uuid(),
        Subject::Client(id) => id.uuid(),
        Subject::Tenant(id) => id.uuid(),
        Subject::Pool(id) => id.uuid(),
        Subject::Thing(id) => id.uuid(),
        Subject::Desk(id) => id.uuid(),
    }
}
