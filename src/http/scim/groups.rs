//! `/Groups`: RFC 7644, sections 3.3 to 3.6.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::error::ScimError;
use super::group_body;
use super::resource::ScimResource;
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::groups::StoredGroup;
use crate::app::provisioning::{IfMatch, RequestContext};
use crate::domain::group::GroupPatchResponse;
use crate::http::extract::body::ScimJson;
use crate::http::extract::entity_tags::IfNoneMatch;
use crate::http::extract::parameters::{GroupProjection, Query};
use crate::http::extract::path::ResourceId;
use crate::http::state::HttpState;
use crate::scim::list::ListParameters;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;

/// `POST /Groups`: 201.
pub async fn create(
    client: ProvisioningClient,
    context: RequestContext,
    GroupProjection(projection): GroupProjection,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<Response, ScimError> {
    let group = state.app.provisioning().create_group(&client, &context, body).await?;
    shown(StatusCode::CREATED, &client, &group, projection, &state).await
}

/// `GET /Groups/{id}`: 304 when the client has the current version.
pub async fn get(
    client: ProvisioningClient,
    ResourceId(id): ResourceId,
    if_none_match: IfNoneMatch,
    GroupProjection(projection): GroupProjection,
    State(state): State<HttpState>,
) -> Result<Response, ScimError> {
    let group = state.app.provisioning().group(&client, &id).await?;
    if if_none_match.has(group.version, None) {
        return Ok(ScimResource::unchanged(group.etag()).into_response());
    }
    shown(StatusCode::OK, &client, &group, projection, &state).await
}

/// `GET /Groups`.
pub async fn list(
    client: ProvisioningClient,
    Query(parameters): Query,
    State(state): State<HttpState>,
) -> Result<Response, ScimError> {
    page(&client, &parameters, &state).await
}

/// `POST /Groups/.search`: the same with the parameters in the body, where no proxy logs them.
pub async fn search(
    client: ProvisioningClient,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<Response, ScimError> {
    page(&client, &ListParameters::from_search_request(&body)?, &state).await
}

async fn page(
    client: &ProvisioningClient,
    parameters: &ListParameters,
    state: &HttpState,
) -> Result<Response, ScimError> {
    let projection = parameters.projection(ResourceType::group())?;
    let query = parameters.query(ResourceType::group())?;
    let page = state.app.provisioning().list_groups(client, &query).await?;
    let body = group_body::list(client, &query.paging, &page, &[], projection, state).await?;
    Ok(ScimResource::streamed(StatusCode::OK, body).into_response())
}

/// `PUT /Groups/{id}`.
pub async fn replace(
    client: ProvisioningClient,
    context: RequestContext,
    ResourceId(id): ResourceId,
    if_match: IfMatch,
    GroupProjection(projection): GroupProjection,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<Response, ScimError> {
    state.app.provisioning().replace_group(&client, &context, &id, &if_match, body).await?;
    let group = state.app.provisioning().group(&client, &id).await?;
    shown(StatusCode::OK, &client, &group, projection, &state).await
}

/// `PATCH /Groups/{id}`: 204, or 200 with the group where the query names attributes or the tenant wants it (decision 1).
pub async fn patch(
    client: ProvisioningClient,
    context: RequestContext,
    ResourceId(id): ResourceId,
    if_match: IfMatch,
    GroupProjection(projection): GroupProjection,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<Response, ScimError> {
    let wanted = state.app.provisioning().patch_group(&client, &context, &id, &if_match, body).await?;
    if wanted == GroupPatchResponse::None && matches!(projection, Projection::All) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let group = state.app.provisioning().group(&client, &id).await?;
    shown(StatusCode::OK, &client, &group, projection, &state).await
}

/// `DELETE /Groups/{id}`.
pub async fn delete(
    client: ProvisioningClient,
    context: RequestContext,
    ResourceId(id): ResourceId,
    if_match: IfMatch,
    State(state): State<HttpState>,
) -> Result<StatusCode, ScimError> {
    state.app.provisioning().delete_group(&client, &context, &id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(
    status: StatusCode,
    client: &ProvisioningClient,
    group: &StoredGroup,
    projection: Projection<'static>,
    state: &HttpState,
) -> Result<Response, ScimError> {
    let body = group_body::one(client, group, projection, state).await?;
    let tagged = ScimResource::streamed(status, body).tagged(group.etag(), group.location(&state.scim_base));
    Ok(tagged.into_response())
}
