//! `/employees`: the people with an account, whoever made them.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answered, Page, Reply, page, shown, told};
use super::body::{BareCommand, Command, MergePatch};
use super::problem::Problem;
use super::request::{Id, Parameters, paging};
use crate::app::App;
use crate::app::administration::employees::{self, EachOfMany, EmployeeData, EmployeeFilter, OneOfMany, Turn};
use crate::app::administration::{Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::employee::EmployeeSettings;
use crate::domain::permission;
use crate::http::extract::entity_tags::IfNoneMatch;

/// An employee.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Employee)]
pub struct Employee {
    /// The identifier; the `id` of the SCIM User.
    #[schema(value_type = uuid::Uuid)]
    id: EmployeeId,
    /// The name to log in with.
    user_name: String,
    /// The name to show.
    #[schema(required)]
    display_name: Option<String>,
    /// The given name.
    #[schema(required)]
    given_name: Option<String>,
    /// The family name.
    #[schema(required)]
    family_name: Option<String>,
    /// The address; of one made by hand also the name he logs in with.
    #[schema(required)]
    email: Option<String>,
    /// The language of letters and pages; null: the tenant's.
    #[schema(required)]
    language: Option<String>,
    /// What he is told of.
    notifications: Notifications,
    /// He has to choose another password when he logs in next.
    must_change_password: bool,
    /// What the administrator allows him to set up, use or remove by himself.
    permissions: Permissions,
    /// What he may in fact: the highest level that the administrator or any rule gives.
    effective_permissions: Permissions,
    /// The number that was chosen to be shown when he calls; null: the rules say.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    default_number: Option<ThingId>,
    /// The number that is shown when he calls; null: he has none.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    effective_default_number: Option<ThingId>,
    /// Where his photo is; null: there is none.
    #[schema(required)]
    photo: Option<String>,
    /// The identity provider's connection that says who he is; null: he was made by hand.
    #[schema(required)]
    connection: Option<String>,
    /// The identifier that his identity provider gave.
    #[schema(required)]
    external_id: Option<String>,
    /// He can neither log in nor phone.
    locked: bool,
    /// Who locks him.
    locked_by: Vec<LockHolder>,
    /// When he was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    /// When he was changed last.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: Ts,
}

/// Who holds a key of the lock.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LockHolder {
    /// The identity provider: `active` is false.
    Idp,
    /// The administrator.
    Administrator,
}

/// An employee made by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmployeeWrite {
    /// The given name.
    #[schema(min_length = 1, max_length = 200)]
    given_name: String,
    /// The family name.
    #[schema(min_length = 1, max_length = 200)]
    family_name: String,
    /// The address, which is also the name he logs in with; unique in the tenant.
    #[schema(min_length = 3, max_length = 254)]
    email: String,
    /// The language of letters and pages, as a language tag (RFC 5646); without it, the tenant's.
    #[schema(max_length = 35)]
    language: Option<String>,
    /// What he is told of.
    #[serde(default)]
    notifications: Notifications,
    /// He has to choose another password when he logs in next.
    #[serde(default)]
    must_change_password: bool,
    /// What he may set up, use or remove by himself.
    #[serde(default)]
    permissions: Permissions,
}

/// What may be changed of an employee. Of one whom an identity provider sends, names, address and language are the
/// provider's to say.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmployeeChange {
    /// The given name.
    #[schema(max_length = 200)]
    given_name: Option<String>,
    /// The family name.
    #[schema(max_length = 200)]
    family_name: Option<String>,
    /// The address; of one made by hand also the name he logs in with.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// The language of letters and pages, as a language tag (RFC 5646); without it, the tenant's.
    #[schema(max_length = 35)]
    language: Option<String>,
    /// What he is told of.
    #[serde(default)]
    notifications: Notifications,
    /// He has to choose another password when he logs in next.
    #[serde(default)]
    must_change_password: bool,
    /// What the administrator allows him to set up, use or remove by himself.
    #[serde(default)]
    permissions: Permissions,
    /// Which of his numbers is shown when he calls; without it, the rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    default_number: Option<ThingId>,
}

/// What an employee may set up, use or remove by himself.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// Forwarding his calls.
    #[serde(default)]
    call_forwarding: Level,
    /// Where he may forward them to.
    #[serde(default)]
    forwarding_reach: Reach,
    /// Mailboxes.
    #[serde(default)]
    mailboxes: Level,
    /// Announcements.
    #[serde(default)]
    announcements: Level,
    /// Destinations of his own.
    #[serde(default)]
    own_destinations: Level,
}

/// `use`: what the administrator has set up; `manage`: set up, change and remove as well.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// What the administrator has set up.
    Use,
    /// Set up, change and remove.
    Manage,
}

/// `free`: to IP devices only, which costs nothing; `paid`: to landline and mobile numbers as well.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// To IP devices only.
    #[default]
    Free,
    /// To landline and mobile numbers as well.
    Paid,
}

impl From<permission::Level> for Level {
    fn from(level: permission::Level) -> Self {
        match level {
            permission::Level::None => Self::None,
            permission::Level::Use => Self::Use,
            permission::Level::Manage => Self::Manage,
        }
    }
}

impl From<Level> for permission::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::None => Self::None,
            Level::Use => Self::Use,
            Level::Manage => Self::Manage,
        }
    }
}

impl From<permission::Permissions> for Permissions {
    fn from(all: permission::Permissions) -> Self {
        Self {
            call_forwarding: all.call_forwarding.into(),
            forwarding_reach: match all.forwarding_reach {
                permission::Reach::Free => Reach::Free,
                permission::Reach::Paid => Reach::Paid,
            },
            mailboxes: all.mailboxes.into(),
            announcements: all.announcements.into(),
            own_destinations: all.own_destinations.into(),
        }
    }
}

impl From<Permissions> for permission::Permissions {
    fn from(all: Permissions) -> Self {
        Self {
            call_forwarding: all.call_forwarding.into(),
            forwarding_reach: match all.forwarding_reach {
                Reach::Free => permission::Reach::Free,
                Reach::Paid => permission::Reach::Paid,
            },
            mailboxes: all.mailboxes.into(),
            announcements: all.announcements.into(),
            own_destinations: all.own_destinations.into(),
        }
    }
}

/// What an employee is told of; both are on unless said otherwise.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    /// Calls he missed.
    #[serde(default = "on")]
    missed_calls: bool,
    /// Faxes he missed.
    #[serde(default = "on")]
    missed_faxes: bool,
}

const fn on() -> bool {
    true
}

impl Default for Notifications {
    fn default() -> Self {
        Self { missed_calls: true, missed_faxes: true }
    }
}

/// Which employees a request is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmployeeIds {
    /// Their identifiers.
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 1000)]
    ids: Vec<EmployeeId>,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    /// In the order in which they were named, each once.
    results: Vec<OneResult>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneResult {
    /// The employee.
    #[schema(value_type = uuid::Uuid)]
    id: EmployeeId,
    /// What became of him.
    result: ResultKind,
}

/// `done`; `unchanged`: it was so already; `not_found`: there is no such employee.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// It was done.
    Done,
    /// It was so already.
    Unchanged,
    /// There is no such employee.
    NotFound,
}

/// Which employees.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EmployeesQuery {
    /// Only those whose user name, name or e-mail address contains this text, letter case aside.
    q: Option<String>,
    /// Only locked ones, or only others.
    locked: Option<bool>,
    /// Only those of the identity provider's connection of this name.
    connection: Option<String>,
    /// Only those in this group of the identity provider, or in one that is in it.
    #[param(value_type = Option<uuid::Uuid>)]
    group: Option<GroupId>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl From<Notifications> for EmployeeSettings {
    fn from(notifications: Notifications) -> Self {
        Self {
            notify_missed_calls: notifications.missed_calls,
            notify_missed_faxes: notifications.missed_faxes,
            ..Self::default()
        }
    }
}

impl From<EmployeeWrite> for EmployeeData {
    fn from(write: EmployeeWrite) -> Self {
        Self {
            given_name: Some(write.given_name),
            family_name: Some(write.family_name),
            email: Some(write.email),
            language: write.language,
            settings: EmployeeSettings {
                must_change_password: write.must_change_password,
                ..write.notifications.into()
            },
            permissions: write.permissions.into(),
        }
    }
}

impl From<EmployeeChange> for EmployeeData {
    fn from(change: EmployeeChange) -> Self {
        Self {
            given_name: change.given_name,
            family_name: change.family_name,
            email: change.email,
            language: change.language,
            settings: EmployeeSettings {
                must_change_password: change.must_change_password,
                default_number: change.default_number,
                ..change.notifications.into()
            },
            permissions: change.permissions.into(),
        }
    }
}

impl From<EmployeeData> for EmployeeChange {
    fn from(data: EmployeeData) -> Self {
        Self {
            given_name: data.given_name,
            family_name: data.family_name,
            email: data.email,
            language: data.language,
            notifications: Notifications {
                missed_calls: data.settings.notify_missed_calls,
                missed_faxes: data.settings.notify_missed_faxes,
            },
            must_change_password: data.settings.must_change_password,
            permissions: data.permissions.into(),
            default_number: data.settings.default_number,
        }
    }
}

impl Employee {
    /// `base` is that of the API.
    fn new(employee: employees::Employee, base: &str) -> Self {
        let data = EmployeeChange::from(employee.data);
        let idp = employee.lock.by_idp.map(|_| LockHolder::Idp);
        let administrator = employee.lock.by_administrator.map(|_| LockHolder::Administrator);
        Self {
            id: employee.id,
            user_name: employee.user_name,
            display_name: employee.display_name,
            given_name: data.given_name,
            family_name: data.family_name,
            email: data.email,
            language: data.language,
            notifications: data.notifications,
            must_change_password: data.must_change_password,
            permissions: data.permissions,
            effective_permissions: employee.effective.into(),
            default_number: data.default_number,
            effective_default_number: employee.shown_number,
            photo: employee.has_photo.then(|| format!("{base}/employees/{}/photo", employee.id)),
            connection: employee.connection,
            external_id: employee.external_id,
            locked: employee.lock.is_locked(),
            locked_by: idp.into_iter().chain(administrator).collect(),
            created_at: employee.created_at,
            updated_at: employee.updated_at,
        }
    }
}

/// A patch of that.
type EmployeePatch = MergePatch<EmployeeChange>;

fn answer(status: StatusCode, employee: &employees::Employee, base: &str) -> Answer {
    shown(status, employee.version, &Employee::new(employee.clone(), base))
}

fn ok(app: &App) -> impl Fn(&employees::Employee) -> Answer + Clone + Send + Sync + use<> {
    let base = app.admin_base();
    move |employee| answer(StatusCode::OK, employee, &base)
}

fn results(each: &EachOfMany) -> Answer {
    let result = |(id, became): &(EmployeeId, OneOfMany)| OneResult {
        id: *id,
        result: match became {
            OneOfMany::Done => ResultKind::Done,
            OneOfMany::Unchanged => ResultKind::Unchanged,
            OneOfMany::NotFound => ResultKind::NotFound,
        },
    };
    told(StatusCode::OK, &Results { results: each.iter().map(result).collect() })
}

/// The employees in the order in which they came first.
#[utoipa::path(get, path = "/employees", operation_id = "list_employees", tag = "employees", params(EmployeesQuery),
    responses((status = 200, description = "A page of employees", body = Page<Employee>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<EmployeesQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let paging = paging(query.limit, query.cursor)?;
    let filter =
        EmployeeFilter { containing: query.q, locked: query.locked, connection: query.connection, group: query.group };
    let employees = app.administration().employees(&reader, &filter, &paging).await?;
    let base = app.admin_base();
    Ok(page(employees, |employee| Employee::new(employee, &base)))
}

/// Make an employee by hand.
#[utoipa::path(post, path = "/employees", operation_id = "create_employee", tag = "employees",
    request_body = EmployeeWrite, responses((status = 201, description = "The new employee", body = Employee)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<EmployeeWrite>,
) -> Result<Reply, Problem> {
    let base = app.admin_base();
    let answered = Answered::by(key, move |employee: &employees::Employee| Answer {
        location: Some(format!("{base}/employees/{}", employee.id)),
        ..answer(StatusCode::CREATED, employee, &base)
    });
    let made = app.administration().create_employee(change, body.into(), answered.once()).await?;
    Ok(answered.reply(made))
}

/// One employee.
#[utoipa::path(get, path = "/employees/{id}", operation_id = "get_employee", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 200, description = "The employee", body = Employee)))]
pub async fn get(
    reader: AdminReader,
    Id(id): Id<EmployeeId>,
    has: IfNoneMatch,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let employee = app.administration().employee(&reader, id).await?;
    Ok(Reply::found(ok(&app)(&employee), &has))
}

/// Change an employee.
#[utoipa::path(patch, path = "/employees/{id}", operation_id = "change_employee", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    request_body(content((EmployeePatch = "application/merge-patch+json"), (EmployeePatch = "application/json"))),
    responses((status = 200, description = "The employee as he is now", body = Employee)))]
pub async fn patch(
    change: Change,
    Id(id): Id<EmployeeId>,
    State(app): State<App>,
    patch: EmployeePatch,
) -> Result<Reply, Problem> {
    let wanted = move |employee: &employees::Employee| Ok(patch.apply(&employee.data.clone().into())?.into());
    let employee = app.administration().change_employee(change, id, wanted).await?;
    Ok(Reply::new(ok(&app)(&employee)))
}

/// Delete an employee with all settings, desks and grants. What he held goes on hold for him.
#[utoipa::path(delete, path = "/employees/{id}", operation_id = "delete_employee", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 204, description = "He is gone")))]
pub async fn delete(change: Change, Id(id): Id<EmployeeId>, State(app): State<App>) -> Result<StatusCode, Problem> {
    app.administration().delete_employee(change, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lock an employee: he can neither log in nor phone. What he holds stays his.
#[utoipa::path(post, path = "/employees/{id}/lock", operation_id = "lock_employee", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 200, description = "The employee as he is now", body = Employee)))]
pub async fn lock(
    change: Change,
    Id(id): Id<EmployeeId>,
    State(app): State<App>,
    BareCommand { key }: BareCommand,
) -> Result<Reply, Problem> {
    let answered = Answered::by(key, ok(&app));
    let locked = app.administration().turn_lock(change, id, Turn::Lock, answered.once()).await?;
    Ok(answered.reply(locked))
}

/// Take the administrator's key of an employee's lock away. Whoever his identity provider has locked stays locked: the answer
/// says so in `locked_by`, and only the provider can unlock him.
#[utoipa::path(post, path = "/employees/{id}/unlock", operation_id = "unlock_employee", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 200, description = "The employee as he is now", body = Employee)))]
pub async fn unlock(
    change: Change,
    Id(id): Id<EmployeeId>,
    State(app): State<App>,
    BareCommand { key }: BareCommand,
) -> Result<Reply, Problem> {
    let answered = Answered::by(key, ok(&app));
    let unlocked = app.administration().turn_lock(change, id, Turn::Unlock, answered.once()).await?;
    Ok(answered.reply(unlocked))
}

/// Lock many employees at once.
#[utoipa::path(post, path = "/employees/lock", operation_id = "lock_employees", tag = "employees",
    request_body = EmployeeIds, responses((status = 200, description = "What became of each", body = Results)))]
pub async fn lock_many(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<EmployeeIds>,
) -> Result<Reply, Problem> {
    let answered = Answered::by(key, results);
    let locked = app.administration().turn_locks(change, body.ids, Turn::Lock, answered.once()).await?;
    Ok(answered.reply(locked))
}

/// Unlock many employees at once, those whom an administrator has locked; `unchanged` may be locked by their provider.
#[utoipa::path(post, path = "/employees/unlock", operation_id = "unlock_employees", tag = "employees",
    request_body = EmployeeIds, responses((status = 200, description = "What became of each", body = Results)))]
pub async fn unlock_many(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<EmployeeIds>,
) -> Result<Reply, Problem> {
    let answered = Answered::by(key, results);
    let unlocked = app.administration().turn_locks(change, body.ids, Turn::Unlock, answered.once()).await?;
    Ok(answered.reply(unlocked))
}

/// Delete many employees at once.
#[utoipa::path(post, path = "/employees/delete", operation_id = "delete_employees", tag = "employees",
    request_body = EmployeeIds, responses((status = 200, description = "What became of each", body = Results)))]
pub async fn delete_many(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<EmployeeIds>,
) -> Result<Reply, Problem> {
    let answered = Answered::by(key, results);
    let deleted = app.administration().delete_employees(change, body.ids, answered.once()).await?;
    Ok(answered.reply(deleted))
}
