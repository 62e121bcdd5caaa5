//! `/Users`: RFC 7644, sections 3.3 to 3.6.

use axum::extract::State;
use http::StatusCode;

use super::error::ScimError;
use super::resource::{ListHead, ScimResource};
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::{IfMatch, RequestContext};
use crate::http::extract::body::ScimJson;
use crate::http::extract::entity_tags::IfNoneMatch;
use crate::http::extract::parameters::{Query, UserProjection};
use crate::http::extract::path::ResourceId;
use crate::http::state::HttpState;
use crate::scim::list::ListParameters;
use crate::scim::schema::ResourceType;

/// `POST /Users`: 201, also for somebody who comes back (decision 6).
pub async fn create(
    client: ProvisioningClient,
    context: RequestContext,
    UserProjection(projection): UserProjection,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<ScimResource, ScimError> {
    let user = state.app.provisioning().create_user(&client, &context, body).await?;
    Ok(ScimResource::created(&user, &projection, &state.scim_base))
}

/// `GET /Users/{id}`: 304 when the client has the current version.
pub async fn get(
    client: ProvisioningClient,
    ResourceId(id): ResourceId,
    if_none_match: IfNoneMatch,
    UserProjection(projection): UserProjection,
    State(state): State<HttpState>,
) -> Result<ScimResource, ScimError> {
    let user = state.app.provisioning().user(&client, &id, &projection).await?;
    if if_none_match.has(user.version, user.groups_mark()) {
        return Ok(ScimResource::unchanged(user.etag()));
    }
    Ok(ScimResource::ok(&user, &projection, &state.scim_base))
}

/// `GET /Users`.
pub async fn list(
    client: ProvisioningClient,
    Query(parameters): Query,
    State(state): State<HttpState>,
) -> Result<ScimResource, ScimError> {
    page(&client, &parameters, &state).await
}

/// `POST /Users/.search`: the same with the parameters in the body, where no proxy logs them.
pub async fn search(
    client: ProvisioningClient,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<ScimResource, ScimError> {
    page(&client, &ListParameters::from_search_request(&body)?, &state).await
}

/// One page of users.
pub async fn page(
    client: &ProvisioningClient,
    parameters: &ListParameters,
    state: &HttpState,
) -> Result<ScimResource, ScimError> {
    let projection = parameters.projection(ResourceType::user())?;
    let query = parameters.query(ResourceType::user())?;
    let page = state.app.provisioning().list_users(client, &query, &projection).await?;
    let head = ListHead {
        total: page.total,
        items: page.users.len(),
        start_index: query.paging.start_index(),
        next_cursor: page.next_cursor.as_deref(),
    };
    Ok(ScimResource::list(&head, page.users.iter().map(|user| projection.apply(user.to_json(&state.scim_base)))))
}

/// `PUT /Users/{id}`.
pub async fn replace(
    client: ProvisioningClient,
    context: RequestContext,
    ResourceId(id): ResourceId,
    if_match: IfMatch,
    UserProjection(projection): UserProjection,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<ScimResource, ScimError> {
    let user = state.app.provisioning().replace_user(&client, &context, &id, &if_match, body).await?;
    Ok(ScimResource::ok(&user, &projection, &state.scim_base))
}

/// `PATCH /Users/{id}`: 200 with the user (decision 1).
pub async fn patch(
    client: ProvisioningClient,
    context: RequestContext,
    ResourceId(id): ResourceId,
    if_match: IfMatch,
    UserProjection(projection): UserProjection,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<ScimResource, ScimError> {
    let user = state.app.provisioning().patch_user(&client, &context, &id, &if_match, body).await?;
    Ok(ScimResource::ok(&user, &projection, &state.scim_base))
}

/// `DELETE /Users/{id}`.
pub async fn delete(
    client: ProvisioningClient,
    context: RequestContext,
    ResourceId(id): ResourceId,
    if_match: IfMatch,
    State(state): State<HttpState>,
) -> Result<StatusCode, ScimError> {
    state.app.provisioning().delete_user(&client, &context, &id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
