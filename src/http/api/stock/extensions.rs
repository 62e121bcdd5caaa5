//! `/extensions`: internal numbers.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::numbers::added_to;
use super::{StockAdded, ThingsQuery, held_for, held_until, note};
use crate::app::App;
use crate::app::administration::Change;
use crate::app::administration::stock::{self, Added, NewExtensions, StockThing};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::thing::{Class, Details};
use crate::http::api::answer::{Answered, Page, Reply, page};
use crate::http::api::body::{Command, MergePatch};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Id, Parameters, paging};

stock_resource! {
    /// An extension: an internal number.
    pub struct Extension of thing {
        /// The digits.
        extension: String = thing.thing.key.to_string(),
        /// The phone number that it is tied to, as E.164.
        #[schema(required)]
        number: Option<String> = number(&thing),
        /// A note.
        #[schema(required)]
        label: Option<String> = note(thing.thing.label.as_str()),
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

fn number(thing: &StockThing) -> Option<String> {
    match &thing.thing.details {
        Details::Extension(details) => details.number.map(|number| number.to_string()),
        _ => None,
    }
}

/// Extensions to be added, all of them or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionsWrite {
    /// Extensions of 2 to 6 digits and ranges of them, separated by commas: `201`, `210-219, 300…399`. At most 10,000. What
    /// lies in a range and cannot be an extension, such as 112, is left out.
    #[schema(min_length = 1, max_length = 65536)]
    extensions: String,
    /// The phone numbers that they are tied to, one each: behind a range, a block of as many.
    #[schema(max_length = 65536)]
    numbers: Option<String>,
    /// The pool that they go to.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// A note on each.
    #[schema(max_length = 200)]
    label: Option<String>,
    /// They are out of use from the beginning.
    #[serde(default)]
    disabled: bool,
}

/// What may be changed of an extension.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionChange {
    /// The phone number that it is tied to, in any notation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    number: Option<String>,
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
type ExtensionPatch = MergePatch<ExtensionChange>;

/// The extensions, as people count them.
#[utoipa::path(get, path = "/extensions", operation_id = "list_extensions", tag = "extensions", params(ThingsQuery),
    responses((status = 200, description = "A page of extensions", body = Page<Extension>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<ThingsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let (filter, paging) = (query.query(), paging(query.limit, query.cursor)?);
    let things = app.administration().stock(&reader, Class::Extension, &filter, &paging).await?;
    Ok(page(things, Extension::from))
}

/// Add extensions: one, several, or a range.
#[utoipa::path(post, path = "/extensions", operation_id = "add_extensions", tag = "extensions",
    request_body = ExtensionsWrite, responses((status = 201, description = "What came into stock", body = StockAdded)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<ExtensionsWrite>,
) -> Result<Reply, Problem> {
    let new = NewExtensions {
        extensions: body.extensions,
        numbers: body.numbers,
        pool: body.pool,
        label: body.label,
        disabled: body.disabled,
    };
    let base = app.admin_base();
    let answered = Answered::by(key, move |added: &Added| added_to(&format!("{base}/extensions"), added));
    let added = app.administration().add_stock(change, new.read()?, answered.once()).await?;
    Ok(answered.reply(added))
}

/// Change an extension.
#[utoipa::path(patch, path = "/extensions/{id}", operation_id = "change_extension", tag = "extensions",
    params(("id" = uuid::Uuid, Path, description = "The extension")),
    request_body(content((ExtensionPatch = "application/merge-patch+json"), (ExtensionPatch = "application/json"))),
    responses((status = 200, description = "The extension as it is now", body = Extension)))]
pub async fn patch(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    patch: ExtensionPatch,
) -> Result<Reply, Problem> {
    let wanted = move |current: &StockThing| {
        let thing = &current.thing;
        let before = ExtensionChange { number: number(current), pool: thing.pool, label: note(thing.label.as_str()) };
        let after = patch.apply(&before)?;
        Ok((stock::extension(current, after.number.as_deref(), after.label.as_deref())?, after.pool))
    };
    let thing = app.administration().change_stock(change, Class::Extension, id, wanted).await?;
    Ok(Reply::new(ok(&thing)))
}

stock_handlers! {
    Extension, Class::Extension, "extensions", "The extension";
    get "/extensions/{id}" "get_extension" "One extension.",
    delete "delete_extension" "Take an extension out of stock.",
    disable "/extensions/{id}/disable" "disable_extension" "Take an extension out of use: whoever has it keeps it, nobody gets it.",
    enable "/extensions/{id}/enable" "enable_extension" "Put an extension back into use.",
    free "/extensions/{id}/hold" "free_extension" "End the hold of an extension: it is free at once."
}
