//! Batches that write one employee.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::mapping::{is_active, lookup_keys, profile};
use super::predicate::EMAIL_KEY;
use super::search_document::{search_document, with_extension};
use super::stored_user::{StoredUser, UserGroup};
use crate::app::authentication::ProvisioningClient;
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, EmployeeId};
use crate::domain::employee::{LookupKey, Profile};
use crate::domain::lock::Lock;
use crate::domain::tenant::TenantScope;
use crate::scim::error::Error;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::storage::batch::Batch;
use crate::storage::departed::{self, DepartedRow};
use crate::storage::employees::EmployeeWrite;
use crate::storage::{employees as rows, grants, group_members, things};

/// Whose employees are written: those of a connection, or those of the tenant that were made by hand.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct Owner {
    pub(in crate::app) scope: TenantScope,
    pub(in crate::app) connection: Option<ConnectionId>,
}

impl From<&ProvisioningClient> for Owner {
    fn from(client: &ProvisioningClient) -> Self {
        Self { scope: client.scope, connection: Some(client.connection) }
    }
}

/// What a change leaves behind beside itself: audit record, messages, and whatever else belongs to it.
pub(in crate::app) trait Trail {
    /// Adds it to the batch of the change.
    fn push_to(&self, batch: &mut Batch);
}

/// An employee as he shall stand in the database, worked out before the database is asked.
pub(in crate::app) struct Draft {
    pub(in crate::app) id: EmployeeId,
    pub(super) version: i64,
    pub(super) created_at: Ts,
    pub(super) updated_at: Ts,
    pub(super) lock: Lock,
    pub(in crate::app) auth_epoch: i64,
    pub(super) profile: Profile,
    keys: BTreeSet<LookupKey>,
    document: String,
    telephony: Option<String>,
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
    pub(in crate::app) fn new(
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
            telephony: None,
            document,
        })
    }

    /// The same of somebody who has something of the telephone system, which stays as it is; `telephony` are the
    /// attributes that show it.
    #[must_use]
    pub(in crate::app) fn showing(mut self, telephony: Option<String>) -> Self {
        if let Some(shown) = &telephony {
            self.search = with_extension(&self.search, urn::TELEPHONY_USER, shown);
        }
        self.telephony = telephony;
        self
    }

    /// The two keys of his lock.
    pub(in crate::app) const fn lock(&self) -> Lock {
        self.lock
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
            telephony: self.telephony,
            groups,
        }
    }

    /// Adds a new employee.
    pub(in crate::app) fn create(&self, owner: Owner, trail: &impl Trail) -> Batch {
        let mut batch = Batch::new(rows::insert_guard(owner.scope, owner.connection, &self.row()));
        push_added(&mut batch, owner, self.id, self.keys.iter());
        trail.push_to(&mut batch);
        batch
    }

    /// Brings back somebody who was deleted and is still on hold.
    pub(in crate::app) fn bring_back(&self, owner: Owner, trail: &impl Trail) -> Batch {
        let mut batch = Batch::new(departed::forget_guard(owner.scope, self.id, self.version - 1));
        batch.push(rows::insert_step(owner.scope, owner.connection, &self.row()));
        push_added(&mut batch, owner, self.id, self.keys.iter());
        trail.push_to(&mut batch);
        batch
    }

    /// Adds a new employee who is the same person as one who left: what is on hold for that one is on hold for him, and what
    /// that one had, he had.
    pub(in crate::app) fn succeed(&self, owner: Owner, gone: &DepartedRow, trail: &impl Trail) -> Batch {
        let scope = owner.scope;
        let mut batch = Batch::new(departed::pass_on_guard(scope, gone));
        batch.push(rows::insert_step(scope, owner.connection, &self.row()));
        batch.push(things::pass_on_step(scope, gone.id, self.id, self.updated_at));
        batch.push(grants::copy_past_step(scope, gone.id, self.id));
        push_added(&mut batch, owner, self.id, self.keys.iter());
        trail.push_to(&mut batch);
        batch
    }

    /// Gives an employee made by hand to the connection that sent him (T7).
    pub(super) fn adopt(&self, client: &ProvisioningClient, before: &Before, trail: &impl Trail) -> Batch {
        let mut batch = Batch::new(rows::adopt_guard(client.scope, client.connection, &self.row()));
        let owner = client.into();
        push_removed(&mut batch, owner, self.id, before.keys.difference(&self.keys));
        push_added(&mut batch, owner, self.id, self.keys.difference(&before.keys));
        trail.push_to(&mut batch);
        batch
    }

    /// Writes the employee over what he was.
    pub(in crate::app) fn update(&self, owner: Owner, before: &Before, trail: &impl Trail) -> Batch {
        let scope = owner.scope;
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
        push_removed(&mut batch, owner, self.id, before.keys.difference(&self.keys));
        push_added(&mut batch, owner, self.id, self.keys.difference(&before.keys));
        trail.push_to(&mut batch);
        batch
    }
}

/// What an employee was before a change, as far as the change depends on it.
pub(in crate::app) struct Before {
    lock: Lock,
    profile: Profile,
    keys: BTreeSet<LookupKey>,
}

impl Before {
    pub(in crate::app) fn new(lock: Lock, user: &Map<String, Value>) -> Self {
        Self { lock, profile: profile(user), keys: lookup_keys(user) }
    }

    /// Deletes the employee, who has nothing any more; he can come back.
    pub(in crate::app) fn delete(&self, owner: Owner, leaver: &Leaver, trail: &impl Trail) -> Batch {
        let scope = owner.scope;
        let mut batch = Batch::new(rows::at_version_guard(scope, leaver.id, leaver.version));
        batch.push(departed::remember_step(
            scope,
            owner.connection,
            &departed::Departure {
                id: leaver.id,
                external_id: self.profile.external_id.clone(),
                user_name: self.profile.user_name.clone(),
                user_name_key: self.profile.user_name_key.clone(),
                email_key: self.profile.email.as_deref().map(fold),
                admin_locked_at: self.lock.by_administrator,
                auth_epoch: leaver.auth_epoch,
                version: leaver.version,
                created_at: leaver.created_at,
                at: leaver.at,
            },
        ));
        push_removed(&mut batch, owner, leaver.id, self.keys.iter());
        // The groups that he is in lose a member.
        batch.push(group_members::count_leaving_step(scope, leaver.id, leaver.at));
        trail.push_to(&mut batch);
        batch.push(rows::delete_step(scope, leaver.id, leaver.version));
        batch
    }
}

/// Who is to be deleted, as far as [`Before`] does not say it.
pub(in crate::app) struct Leaver {
    pub(in crate::app) id: EmployeeId,
    pub(in crate::app) version: i64,
    pub(in crate::app) auth_epoch: i64,
    pub(in crate::app) created_at: Ts,
    pub(in crate::app) at: Ts,
}

/// One step for all keys: their number must not change the statement, nor make it grow.
fn push_added<'k>(batch: &mut Batch, owner: Owner, id: EmployeeId, keys: impl Iterator<Item = &'k LookupKey>) {
    let values = values(keys);
    if !values.is_empty() {
        batch.push(rows::add_keys_step(owner.scope, id, EMAIL_KEY, &values));
    }
}

fn push_removed<'k>(batch: &mut Batch, owner: Owner, id: EmployeeId, keys: impl Iterator<Item = &'k LookupKey>) {
    let values = values(keys);
    if !values.is_empty() {
        batch.push(rows::remove_keys_step(owner.scope, id, EMAIL_KEY, &values));
    }
}

fn values<'k>(keys: impl Iterator<Item = &'k LookupKey>) -> Vec<&'k str> {
    keys.map(|(_, value)| value.as_str()).collect()
}
