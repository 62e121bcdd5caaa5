//! `/destinations`: where calls can be sent.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ThingsQuery;
use crate::app::App;
use crate::app::administration::stock::{self, NewDestination, StockThing};
use crate::app::administration::{Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::thing::destination::Target;
use crate::domain::thing::{Class, Details};
use crate::http::api::answer::{Answered, Page, Reply, page};
use crate::http::api::body::{Command, MergePatch};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Id, Parameters, paging};

/// What lies behind a destination.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A device of the tenant.
    Device,
    /// An IP device elsewhere.
    SipAddress,
    /// A mailbox of the tenant.
    Mailbox,
    /// A number in the telephone network.
    Number,
}

stock_resource! {
    /// A destination: where calls can be sent.
    pub struct Destination of thing {
        /// The name.
        name: String = thing.thing.label.as_str().to_owned(),
        /// Where it leads: a phone number, `sip:name@host`, `device:NAME` or `mailbox:NAME`.
        target: String = target_of(&thing).map(ToString::to_string).unwrap_or_default(),
        /// What lies there.
        leads_to: TargetKind = match target_of(&thing) {
            Some(Target::Device(_)) => TargetKind::Device,
            Some(Target::Mailbox(_)) => TargetKind::Mailbox,
            Some(Target::Number(_)) => TargetKind::Number,
            Some(Target::SipAddress(_)) | None => TargetKind::SipAddress,
        },
        /// Calls to it leave for the telephone network and cost money.
        paid: bool = target_of(&thing).is_some_and(Target::is_paid),
        /// Whose own it is, made by an employee or for him; null: the administrator's, to be given to anybody.
        #[schema(value_type = Option<uuid::Uuid>, required)]
        owner: Option<EmployeeId> = thing.thing.details.owner(),
    }
}

fn target_of(thing: &StockThing) -> Option<&Target> {
    match &thing.thing.details {
        Details::Destination(details) => Some(&details.target),
        _ => None,
    }
}

/// A destination to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationWrite {
    /// The name, unique in the tenant, letter case aside; of an employee's own, among his.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where it leads: a phone number in any notation, `sip:name@host` for an IP device elsewhere, `device:NAME` or
    /// `mailbox:NAME` for one of the tenant.
    #[schema(min_length = 1, max_length = 300)]
    target: String,
    /// Whose own it is; without it, it is the administrator's, to be given to anybody.
    #[schema(value_type = Option<uuid::Uuid>)]
    owner: Option<EmployeeId>,
    /// The pool that it goes to.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// It is out of use from the beginning.
    #[serde(default)]
    disabled: bool,
}

/// What may be changed of a destination.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationChange {
    /// The name, unique in the tenant, letter case aside; of an employee's own, among his.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where it leads.
    #[schema(min_length = 1, max_length = 300)]
    target: String,
    /// The pool that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
}

/// A patch of that.
type DestinationPatch = MergePatch<DestinationChange>;

/// The destinations by name.
#[utoipa::path(get, path = "/destinations", operation_id = "list_destinations", tag = "destinations",
    params(ThingsQuery), responses((status = 200, description = "A page of destinations", body = Page<Destination>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<ThingsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let (filter, paging) = (query.query(), paging(query.limit, query.cursor)?);
    let things = app.administration().stock(&reader, Class::Destination, &filter, &paging).await?;
    Ok(page(things, Destination::from))
}

/// Add a destination.
#[utoipa::path(post, path = "/destinations", operation_id = "add_destination", tag = "destinations",
    request_body = DestinationWrite,
    responses((status = 201, description = "The new destination", body = Destination)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<DestinationWrite>,
) -> Result<Reply, Problem> {
    let DestinationWrite { name, target, owner, pool, disabled } = body;
    let base = app.admin_base();
    let answered = Answered::by(key, move |thing: &StockThing| Answer {
        location: Some(format!("{base}/destinations/{}", thing.thing.id)),
        ..answer(StatusCode::CREATED, thing)
    });
    let new = NewDestination { name, target, owner, pool, disabled }.read()?;
    let added = app.administration().add_thing(change, new, answered.once()).await?;
    Ok(answered.reply(added))
}

/// Change a destination.
#[utoipa::path(patch, path = "/destinations/{id}", operation_id = "change_destination", tag = "destinations",
    params(("id" = uuid::Uuid, Path, description = "The destination")),
    request_body(content((DestinationPatch = "application/merge-patch+json"), (DestinationPatch = "application/json"))),
    responses((status = 200, description = "The destination as it is now", body = Destination)))]
pub async fn patch(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    patch: DestinationPatch,
) -> Result<Reply, Problem> {
    let wanted = move |current: &StockThing| {
        let before = DestinationChange {
            name: current.thing.label.as_str().to_owned(),
            target: target_of(current).map(ToString::to_string).unwrap_or_default(),
            pool: current.thing.pool,
        };
        let after = patch.apply(&before)?;
        Ok((stock::destination(current, &after.name, &after.target)?, after.pool))
    };
    let thing = app.administration().change_stock(change, Class::Destination, id, wanted).await?;
    Ok(Reply::new(ok(&thing)))
}

stock_handlers! {
    Destination, Class::Destination, "destinations", "The destination";
    get "/destinations/{id}" "get_destination" "One destination.",
    delete "delete_destination" "Take a destination out of stock.",
    disable "/destinations/{id}/disable" "disable_destination" "Take a destination out of use: whoever has it keeps it, nobody gets it.",
    enable "/destinations/{id}/enable" "enable_destination" "Put a destination back into use."
}
