//! What an administrator's change leaves behind: its audit records and messages.

use serde_json::{Map, Value, json};

use super::Change;
use crate::app::planning::Because;
use crate::app::provisioning::write::Trail;
use crate::base::clock::Ts;
use crate::base::ids::{AuditId, EmployeeId};
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::lock::Lock;
use crate::domain::outbox::{About, OutboxMessage, Topic};
use crate::domain::tenant::TenantScope;
use crate::storage::batch::Batch;
use crate::storage::{StorageError, Tx, audit, outbox};

/// The records and messages of one request, which are written together.
pub(super) struct Leavings {
    scope: TenantScope,
    actor: Actor,
    cause: Cause,
    at: Ts,
    records: Vec<AuditRecord>,
    messages: Vec<OutboxMessage>,
}

impl Leavings {
    pub(super) fn new(change: &Change, at: Ts) -> Self {
        Self::by(change.writer.scope, &change.because(at))
    }

    /// The same of somebody who may be at the shell.
    pub(super) fn by(scope: TenantScope, because: &Because) -> Self {
        Self {
            scope,
            actor: because.word.actor.clone(),
            cause: because.word.cause.clone(),
            at: because.at,
            records: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// Something was done to a subject; `changes` are the fields, each with what the record may keep of it.
    pub(super) fn record(&mut self, action: Action, subject: Subject, changes: Map<String, Value>) {
        self.records.push(AuditRecord {
            id: AuditId::generate(),
            at: self.at,
            actor: self.actor.clone(),
            cause: self.cause.clone(),
            action,
            subject,
            changes,
        });
    }

    /// Somebody outside wants to know.
    pub(super) fn tell(&mut self, about: About, topic: Topic, payload: Map<String, Value>) {
        self.messages.push(OutboxMessage { about, topic, payload });
    }

    /// The same of a change of an employee: what changed, and whether it locked or unlocked him.
    pub(super) fn of_employee(
        &mut self,
        (id, action, topic): (EmployeeId, Action, Topic),
        fields: &[&str],
        (before, after): (Lock, Lock),
    ) {
        let mut changes = changed(fields);
        if before.holders() != after.holders() {
            changes.insert("lockedBy".to_owned(), json!([before.holders(), after.holders()]));
        }
        self.record(action, Subject::Employee(id), changes);
        self.tell(About::Employee(id), topic, named(fields));
        match (before.is_locked(), after.is_locked()) {
            (false, true) => self.tell(About::Employee(id), Topic::Deactivated, Map::new()),
            (true, false) => self.tell(About::Employee(id), Topic::Activated, Map::new()),
            (true, true) | (false, false) => {}
        }
    }

    /// The last record is of a new employee who gets what is on hold for one who left as the same person.
    pub(super) fn in_the_place_of(&mut self, predecessor: EmployeeId) {
        if let Some(record) = self.records.last_mut() {
            record.changes.insert("predecessor".to_owned(), json!([null, predecessor]));
        }
    }

    /// Writes all of it.
    pub(super) async fn write(self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        audit::insert_all(tx, self.scope, &self.records).await?;
        outbox::insert_all(tx, self.scope, &self.messages, self.at).await
    }
}

impl Trail for Leavings {
    fn push_to(&self, batch: &mut Batch) {
        for record in &self.records {
            batch.push(audit::step(self.scope, record));
        }
        if let Some(first) = self.messages.first() {
            let messages: Vec<_> =
                self.messages.iter().map(|message| (message.topic, message.payload.clone())).collect();
            batch.push(outbox::step_of_several(self.scope, first.about, &messages, self.at));
        }
    }
}

/// Fields whose values are nobody's to read later (R3).
pub(super) fn changed(fields: &[&str]) -> Map<String, Value> {
    fields.iter().map(|field| ((*field).to_owned(), Value::from("changed"))).collect()
}

/// The payload of a message that names what changed.
pub(super) fn named(fields: &[&str]) -> Map<String, Value> {
    Map::from_iter([("changed".to_owned(), json!(fields))])
}
