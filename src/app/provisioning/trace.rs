//! What is remembered of each change, and what has to leave the house because of it: event, audit record and outbox
//! messages, in the transaction of the change.

use serde_json::{Map, Value, json};

use super::{ProvisioningError, RequestContext};
use crate::app::App;
use crate::app::authentication::ProvisioningClient;
use crate::base::clock::Ts;
use crate::base::ids::{AuditId, EmployeeId, EventId};
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::event::{NewEvent, Operation};
use crate::domain::lock::Lock;
use crate::domain::outbox::{OutboxMessage, Topic};
use crate::storage::batch::Batch;
use crate::storage::{Tx, audit, events, outbox};

/// One change of one employee by one request.
pub(super) struct Trace<'a> {
    pub(super) client: &'a ProvisioningClient,
    pub(super) context: &'a RequestContext,
    pub(super) at: Ts,
    pub(super) operation: Operation,
    pub(super) action: Action,
    pub(super) topic: Topic,
    pub(super) employee: EmployeeId,
    pub(super) status: u16,
    /// The attributes that changed.
    pub(super) changed: Vec<String>,
    /// The lock before and after.
    pub(super) lock: (Lock, Lock),
    /// The structure of the request.
    pub(super) request: String,
}

impl Trace<'_> {
    /// Adds event, audit record and outbox messages to the batch of the change.
    pub(super) fn push_to(&self, batch: &mut Batch) {
        let scope = self.client.scope;
        let event = NewEvent {
            id: EventId::generate(),
            connection: self.client.connection,
            credential: self.client.credential,
            at: self.at,
            request_id: self.context.request_id.clone(),
            operation: self.operation,
            employee: Some(self.employee),
            status: self.status,
            scim_type: None,
            changed: self.changed.clone(),
            request: self.request.clone(),
        };
        let record = AuditRecord {
            id: AuditId::generate(),
            at: self.at,
            actor: Actor::from(self.client.credential),
            cause: Cause::Event(event.id),
            action: self.action,
            subject: Subject::Employee(self.employee),
            changes: self.audited_changes(),
        };
        batch.push(events::step(scope, &event));
        batch.push(audit::step(scope, &record));
        let mut payload = Map::new();
        payload.insert("changed".to_owned(), json!(self.changed));
        let message = OutboxMessage { employee: self.employee, topic: self.topic, payload };
        batch.push(match self.lock_topic() {
            None => outbox::step(scope, &message, self.at),
            Some(topic) => {
                let lock = OutboxMessage { employee: self.employee, topic, payload: Map::new() };
                outbox::step_of_two(scope, &message, &lock, self.at)
            }
        });
    }

    /// The lock says what was before and after; of personal values only that they changed (R3).
    fn audited_changes(&self) -> Map<String, Value> {
        let mut changes: Map<String, Value> =
            self.changed.iter().map(|path| (path.clone(), Value::from("changed"))).collect();
        let (before, after) = self.lock;
        if before.is_locked() != after.is_locked() {
            changes.insert("lockedBy".to_owned(), json!([before.holders(), after.holders()]));
        }
        changes
    }

    const fn lock_topic(&self) -> Option<Topic> {
        match (self.lock.0.is_locked(), self.lock.1.is_locked()) {
            (false, true) => Some(Topic::EmployeeLocked),
            (true, false) => Some(Topic::EmployeeUnlocked),
            _ => None,
        }
    }
}

impl App {
    /// Keeps an event of a request that was refused, beside the answer: nobody waits for it, and a flood of refusals
    /// leaves at most [`REFUSALS_PER_SECOND`](super::REFUSALS_PER_SECOND) a second.
    pub(super) fn note_refusal(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        operation: Operation,
        employee: Option<EmployeeId>,
        error: &ProvisioningError,
        request: impl FnOnce() -> String,
    ) {
        let Some((status, scim_type)) = error.refusal() else { return };
        let at = self.0.clock.now();
        if !self.0.refusals.admit(at) {
            return;
        }
        let event = NewEvent {
            id: EventId::generate(),
            connection: client.connection,
            credential: client.credential,
            at,
            request_id: context.request_id.clone(),
            operation,
            employee,
            status,
            scim_type,
            changed: Vec::new(),
            request: request(),
        };
        let (store, scope) = (self.0.store.clone(), client.scope);
        tokio::spawn(async move {
            let kept = store.write(async move |tx: &mut Tx<'_>| events::insert(tx, scope, &event).await).await;
            if let Err(error) = kept {
                tracing::warn!(error = %error, "the event of a refused request could not be kept");
            }
        });
    }
}
