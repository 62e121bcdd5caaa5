//! `POST /Users`: a new employee, or one who comes back (decision 6).

use serde_json::{Map, Value};

use super::trace::Trace;
use super::write::{Before, Draft};
use super::{ATTEMPTS, Provisioning, ProvisioningError, RequestContext, StoredUser, mapping, redact};
use crate::app::authentication::ProvisioningClient;
use crate::base::caseless::user_name_key;
use crate::base::ids::{EmployeeId, EventId};
use crate::domain::audit::Action;
use crate::domain::event::Operation;
use crate::domain::lock::Lock;
use crate::domain::outbox::{About, Topic};
use crate::scim::patch::changed_paths;
use crate::scim::resource::parse_create;
use crate::scim::schema::ResourceType;
use crate::storage::batch::Outcome;
use crate::storage::departed::{self, Comer, DepartedRow};
use crate::storage::employees::{self, HolderRow};
use crate::storage::{StorageError, Tx, employee_records, tenants};

/// Who stands in the way of a new employee.
enum InTheWay {
    /// Somebody living has the user name.
    Living(HolderRow),
    /// So has somebody whom an administrator made by hand, and the tenant wants him adopted.
    Handmade(EmployeeId),
    /// The same person left and is still on hold.
    Departed(DepartedRow),
    /// Nobody, any more.
    Nobody,
}

impl Provisioning<'_> {
    /// Makes an employee of a SCIM User, or brings one back (`POST /Users`).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn create_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let result = self.create(client, context, &body).await;
        if let Err(error) = &result {
            self.app.note_refusal(client, context, Operation::Create, None, error, || redact::structure(&body));
        }
        result
    }

    async fn create(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: &Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let mut user = parse_create(body, ResourceType::user())?;
        // Active unless said otherwise (decision 4), and said so in every answer.
        user.entry("active").or_insert(Value::Bool(true));
        // Looked up before the batch: what reads the index in which others write meets them there, and is done again.
        if self.is_address_taken(client, &user).await? {
            return Err(ProvisioningError::AddressTaken);
        }
        for _ in 0..ATTEMPTS {
            if let Some(created) = self.insert(client, context, body, &user).await? {
                return Ok(created);
            }
            let revived = match self.who_is_in_the_way(client, &user).await? {
                InTheWay::Living(holder) if is_same_person_locked(&holder, client, &user) => {
                    self.revive_living(client, context, body, &user, holder.id).await?
                }
                InTheWay::Handmade(id) => self.adopt(client, context, body, &user, id).await?,
                InTheWay::Living(holder) => return Err(taken_by(&holder, client)),
                InTheWay::Departed(gone) => self.bring_back(client, context, body, &user, &gone).await?,
                InTheWay::Nobody => None,
            };
            if let Some(revived) = revived {
                return Ok(revived);
            }
            // Somebody was faster; look again.
        }
        Err(StorageError::Busy.into())
    }

    /// Whether somebody made by hand logs in with the address of a user of another name: it is he, but an address alone is
    /// no proof (T7).
    async fn is_address_taken(
        &self,
        client: &ProvisioningClient,
        user: &Map<String, Value>,
    ) -> Result<bool, StorageError> {
        let (profile, scope) = (mapping::profile(user), client.scope);
        let address = profile.email.as_deref().map(user_name_key).filter(|address| *address != profile.user_name_key);
        let Some(address) = address else { return Ok(false) };
        let look = async move |tx: &mut Tx<'_>| employees::find_holder(tx, scope, &address).await;
        Ok(self.app.0.store.point(look).await?.is_some_and(|holder| holder.connection_id.is_none()))
    }

    /// One statement decides whether the name is free and writes everything. `None`: somebody is in the way.
    async fn insert(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: &Value,
        user: &Map<String, Value>,
    ) -> Result<Option<StoredUser>, ProvisioningError> {
        let now = self.app.0.clock.now();
        let draft = Draft::new(EmployeeId::generate(), 1, now, now, Lock::default(), user)?;
        let trace = Trace {
            client,
            context,
            event: EventId::generate(),
            at: now,
            operation: Operation::Create,
            action: Action::EmployeeCreated,
            topic: Topic::Created,
            about: About::Employee(draft.id),
            status: 201,
            changed: changed_paths(&Map::new(), user, ResourceType::user()),
            lock: (Lock::default(), draft.lock),
            predecessor: None,
            members: None,
            request: redact::structure(body),
        };
        let outcome = self.app.0.store.apply(|| draft.create(client.into(), &trace)).await?;
        Ok((outcome == Outcome::Applied).then(|| draft.into_stored(Vec::new())))
    }

    async fn who_is_in_the_way(
        &self,
        client: &ProvisioningClient,
        user: &Map<String, Value>,
    ) -> Result<InTheWay, StorageError> {
        let profile = mapping::profile(user);
        let now = self.app.0.clock.now();
        let (scope, connection) = (client.scope, client.connection);
        self.app
            .0
            .store
            .point(async move |tx: &mut Tx<'_>| {
                if let Some(holder) = employees::find_holder(tx, scope, &profile.user_name_key).await? {
                    let by_hand = holder.connection_id.is_none();
                    let adopts = by_hand && tenants::settings(tx, scope).await?.settings().handmade_employees.adopts();
                    return Ok(if adopts { InTheWay::Handmade(holder.id) } else { InTheWay::Living(holder) });
                }
                let comer = Comer {
                    connection: Some(connection),
                    external_id: profile.external_id.as_deref(),
                    user_name_key: &profile.user_name_key,
                };
                Ok(departed::find(tx, scope, comer, now).await?.map_or(InTheWay::Nobody, InTheWay::Departed))
            })
            .await
    }

    /// The IdP locked him, forgot him, and sends him again: the body replaces what he was.
    async fn revive_living(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: &Value,
        user: &Map<String, Value>,
        id: EmployeeId,
    ) -> Result<Option<StoredUser>, ProvisioningError> {
        let Some(stored) = self.find(client, id).await? else { return Ok(None) };
        let canonical = stored.canonical();
        // Read again, because it is this version that is written over: he must still be the one, and still be locked.
        let same = |key| canonical.get(key) == user.get(key);
        if stored.lock.by_idp.is_none() || !same("externalId") || !is_same_name(&canonical, user) {
            return Ok(None);
        }
        let now = self.app.0.clock.now();
        let before = Before::new(stored.lock, &canonical);
        let draft = Draft::new(id, stored.version + 1, stored.created_at, now, stored.lock, user)?
            .showing(stored.telephony.clone());
        let trace = Trace {
            client,
            context,
            event: EventId::generate(),
            at: now,
            operation: Operation::Revive,
            action: Action::EmployeeRevived,
            topic: Topic::Replaced,
            about: About::Employee(id),
            status: 201,
            changed: changed_paths(&canonical, user, ResourceType::user()),
            lock: (stored.lock, draft.lock),
            predecessor: None,
            members: None,
            request: redact::structure(body),
        };
        match self.write_employee(&trace, id, || draft.update(client.into(), &before, &trace)).await {
            Ok((Outcome::Applied, false)) => Ok(Some(draft.into_stored(stored.groups))),
            // What he has may be shown otherwise by now.
            Ok((Outcome::Applied, true)) => Ok(self.find(client, id).await?),
            // Somebody was faster, or took the name in the meantime; the next look finds him.
            Ok((Outcome::Missed, _)) | Err(StorageError::Unique(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// An administrator made him by hand, and the tenant wants him to be the IdP's from now on: the body replaces what he
    /// was (T7). What he holds and the administrator's key of his lock stay; whatever he was logged in with ends.
    async fn adopt(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: &Value,
        user: &Map<String, Value>,
        id: EmployeeId,
    ) -> Result<Option<StoredUser>, ProvisioningError> {
        let scope = client.scope;
        let find = async move |tx: &mut Tx<'_>| {
            let record = employee_records::find(tx, scope, id).await?;
            Ok::<_, StorageError>(record.zip(employee_records::document(tx, scope, id).await?))
        };
        let Some((record, document)) = self.app.0.store.read(find).await? else { return Ok(None) };
        let canonical: Map<String, Value> =
            serde_json::from_str(&document).expect("only canonical documents are written");
        if record.connection_id.is_some() || !is_same_name(&canonical, user) {
            return Ok(None);
        }
        let now = self.app.0.clock.now();
        let before = Before::new(record.lock(), &canonical);
        let mut draft = Draft::new(id, record.version + 1, record.created_at, now, record.lock(), user)?
            .showing(record.telephony.clone());
        draft.auth_epoch = record.auth_epoch + 1;
        let trace = Trace {
            client,
            context,
            event: EventId::generate(),
            at: now,
            operation: Operation::Adopt,
            action: Action::EmployeeAdopted,
            topic: Topic::Replaced,
            about: About::Employee(id),
            status: 201,
            changed: changed_paths(&canonical, user, ResourceType::user()),
            lock: (record.lock(), draft.lock),
            predecessor: None,
            members: None,
            request: redact::structure(body),
        };
        match self.app.0.store.apply(|| draft.adopt(client, &before, &trace)).await {
            Ok(outcome) => Ok((outcome == Outcome::Applied).then(|| draft.into_stored(Vec::new()))),
            Err(StorageError::Unique(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// He was deleted, and his things are still on hold. Where `externalId` and `userName` are those of then, he has the
    /// same id (decision 6); else he is another employee, for whom they are on hold from now on.
    async fn bring_back(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: &Value,
        user: &Map<String, Value>,
        gone: &DepartedRow,
    ) -> Result<Option<StoredUser>, ProvisioningError> {
        let now = self.app.0.clock.now();
        let himself = gone.is_himself();
        let draft = if himself {
            // What the administrator locked stays locked, and no session from before lives again.
            let lock = Lock { by_idp: None, by_administrator: gone.admin_locked_at };
            let mut draft = Draft::new(gone.id, gone.version + 1, gone.created_at, now, lock, user)?;
            draft.auth_epoch = gone.auth_epoch + 1;
            draft
        } else {
            Draft::new(EmployeeId::generate(), 1, now, now, Lock::default(), user)?
        };
        let (operation, action) = if himself {
            (Operation::Revive, Action::EmployeeRevived)
        } else {
            (Operation::Create, Action::EmployeeCreated)
        };
        let trace = Trace {
            client,
            context,
            event: EventId::generate(),
            at: now,
            operation,
            action,
            topic: Topic::Created,
            about: About::Employee(draft.id),
            status: 201,
            changed: changed_paths(&Map::new(), user, ResourceType::user()),
            lock: (Lock::default(), draft.lock),
            predecessor: (!himself).then_some(gone.id),
            members: None,
            request: redact::structure(body),
        };
        let make = || {
            if himself { draft.bring_back(client.into(), &trace) } else { draft.succeed(client.into(), gone, &trace) }
        };
        match self.write_returner(&trace, draft.id, gone.by_hand.clone(), make).await {
            Ok((Outcome::Applied, false)) => Ok(Some(draft.into_stored(Vec::new()))),
            Ok((Outcome::Applied, true)) => Ok(self.find(client, draft.id).await?),
            // Somebody was faster, or took the name in the meantime; the next look finds him.
            Ok((Outcome::Missed, _)) | Err(StorageError::Unique(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Decision 6: `externalId` and `userName` both match somebody of the same connection whom the IdP has locked.
fn is_same_person_locked(holder: &HolderRow, client: &ProvisioningClient, user: &Map<String, Value>) -> bool {
    let external_id = user.get("externalId").and_then(Value::as_str);
    holder.connection_id == Some(client.connection)
        && holder.idp_locked_at.is_some()
        && external_id.is_some()
        && holder.external_id.as_deref() == external_id
}

fn is_same_name(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    mapping::profile(one).user_name_key == mapping::profile(other).user_name_key
}

/// Who has the name; of another connection's employees only that there is one.
pub(super) fn taken_by(holder: &HolderRow, client: &ProvisioningClient) -> ProvisioningError {
    ProvisioningError::UserNameTaken {
        holder: (holder.connection_id == Some(client.connection)).then_some(holder.id),
        active: holder.idp_locked_at.is_none(),
    }
}
