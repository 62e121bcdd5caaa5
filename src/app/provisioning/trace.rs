//! What is remembered of each change, and what has to leave the house because of it: event, audit record and outbox
//! messages, in the transaction of the change.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::write::Trail;
use super::{ProvisioningError, RequestContext};
use crate::app::App;
use crate::app::authentication::ProvisioningClient;
use crate::app::planning::{Because, Word};
use crate::base::clock::Ts;
use crate::base::ids::{AuditId, EmployeeId, EventId};
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::event::{MemberCount, NewEvent, Operation};
use crate::domain::lock::Lock;
use crate::domain::outbox::{About, OutboxMessage, Topic};
use crate::storage::batch::Batch;
use crate::storage::group_members::NAMED_IN_MESSAGE;
use crate::storage::{Tx, audit, events, outbox};

/// How many identifiers of members an audit record keeps of each side.
const AUDITED_MEMBERS: usize = 100;

/// One change of one employee or group by one request.
pub(super) struct Trace<'a> {
    pub(super) client: &'a ProvisioningClient,
    pub(super) context: &'a RequestContext,
    pub(super) event: EventId,
    pub(super) at: Ts,
    pub(super) operation: Operation,
    pub(super) action: Action,
    pub(super) topic: Topic,
    pub(super) about: About,
    pub(super) status: u16,
    /// The attributes that changed.
    pub(super) changed: Vec<String>,
    /// The lock before and after.
    pub(super) lock: (Lock, Lock),
    /// Who left as the same person, where a new employee gets what is on hold for him.
    pub(super) predecessor: Option<EmployeeId>,
    /// The members of a group who came and went.
    pub(super) members: Option<MembersMoved>,
    /// The structure of the request.
    pub(super) request: String,
}

impl Trail for Trace<'_> {
    fn push_to(&self, batch: &mut Batch) {
        let scope = self.client.scope;
        let event = NewEvent {
            id: self.event,
            connection: self.client.connection,
            credential: self.client.credential,
            at: self.at,
            request_id: self.context.request_id.clone(),
            operation: self.operation,
            about: Some(self.about),
            members: self.members.as_ref().map(MembersMoved::count),
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
            subject: match self.about {
                About::Employee(id) => Subject::Employee(id),
                About::Group(id) => Subject::Group(id),
                About::Tenant => Subject::Tenant(scope.tenant()),
            },
            changes: self.audited_changes(),
        };
        batch.push(events::step(scope, &event));
        batch.push(audit::step(scope, &record));
        let messages = self.messages();
        batch.push(match messages.as_slice() {
            [(topic, payload)] => {
                let message = OutboxMessage { about: self.about, topic: *topic, payload: payload.clone() };
                outbox::step(scope, &message, self.at)
            }
            messages => outbox::step_of_several(scope, self.about, messages, self.at),
        });
    }
}

impl Trace<'_> {
    /// Why something follows for what somebody has.
    pub(super) fn because(&self) -> Because {
        let word = Word {
            actor: Actor::from(self.client.credential),
            cause: Cause::Event(self.event),
            request: Some(self.context.request_id.clone()),
        };
        Because { at: self.at, word }
    }

    /// What leaves the house: what changed, then whether it locked or unlocked somebody, then the rest of the members
    /// who do not fit into the first.
    fn messages(&self) -> Vec<(Topic, Map<String, Value>)> {
        let mut payload = Map::new();
        payload.insert("changed".to_owned(), json!(self.changed));
        let mut parts = self.members.as_ref().map(MembersMoved::parts).unwrap_or_default().into_iter();
        if let Some(part) = parts.next() {
            payload.insert("members".to_owned(), part);
        }
        let first = std::iter::once((self.topic, payload));
        let lock = self.lock_topic().map(|topic| (topic, Map::new()));
        let rest = parts.map(|part| (Topic::Changed, Map::from_iter([("members".to_owned(), part)])));
        first.chain(lock).chain(rest).collect()
    }

    /// The lock says what was before and after; of personal values only that they changed (R3).
    fn audited_changes(&self) -> Map<String, Value> {
        let mut changes: Map<String, Value> =
            self.changed.iter().map(|path| (path.clone(), Value::from("changed"))).collect();
        let (before, after) = self.lock;
        if before.is_locked() != after.is_locked() {
            changes.insert("lockedBy".to_owned(), json!([before.holders(), after.holders()]));
        }
        if let Some(predecessor) = self.predecessor {
            changes.insert("predecessor".to_owned(), json!([null, predecessor]));
        }
        if let Some(members) = &self.members {
            changes.insert("members".to_owned(), members.audited());
        }
        changes
    }

    const fn lock_topic(&self) -> Option<Topic> {
        match (self.lock.0.is_locked(), self.lock.1.is_locked()) {
            (false, true) => Some(Topic::Deactivated),
            (true, false) => Some(Topic::Activated),
            _ => None,
        }
    }
}

/// Who came into a group and who went, as identifiers of employees and groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MembersMoved {
    pub(super) added: Vec<Uuid>,
    pub(super) removed: Vec<Uuid>,
    pub(super) groups_added: Vec<Uuid>,
    pub(super) groups_removed: Vec<Uuid>,
    /// How many more went whom the request did not name; the database tells of them.
    pub(super) others: usize,
}

impl MembersMoved {
    fn count(&self) -> MemberCount {
        MemberCount {
            added: self.added.len() + self.groups_added.len(),
            removed: self.removed.len() + self.groups_removed.len() + self.others,
        }
    }

    /// The identifiers for messages, no more than fit into one each.
    fn parts(&self) -> Vec<Value> {
        let lists = [
            ("added", &self.added),
            ("removed", &self.removed),
            ("groupsAdded", &self.groups_added),
            ("groupsRemoved", &self.groups_removed),
        ];
        let total: usize = lists.iter().map(|(_, ids)| ids.len()).sum();
        if total <= NAMED_IN_MESSAGE {
            let given = lists.into_iter().filter(|(_, ids)| !ids.is_empty());
            let part: Map<String, Value> = given.map(|(name, ids)| (name.to_owned(), json!(ids))).collect();
            return if part.is_empty() { Vec::new() } else { vec![Value::Object(part)] };
        }
        lists
            .into_iter()
            .flat_map(|(name, ids)| ids.chunks(NAMED_IN_MESSAGE).map(move |ids| json!({ name: ids })))
            .collect()
    }

    /// Counts, and the first of the identifiers: a record stays small whatever the request.
    fn audited(&self) -> Value {
        let MemberCount { added, removed } = self.count();
        let first = |one: &[Uuid], other: &[Uuid]| -> Vec<Uuid> {
            one.iter().chain(other).take(AUDITED_MEMBERS).copied().collect()
        };
        json!({
            "added": added,
            "removed": removed,
            "firstAdded": first(&self.added, &self.groups_added),
            "firstRemoved": first(&self.removed, &self.groups_removed),
        })
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
        about: Option<About>,
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
            about,
            members: None,
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
