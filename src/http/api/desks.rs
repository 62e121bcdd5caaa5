//! `/desks`: OfficeDesks, restricted accesses with exactly set rights.

use std::collections::BTreeSet;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answered, Page, Reply, page, shown};
use super::body::{Command, MergePatch};
use super::problem::Problem;
use super::request::{Id, Parameters, paging};
use crate::app::App;
use crate::app::administration::{self, Answer, Change, DeskData};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{DeskId, EmployeeId, ThingId};
use crate::domain::office_desk::Status;
use crate::http::extract::entity_tags::IfNoneMatch;

/// An OfficeDesk: a restricted access of an employee to the telephone system.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "these are the switches of the manual")]
pub struct Desk {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: DeskId,
    /// Whose it is.
    #[schema(value_type = uuid::Uuid)]
    employee: EmployeeId,
    /// The name.
    name: String,
    /// Where the registration mail goes; null: to the employee's address.
    #[schema(required)]
    email: Option<String>,
    /// Which extensions it may use.
    extensions: DeskReach,
    /// Which devices it may use.
    devices: DeskReach,
    /// It may send faxes.
    fax_sending: bool,
    /// It may send short messages.
    sms_sending: bool,
    /// It has an address book of its own.
    contacts: bool,
    /// It sees the call lists: all of them.
    call_list: bool,
    /// What its user logs in with: customer number and name.
    user_name: String,
    /// How far its registration is.
    status: DeskStatus,
    /// A rule made it; then only the rule changes it, but for its e-mail address.
    by_rule: bool,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    /// When it was changed last.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: Ts,
}

/// `new`: no registration mail has been sent; `invited`: one has; `active`: its user has logged in; `locked`: its employee
/// is locked, whatever it was.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeskStatus {
    /// No registration mail has been sent.
    New,
    /// A registration mail has been sent.
    Invited,
    /// Its user has logged in.
    Active,
    /// Its employee is locked.
    Locked,
}

/// What may be written of an OfficeDesk.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "these are the switches of the manual")]
pub struct DeskWrite {
    /// Whose it is.
    #[schema(value_type = uuid::Uuid)]
    employee: EmployeeId,
    /// The name, unique in the tenant, letter case aside.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Where the registration mail goes; without it, to the employee's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// Which extensions it may use.
    #[serde(default)]
    extensions: DeskReach,
    /// Which devices it may use.
    #[serde(default)]
    devices: DeskReach,
    /// It may send faxes.
    #[serde(default)]
    fax_sending: bool,
    /// It may send short messages.
    #[serde(default)]
    sms_sending: bool,
    /// It has an address book of its own.
    #[serde(default)]
    contacts: bool,
    /// It sees the call lists: all of them.
    #[serde(default)]
    call_list: bool,
}

/// Which things of a kind a desk may use.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskReach {
    /// Whatever its employee holds.
    #[serde(default)]
    own: bool,
    /// These besides, by their identifiers.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 1000)]
    listed: BTreeSet<ThingId>,
}

/// Which desks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DesksQuery {
    /// Only those of this employee.
    #[param(value_type = Option<uuid::Uuid>)]
    employee: Option<EmployeeId>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl From<administration::DeskReach> for DeskReach {
    fn from(administration::DeskReach { own, listed }: administration::DeskReach) -> Self {
        Self { own, listed }
    }
}

impl From<DeskReach> for administration::DeskReach {
    fn from(DeskReach { own, listed }: DeskReach) -> Self {
        Self { own, listed }
    }
}

impl From<DeskData> for DeskWrite {
    fn from(data: DeskData) -> Self {
        Self {
            employee: data.employee,
            name: data.name,
            email: data.email,
            extensions: data.extensions.into(),
            devices: data.devices.into(),
            fax_sending: data.fax_sending,
            sms_sending: data.sms_sending,
            contacts: data.contacts,
            call_list: data.call_list,
        }
    }
}

impl From<DeskWrite> for DeskData {
    fn from(write: DeskWrite) -> Self {
        Self {
            employee: write.employee,
            name: write.name.trim().to_owned(),
            email: write.email,
            extensions: write.extensions.into(),
            devices: write.devices.into(),
            fax_sending: write.fax_sending,
            sms_sending: write.sms_sending,
            contacts: write.contacts,
            call_list: write.call_list,
        }
    }
}

impl From<administration::Desk> for Desk {
    fn from(desk: administration::Desk) -> Self {
        let data = desk.data;
        Self {
            id: desk.id,
            employee: data.employee,
            name: data.name,
            email: data.email,
            extensions: data.extensions.into(),
            devices: data.devices.into(),
            fax_sending: data.fax_sending,
            sms_sending: data.sms_sending,
            contacts: data.contacts,
            call_list: data.call_list,
            user_name: desk.user_name,
            status: match (desk.locked, desk.status) {
                (true, _) => DeskStatus::Locked,
                (false, Status::New) => DeskStatus::New,
                (false, Status::Invited) => DeskStatus::Invited,
                (false, Status::Active) => DeskStatus::Active,
            },
            by_rule: desk.by_rule,
            created_at: desk.created_at,
            updated_at: desk.updated_at,
        }
    }
}

/// A patch of that.
type DeskPatch = MergePatch<DeskWrite>;

fn answer(status: StatusCode, desk: &administration::Desk) -> Answer {
    shown(status, desk.version, &Desk::from(desk.clone()))
}

/// The OfficeDesks by user name.
#[utoipa::path(get, path = "/desks", operation_id = "list_desks", tag = "desks", params(DesksQuery),
    responses((status = 200, description = "A page of desks", body = Page<Desk>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<DesksQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let paging = paging(query.limit, query.cursor)?;
    let desks = app.administration().desks(&reader, query.employee, &paging).await?;
    Ok(page(desks, Desk::from))
}

/// Make an OfficeDesk.
#[utoipa::path(post, path = "/desks", operation_id = "create_desk", tag = "desks", request_body = DeskWrite,
    responses((status = 201, description = "The new desk", body = Desk)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<DeskWrite>,
) -> Result<Reply, Problem> {
    let base = app.admin_base();
    let answered = Answered::by(key, move |desk: &administration::Desk| Answer {
        location: Some(format!("{base}/desks/{}", desk.id)),
        ..answer(StatusCode::CREATED, desk)
    });
    let made = app.administration().create_desk(change, body.into(), answered.once()).await?;
    Ok(answered.reply(made))
}

/// One OfficeDesk.
#[utoipa::path(get, path = "/desks/{id}", operation_id = "get_desk", tag = "desks",
    params(("id" = uuid::Uuid, Path, description = "The desk")),
    responses((status = 200, description = "The desk", body = Desk)))]
pub async fn get(
    reader: AdminReader,
    Id(id): Id<DeskId>,
    has: IfNoneMatch,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let desk = app.administration().desk(&reader, id).await?;
    Ok(Reply::found(answer(StatusCode::OK, &desk), &has))
}

/// Change an OfficeDesk.
#[utoipa::path(patch, path = "/desks/{id}", operation_id = "change_desk", tag = "desks",
    params(("id" = uuid::Uuid, Path, description = "The desk")),
    request_body(content((DeskPatch = "application/merge-patch+json"), (DeskPatch = "application/json"))),
    responses((status = 200, description = "The desk as it is now", body = Desk)))]
pub async fn patch(
    change: Change,
    Id(id): Id<DeskId>,
    State(app): State<App>,
    patch: DeskPatch,
) -> Result<Reply, Problem> {
    let wanted = move |desk: &administration::Desk| Ok(patch.apply(&desk.data.clone().into())?.into());
    let desk = app.administration().change_desk(change, id, wanted).await?;
    Ok(Reply::new(answer(StatusCode::OK, &desk)))
}

/// Delete an OfficeDesk.
#[utoipa::path(delete, path = "/desks/{id}", operation_id = "delete_desk", tag = "desks",
    params(("id" = uuid::Uuid, Path, description = "The desk")),
    responses((status = 204, description = "It is gone")))]
pub async fn delete(change: Change, Id(id): Id<DeskId>, State(app): State<App>) -> Result<StatusCode, Problem> {
    app.administration().delete_desk(change, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
