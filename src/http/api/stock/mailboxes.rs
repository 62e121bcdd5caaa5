//! `/mailboxes`: voice mailboxes.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ThingsQuery;
use crate::app::App;
use crate::app::administration::stock::{self, NewMailbox, StockThing};
use crate::app::administration::{Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::ids::{PoolId, ThingId};
use crate::domain::thing::details::MailboxDetails;
use crate::domain::thing::{Class, Details};
use crate::http::api::answer::{Answered, Page, Reply, page};
use crate::http::api::body::{Command, MergePatch};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Id, Parameters, paging};

stock_resource! {
    /// A voice mailbox.
    pub struct Mailbox of thing {
        /// The name.
        name: String = thing.thing.label.as_str().to_owned(),
        /// The number or extension whose calls it answers.
        #[schema(required)]
        answers: Option<String> = details(&thing).answers.map(|line| line.to_string()),
        /// The address that is told of messages.
        #[schema(required)]
        notify: Option<String> = details(&thing).notify.map(|to| to.as_str().to_owned()),
    }
}

fn details(thing: &StockThing) -> MailboxDetails {
    match &thing.thing.details {
        Details::Mailbox(details) => details.clone(),
        _ => MailboxDetails::default(),
    }
}

/// A mailbox to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailboxWrite {
    /// The name, unique in the tenant, letter case aside.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The number or extension whose calls it answers.
    #[schema(max_length = 100)]
    answers: Option<String>,
    /// The address that is told of messages.
    #[schema(max_length = 254)]
    notify: Option<String>,
    /// The pool that it goes to.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// It is out of use from the beginning.
    #[serde(default)]
    disabled: bool,
}

/// What may be changed of a mailbox.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailboxChange {
    /// The name, unique in the tenant, letter case aside.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The number or extension whose calls it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    answers: Option<String>,
    /// The address that is told of messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    notify: Option<String>,
    /// The pool that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
}

/// A patch of that.
type MailboxPatch = MergePatch<MailboxChange>;

/// The mailboxes by name.
#[utoipa::path(get, path = "/mailboxes", operation_id = "list_mailboxes", tag = "mailboxes", params(ThingsQuery),
    responses((status = 200, description = "A page of mailboxes", body = Page<Mailbox>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<ThingsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let (filter, paging) = (query.query(), paging(query.limit, query.cursor)?);
    let things = app.administration().stock(&reader, Class::Mailbox, &filter, &paging).await?;
    Ok(page(things, Mailbox::from))
}

/// Add a mailbox.
#[utoipa::path(post, path = "/mailboxes", operation_id = "add_mailbox", tag = "mailboxes", request_body = MailboxWrite,
    responses((status = 201, description = "The new mailbox", body = Mailbox)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<MailboxWrite>,
) -> Result<Reply, Problem> {
    let MailboxWrite { name, answers, notify, pool, disabled } = body;
    let base = app.admin_base();
    let answered = Answered::by(key, move |thing: &StockThing| Answer {
        location: Some(format!("{base}/mailboxes/{}", thing.thing.id)),
        ..answer(StatusCode::CREATED, thing)
    });
    let new = NewMailbox { name, answers, notify, pool, disabled }.read()?;
    let added = app.administration().add_thing(change, new, answered.once()).await?;
    Ok(answered.reply(added))
}

/// Change a mailbox.
#[utoipa::path(patch, path = "/mailboxes/{id}", operation_id = "change_mailbox", tag = "mailboxes",
    params(("id" = uuid::Uuid, Path, description = "The mailbox")),
    request_body(content((MailboxPatch = "application/merge-patch+json"), (MailboxPatch = "application/json"))),
    responses((status = 200, description = "The mailbox as it is now", body = Mailbox)))]
pub async fn patch(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    patch: MailboxPatch,
) -> Result<Reply, Problem> {
    let wanted = move |current: &StockThing| {
        let known = details(current);
        let before = MailboxChange {
            name: current.thing.label.as_str().to_owned(),
            answers: known.answers.map(|line| line.to_string()),
            notify: known.notify.map(|to| to.as_str().to_owned()),
            pool: current.thing.pool,
        };
        let after = patch.apply(&before)?;
        let wanted = stock::mailbox(current, &after.name, after.answers.as_deref(), after.notify.as_deref())?;
        Ok((wanted, after.pool))
    };
    let thing = app.administration().change_stock(change, Class::Mailbox, id, wanted).await?;
    Ok(Reply::new(ok(&thing)))
}

stock_handlers! {
    Mailbox, Class::Mailbox, "mailboxes", "The mailbox";
    get "/mailboxes/{id}" "get_mailbox" "One mailbox.",
    delete "delete_mailbox" "Take a mailbox out of stock.",
    disable "/mailboxes/{id}/disable" "disable_mailbox" "Take a mailbox out of use: whoever has it keeps it, nobody gets it.",
    enable "/mailboxes/{id}/enable" "enable_mailbox" "Put a mailbox back into use."
}
