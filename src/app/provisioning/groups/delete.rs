//! `DELETE /Groups/{id}`: the group goes, its members stay people.

use serde_json::Map;

use super::create::gone;
use super::stored_group::canonical;
use super::write::delete;
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::trace::{MembersMoved, Trace};
use crate::app::provisioning::{ATTEMPTS, IfMatch, Provisioning, ProvisioningError, RequestContext};
use crate::base::ids::{EventId, GroupId};
use crate::domain::audit::Action;
use crate::domain::event::Operation;
use crate::domain::lock::Lock;
use crate::domain::outbox::{About, Topic};
use crate::scim::patch::changed_paths;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Outcome;
use crate::storage::{StorageError, Tx, group_members};

impl Provisioning<'_> {
    /// Removes a group (RFC 7644, section 3.6).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn delete_group(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
    ) -> Result<(), ProvisioningError> {
        let group = GroupId::parse(id);
        let result = match group {
            Some(group) => self.dissolve(client, context, group, if_match).await,
            None => Err(ProvisioningError::NoGroup(id.to_owned())),
        };
        if let Err(error) = &result {
            let about = group.filter(|_| !matches!(error, ProvisioningError::NoGroup(_))).map(About::Group);
            self.app.note_refusal(client, context, Operation::Delete, about, error, String::new);
        }
        result
    }

    async fn dissolve(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: GroupId,
        if_match: &IfMatch,
    ) -> Result<(), ProvisioningError> {
        for _ in 0..ATTEMPTS {
            let stored = self.find_group(client, id).await?.ok_or_else(|| gone(id))?;
            if_match.check(stored.version)?;
            let scope = client.scope;
            let store = &self.app.0.store;
            let there = store.read(async move |tx: &mut Tx<'_>| group_members::counts(tx, scope, id).await).await?;
            let others = usize::try_from(there.employees + there.groups).unwrap_or(0);
            let mut changed = changed_paths(&canonical(&stored.document), &Map::new(), ResourceType::group());
            changed.extend((others > 0).then(|| "members".to_owned()));
            let trace = Trace {
                client,
                context,
                event: EventId::generate(),
                at: self.app.0.clock.now(),
                operation: Operation::Delete,
                action: Action::GroupDeleted,
                topic: Topic::Deleted,
                about: About::Group(id),
                status: 204,
                changed,
                lock: (Lock::default(), Lock::default()),
                predecessor: None,
                members: (others > 0).then(|| MembersMoved { others, ..MembersMoved::default() }),
                request: String::new(),
            };
            let version = (*if_match != IfMatch::Any).then_some(stored.version);
            let batch = delete(scope, id, version, &trace);
            if self.write_deletion(&trace, id, batch).await? == Outcome::Applied {
                return Ok(());
            }
            // Somebody was faster: it may be gone, or another version.
        }
        Err(StorageError::Busy.into())
    }
}
