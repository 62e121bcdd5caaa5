//! Employees as the administrator sees and sets them up, whoever made them.

mod delete;
mod lock;
mod photo;
mod write;

use std::collections::BTreeMap;

pub use lock::{EachOfMany, OneOfMany, Turn};
pub use photo::KeptPhoto;

use crate::app::administration::cursor::Walk;
use crate::app::administration::{Administration, AdministrationError, ListPage, Paging};
use crate::app::authentication::AdminReader;
use crate::app::employees::predicate;
use crate::app::planning::read_grant;
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::employee::EmployeeSettings;
use crate::domain::grant::{Current, Have, Origin, Share, Source, default_number};
use crate::domain::lock::Lock;
use crate::domain::permission::{Allowance, Permissions};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::storage::employee_records::{self, EmployeeRecord, RecordFilter};
use crate::storage::{Ids, StorageError, Tx, grants};

/// How many employees one request may name.
pub const MOST_AT_ONCE: usize = 1000;

/// An employee.
#[derive(Debug, Clone)]
pub struct Employee {
    /// The identifier; the `id` of the SCIM User.
    pub id: EmployeeId,
    /// What may be said about him.
    pub data: EmployeeData,
    /// The name to log in with.
    pub user_name: String,
    /// The name to show.
    pub display_name: Option<String>,
    /// The identifier that his IdP gave.
    pub external_id: Option<String>,
    /// The connection he came by; none: he was made by hand.
    pub connection: Option<String>,
    /// The two keys of his lock.
    pub lock: Lock,
    /// What he may do by himself, whoever allows it.
    pub effective: Permissions,
    /// The number that is shown when he calls.
    pub shown_number: Option<ThingId>,
    /// Whether there is a photo of him.
    pub has_photo: bool,
    /// Counts the changes.
    pub version: i64,
    /// When he was made.
    pub created_at: Ts,
    /// When he was changed last.
    pub updated_at: Ts,
}

/// What an administrator says about an employee. Of one whom an identity provider sends, the provider says the first four
/// (T8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmployeeData {
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The address; of one made by hand also the name he logs in with.
    pub email: Option<String>,
    /// The language of letters and pages; none: the tenant's.
    pub language: Option<String>,
    /// What is the administrator's to say about everybody.
    pub settings: EmployeeSettings,
    /// What the administrator allows him to do by himself.
    pub permissions: Permissions,
}

/// Which employees.
#[derive(Debug, Clone, Default)]
pub struct EmployeeFilter {
    /// Only those whose user name, name or e-mail address contains this text, letter case aside.
    pub containing: Option<String>,
    /// Only locked ones, or only others.
    pub locked: Option<bool>,
    /// Only those of the connection of this name.
    pub connection: Option<String>,
    /// Only those in this group, or in one that is in it.
    pub group: Option<GroupId>,
}

const NOT_FOUND: AdministrationError = AdministrationError::NotFound("employee");

impl Employee {
    /// The employee of this row, with what he has of permissions and numbers.
    fn new(record: EmployeeRecord, has: &[Current]) -> Self {
        let (lock, mut settings) = (record.lock(), record.settings());
        // A number that was chosen counts as long as it is his.
        settings.default_number = settings.default_number.filter(|chosen| numbers(has).any(|own| own == *chosen));
        Self {
            id: record.id,
            effective: has.iter().filter_map(effective).collect(),
            shown_number: default_number(has, settings.default_number),
            has_photo: record.has_photo,
            data: EmployeeData {
                given_name: record.given_name,
                family_name: record.family_name,
                email: record.email,
                language: record.language,
                settings,
                permissions: has.iter().filter_map(by_hand).collect(),
            },
            user_name: record.user_name,
            display_name: record.display_name,
            external_id: record.external_id,
            connection: record.connection,
            lock,
            version: record.version,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

impl Administration<'_> {
    /// The employees of the caller's tenant in the order in which they came first.
    ///
    /// # Errors
    ///
    /// `Cursor`, `TooExpensive`, `Storage`.
    pub async fn employees(
        &self,
        reader: &AdminReader,
        filter: &EmployeeFilter,
        paging: &Paging,
    ) -> Result<ListPage<Employee>, AdministrationError> {
        let scope = reader.scope;
        let walk = Walk::new(reader, "employees", &filter.canonical());
        let behind = self.begin(&walk, paging)?.as_deref().and_then(EmployeeId::parse);
        let asked = RecordFilter {
            predicate: predicate(filter.containing.as_deref(), filter.locked),
            connection_key: filter.connection.as_deref().map(fold),
            group: filter.group,
            behind,
            limit: paging.rows(),
        };
        // Whatever can make it look at every row takes its turn.
        let scans = asked.predicate.is_some() || asked.connection_key.is_some() || asked.group.is_some();
        let find = async move |tx: &mut Tx<'_>| {
            let rows = employee_records::page(tx, scope, &asked).await?;
            complete(tx, scope, rows).await
        };
        let store = &self.app.0.store;
        let employees = if scans { store.scan(scope, find).await } else { store.read(find).await };
        let employees = employees.map_err(|error| match error {
            StorageError::TimedOut if scans => AdministrationError::TooExpensive,
            error => error.into(),
        })?;
        Ok(self.finish(&walk, paging, employees, |employee| employee.id.to_string()))
    }

    /// One employee.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn employee(&self, reader: &AdminReader, id: EmployeeId) -> Result<Employee, AdministrationError> {
        let scope = reader.scope;
        self.app.0.store.read(async move |tx: &mut Tx<'_>| find(tx, scope, id).await).await
    }
}

impl EmployeeFilter {
    /// The same words for the same question, whatever order it was asked in; for cursors.
    fn canonical(&self) -> String {
        let containing = self.containing.as_deref().map(fold);
        format!("{containing:?} {:?} {:?} {:?}", self.locked, self.connection.as_deref().map(fold), self.group)
    }
}

async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: EmployeeId) -> Result<Employee, AdministrationError> {
    let record = employee_records::find(tx, scope, id).await?.ok_or(NOT_FOUND)?;
    complete(tx, scope, vec![record]).await?.pop().ok_or(NOT_FOUND)
}

/// The employees of these rows, with what they have of permissions and numbers.
async fn complete(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    records: Vec<EmployeeRecord>,
) -> Result<Vec<Employee>, StorageError> {
    let people = Ids(records.iter().map(|record| record.id.uuid()).collect());
    let mut has: BTreeMap<EmployeeId, Vec<Current>> = BTreeMap::new();
    for row in grants::of_subjects(tx, scope, &people, &["permission", Kind::VoiceNumber.name()]).await? {
        has.entry(row.employee_id).or_default().push(read_grant(row)?);
    }
    let mut of = |id| has.remove(&id).unwrap_or_default();
    Ok(records
        .into_iter()
        .map(|record| (of(record.id), record))
        .map(|(has, record)| Employee::new(record, &has))
        .collect())
}

/// What a grant of a permission allows, whoever gives it.
fn effective(grant: &Current) -> Option<Allowance> {
    match grant.state.have {
        Some(Have::Permission(allowance)) => Some(allowance),
        _ => None,
    }
}

/// What of it the administrator gives.
fn by_hand(grant: &Current) -> Option<Allowance> {
    let manual = |source: &&Source| matches!(source.origin, Origin::Manual { .. });
    match grant.state.sources.iter().find(manual)?.share {
        Some(Share::Permission(allowance)) => Some(allowance),
        _ => None,
    }
}

/// The numbers among what somebody has.
fn numbers(has: &[Current]) -> impl Iterator<Item = ThingId> {
    let number = |grant: &Current| grant.state.have.as_ref().and_then(Have::thing).map(|thing| thing.id);
    has.iter().filter(|grant| grant.slot.kind() == Some(Kind::VoiceNumber)).filter_map(number)
}
