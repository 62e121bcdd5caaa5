//! Making employees by hand, and changing them.
//!
//! One made by hand has a canonical SCIM document like all others, made of his fields: filters find him, and an identity
//! provider that adopts him later (T7) finds what it expects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Employee, EmployeeData, NOT_FOUND, complete, find};
use crate::app::administration::grants::label_of;
use crate::app::administration::trail::Leavings;
use crate::app::administration::{
    Administration, AdministrationError, Change, Conflict, Fault, Once, Performed, sound,
};
use crate::app::planning::{self, Terms, show_anew};
use crate::app::provisioning::mapping::profile;
use crate::app::provisioning::write::{Before, Draft, Owner};
use crate::base::caseless::user_name_key;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::base::showable::is_unshowable;
use crate::domain::audit::Action;
use crate::domain::employee::check_email;
use crate::domain::grant::{Gift, Order, Slot};
use crate::domain::lock::Lock;
use crate::domain::outbox::Topic;
use crate::domain::permission::{Allowance, Permissions};
use crate::domain::tenant::{TenantScope, is_language_tag};
use crate::scim::resource::parse_create;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::storage::batch::Outcome;
use crate::storage::departed::{self, Comer};
use crate::storage::employee_records::{self, EmployeeRecord};
use crate::storage::{Ids, StorageError, Tx, employees, grants};

/// The longest given or family name, in characters.
const MAX_NAME: usize = 200;
const NAME_TAKEN: Conflict = Conflict::NameTaken { pointer: "/email", what: "another employee" };

impl Administration<'_> {
    /// Makes an employee by hand. Who left not long ago under the same user name is the same person: what is on hold for him
    /// stays so, and what had been given to him by hand is his again. Was he made by hand, he has the same identifier.
    ///
    /// # Errors
    ///
    /// `Invalid`, `Conflict`, `KeyReused`, `Storage`.
    pub async fn create_employee(
        &self,
        change: Change,
        data: EmployeeData,
        once: Once<Employee>,
    ) -> Result<Performed<Employee>, AdministrationError> {
        sound(faults(&data))?;
        let user = document(&data)?;
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let owner = Owner { scope, connection: None };
            let key = profile(&user).user_name_key;
            let comer = Comer { connection: None, external_id: None, user_name_key: &key };
            let departed = departed::find(tx, scope, comer, now).await?;
            let (draft, action) = match departed.as_ref().filter(|gone| gone.is_himself()) {
                None => {
                    (Draft::new(EmployeeId::generate(), 1, now, now, Lock::default(), &user)?, Action::EmployeeCreated)
                }
                Some(gone) => {
                    // What the administrator locked stays locked, and no session from before lives again.
                    let lock = Lock { by_idp: None, by_administrator: gone.admin_locked_at };
                    let mut draft = Draft::new(gone.id, gone.version + 1, gone.created_at, now, lock, &user)?;
                    draft.auth_epoch = gone.auth_epoch + 1;
                    (draft, Action::EmployeeRevived)
                }
            };
            let mut leavings = Leavings::new(&change, now);
            let fields = differing(&EmployeeData::default(), &data);
            leavings.of_employee((draft.id, action, Topic::Created), &fields, (Lock::default(), draft.lock()));
            let batch = match &departed {
                None => draft.create(owner, &leavings),
                Some(gone) if gone.is_himself() => draft.bring_back(owner, &leavings),
                Some(gone) => {
                    leavings.in_the_place_of(gone.id);
                    draft.succeed(owner, gone, &leavings)
                }
            };
            match tx.run(batch).await {
                Ok(Outcome::Applied) => {}
                Err(StorageError::Unique(_)) => return Err(NAME_TAKEN.into()),
                Ok(Outcome::Missed) if employees::find_holder(tx, scope, &key).await?.is_some() => {
                    return Err(NAME_TAKEN.into());
                }
                Ok(Outcome::Missed) => return Err(AdministrationError::Raced),
                Err(error) => return Err(error.into()),
            }
            employee_records::set_settings(tx, scope, draft.id, data.settings).await?;
            if let Some(by_hand) = departed.and_then(|gone| gone.by_hand) {
                planning::give_again(tx, scope, &terms, draft.id, &by_hand, &change.because(now)).await?;
            }
            let orders = orders(tx, &change, Permissions::default(), data.permissions).await?;
            if !orders.is_empty() {
                give(tx, &change, &terms, (draft.id, orders), now).await?;
            }
            let now_there = find(tx, scope, draft.id).await?;
            keeping.keep(tx, now_there).await
        })
        .await
    }

    /// Changes an employee to what `wanted` makes of him; it may be asked more than once.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Invalid`, `Conflict`, `VersionMismatch`, `Storage`, and those of `wanted`.
    pub async fn change_employee(
        &self,
        change: Change,
        id: EmployeeId,
        wanted: impl Fn(&Employee) -> Result<EmployeeData, AdministrationError> + Send + Sync + 'static,
    ) -> Result<Employee, AdministrationError> {
        let (scope, now) = (change.writer.scope, self.now());
        let app = self.app.clone();
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &app.0.rule_books).await?;
            grants::lock_employees(tx, scope, &Ids(vec![id.uuid()])).await?;
            let (record, canonical) = load(tx, scope, id).await?;
            change.check(record.version)?;
            let current = complete(tx, scope, vec![record.clone()]).await?.pop().ok_or(NOT_FOUND)?;
            let wanted = wanted(&current)?;
            let fields = differing(&current.data, &wanted);
            let orders = orders(tx, &change, current.data.permissions, wanted.permissions).await?;
            let managed: Vec<_> = fields.iter().copied().filter(|field| MANAGED.contains(field)).collect();
            let by_hand = record.connection_id.is_none();
            if !by_hand && !managed.is_empty() {
                return Err(Conflict::ManagedByIdp(managed).into());
            }
            let user = if managed.is_empty() {
                canonical.clone()
            } else {
                sound(faults(&wanted))?;
                document(&wanted)?
            };
            if !fields.is_empty() {
                rewrite(tx, &change, (&record, &canonical, &user), &fields, now).await?;
                employee_records::set_settings(tx, scope, id, wanted.settings).await?;
            }
            if fields.contains(&DEFAULT_NUMBER) {
                check_number(tx, scope, id, wanted.settings.default_number).await?;
                show_anew(tx, scope, &terms, &Ids(vec![id.uuid()]), now).await?;
            }
            // What rules give may be called after him.
            if !orders.is_empty() || !managed.is_empty() {
                give(tx, &change, &terms, (id, orders), now).await?;
            }
            find(tx, scope, id).await
        })
        .await
    }
}

/// What has to be given and taken so that the administrator allows `wanted` instead of `current`.
async fn orders(
    tx: &mut Tx<'_>,
    change: &Change,
    current: Permissions,
    wanted: Permissions,
) -> Result<Vec<Order>, AdministrationError> {
    if current == wanted {
        return Ok(Vec::new());
    }
    let administrator = label_of(tx, change).await?;
    let pairs = current.allowances().into_iter().zip(wanted.allowances());
    let differing = pairs.filter(|(current, wanted)| current != wanted).map(|(_, wanted)| wanted);
    let order = |wanted: Allowance| {
        if wanted.is_nothing() {
            Order::Take(Slot::Permission(wanted.permission()))
        } else {
            Order::Give { gift: Gift::Permission(wanted), administrator: administrator.clone() }
        }
    };
    Ok(differing.map(order).collect())
}

/// Plans for one who has changed, or is given something.
async fn give(
    tx: &mut Tx<'_>,
    change: &Change,
    terms: &Terms,
    (id, orders): (EmployeeId, Vec<Order>),
    now: Ts,
) -> Result<(), StorageError> {
    let planned = planning::Change {
        concerned: BTreeSet::from([id]),
        orders: BTreeMap::from([(id, orders)]),
        ..planning::Change::default()
    };
    planning::settle(tx, change.writer.scope, terms, planned, &change.because(now)).await.map(drop)
}

/// Whether the number that was chosen is one of his: what is shown of him says only that.
async fn check_number(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: EmployeeId,
    chosen: Option<ThingId>,
) -> Result<(), AdministrationError> {
    if chosen.is_some() && find(tx, scope, id).await?.data.settings.default_number != chosen {
        return Err(AdministrationError::invalid(format!("/{DEFAULT_NUMBER}"), "this is none of his phone numbers"));
    }
    Ok(())
}

/// The employee and his canonical document.
pub(super) async fn load(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: EmployeeId,
) -> Result<(EmployeeRecord, Map<String, Value>), AdministrationError> {
    let record = employee_records::find(tx, scope, id).await?.ok_or(NOT_FOUND)?;
    let document = employee_records::document(tx, scope, id).await?.ok_or(NOT_FOUND)?;
    Ok((record, serde_json::from_str(&document).expect("only canonical documents are written")))
}

/// Writes a document over the one before; the version rises also where it is the same.
async fn rewrite(
    tx: &mut Tx<'_>,
    change: &Change,
    (record, before, user): (&EmployeeRecord, &Map<String, Value>, &Map<String, Value>),
    fields: &[&str],
    now: Ts,
) -> Result<(), AdministrationError> {
    let draft = Draft::new(record.id, record.version + 1, record.created_at, now, record.lock(), user)?
        .showing(record.telephony.clone());
    let mut leavings = Leavings::new(change, now);
    let what = (record.id, Action::EmployeeChanged, Topic::Changed);
    leavings.of_employee(what, fields, (record.lock(), draft.lock()));
    let owner = Owner { scope: change.writer.scope, connection: record.connection_id };
    match tx.run(draft.update(owner, &Before::new(record.lock(), before), &leavings)).await {
        Ok(Outcome::Applied) => Ok(()),
        Ok(Outcome::Missed) => Err(AdministrationError::Raced),
        Err(StorageError::Unique(_)) => Err(NAME_TAKEN.into()),
        Err(error) => Err(error.into()),
    }
}

/// The canonical document of an employee made by hand.
fn document(data: &EmployeeData) -> Result<Map<String, Value>, AdministrationError> {
    let [given, family, email] =
        [&data.given_name, &data.family_name, &data.email].map(|text| text.as_deref().unwrap_or_default());
    let mut user = json!({
        "schemas": [urn::USER],
        "userName": email,
        "name": {"givenName": given, "familyName": family},
        "displayName": format!("{given} {family}"),
        "emails": [{"value": email, "type": "work", "primary": true}],
        "active": true,
    });
    if let (Some(language), Some(user)) = (&data.language, user.as_object_mut()) {
        user.insert("preferredLanguage".to_owned(), language.as_str().into());
    }
    Ok(parse_create(&user, ResourceType::user())?)
}

/// Everything that the data of an employee made by hand must not be.
fn faults(data: &EmployeeData) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (pointer, name) in [("/given_name", &data.given_name), ("/family_name", &data.family_name)] {
        let name = name.as_deref().unwrap_or_default();
        if name.trim().is_empty() {
            faults.push(Fault::at(pointer, "this name is missing"));
        } else if name.chars().count() > MAX_NAME {
            faults.push(Fault::at(pointer, format!("a name has at most {MAX_NAME} characters")));
        } else if name.chars().any(is_unshowable) {
            faults.push(Fault::at(pointer, "a name has no control characters"));
        }
    }
    let email = data.email.as_deref().unwrap_or_default();
    if let Err(detail) = check_email(email) {
        faults.push(Fault::at("/email", detail));
    } else if user_name_key(email).is_empty() {
        faults.push(Fault::at("/email", "nothing of this address can be logged in with"));
    }
    if data.language.as_deref().is_some_and(|tag| !is_language_tag(tag)) {
        faults.push(Fault::at("/language", "this is no language tag; write one such as de, en or de-AT"));
    }
    faults
}

const DEFAULT_NUMBER: &str = "default_number";
/// What an administrator may set, but for what he gives.
const FIELDS: [&str; 8] = [
    "given_name",
    "family_name",
    "email",
    "language",
    "notifications.missed_calls",
    "notifications.missed_faxes",
    "must_change_password",
    DEFAULT_NUMBER,
];
/// What is the identity provider's to say, where there is one (T8).
const MANAGED: [&str; 4] = ["given_name", "family_name", "email", "language"];

fn differing(one: &EmployeeData, other: &EmployeeData) -> Vec<&'static str> {
    let differs = [
        one.given_name != other.given_name,
        one.family_name != other.family_name,
        one.email != other.email,
        one.language != other.language,
        one.settings.notify_missed_calls != other.settings.notify_missed_calls,
        one.settings.notify_missed_faxes != other.settings.notify_missed_faxes,
        one.settings.must_change_password != other.settings.must_change_password,
        one.settings.default_number != other.settings.default_number,
    ];
    FIELDS.into_iter().zip(differs).filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

impl From<crate::scim::error::Error> for AdministrationError {
    /// What cannot stand in a canonical document, which is checked beforehand but for its size.
    fn from(error: crate::scim::error::Error) -> Self {
        Self::invalid("", error.detail)
    }
}
