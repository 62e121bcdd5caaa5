//! The outbox: what has to leave, in the order in which it happened.

use super::batch::Step;
use crate::base::clock::Ts;
use crate::domain::outbox::OutboxMessage;
use crate::domain::tenant::TenantScope;

/// The message as a step of a batch.
#[must_use]
pub fn step(scope: TenantScope, message: &OutboxMessage, at: Ts) -> Step {
    step!(
        "INSERT INTO outbox (tenant_id, employee_id, topic, payload, created_at) SELECT $1, $2, $3, $4, $5 WHERE true",
        scope.tenant(),
        message.employee,
        message.topic.name(),
        serde_json::Value::Object(message.payload.clone()).to_string(),
        at,
    )
}

/// Two messages about one employee, the first one first. Two steps would not do: PostgreSQL runs the steps of a batch in
/// no certain order, and a receiver must not hear that somebody is locked before it hears that he came.
#[must_use]
pub fn step_of_two(scope: TenantScope, first: &OutboxMessage, second: &OutboxMessage, at: Ts) -> Step {
    step!(
        "INSERT INTO outbox (tenant_id, employee_id, topic, payload, created_at)
         SELECT $1, $2, m.topic, m.payload, $3 FROM (
             SELECT 1 AS position, CAST($4 AS text) AS topic, CAST($5 AS text) AS payload
             UNION ALL SELECT 2, CAST($6 AS text), CAST($7 AS text) ORDER BY position) AS m WHERE true",
        scope.tenant(),
        first.employee,
        at,
        first.topic.name(),
        serde_json::Value::Object(first.payload.clone()).to_string(),
        second.topic.name(),
        serde_json::Value::Object(second.payload.clone()).to_string(),
    )
}
