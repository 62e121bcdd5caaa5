//! `/.search`: a query over all resource types (RFC 7644, section 3.4.3).

use axum::extract::State;

use super::error::ScimError;
use super::resource::ScimResource;
use super::users;
use crate::app::authentication::ProvisioningClient;
use crate::http::extract::body::ScimJson;
use crate::http::state::HttpState;
use crate::scim::list::ListParameters;

/// `POST /.search`. Users are the only resource type served, so a query over all types is one over users.
pub async fn everything(
    client: ProvisioningClient,
    State(state): State<HttpState>,
    ScimJson(body): ScimJson,
) -> Result<ScimResource, ScimError> {
    users::page(&client, &ListParameters::from_search_request(&body)?, &state).await
}

#[cfg(test)]
mod tests {
    use crate::scim::discovery::served;

    #[test]
    fn a_second_resource_type_needs_a_real_search_over_all() {
        assert_eq!(served().iter().map(|kind| kind.name).collect::<Vec<_>>(), ["User"]);
    }
}
