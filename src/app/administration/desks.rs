//! OfficeDesks by hand: restricted accesses with exactly set rights.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use super::cursor::Walk;
use super::grants::label_of;
use super::trail::{Leavings, changed};
use super::{Administration, AdministrationError, Change, Conflict, Fault, ListPage, Once, Paging, Performed, sound};
use crate::app::authentication::AdminReader;
use crate::app::planning::{self, Terms, show_anew};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{DeskId, EmployeeId, GrantId, ThingId};
use crate::base::showable::is_unshowable;
use crate::domain::audit::{Action, Subject};
use crate::domain::employee::check_email;
use crate::domain::grant::{Current, DeskState, GrantState, Have, Origin, Past, Slot, Source};
use crate::domain::office_desk::{MAX_NAME, Status, Switches, user_name};
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::storage::desks::{self, DeskRow, DeskWrite};
use crate::storage::{Ids, StorageError, Tx, employee_records, tenants, things};

/// What an administrator says about a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a desk has these switches, each of its own")]
pub struct DeskData {
    /// Whose it is.
    pub employee: EmployeeId,
    /// The name; customer number and name are what its user logs in with.
    pub name: String,
    /// Where the registration mail goes; none: to the employee's address.
    pub email: Option<String>,
    /// Which extensions it may use.
    pub extensions: DeskReach,
    /// Which devices it may use.
    pub devices: DeskReach,
    /// May send faxes.
    pub fax_sending: bool,
    /// May send short messages.
    pub sms_sending: bool,
    /// Has an address book of its own.
    pub contacts: bool,
    /// Sees all call lists.
    pub call_list: bool,
}

/// Which things of a kind a desk may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskReach {
    /// Whatever its employee holds.
    pub own: bool,
    /// These besides, in the order of their identifiers.
    pub listed: BTreeSet<ThingId>,
}

/// A desk.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The identifier.
    pub id: DeskId,
    /// What may be said about it.
    pub data: DeskData,
    /// The name to log in with.
    pub user_name: String,
    /// How far its registration is.
    pub status: Status,
    /// Whether its employee is locked, and it with him.
    pub locked: bool,
    /// Whether a rule made it.
    pub by_rule: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
    /// When it was changed last.
    pub updated_at: Ts,
}

const NOT_FOUND: AdministrationError = AdministrationError::NotFound("desk");
const NAME_TAKEN: Conflict = Conflict::NameTaken { pointer: "/name", what: "another desk" };

impl Administration<'_> {
    /// The desks of the caller's tenant by user name, or those of one employee by name.
    ///
    /// # Errors
    ///
    /// `Cursor`, `Storage`.
    pub async fn desks(
        &self,
        reader: &AdminReader,
        employee: Option<EmployeeId>,
        paging: &Paging,
    ) -> Result<ListPage<Desk>, AdministrationError> {
        let (scope, limit) = (reader.scope, paging.rows());
        let walk = Walk::new(reader, "desks", &employee.map(|id| id.to_string()).unwrap_or_default());
        let behind = self.begin(&walk, paging)?.unwrap_or_default();
        let desks = self
            .app
            .0
            .store
            .read(async move |tx: &mut Tx<'_>| {
                let rows = desks::list(tx, scope, employee, &behind, limit).await?;
                complete(tx, scope, rows).await
            })
            .await?;
        Ok(self.finish(&walk, paging, desks, |desk| fold(&desk.user_name)))
    }

    /// One desk.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn desk(&self, reader: &AdminReader, id: DeskId) -> Result<Desk, AdministrationError> {
        let scope = reader.scope;
        self.app.0.store.read(async move |tx: &mut Tx<'_>| find(tx, scope, id).await).await
    }

    /// Makes a desk; no registration mail has been sent.
    ///
    /// # Errors
    ///
    /// `Invalid`, `Conflict`, `KeyReused`, `Storage`.
    pub async fn create_desk(
        &self,
        change: Change,
        data: DeskData,
        once: Once<Desk>,
    ) -> Result<Performed<Desk>, AdministrationError> {
        let (scope, now, id) = (change.writer.scope, self.now(), DeskId::generate());
        let (keeping, books) = (once.keeping(&change, now), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            check(tx, scope, &data).await?;
            let names = Names::new(tx, scope, &data).await?;
            let administrator = label_of(tx, &change).await?;
            let desk = DeskWrite { made_by: Some(&administrator), ..names.write(id, &data) };
            desks::insert(tx, scope, &desk, now).await?.ok_or(NAME_TAKEN)?;
            desks::set_access(tx, scope, id, &listed(&data)).await?;
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::DeskCreated, Subject::Desk(id), changed(&FIELDS));
            leavings.tell(About::Employee(data.employee), Topic::DeskCreated, about(id, &FIELDS));
            leavings.write(tx).await?;
            show_anew(tx, scope, &terms, &Ids(vec![data.employee.uuid()]), now).await?;
            let now_there = find(tx, scope, id).await?;
            keeping.keep(tx, now_there).await
        })
        .await
    }

    /// Changes a desk to what `wanted` makes of it; it may be asked more than once. Of one that a rule gives only the
    /// address is the administrator's to say.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Invalid`, `Conflict`, `VersionMismatch`, `Storage`, and those of `wanted`.
    pub async fn change_desk(
        &self,
        change: Change,
        id: DeskId,
        wanted: impl Fn(&Desk) -> Result<DeskData, AdministrationError> + Send + Sync + 'static,
    ) -> Result<Desk, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = find(tx, scope, id).await?;
            change.check(current.version)?;
            let wanted = wanted(&current)?;
            let fields = differing(&current.data, &wanted);
            if fields.is_empty() {
                return Ok(current);
            }
            if current.by_rule && fields != [EMAIL] {
                return Err(Conflict::GivenByRule.into());
            }
            check(tx, scope, &wanted).await?;
            let names = Names::new(tx, scope, &wanted).await?;
            let desk = DeskWrite { by_rule: current.by_rule, ..names.write(id, &wanted) };
            match desks::update(tx, scope, &desk, current.version, now).await {
                Ok(true) => {}
                Ok(false) => return Err(AdministrationError::Raced),
                Err(StorageError::Unique(_)) => return Err(NAME_TAKEN.into()),
                Err(error) => return Err(error.into()),
            }
            desks::set_access(tx, scope, id, &listed(&wanted)).await?;
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::DeskChanged, Subject::Desk(id), changed(&fields));
            leavings.tell(About::Employee(wanted.employee), Topic::DeskChanged, about(id, &fields));
            if wanted.employee != current.data.employee {
                leavings.tell(About::Employee(current.data.employee), Topic::DeskDeleted, about(id, &[]));
            }
            leavings.write(tx).await?;
            if fields.iter().any(|field| ["employee", "name"].contains(field)) {
                let both = BTreeSet::from([current.data.employee, wanted.employee]);
                show_anew(tx, scope, &terms, &Ids(both.iter().map(|id| id.uuid()).collect()), now).await?;
            }
            find(tx, scope, id).await
        })
        .await
    }

    /// Deletes a desk that no rule gives.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Conflict`, `VersionMismatch`, `Storage`.
    pub async fn delete_desk(&self, change: Change, id: DeskId) -> Result<(), AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = desks::find(tx, scope, id).await?.ok_or(NOT_FOUND)?;
            change.check(current.version)?;
            remove(tx, &change, &terms, current, now).await
        })
        .await
    }
}

/// Deletes a desk that no rule gives.
pub(super) async fn remove(
    tx: &mut Tx<'_>,
    change: &Change,
    terms: &Terms,
    desk: DeskRow,
    now: Ts,
) -> Result<(), AdministrationError> {
    let (scope, id, employee) = (change.writer.scope, desk.id, desk.employee_id);
    if desk.by_rule {
        return Err(Conflict::GivenByRule.into());
    }
    let had = made_by_hand(tx, scope, employee).await?.into_iter().find(|one| one.id.uuid() == id.uuid());
    if desks::delete(tx, scope, &Ids(vec![id.uuid()])).await? == 0 {
        return Err(AdministrationError::Raced);
    }
    let request = change.context.request_id.clone();
    if let Some(past) = had.and_then(|had| Past::taken_by_hand(had, now, Some(request))) {
        planning::remember_past(tx, scope, employee, &past).await?;
    }
    let mut leavings = Leavings::new(change, now);
    leavings.record(Action::DeskDeleted, Subject::Desk(id), Map::new());
    leavings.tell(About::Employee(employee), Topic::DeskDeleted, about(id, &[]));
    leavings.write(tx).await?;
    Ok(show_anew(tx, scope, terms, &Ids(vec![employee.uuid()]), now).await?)
}

/// The desks made by hand of one employee, as if they were grants: what he has and why is told of them like of the rest.
pub(super) async fn made_by_hand(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    employee: EmployeeId,
) -> Result<Vec<Current>, StorageError> {
    let mut desks = desks::of_employees(tx, scope, &Ids(vec![employee.uuid()])).await?;
    desks.retain(|desk| !desk.by_rule);
    let access = desks::access(tx, scope, &Ids(desks.iter().map(|desk| desk.id.uuid()).collect())).await?;
    let has = |desk: DeskRow| {
        let state = DeskState {
            switches: Switches {
                fax: desk.fax_sending,
                sms: desk.sms_sending,
                contacts: desk.contacts,
                call_list: desk.call_list,
            },
            own_extensions: desk.own_extensions,
            own_devices: desk.own_devices,
            access: access.iter().filter(|row| row.desk_id == desk.id).map(|row| row.thing_id).collect(),
            email: desk.email,
            name: desk.name,
        };
        let source = Source {
            origin: Origin::Manual { administrator: desk.made_by.unwrap_or_else(|| "unknown".to_owned()) },
            priority: 0,
            share: None,
            at: desk.created_at,
            request: None,
        };
        Current {
            id: GrantId::from(desk.id.uuid()),
            seq: 0,
            slot: Slot::Desk { name: fold(&state.name) },
            state: GrantState {
                have: Some(Have::Desk(state)),
                granted_at: Some(desk.created_at),
                wait: None,
                sources: vec![source],
            },
        }
    };
    Ok(desks.into_iter().map(has).collect())
}

async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: DeskId) -> Result<Desk, AdministrationError> {
    let row = desks::find(tx, scope, id).await?.ok_or(NOT_FOUND)?;
    complete(tx, scope, vec![row]).await?.pop().ok_or(NOT_FOUND)
}

/// The desks of these rows, with what each may use.
async fn complete(tx: &mut Tx<'_>, scope: TenantScope, rows: Vec<DeskRow>) -> Result<Vec<Desk>, AdministrationError> {
    let access = desks::access(tx, scope, &Ids(rows.iter().map(|row| row.id.uuid()).collect())).await?;
    let of_kind = |id: DeskId, kind: Kind| {
        access.iter().filter(|row| row.desk_id == id && row.kind == kind.name()).map(|row| row.thing_id).collect()
    };
    Ok(rows
        .into_iter()
        .map(|row| Desk {
            data: DeskData {
                employee: row.employee_id,
                name: row.name,
                email: row.email,
                extensions: DeskReach { own: row.own_extensions, listed: of_kind(row.id, Kind::Extension) },
                devices: DeskReach { own: row.own_devices, listed: of_kind(row.id, Kind::Device) },
                fax_sending: row.fax_sending,
                sms_sending: row.sms_sending,
                contacts: row.contacts,
                call_list: row.call_list,
            },
            id: row.id,
            user_name: row.user_name,
            status: Status::parse(&row.status).unwrap_or(Status::New),
            locked: row.locked,
            by_rule: row.by_rule,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
        .collect())
}

/// Everything that a desk's data must not be.
async fn check(tx: &mut Tx<'_>, scope: TenantScope, data: &DeskData) -> Result<(), AdministrationError> {
    let mut faults = Vec::new();
    match data.name.chars().count() {
        0 => faults.push(Fault::at("/name", "a desk needs a name")),
        long if long > MAX_NAME => faults.push(Fault::at("/name", format!("a name has at most {MAX_NAME} characters"))),
        _ if data.name.chars().any(is_unshowable) => {
            faults.push(Fault::at("/name", "a name has no control characters"));
        }
        _ => {}
    }
    if let Some(Err(detail)) = data.email.as_deref().map(check_email) {
        faults.push(Fault::at("/email", detail));
    }
    if employee_records::find(tx, scope, data.employee).await?.is_none() {
        faults.push(Fault::at("/employee", "there is no employee with this id"));
    }
    let known = things::by_ids(tx, scope, &listed(data)).await?;
    for (field, reach, kind) in
        [("extensions", &data.extensions, Kind::Extension), ("devices", &data.devices, Kind::Device)]
    {
        for (place, id) in reach.listed.iter().enumerate() {
            if !known.iter().any(|thing| thing.id == *id && thing.kind == kind.name()) {
                faults.push(Fault::at(
                    format!("/{field}/listed/{place}"),
                    format!("there is no {} with this id", kind.name()),
                ));
            }
        }
    }
    sound(faults)
}

/// The names under which a desk is unique.
struct Names {
    name_key: String,
    user_name: String,
    user_name_key: String,
}

impl Names {
    async fn new(tx: &mut Tx<'_>, scope: TenantScope, data: &DeskData) -> Result<Self, StorageError> {
        let tenant = tenants::settings(tx, scope).await?;
        let user_name = user_name(&tenant.customer_number, &data.name);
        Ok(Self { name_key: fold(&data.name), user_name_key: fold(&user_name), user_name })
    }

    fn write<'a>(&'a self, id: DeskId, data: &'a DeskData) -> DeskWrite<'a> {
        DeskWrite {
            id,
            employee: data.employee,
            name: &data.name,
            name_key: &self.name_key,
            user_name: &self.user_name,
            user_name_key: &self.user_name_key,
            email: data.email.as_deref(),
            fax_sending: data.fax_sending,
            sms_sending: data.sms_sending,
            contacts: data.contacts,
            call_list: data.call_list,
            own_extensions: data.extensions.own,
            own_devices: data.devices.own,
            by_rule: false,
            made_by: None,
        }
    }
}

fn listed(data: &DeskData) -> Ids {
    Ids(data.extensions.listed.iter().chain(&data.devices.listed).map(|id| id.uuid()).collect())
}

const EMAIL: &str = "email";
/// What an administrator may set.
const FIELDS: [&str; 9] =
    ["employee", "name", EMAIL, "extensions", "devices", "fax_sending", "sms_sending", "contacts", "call_list"];

fn differing(one: &DeskData, other: &DeskData) -> Vec<&'static str> {
    let differs = [
        one.employee != other.employee,
        one.name != other.name,
        one.email != other.email,
        one.extensions != other.extensions,
        one.devices != other.devices,
        one.fax_sending != other.fax_sending,
        one.sms_sending != other.sms_sending,
        one.contacts != other.contacts,
        one.call_list != other.call_list,
    ];
    FIELDS.into_iter().zip(differs).filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

fn about(id: DeskId, fields: &[&str]) -> Map<String, Value> {
    Map::from_iter([("desk".to_owned(), json!(id)), ("changed".to_owned(), json!(fields))])
}
