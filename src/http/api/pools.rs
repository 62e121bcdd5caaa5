//! `/pools`: named stocks that rules allocate from.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answered, Page, Reply, page, shown};
use super::body::{Command, MergePatch};
use super::problem::Problem;
use super::request::{Id, Parameters, paging};
use crate::app::App;
use crate::app::administration::{self, Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::PoolId;
use crate::http::extract::entity_tags::IfNoneMatch;

/// A pool: a named stock that rules allocate from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pool {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: PoolId,
    /// The name.
    name: String,
    /// How much there is, an item for each kind of thing in it.
    levels: Vec<PoolLevel>,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    /// When its name was changed last.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: Ts,
}

/// How much a pool has of one kind of thing. The four states add up to the total.
#[derive(Debug, Serialize, ToSchema)]
pub struct PoolLevel {
    /// The kind.
    kind: String,
    /// How many there are.
    total: u64,
    /// How many may be allocated.
    free: u64,
    /// How many somebody holds.
    assigned: u64,
    /// How many are on hold for whoever held them last.
    held: u64,
    /// How many nobody may have.
    disabled: u64,
}

/// What may be written of a pool.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolWrite {
    /// The name, unique in the tenant, letter case aside.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// Which pools.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PoolsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl From<administration::Pool> for Pool {
    fn from(pool: administration::Pool) -> Self {
        let level = |level: administration::PoolLevel| PoolLevel {
            kind: level.kind,
            total: level.total,
            free: level.free,
            assigned: level.assigned,
            held: level.held,
            disabled: level.disabled,
        };
        Self {
            id: pool.id,
            name: pool.name,
            levels: pool.levels.into_iter().map(level).collect(),
            created_at: pool.created_at,
            updated_at: pool.updated_at,
        }
    }
}

/// A patch of that.
type PoolPatch = MergePatch<PoolWrite>;

fn answer(status: StatusCode, pool: &administration::Pool) -> Answer {
    shown(status, pool.version, &Pool::from(pool.clone()))
}

/// The pools by name.
#[utoipa::path(get, path = "/pools", operation_id = "list_pools", tag = "pools", params(PoolsQuery),
    responses((status = 200, description = "A page of pools", body = Page<Pool>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<PoolsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let pools = app.administration().pools(&reader, &paging(query.limit, query.cursor)?).await?;
    Ok(page(pools, Pool::from))
}

/// Make a pool.
#[utoipa::path(post, path = "/pools", operation_id = "create_pool", tag = "pools", request_body = PoolWrite,
    responses((status = 201, description = "The new pool", body = Pool)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<PoolWrite>,
) -> Result<Reply, Problem> {
    let base = app.admin_base();
    let answered = Answered::by(key, move |pool: &administration::Pool| Answer {
        location: Some(format!("{base}/pools/{}", pool.id)),
        ..answer(StatusCode::CREATED, pool)
    });
    let made = app.administration().create_pool(change, &body.name, answered.once()).await?;
    Ok(answered.reply(made))
}

/// One pool and its levels.
#[utoipa::path(get, path = "/pools/{id}", operation_id = "get_pool", tag = "pools",
    params(("id" = uuid::Uuid, Path, description = "The pool")),
    responses((status = 200, description = "The pool", body = Pool)))]
pub async fn get(
    reader: AdminReader,
    Id(id): Id<PoolId>,
    has: IfNoneMatch,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let pool = app.administration().pool(&reader, id).await?;
    Ok(Reply::found(answer(StatusCode::OK, &pool), &has))
}

/// Give a pool another name.
#[utoipa::path(patch, path = "/pools/{id}", operation_id = "change_pool", tag = "pools",
    params(("id" = uuid::Uuid, Path, description = "The pool")),
    request_body(content((PoolPatch = "application/merge-patch+json"), (PoolPatch = "application/json"))),
    responses((status = 200, description = "The pool as it is now", body = Pool)))]
pub async fn patch(
    change: Change,
    Id(id): Id<PoolId>,
    State(app): State<App>,
    patch: PoolPatch,
) -> Result<Reply, Problem> {
    let wanted = move |pool: &administration::Pool| Ok(patch.apply(&PoolWrite { name: pool.name.clone() })?.name);
    let pool = app.administration().change_pool(change, id, wanted).await?;
    Ok(Reply::new(answer(StatusCode::OK, &pool)))
}

/// Delete a pool that has nothing in it.
#[utoipa::path(delete, path = "/pools/{id}", operation_id = "delete_pool", tag = "pools",
    params(("id" = uuid::Uuid, Path, description = "The pool")),
    responses((status = 204, description = "It is gone")))]
pub async fn delete(change: Change, Id(id): Id<PoolId>, State(app): State<App>) -> Result<StatusCode, Problem> {
    app.administration().delete_pool(change, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
