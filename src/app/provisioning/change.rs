//! `PUT` and `PATCH`: read, decide, and write if nobody was faster.

use serde_json::{Map, Value};

use super::create::taken_by;
use super::trace::Trace;
use super::write::{Before, Draft};
use super::{ATTEMPTS, IfMatch, Provisioning, ProvisioningError, RequestContext, StoredUser, redact};
use crate::app::authentication::ProvisioningClient;
use crate::base::ids::{EmployeeId, EventId};
use crate::domain::audit::Action;
use crate::domain::event::Operation;
use crate::domain::outbox::{About, Topic};
use crate::scim;
use crate::scim::patch::{self, changed_paths};
use crate::scim::resource::parse_replace;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Outcome;
use crate::storage::{StorageError, Tx, employees};

/// A request that changes a user or a group.
pub(super) struct Change<'a> {
    pub(super) client: &'a ProvisioningClient,
    pub(super) context: &'a RequestContext,
    pub(super) operation: Operation,
    pub(super) if_match: &'a IfMatch,
    pub(super) body: &'a Value,
}

impl Change<'_> {
    pub(super) const fn topic(&self) -> Topic {
        match self.operation {
            Operation::Replace => Topic::Replaced,
            _ => Topic::Changed,
        }
    }
}

impl Provisioning<'_> {
    /// Replaces a user (`PUT`; RFC 7644, section 3.5.1).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn replace_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
        body: Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let change = Change { client, context, operation: Operation::Replace, if_match, body: &body };
        let decide = |current: &Map<String, Value>| parse_replace(&body, current, ResourceType::user());
        self.change(&change, id, decide).await
    }

    /// Changes a user (`PATCH`; RFC 7644, section 3.5.2); `body` is the whole PatchOp message.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn patch_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
        body: Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let change = Change { client, context, operation: Operation::Modify, if_match, body: &body };
        let parsed = patch::parse(&body, ResourceType::user());
        let decide = |current: &Map<String, Value>| match &parsed {
            Ok(operations) => patch::apply(operations, current, ResourceType::user()),
            Err(error) => Err(error.clone()),
        };
        self.change(&change, id, decide).await
    }

    async fn change(
        &self,
        change: &Change<'_>,
        id: &str,
        decide: impl Fn(&Map<String, Value>) -> Result<Map<String, Value>, scim::error::Error>,
    ) -> Result<StoredUser, ProvisioningError> {
        let employee = EmployeeId::parse(id);
        let result = match employee {
            Some(employee) => self.change_employee(change, employee, decide).await,
            None => Err(ProvisioningError::NotFound(id.to_owned())),
        };
        if let Err(error) = &result {
            let structure = || redact::structure(change.body);
            // An id that is not there names nobody, and stays out of the event.
            let employee = employee.filter(|_| !matches!(error, ProvisioningError::NotFound(_)));
            self.app.note_refusal(
                change.client,
                change.context,
                change.operation,
                employee.map(About::Employee),
                error,
                structure,
            );
        }
        result
    }

    async fn change_employee(
        &self,
        change: &Change<'_>,
        id: EmployeeId,
        decide: impl Fn(&Map<String, Value>) -> Result<Map<String, Value>, scim::error::Error>,
    ) -> Result<StoredUser, ProvisioningError> {
        for _ in 0..ATTEMPTS {
            let stored =
                self.find(change.client, id).await?.ok_or_else(|| ProvisioningError::NotFound(id.to_string()))?;
            change.if_match.check(stored.version)?;
            let current = stored.canonical();
            let wanted = decide(&current)?;
            // Nothing changes: no new version, no event (decision 14).
            if wanted == current {
                return Ok(stored);
            }
            if let Some(written) = self.write_change(change, &stored, &current, &wanted).await? {
                return Ok(written);
            }
            // Somebody was faster: read again, decide again.
        }
        Err(StorageError::Busy.into())
    }

    async fn write_change(
        &self,
        change: &Change<'_>,
        stored: &StoredUser,
        current: &Map<String, Value>,
        wanted: &Map<String, Value>,
    ) -> Result<Option<StoredUser>, ProvisioningError> {
        let now = self.app.0.clock.now();
        let before = Before::new(stored.lock, current);
        let draft = Draft::new(stored.id, stored.version + 1, stored.created_at, now, stored.lock, wanted)?
            .showing(stored.telephony.clone());
        let trace = Trace {
            client: change.client,
            context: change.context,
            event: EventId::generate(),
            at: now,
            operation: change.operation,
            action: Action::EmployeeChanged,
            topic: change.topic(),
            about: About::Employee(stored.id),
            status: 200,
            changed: changed_paths(current, wanted, ResourceType::user()),
            lock: (stored.lock, draft.lock),
            predecessor: None,
            members: None,
            request: redact::structure(change.body),
        };
        match self.write_employee(&trace, stored.id, || draft.update(change.client.into(), &before, &trace)).await {
            Ok((Outcome::Missed, _)) => Ok(None),
            Ok((Outcome::Applied, false)) => Ok(Some(draft.into_stored(stored.groups.clone()))),
            // What he has may be shown otherwise by now.
            Ok((Outcome::Applied, true)) => match self.find(change.client, stored.id).await? {
                Some(written) => Ok(Some(written)),
                None => Err(ProvisioningError::NotFound(stored.id.to_string())),
            },
            Err(StorageError::Unique(_)) => {
                let (scope, key) = (change.client.scope, draft.profile.user_name_key.clone());
                let holder = self
                    .app
                    .0
                    .store
                    .point(async move |tx: &mut Tx<'_>| employees::find_holder(tx, scope, &key).await)
                    .await?;
                match holder {
                    Some(holder) if holder.id != stored.id => Err(taken_by(&holder, change.client)),
                    // The name is free again, or the same change came in twice; look again.
                    _ => Ok(None),
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl IfMatch {
    /// Whether the version may be worked on (RFC 7644, section 3.14).
    #[must_use]
    pub fn allows(&self, current: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&current),
            Self::AnyBut(versions) => !versions.contains(&current),
            Self::Nothing => false,
        }
    }

    /// The same for SCIM.
    ///
    /// # Errors
    ///
    /// `VersionMismatch`.
    pub(super) fn check(&self, current: i64) -> Result<(), ProvisioningError> {
        if self.allows(current) { Ok(()) } else { Err(ProvisioningError::VersionMismatch { current }) }
    }
}
