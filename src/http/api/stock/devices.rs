//! `/devices`: SIP accounts, with secrets that are shown once (S2).

use axum::extract::State;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ThingsQuery, held_for, held_until, note};
use crate::app::App;
use crate::app::administration::stock::{self, DeviceAccount, NewDevice, StockThing};
use crate::app::administration::{Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::thing::{Class, Details};
use crate::http::api::answer::{Answered, Page, Reply, page, shown};
use crate::http::api::body::{BareCommand, Command, MergePatch};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Id, Parameters, paging};

stock_resource! {
    /// A device: a SIP account or telephone that registers with the telephone system.
    pub struct Device of thing {
        /// The SIP user name.
        user_name: String = thing.thing.key.to_string(),
        /// What kind of telephone it is.
        #[schema(required)]
        model: Option<String> = model(&thing),
        /// A note.
        #[schema(required)]
        label: Option<String> = note(thing.thing.label.as_str()),
        /// When its secret was made; null: it has none, and cannot register.
        #[serde(serialize_with = "crate::http::api::stock::rfc3339_or_null")]
        #[schema(value_type = Option<String>, format = DateTime, required)]
        secret_made_at: Option<Ts> = thing.secret_at,
        /// Whose it is.
        #[schema(value_type = Option<uuid::Uuid>, required)]
        holder: Option<EmployeeId> = thing.thing.holder,
        /// For whom it is on hold; his identifier outlives him.
        #[schema(value_type = Option<uuid::Uuid>, required)]
        held_for: Option<EmployeeId> = held_for(&thing),
        /// Until when it is on hold.
        #[serde(serialize_with = "crate::http::api::stock::rfc3339_or_null")]
        #[schema(value_type = Option<String>, format = DateTime, required)]
        held_until: Option<Ts> = held_until(&thing),
    }
}

fn model(thing: &StockThing) -> Option<String> {
    match &thing.thing.details {
        Details::Device(details) => note(details.model.as_str()),
        _ => None,
    }
}

/// A device and the account that its telephone registers with.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceWithAccount {
    /// The device.
    device: Device,
    /// What the telephone has to be told.
    account: SipAccount,
}

/// What a telephone has to be told to register.
#[derive(Debug, Serialize, ToSchema)]
pub struct SipAccount {
    /// The user name.
    user_name: String,
    /// The domain, which is the realm, too.
    domain: String,
    /// The secret. It is shown once: null where the same request was answered before.
    #[schema(required)]
    secret: Option<String>,
}

/// A device to be added; its secret is made here and shown in the answer, once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceWrite {
    /// The SIP user name: 3 to 32 small letters, digits, points, hyphens and underscores. Without it, one is made. It is never
    /// given to another device.
    #[schema(max_length = 64)]
    user_name: Option<String>,
    /// What kind of telephone it is.
    #[schema(max_length = 200)]
    model: Option<String>,
    /// The pool that it goes to.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// A note.
    #[schema(max_length = 200)]
    label: Option<String>,
    /// It is out of use from the beginning.
    #[serde(default)]
    disabled: bool,
}

/// What may be changed of a device.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceChange {
    /// What kind of telephone it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    model: Option<String>,
    /// The pool that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// A note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    label: Option<String>,
}

/// A patch of that.
type DevicePatch = MergePatch<DeviceChange>;

fn with_account(status: StatusCode, made: &DeviceAccount, with_secret: bool) -> Answer {
    let account = SipAccount {
        user_name: made.account.user_name.clone(),
        domain: made.account.domain.clone(),
        secret: with_secret.then(|| made.account.secret.expose_secret().to_owned()),
    };
    let shown_device = DeviceWithAccount { device: made.device.clone().into(), account };
    // The tag is the device's, which is what it is for.
    Answer { etag: ok(&made.device).etag, ..shown(status, made.device.thing.version, &shown_device) }
}

/// The devices by SIP user name.
#[utoipa::path(get, path = "/devices", operation_id = "list_devices", tag = "devices", params(ThingsQuery),
    responses((status = 200, description = "A page of devices", body = Page<Device>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<ThingsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let (filter, paging) = (query.query(), paging(query.limit, query.cursor)?);
    let things = app.administration().stock(&reader, Class::Device, &filter, &paging).await?;
    Ok(page(things, Device::from))
}

/// Add a device. Its secret is in the answer, and nowhere else afterwards.
#[utoipa::path(post, path = "/devices", operation_id = "add_device", tag = "devices", request_body = DeviceWrite,
    responses((status = 201, description = "The new device and its account", body = DeviceWithAccount)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<DeviceWrite>,
) -> Result<Reply, Problem> {
    let DeviceWrite { user_name, model, pool, label, disabled } = body;
    let new = NewDevice { user_name, model, pool, label, disabled };
    let base = app.admin_base();
    let at = move |made: &DeviceAccount| Some(format!("{base}/devices/{}", made.device.thing.id));
    let kept = at.clone();
    let answered = Answered::by(key, move |made: &DeviceAccount| Answer {
        location: at(made),
        ..with_account(StatusCode::CREATED, made, true)
    });
    let once = answered.once_without(move |made: &DeviceAccount| Answer {
        location: kept(made),
        ..with_account(StatusCode::CREATED, made, false)
    });
    let made = app.administration().add_device(change, new.read()?, once).await?;
    Ok(answered.reply(made))
}

/// Make a new secret for a device. It is in the answer, and nowhere else afterwards; the one before is void.
#[utoipa::path(post, path = "/devices/{id}/secret", operation_id = "renew_device_secret", tag = "devices",
    params(("id" = uuid::Uuid, Path, description = "The device")),
    responses((status = 200, description = "The device and its account", body = DeviceWithAccount)))]
pub async fn renew(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    BareCommand { key }: BareCommand,
) -> Result<Reply, Problem> {
    let answered = Answered::by(key, |made: &DeviceAccount| with_account(StatusCode::OK, made, true));
    let once = answered.once_without(|made: &DeviceAccount| with_account(StatusCode::OK, made, false));
    let made = app.administration().renew_secret(change, id, once).await?;
    Ok(answered.reply(made))
}

/// Change a device.
#[utoipa::path(patch, path = "/devices/{id}", operation_id = "change_device", tag = "devices",
    params(("id" = uuid::Uuid, Path, description = "The device")),
    request_body(content((DevicePatch = "application/merge-patch+json"), (DevicePatch = "application/json"))),
    responses((status = 200, description = "The device as it is now", body = Device)))]
pub async fn patch(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    patch: DevicePatch,
) -> Result<Reply, Problem> {
    let wanted = move |current: &StockThing| {
        let thing = &current.thing;
        let before = DeviceChange { model: model(current), pool: thing.pool, label: note(thing.label.as_str()) };
        let after = patch.apply(&before)?;
        Ok((stock::device(current, after.model.as_deref(), after.label.as_deref())?, after.pool))
    };
    let thing = app.administration().change_stock(change, Class::Device, id, wanted).await?;
    Ok(Reply::new(ok(&thing)))
}

stock_handlers! {
    Device, Class::Device, "devices", "The device";
    get "/devices/{id}" "get_device" "One device.",
    delete "delete_device" "Take a device out of stock. Its SIP user name is never given again.",
    disable "/devices/{id}/disable" "disable_device" "Take a device out of use: whoever has it keeps it, nobody gets it.",
    enable "/devices/{id}/enable" "enable_device" "Put a device back into use.",
    free "/devices/{id}/hold" "free_device" "End the hold of a device: it is free at once."
}
