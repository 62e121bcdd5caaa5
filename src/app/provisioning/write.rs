//! Batches that write one employee.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::mapping::{is_active, lookup_keys, profile};
use super::predicate::EMAIL_KEY;
use super::search_document::search_document;
use super::stored_user::{StoredUser, UserGroup};
use super::trace::Trace;
use crate::app::authentication::ProvisioningClient;
use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::employee::{LookupKey, Profile};
use crate::domain::lock::Lock;
use crate::scim::error::Error;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Batch;
use crate::storage::employees::{self, EmployeeWrite};
use crate::storage::{departed, employees as rows, group_members};

/// An employee as he shall stand in the database, worked out before the database is asked.
pub(super) struct Draft {
    pub(super) id: EmployeeId,
    pub(super) version: i64,
    pub(super) created_at: Ts,
    pub(super) updated_at: Ts,
    pub(super) lock: Lock,
    pub(super) auth_epoch: i64,
    pub(super) profile: Profile,
    keys: BTreeSet<LookupKey>,
    document: String,
    search: String,
}

/// The largest user, in bytes of his document: a provider that adds and adds must not grow one without end (L2).
const MAX_DOCUMENT: usize = 64 * 1024;

impl Draft {
    /// The draft of a canonical user.
    ///
    /// # Errors
    ///
    /// `invalidValue` when the user would be larger than anybody needs.
    pub(super) fn new(
        id: EmployeeId,
        version: i64,
        created_at: Ts,
        now: Ts,
        lock_before: Lock,
        user: &Map<String, Value>,
    ) -> Result<Self, Error> {
        let document = Value::Object(user.clone()).to_string();
        if document.len() > MAX_DOCUMENT {
            return Err(Error::invalid_value(format!(
                "the user would hold more than {} KiB; send fewer or shorter values",
                MAX_DOCUMENT / 1024
            )));
        }
        Ok(Self {
            id,
            version,
            created_at,
            updated_at: now,
            lock: lock_before.after_idp_wrote(is_active(user), now),
            auth_epoch: 0,
            profile: profile(user),
            keys: lookup_keys(user),
            search: search_document(user, ResourceType::user()),
            document,
        })
    }

    fn row(&self) -> EmployeeWrite<'_> {
        EmployeeWrite {
            id: self.id,
            profile: &self.profile,
            lock: self.lock,
            version: self.version,
            auth_epoch: self.auth_epoch,
            created_at: self.created_at,
            updated_at: self.updated_at,
            document: &self.document,
            search: &self.search,
        }
    }

    /// The user once the draft is written; `groups` are those that he is in.
    pub(super) fn into_stored(self, groups: Vec<UserGroup>) -> StoredUser {
        StoredUser {
            id: self.id,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            lock: self.lock,
            auth_epoch: self.auth_epoch,
            document: self.document,
            groups,
        }
    }

    /// Adds a new employee.
    pub(super) fn create(&self, client: &ProvisioningClient, trace: &Trace<'_>) -> Batch {
        let mut batch = Batch::new(employees::insert_guard(client.scope, client.connection, &self.row()));
        push_added(&mut batch, client, self.id, self.keys.iter());
        trace.push_to(&mut batch);
        batch
    }

    /// Brings back somebody who was deleted and is still on hold.
    pub(super) fn bring_back(&self, client: &ProvisioningClient, trace: &Trace<'_>) -> Batch {
        let mut batch = Batch::new(departed::forget_guard(client.scope, self.id, self.version - 1));
        batch.push(employees::insert_step(client.scope, client.connection, &self.row()));
        push_added(&mut batch, client, self.id, self.keys.iter());
        trace.push_to(&mut batch);
        batch
    }

    /// Writes the employee over what he was.
    pub(super) fn update(&self, client: &ProvisioningClient, before: &Before, trace: &Trace<'_>) -> Batch {
        let scope = client.scope;
        let (old, new) = (&before.profile, &self.profile);
        let renamed = old.user_name != new.user_name || old.user_name_key != new.user_name_key;
        // Whoever is locked, or signs in under another name or address from now on, has no session left (K3).
        let locks = !before.lock.is_locked() && self.lock.is_locked();
        let raise_epoch = locks || renamed || old.email != new.email;
        let row = self.row();
        let guard = if renamed || old.external_id != new.external_id {
            rows::rename_guard(scope, &row, raise_epoch)
        } else {
            rows::update_guard(scope, &row, raise_epoch)
        };
        let mut batch = Batch::new(guard);
        push_removed(&mut batch, client, self.id, before.keys.difference(&self.keys));
        push_added(&mut batch, client, self.id, self.keys.difference(&before.keys));
        trace.push_to(&mut batch);
        batch
    }
}

/// What an employee was before a change, as far as the change depends on it.
pub(super) struct Before {
    lock: Lock,
    profile: Profile,
    keys: BTreeSet<LookupKey>,
}

impl Before {
    pub(super) fn new(lock: Lock, user: &Map<String, Value>) -> Self {
        Self { lock, profile: profile(user), keys: lookup_keys(user) }
    }

    /// Deletes the employee; what he held goes on hold, and he can come back.
    pub(super) fn delete(&self, client: &ProvisioningClient, stored: &StoredUser, trace: &Trace<'_>) -> Batch {
        let scope = client.scope;
        let mut batch = Batch::new(employees::at_version_guard(scope, stored.id, stored.version));
        batch.push(departed::remember_step(
            scope,
            client.connection,
            &departed::Departure {
                id: stored.id,
                external_id: self.profile.external_id.clone(),
                user_name_key: self.profile.user_name_key.clone(),
                admin_locked_at: stored.lock.by_administrator,
                auth_epoch: stored.auth_epoch,
                version: stored.version,
                created_at: stored.created_at,
                at: trace.at,
            },
        ));
        push_removed(&mut batch, client, stored.id, self.keys.iter());
        // The groups that he is in lose a member.
        batch.push(group_members::count_leaving_step(scope, stored.id, trace.at));
        trace.push_to(&mut batch);
        batch.push(employees::delete_step(scope, stored.id, stored.version));
        batch
    }
}

/// One step for all keys: their number must not change the statement, nor make it grow.
fn push_added<'k>(
    batch: &mut Batch,
    client: &ProvisioningClient,
    id: EmployeeId,
    keys: impl Iterator<Item = &'k LookupKey>,
) {
    let values = values(keys);
    if !values.is_empty() {
        batch.push(employees::add_keys_step(client.scope, id, EMAIL_KEY, &values));
    }
}

fn push_removed<'k>(
    batch: &mut Batch,
    client: &ProvisioningClient,
    id: EmployeeId,
    keys: impl Iterator<Item = &'k LookupKey>,
) {
    let values = values(keys);
    if !values.is_empty() {
        batch.push(employees::remove_keys_step(client.scope, id, EMAIL_KEY, &values));
    }
}

fn values<'k>(keys: impl Iterator<Item = &'k LookupKey>) -> Vec<&'k str> {
    keys.map(|(_, value)| value.as_str()).collect()
}
