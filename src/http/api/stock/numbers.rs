//! `/numbers`: phone numbers of every usage.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{StockAdded, ThingState, ThingsQuery, held_for, held_until, note};
use crate::app::App;
use crate::app::administration::stock::{self, Added, NewNumbers, StockThing};
use crate::app::administration::{Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::thing::number::Overlaps;
use crate::domain::thing::{Class, Details, Key, Kind};
use crate::http::api::answer::{Answered, Page, Reply, page, told};
use crate::http::api::body::{Command, MergePatch};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Id, Parameters, paging};

/// What a phone number is for. A voice number and a personal fax number have one holder, the others many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// To call and be called under.
    #[default]
    Voice,
    /// A fax number that one employee has for himself.
    PersonalFax,
    /// A fax number of a team.
    SharedFax,
    /// A number that leads into a conference.
    Conference,
}

impl From<Usage> for Kind {
    fn from(usage: Usage) -> Self {
        match usage {
            Usage::Voice => Self::VoiceNumber,
            Usage::PersonalFax => Self::PersonalFax,
            Usage::SharedFax => Self::SharedFax,
            Usage::Conference => Self::Conference,
        }
    }
}

impl Usage {
    /// Of a number; nothing else is shown here.
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::PersonalFax => Self::PersonalFax,
            Kind::SharedFax => Self::SharedFax,
            Kind::Conference => Self::Conference,
            _ => Self::Voice,
        }
    }
}

stock_resource! {
    /// A phone number.
    pub struct Number of thing {
        /// The number, as E.164.
        number: String = thing.thing.key.to_string(),
        /// The number as people write it.
        shown: String = match thing.thing.key {
            Key::Number(number) => number.international(),
            _ => thing.thing.key.to_string(),
        },
        /// What it is for.
        usage: Usage = Usage::of(thing.thing.kind),
        /// The block that it came with.
        #[schema(required)]
        block: Option<String> = match &thing.thing.details {
            Details::Number(details) => details.block.as_ref().map(ToString::to_string),
            _ => None,
        },
        /// A note.
        #[schema(required)]
        label: Option<String> = note(thing.thing.label.as_str()),
        /// Who has it, where it has one holder.
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

/// Phone numbers to be added, all of them or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumbersWrite {
    /// Numbers and blocks of them, in any notation, separated by commas: `+49 30 1234500`, `+49 30 1234-100…199`. At most
    /// 10,000.
    #[schema(min_length = 1, max_length = 65536)]
    numbers: String,
    /// What they are for; without it, voice.
    #[serde(default)]
    usage: Usage,
    /// The pool that they go to.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// A note on each.
    #[schema(max_length = 200)]
    label: Option<String>,
    /// They are out of use from the beginning.
    #[serde(default)]
    disabled: bool,
    /// A number may be the beginning of another. Dialled digit by digit, the longer one could never be reached.
    #[serde(default)]
    allow_overlaps: bool,
}

/// What may be changed of a phone number. Its usage changes only while nobody has it and it is not on hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberChange {
    /// What it is for.
    usage: Usage,
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
type NumberPatch = MergePatch<NumberChange>;

/// Which phone numbers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NumbersQuery {
    /// Only those of this usage.
    #[param(inline)]
    usage: Option<Usage>,
    /// Only those in this state.
    #[param(inline)]
    state: Option<ThingState>,
    /// Only those in this pool.
    #[param(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// Only what this employee has, alone or with others.
    #[param(value_type = Option<uuid::Uuid>)]
    holder: Option<EmployeeId>,
    /// Only those whose number, in any notation, or note contains this text, letter case aside.
    q: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The phone numbers, the lowest first.
#[utoipa::path(get, path = "/numbers", operation_id = "list_numbers", tag = "numbers", params(NumbersQuery),
    responses((status = 200, description = "A page of phone numbers", body = Page<Number>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<NumbersQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let NumbersQuery { usage, state, pool, holder, q, limit, cursor } = query;
    let asked = ThingsQuery { state, pool, holder, q, limit, cursor };
    let filter = stock::StockQuery { kind: usage.map(Kind::from), ..asked.query() };
    let paging = paging(asked.limit, asked.cursor)?;
    let things = app.administration().stock(&reader, Class::Number, &filter, &paging).await?;
    Ok(page(things, Number::from))
}

/// Add phone numbers: one, several, or a block.
#[utoipa::path(post, path = "/numbers", operation_id = "add_numbers", tag = "numbers", request_body = NumbersWrite,
    responses((status = 201, description = "What came into stock", body = StockAdded)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<NumbersWrite>,
) -> Result<Reply, Problem> {
    let new = NewNumbers {
        numbers: body.numbers,
        usage: body.usage.into(),
        pool: body.pool,
        label: body.label,
        disabled: body.disabled,
        overlaps: if body.allow_overlaps { Overlaps::Allowed } else { Overlaps::Refused },
    };
    let base = app.admin_base();
    let answered = Answered::by(key, move |added: &Added| added_to(&format!("{base}/numbers"), added));
    let added = app.administration().add_stock(change, new.read()?, answered.once()).await?;
    Ok(answered.reply(added))
}

/// The report of what was added under that base; where it was one thing, with its place.
pub(super) fn added_to(base: &str, added: &Added) -> Answer {
    let location = match added.things.as_slice() {
        [(id, _)] => Some(format!("{base}/{id}")),
        _ => None,
    };
    Answer { location, ..told(StatusCode::CREATED, &StockAdded::from(added.clone())) }
}

/// Change a phone number.
#[utoipa::path(patch, path = "/numbers/{id}", operation_id = "change_number", tag = "numbers",
    params(("id" = uuid::Uuid, Path, description = "The phone number")),
    request_body(content((NumberPatch = "application/merge-patch+json"), (NumberPatch = "application/json"))),
    responses((status = 200, description = "The phone number as it is now", body = Number)))]
pub async fn patch(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    patch: NumberPatch,
) -> Result<Reply, Problem> {
    let wanted = move |current: &StockThing| {
        let thing = &current.thing;
        let before = NumberChange { usage: Usage::of(thing.kind), pool: thing.pool, label: note(thing.label.as_str()) };
        let after = patch.apply(&before)?;
        Ok((stock::number(current, after.usage.into(), after.label.as_deref())?, after.pool))
    };
    let thing = app.administration().change_stock(change, Class::Number, id, wanted).await?;
    Ok(Reply::new(ok(&thing)))
}

stock_handlers! {
    Number, Class::Number, "numbers", "The phone number";
    get "/numbers/{id}" "get_number" "One phone number.",
    delete "delete_number" "Take a phone number out of stock.",
    disable "/numbers/{id}/disable" "disable_number" "Take a phone number out of use: whoever has it keeps it, nobody gets it.",
    enable "/numbers/{id}/enable" "enable_number" "Put a phone number back into use.",
    free "/numbers/{id}/hold" "free_number" "End the hold of a phone number: it is free at once."
}
