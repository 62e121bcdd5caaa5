//! Batches that write one group.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::write::Trail as _;
use super::plan::{Moves, Plan};
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::search_document::search_document;
use crate::app::provisioning::trace::Trace;
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::GroupId;
use crate::domain::tenant::TenantScope;
use crate::scim::error::Error;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Batch;
use crate::storage::group_members::{self, employees, subgroups};
use crate::storage::groups::{self, GroupWrite};
use crate::storage::{Ids, group_closure};

/// The largest group, in bytes of its document.
const MAX_DOCUMENT: usize = 16 * 1024;

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
        batch.push(group_closure::hold_itself_step(scope, self.id));
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
    batch.push(employees::tell_others_step(scope, id, Ids::default(), trace.topic, trace.at));
    batch.push(subgroups::tell_others_step(scope, id, Ids::default(), trace.topic, trace.at));
    batch.push(group_members::tell_holders_step(scope, id, trace.at));
    batch.push(groups::remember_gone_step(scope, id, trace.at));
    batch.push(groups::delete_step(scope, id));
    batch
}

/// First those who go, then those who come: SQLite takes one step after the other.
fn push_moves(batch: &mut Batch, scope: TenantScope, id: GroupId, plan: &Plan, trace: &Trace<'_>) {
    let given = |ids: &Vec<Uuid>| (!ids.is_empty()).then(|| Ids(ids.clone()));
    let Moves { add, remove, keep_only, .. } = &plan.employees;
    if let Some(keep) = keep_only {
        batch.push(employees::tell_others_step(scope, id, Ids(keep.clone()), trace.topic, trace.at));
        batch.push(employees::keep_step(scope, id, Ids(keep.clone())));
    } else if let Some(ids) = given(remove) {
        batch.push(employees::remove_step(scope, id, ids));
    }
    if let Some(ids) = given(add) {
        batch.push(employees::add_step(scope, id, ids));
    }
    let Moves { add, remove, keep_only, .. } = &plan.groups;
    if let Some(keep) = keep_only {
        batch.push(subgroups::tell_others_step(scope, id, Ids(keep.clone()), trace.topic, trace.at));
        batch.push(subgroups::keep_step(scope, id, Ids(keep.clone())));
    } else if let Some(ids) = given(remove) {
        batch.push(subgroups::remove_step(scope, id, ids));
    }
    if let Some(ids) = given(add) {
        batch.push(subgroups::add_step(scope, id, ids));
    }
}
