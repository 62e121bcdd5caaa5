//! The outbox: what has to leave, in the order in which it happened.

use serde_json::{Map, Value, json};

use super::batch::Step;
use super::error::Result;
use super::tx::Tx;
use super::value::{Json, Value as Argument};
use crate::base::clock::Ts;
use crate::domain::outbox::{About, OutboxMessage, Topic};
use crate::domain::tenant::TenantScope;

/// The message as a step of a batch.
#[must_use]
pub fn step(scope: TenantScope, message: &OutboxMessage, at: Ts) -> Step {
    step!(
        "INSERT INTO outbox (tenant_id, employee_id, group_id, topic, payload, created_at)
         SELECT $1, $2, $3, $4, $5, $6 WHERE true",
        scope.tenant(),
        message.about.employee(),
        message.about.group(),
        message.topic.name(),
        Value::Object(message.payload.clone()).to_string(),
        at,
    )
}

/// Several messages about one employee or group, in their order. Several steps would not do: PostgreSQL runs the steps of
/// a batch in no certain order, and a receiver must not hear that somebody is locked before it hears that he came.
#[must_use]
pub fn step_of_several(scope: TenantScope, about: About, messages: &[(Topic, Map<String, Value>)], at: Ts) -> Step {
    let messages: Vec<Value> = messages
        .iter()
        .map(|(topic, payload)| json!({"topic": topic.name(), "payload": Value::Object(payload.clone()).to_string()}))
        .collect();
    step!(
        {
            pg: "INSERT INTO outbox (tenant_id, employee_id, group_id, topic, payload, created_at)
                 SELECT $1, $2, $3, m.topic, m.payload, $4 FROM (
                     SELECT l.value ->> 'topic' AS topic, l.value ->> 'payload' AS payload
                     FROM jsonb_array_elements($5) WITH ORDINALITY AS l(value, place) ORDER BY l.place) AS m WHERE true",
            lite: "INSERT INTO outbox (tenant_id, employee_id, group_id, topic, payload, created_at)
                 SELECT $1, $2, $3, m.topic, m.payload, $4 FROM (
                     SELECT l.value ->> '$.topic' AS topic, l.value ->> '$.payload' AS payload
                     FROM json_each($5) AS l ORDER BY l.key) AS m WHERE true"
        },
        scope.tenant(),
        about.employee(),
        about.group(),
        at,
        Argument::Json(Value::from(messages).to_string())
    )
}

/// Writes messages in their order, however many.
///
/// # Errors
///
/// Those of the database.
pub async fn insert_all(tx: &mut Tx<'_>, scope: TenantScope, messages: &[OutboxMessage], at: Ts) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let hex = |id: uuid::Uuid| id.simple().to_string();
    let written: Vec<Value> = messages
        .iter()
        .map(|message| {
            json!({
                "employee": message.about.employee().map(|id| hex(id.uuid())),
                "group": message.about.group().map(|id| hex(id.uuid())),
                "topic": message.topic.name(),
                "payload": Value::Object(message.payload.clone()).to_string(),
            })
        })
        .collect();
    exec!(
        tx,
        {
            pg: "INSERT INTO outbox (tenant_id, employee_id, group_id, topic, payload, created_at)
                 SELECT $1, CAST(m.value ->> 'employee' AS uuid), CAST(m.value ->> 'group' AS uuid), m.value ->> 'topic',
                     m.value ->> 'payload', $3
                 FROM jsonb_array_elements($2) WITH ORDINALITY AS m(value, place) ORDER BY m.place",
            lite: "INSERT INTO outbox (tenant_id, employee_id, group_id, topic, payload, created_at)
                 SELECT $1, unhex(m.value ->> '$.employee'), unhex(m.value ->> '$.group'), m.value ->> '$.topic',
                     m.value ->> '$.payload', $3 FROM json_each($2) AS m ORDER BY m.key"
        },
        scope.tenant(),
        Json(Value::from(written).to_string()),
        at
    )?;
    Ok(())
}
