//! `PUT` and `PATCH` of a group: read what is named, decide, and write if nobody was faster.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::plan::{Named, Plan};
use super::stored_group::canonical;
use super::write::{Draft, move_members};
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::change::Change;
use crate::app::provisioning::trace::Trace;
use crate::app::provisioning::{ATTEMPTS, IfMatch, Provisioning, ProvisioningError, RequestContext, redact};
use crate::base::ids::{EventId, GroupId};
use crate::domain::audit::Action;
use crate::domain::event::Operation;
use crate::domain::group::GroupPatchResponse;
use crate::domain::lock::Lock;
use crate::domain::outbox::About;
use crate::scim::error::Error;
use crate::scim::members::{self, Wishes};
use crate::scim::patch::{self, changed_paths};
use crate::scim::resource::parse_replace;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Outcome;
use crate::storage::group_members::{self, MemberCounts};
use crate::storage::groups::{self, StandingRow};
use crate::storage::{StorageError, Tx};

/// Every so many changes of members, what they left to be added up is folded.
const FOLD_EVERY: u32 = 256;

/// What the database says before a change.
struct Before {
    row: StandingRow,
    /// The version that clients see, where the request depends on it.
    version: Option<i64>,
    /// How many members there are, where those whom nobody names do not stay.
    there: Option<MemberCounts>,
}

impl Provisioning<'_> {
    /// Replaces a group (`PUT`; RFC 7644, section 3.5.1). Members stay unless the body names them (decision 16).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn replace_group(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
        mut body: Value,
    ) -> Result<(), ProvisioningError> {
        let structure = redact::structure(&body);
        let members = members::take(&mut body);
        let change = Change { client, context, operation: Operation::Replace, if_match, body: &body };
        let wishes = members.map(|members| members.map(Wishes::all).unwrap_or_default());
        let decide = |current: &Map<String, Value>| parse_replace(&body, current, ResourceType::group());
        self.change_noted(&change, id, structure, wishes, decide).await.map(drop)
    }

    /// Changes a group (`PATCH`; RFC 7644, section 3.5.2); `body` is the whole PatchOp message. Says what the tenant
    /// wants to be answered.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn patch_group(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
        body: Value,
    ) -> Result<GroupPatchResponse, ProvisioningError> {
        let structure = redact::structure(&body);
        let change = Change { client, context, operation: Operation::Modify, if_match, body: &body };
        let parsed = patch::parse(&body, ResourceType::group()).and_then(members::separate);
        let (wishes, others) = match parsed {
            Ok((wishes, others)) => (Ok(wishes), others),
            Err(error) => (Err(error), Vec::new()),
        };
        let decide = |current: &Map<String, Value>| {
            if others.is_empty() { Ok(current.clone()) } else { patch::apply(&others, current, ResourceType::group()) }
        };
        self.change_noted(&change, id, structure, wishes, decide).await
    }

    async fn change_noted(
        &self,
        change: &Change<'_>,
        id: &str,
        structure: String,
        wishes: Result<Wishes<'_>, Error>,
        decide: impl Fn(&Map<String, Value>) -> Result<Map<String, Value>, Error>,
    ) -> Result<GroupPatchResponse, ProvisioningError> {
        let group = GroupId::parse(id);
        let result = match group {
            Some(group) => self.change_group(change, group, &structure, wishes, decide).await,
            None => Err(ProvisioningError::NoGroup(id.to_owned())),
        };
        if let Err(error) = &result {
            // An id that is not there names nothing, and stays out of the event.
            let about = group.filter(|_| !matches!(error, ProvisioningError::NoGroup(_))).map(About::Group);
            self.app.note_refusal(change.client, change.context, change.operation, about, error, || structure);
        }
        result
    }

    async fn change_group(
        &self,
        change: &Change<'_>,
        id: GroupId,
        structure: &str,
        wishes: Result<Wishes<'_>, Error>,
        decide: impl Fn(&Map<String, Value>) -> Result<Map<String, Value>, Error>,
    ) -> Result<GroupPatchResponse, ProvisioningError> {
        let no_group = || ProvisioningError::NoGroup(id.to_string());
        let wishes = match wishes {
            Ok(wishes) => wishes,
            // A group that is not there goes before what is wrong with the request.
            Err(error) => {
                self.find_group(change.client, id).await?.ok_or_else(no_group)?;
                return Err(error.into());
            }
        };
        let named = Named::of(&wishes);
        let clears = !wishes.is_empty() && {
            let settled = wishes.settle(|_| None)?;
            // What a filter selects by type it selects whoever is named.
            !settled.other_users_stay || !settled.other_groups_stay
        };
        for _ in 0..ATTEMPTS {
            let before = self.before(change, id, &named, clears).await?.ok_or_else(no_group)?;
            if let Some(version) = before.version {
                change.if_match.check(version)?;
            }
            let response = GroupPatchResponse::parse(&before.row.patch_response).unwrap_or(GroupPatchResponse::None);
            let current = canonical(&before.row.document);
            let wanted = decide(&current)?;
            let found = named.found(&before.row.standing);
            let plan = Plan::new(&wishes.settle(|id| found.kind(id))?, &found, Some(id), before.there)?;
            // Nothing changes: no new version, no event (decision 14).
            if wanted == current && plan.is_empty() {
                return Ok(response);
            }
            // Of two that say who is in the group, and not who comes or goes, one is heard after the other.
            let whole_row = wanted != current || clears;
            let moves = (&plan, whole_row);
            if self.write_change_of_group(change, structure, &before, &current, &wanted, moves).await? {
                if !plan.is_empty()
                    && self.app.0.member_changes.fetch_add(1, Ordering::Relaxed).is_multiple_of(FOLD_EVERY)
                {
                    groups::fold_later(&self.app.0.store, change.client.scope, id);
                }
                return Ok(response);
            }
            // Somebody was faster: read again, decide again.
        }
        Err(StorageError::Busy.into())
    }

    async fn before(
        &self,
        change: &Change<'_>,
        id: GroupId,
        named: &Named<'_>,
        clears: bool,
    ) -> Result<Option<Before>, StorageError> {
        let (scope, connection, ids) = (change.client.scope, change.client.connection, named.ids());
        let at_version = *change.if_match != IfMatch::Any;
        let look = async move |tx: &mut Tx<'_>| {
            let Some(row) = groups::find_for_change(tx, scope, connection, id, &ids).await? else {
                return Ok(None);
            };
            let there = if clears { Some(group_members::counts(tx, scope, id).await?) } else { None };
            let version = if at_version { groups::find_version(tx, scope, id).await? } else { None };
            Ok(Some(Before { row, version, there }))
        };
        // What is counted and what is looked at must be of one moment.
        let store = &self.app.0.store;
        if clears { store.read(look).await } else { store.point(look).await }
    }

    /// Whether it is written; if not, somebody was faster.
    async fn write_change_of_group(
        &self,
        change: &Change<'_>,
        structure: &str,
        before: &Before,
        current: &Map<String, Value>,
        wanted: &Map<String, Value>,
        (plan, whole_row): (&Plan, bool),
    ) -> Result<bool, ProvisioningError> {
        let (scope, id, now) = (change.client.scope, before.row.id, self.app.0.clock.now());
        let mut changed = changed_paths(current, wanted, ResourceType::group());
        changed.extend((!plan.is_empty()).then(|| "members".to_owned()));
        let trace = Trace {
            client: change.client,
            context: change.context,
            event: EventId::generate(),
            at: now,
            operation: change.operation,
            action: Action::GroupChanged,
            topic: change.topic(),
            about: About::Group(id),
            status: if change.operation == Operation::Modify { 204 } else { 200 },
            changed,
            lock: (Lock::default(), Lock::default()),
            predecessor: None,
            members: plan.moved(),
            request: structure.to_owned(),
        };
        let draft = Draft::new(id, before.row.row_version + 1, before.row.created_at, now, wanted)?;
        let batch = if whole_row {
            draft.update(scope, before.version, plan, &trace)
        } else {
            move_members(scope, id, before.version, plan, &trace)
        };
        let name = (current.get("displayName") != wanted.get("displayName")).then_some(draft.display_name_key.as_str());
        match self.write_group(&trace, id, batch, plan, name).await {
            Ok(outcome) => Ok(outcome == Outcome::Applied),
            Err(ProvisioningError::Storage(StorageError::Unique(_))) => {
                self.refuse_taken_name(change.client, &draft.display_name_key, Some(id)).await?;
                Ok(false)
            }
            // The group or one of the members was deleted in the meantime.
            Err(ProvisioningError::Storage(StorageError::ForeignKey)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
