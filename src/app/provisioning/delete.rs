//! `DELETE /Users/{id}`: the employee goes, what he held goes on hold.

use serde_json::Map;

use super::trace::Trace;
use super::write::{Before, Leaver};
use super::{ATTEMPTS, IfMatch, Provisioning, ProvisioningError, RequestContext};
use crate::app::authentication::ProvisioningClient;
use crate::base::ids::{EmployeeId, EventId};
use crate::domain::audit::Action;
use crate::domain::event::Operation;
use crate::domain::outbox::{About, Topic};
use crate::scim::patch::changed_paths;
use crate::scim::schema::ResourceType;
use crate::storage::StorageError;
use crate::storage::batch::Outcome;

impl Provisioning<'_> {
    /// Removes a user (RFC 7644, section 3.6).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn delete_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
    ) -> Result<(), ProvisioningError> {
        let employee = EmployeeId::parse(id);
        let result = match employee {
            Some(employee) => self.delete(client, context, employee, if_match).await,
            None => Err(ProvisioningError::NotFound(id.to_owned())),
        };
        if let Err(error) = &result {
            let employee = employee.filter(|_| !matches!(error, ProvisioningError::NotFound(_)));
            self.app.note_refusal(
                client,
                context,
                Operation::Delete,
                employee.map(About::Employee),
                error,
                String::new,
            );
        }
        result
    }

    async fn delete(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: EmployeeId,
        if_match: &IfMatch,
    ) -> Result<(), ProvisioningError> {
        for _ in 0..ATTEMPTS {
            let stored = self.find(client, id).await?.ok_or_else(|| ProvisioningError::NotFound(id.to_string()))?;
            if_match.check(stored.version)?;
            let current = stored.canonical();
            let before = Before::new(stored.lock, &current);
            let trace = Trace {
                client,
                context,
                event: EventId::generate(),
                at: self.app.0.clock.now(),
                operation: Operation::Delete,
                action: Action::EmployeeDeleted,
                topic: Topic::Deleted,
                about: About::Employee(id),
                status: 204,
                changed: changed_paths(&current, &Map::new(), ResourceType::user()),
                lock: (stored.lock, stored.lock),
                predecessor: None,
                members: None,
                request: String::new(),
            };
            let leaver = Leaver {
                id,
                version: stored.version,
                auth_epoch: stored.auth_epoch,
                created_at: stored.created_at,
                at: trace.at,
            };
            let outcome = self.write_leaver(&trace, id, || before.delete(client.into(), &leaver, &trace)).await?;
            if outcome == Outcome::Applied {
                return Ok(());
            }
            // Somebody was faster: he may be gone, or another version.
        }
        Err(StorageError::Busy.into())
    }
}
