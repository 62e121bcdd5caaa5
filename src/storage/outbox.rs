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
