//! `/.search`: a query over all resource types (RFC 7644, section 3.4.3).

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::error::ScimError;
use super::group_body;
use super::resource::ScimResource;
use crate::app::authentication::ProvisioningClient;
use crate::http::extract::body::ScimJson;
use crate::http::state::HttpState;
use crate::scim::list::ListParameters;
use crate::scim::schema::ResourceType;

/// `POST /.search`: users, and behind them groups. An attribute that one of the two does not have is without a value
/// there (RFC 7644, section 3.4.2.1); one that neither has is a mistake. Each type is sorted for itself.
pub async fn everything(
    client: ProvisioningClient,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<Response, ScimError> {
    let parameters = ListParameters::from_search_request(&body)?;
    let (user, group) = (ResourceType::user(), ResourceType::group());
    let (of_users, of_groups) = (parameters.projection(user)?, parameters.projection(group)?);
    let both = [user, group];
    let query = parameters.query_among(user, &both)?;
    let query_of_groups = parameters.query_among(group, &both)?;
    let page = state.app.provisioning().list_everything(&client, &query, &of_users, &query_of_groups).await?;
    let users: Vec<_> = page.users.iter().map(|user| of_users.apply(user.to_json(&state.scim_base))).collect();
    let body = group_body::list(&client, &query.paging, &page, &users, of_groups, &state).await?;
    Ok(ScimResource::streamed(StatusCode::OK, body).into_response())
}

#[cfg(test)]
mod tests {
    use crate::scim::discovery::served;

    #[test]
    fn a_third_resource_type_needs_a_search_over_it() {
        assert_eq!(served().iter().map(|kind| kind.name).collect::<Vec<_>>(), ["User", "Group"]);
    }
}
