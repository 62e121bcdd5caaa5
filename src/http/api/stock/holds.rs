//! `/holds`: what is kept for whoever had it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::app::administration::stock::StockThing;
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, ThingId};
use crate::http::api::answer::{Page, Reply, page};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Parameters, paging};

/// A thing on hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldThing {
    /// The thing.
    #[schema(value_type = uuid::Uuid)]
    thing: ThingId,
    /// What it is.
    kind: String,
    /// Its number, digits or SIP user name.
    key: String,
    /// For whom it is on hold; his identifier outlives him.
    #[schema(value_type = Option<uuid::Uuid>, required)]
    held_for: Option<EmployeeId>,
    /// His user name, also where he has left.
    #[schema(required)]
    user_name: Option<String>,
    /// When he lost it.
    #[serde(serialize_with = "crate::http::api::stock::rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    released_at: Option<Ts>,
    /// Until when nobody else gets it.
    #[serde(serialize_with = "crate::http::api::stock::rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    held_until: Option<Ts>,
}

impl From<StockThing> for HeldThing {
    fn from(held: StockThing) -> Self {
        let thing = held.thing;
        Self {
            thing: thing.id,
            kind: thing.kind.name().to_owned(),
            key: thing.key.to_string(),
            held_for: thing.held_for,
            user_name: held.held_for_name,
            released_at: thing.released_at,
            held_until: thing.held_until,
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HoldsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What is on hold, by the end of the hold.
#[utoipa::path(get, path = "/holds", operation_id = "list_holds", tag = "stock", params(HoldsQuery),
    responses((status = 200, description = "A page of things on hold", body = Page<HeldThing>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<HoldsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let holds = app.administration().holds(&reader, &paging(query.limit, query.cursor)?).await?;
    Ok(page(holds, HeldThing::from))
}
