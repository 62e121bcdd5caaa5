//! `POST /Groups`.

use serde_json::{Map, Value};

use super::StoredGroup;
use super::plan::{Named, Plan};
use super::write::Draft;
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::trace::Trace;
use crate::app::provisioning::{ATTEMPTS, Provisioning, ProvisioningError, RequestContext, redact};
use crate::base::ids::{EventId, GroupId};
use crate::domain::audit::Action;
use crate::domain::event::Operation;
use crate::domain::lock::Lock;
use crate::domain::outbox::{About, Topic};
use crate::scim::members::{self, Wishes};
use crate::scim::patch::changed_paths;
use crate::scim::resource::parse_create;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Outcome;
use crate::storage::{StorageError, Tx, groups};

impl Provisioning<'_> {
    /// Makes a group, with the members that the body names (`POST /Groups`; RFC 7644, section 3.3).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn create_group(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        mut body: Value,
    ) -> Result<StoredGroup, ProvisioningError> {
        let structure = redact::structure(&body);
        let result = self.make_group(client, context, &mut body, &structure).await;
        if let Err(error) = &result {
            self.app.note_refusal(client, context, Operation::Create, None, error, || structure);
        }
        result
    }

    async fn make_group(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: &mut Value,
        structure: &str,
    ) -> Result<StoredGroup, ProvisioningError> {
        let wishes = Wishes::all(members::take(body)?.unwrap_or_default());
        let group = parse_create(body, ResourceType::group())?;
        let named = Named::of(&wishes);
        for _ in 0..ATTEMPTS {
            let (scope, connection, ids) = (client.scope, client.connection, named.ids());
            let letters = if ids.0.is_empty() {
                String::new()
            } else {
                self.app
                    .0
                    .store
                    .point(async move |tx: &mut Tx<'_>| groups::standing(tx, scope, connection, &ids).await)
                    .await?
            };
            let found = named.found(&letters);
            let plan = Plan::new(&wishes.settle(|id| found.kind(id))?, &found, None, None)?;
            let now = self.app.0.clock.now();
            let draft = Draft::new(GroupId::generate(), 1, now, now, &group)?;
            let mut changed = changed_paths(&Map::new(), &group, ResourceType::group());
            changed.extend((!plan.is_empty()).then(|| "members".to_owned()));
            let trace = Trace {
                client,
                context,
                event: EventId::generate(),
                at: now,
                operation: Operation::Create,
                action: Action::GroupCreated,
                topic: Topic::Created,
                about: About::Group(draft.id),
                status: 201,
                changed,
                lock: (Lock::default(), Lock::default()),
                predecessor: None,
                members: plan.moved(),
                request: structure.to_owned(),
            };
            let batch = draft.create(client, &plan, &trace);
            match self.write_group(&trace, draft.id, batch, &plan, Some(&draft.display_name_key)).await {
                Ok(Outcome::Applied) => return self.find_group(client, draft.id).await?.ok_or_else(|| gone(draft.id)),
                Err(ProvisioningError::Storage(StorageError::Unique(_))) => {
                    self.refuse_taken_name(client, &draft.display_name_key, None).await?;
                }
                // One of the members was deleted in the meantime: look again.
                Ok(Outcome::Missed) | Err(ProvisioningError::Storage(StorageError::ForeignKey)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Says which other group has a name; nothing when it is free again.
    pub(super) async fn refuse_taken_name(
        &self,
        client: &ProvisioningClient,
        name_key: &str,
        own: Option<GroupId>,
    ) -> Result<(), ProvisioningError> {
        let scope = client.scope;
        let (store, key) = (&self.app.0.store, name_key.to_owned());
        match store.point(async move |tx: &mut Tx<'_>| groups::find_name_holder(tx, scope, &key).await).await? {
            Some(holder) if own != Some(holder.id) => Err(ProvisioningError::GroupNameTaken {
                holder: (holder.connection_id == client.connection).then_some(holder.id),
            }),
            _ => Ok(()),
        }
    }
}

/// Somebody deleted it before it could be shown.
pub(super) fn gone(id: GroupId) -> ProvisioningError {
    ProvisioningError::NoGroup(id.to_string())
}
