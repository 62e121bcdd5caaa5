//! Batches that write one group.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::plan::{Moves, Plan, cycle};
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::search_document::search_document;
use crate::app::provisioning::trace::Trace;
use crate::app::provisioning::{Provisioning, ProvisioningError};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::GroupId;
use crate::domain::outbox::Topic;
use crate::domain::tenant::TenantScope;
use crate::scim::error::{Error, ScimType};
use crate::scim::schema::ResourceType;
use crate::storage::batch::{Batch, Outcome};
use crate::storage::groups::{self, GroupWrite};
use crate::storage::{Ids, StorageError, Tx, group_members};

/// The largest group, in bytes of its document.
const MAX_DOCUMENT: usize = 16 * 1024;
/// How many pairs of groups, one of which holds the other, one request may make at most: enough for every directory,
/// and nothing that could be felt.
const MAX_PAIRS: usize = 100_000;

/// A group's row as it shall stand in the database.
pub(super) struct Draft {
    pub(super) id: GroupId,
    pub(super) display_name_key: String,
    external_id: Option<String>,
    display_name: String,
    row_version: i64,
    created_at: Ts,
    now: Ts,
    document: String,
    search: String,
}

impl Draft {
    /// The draft of a canonical group without members.
    ///
    /// # Errors
    ///
    /// `invalidValue` when the group would be larger than anybody needs.
    pub(super) fn new(
        id: GroupId,
        row_version: i64,
        created_at: Ts,
        now: Ts,
        group: &Map<String, Value>,
    ) -> Result<Self, Error> {
        let document = Value::Object(group.clone()).to_string();
        if document.len() > MAX_DOCUMENT {
            return Err(Error::invalid_value(format!(
                "the group would hold more than {} KiB; send shorter values",
                MAX_DOCUMENT / 1024
            )));
        }
        let text = |name| group.get(name).and_then(Value::as_str).map(str::to_owned);
        let display_name = text("displayName").unwrap_or_default();
        Ok(Self {
            id,
            display_name_key: fold(&display_name),
            external_id: text("externalId"),
            display_name,
            row_version,
            created_at,
            now,
            search: search_document(group, ResourceType::group()),
            document,
        })
    }

    fn row(&self) -> GroupWrite<'_> {
        GroupWrite {
            id: self.id,
            external_id: self.external_id.as_deref(),
            display_name: &self.display_name,
            display_name_key: &self.display_name_key,
            row_version: self.row_version,
            created_at: self.created_at,
            updated_at: self.now,
            document: &self.document,
            search: &self.search,
        }
    }

    /// Adds a new group.
    pub(super) fn create(&self, client: &ProvisioningClient, plan: &Plan, trace: &Trace<'_>) -> Batch {
        let scope = client.scope;
        let mut batch = Batch::new(groups::insert_guard(scope, client.connection, &self.row()));
        batch.push(group_members::hold_itself_step(scope, self.id));
        push_moves(&mut batch, scope, self.id, plan, trace);
        trace.push_to(&mut batch);
        batch
    }

    /// Writes the row over what it was, and the members that moved. `version`: only while clients see the group as this
    /// one.
    pub(super) fn update(&self, scope: TenantScope, version: Option<i64>, plan: &Plan, trace: &Trace<'_>) -> Batch {
        let mut batch = Batch::new(match version {
            None => groups::update_guard(scope, &self.row()),
            Some(version) => groups::update_at_version_guard(scope, &self.row(), version),
        });
        push_moves(&mut batch, scope, self.id, plan, trace);
        trace.push_to(&mut batch);
        batch
    }
}

/// Writes the members that moved and leaves the group's row alone.
pub(super) fn move_members(
    scope: TenantScope,
    id: GroupId,
    version: Option<i64>,
    plan: &Plan,
    trace: &Trace<'_>,
) -> Batch {
    let mut batch = match version {
        // What holds together here is held by the keys: that the group and the employees are there, and each in it once.
        None => Batch::new(groups::there_guard(scope, id)).side_by_side(),
        Some(version) => Batch::new(groups::at_version_guard(scope, id, version)),
    };
    push_moves(&mut batch, scope, id, plan, trace);
    batch.push(group_members::count_change_step(scope, id, trace.at));
    trace.push_to(&mut batch);
    batch
}

/// Deletes a group.
pub(super) fn delete(scope: TenantScope, id: GroupId, version: Option<i64>, trace: &Trace<'_>) -> Batch {
    let mut batch = Batch::new(match version {
        None => groups::there_guard(scope, id),
        Some(version) => groups::at_version_guard(scope, id, version),
    });
    batch.push(group_members::count_dissolving_step(scope, id, trace.at));
    trace.push_to(&mut batch);
    batch.push(group_members::tell_others_step(scope, id, Ids::default(), Topic::Deleted, trace.at));
    batch.push(groups::delete_step(scope, id));
    batch
}

/// First those who go, then those who come: SQLite takes one step after the other.
fn push_moves(batch: &mut Batch, scope: TenantScope, id: GroupId, plan: &Plan, trace: &Trace<'_>) {
    let given = |ids: &Vec<Uuid>| (!ids.is_empty()).then(|| Ids(ids.clone()));
    let Moves { add, remove, keep_only, .. } = &plan.employees;
    if let Some(keep) = keep_only {
        batch.push(group_members::tell_others_step(scope, id, Ids(keep.clone()), trace.topic, trace.at));
        batch.push(group_members::keep_employees_step(scope, id, Ids(keep.clone())));
    } else if let Some(ids) = given(remove) {
        batch.push(group_members::remove_employees_step(scope, id, ids));
    }
    if let Some(ids) = given(add) {
        batch.push(group_members::add_employees_step(scope, id, ids));
    }
    let Moves { add, remove, keep_only, .. } = &plan.groups;
    if let Some(keep) = keep_only {
        batch.push(group_members::keep_groups_step(scope, id, Ids(keep.clone())));
    } else if let Some(ids) = given(remove) {
        batch.push(group_members::remove_groups_step(scope, id, ids));
    }
    if let Some(ids) = given(add) {
        batch.push(group_members::add_groups_step(scope, id, ids));
    }
}

/// Why a write that touches the nesting of groups did not happen.
enum NotNested {
    Missed,
    Cycle(Vec<GroupId>),
    TooLarge,
    Storage(StorageError),
}

impl From<StorageError> for NotNested {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl Provisioning<'_> {
    /// Writes a batch about a group. Where groups come into it or go, what holds what is worked out anew in the same
    /// transaction, and a cycle is refused.
    pub(super) async fn write_group(
        &self,
        scope: TenantScope,
        id: GroupId,
        batch: Batch,
        plan: &Plan,
    ) -> Result<Outcome, ProvisioningError> {
        if plan.groups.is_empty() {
            return Ok(self.app.0.store.apply(|| batch.clone()).await?);
        }
        let added = plan.groups.add.clone();
        let written = self.app.0.store.write(async move |tx: &mut Tx<'_>| {
            let above = group_members::ancestors(tx, scope, id).await?;
            let round: Vec<GroupId> = above.iter().copied().filter(|id| added.contains(&id.uuid())).collect();
            if !round.is_empty() {
                return Err(NotNested::Cycle(round));
            }
            let held = group_members::descendants(tx, scope, &Ids(added.clone())).await?;
            if usize::try_from(held).unwrap_or(usize::MAX).saturating_mul(above.len().max(1)) > MAX_PAIRS {
                return Err(NotNested::TooLarge);
            }
            if tx.run(batch.clone()).await? == Outcome::Missed {
                return Err(NotNested::Missed);
            }
            // A group that has just been made is above itself, and the batch says so.
            let above = if above.is_empty() { vec![id] } else { above };
            group_members::rebuild_closure(tx, scope, &as_ids(&above)).await?;
            Ok(())
        });
        nested(written.await)
    }

    /// Deletes a group; what held it holds no longer what it held.
    pub(super) async fn write_deletion(
        &self,
        scope: TenantScope,
        id: GroupId,
        batch: Batch,
    ) -> Result<Outcome, ProvisioningError> {
        let written = self.app.0.store.write(async move |tx: &mut Tx<'_>| {
            let above = group_members::ancestors(tx, scope, id).await?;
            if tx.run(batch.clone()).await? == Outcome::Missed {
                return Err(NotNested::Missed);
            }
            let above: Vec<GroupId> = above.into_iter().filter(|ancestor| *ancestor != id).collect();
            if !above.is_empty() {
                group_members::rebuild_closure(tx, scope, &as_ids(&above)).await?;
            }
            Ok(())
        });
        nested(written.await)
    }
}

fn as_ids(groups: &[GroupId]) -> Ids {
    Ids(groups.iter().map(|id| id.uuid()).collect())
}

fn nested(written: Result<(), NotNested>) -> Result<Outcome, ProvisioningError> {
    match written {
        Ok(()) => Ok(Outcome::Applied),
        Err(NotNested::Missed) => Ok(Outcome::Missed),
        Err(NotNested::Cycle(round)) => {
            let ids: Vec<String> = round.iter().map(ToString::to_string).collect();
            Err(cycle(&ids.iter().map(String::as_str).collect::<Vec<_>>()).into())
        }
        Err(NotNested::TooLarge) => Err(Error::bad_request(
            ScimType::TooMany,
            "groups in groups in groups would be too many together; nest fewer of them",
        )
        .into()),
        Err(NotNested::Storage(error)) => Err(error.into()),
    }
}
