//! What is read from a request before a handler sees it. Every refusal here is a SCIM error, or becomes what
//! its audience reads.

pub(super) mod accept;
pub(super) mod bearer;
pub(super) mod body;
pub(super) mod client_address;
pub(super) mod entity_tags;
pub(super) mod parameters;
pub(super) mod path;

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::observe::Exchange;
use super::scim::error::ScimError;
use crate::app::authentication::{AuthenticationError, ProvisioningClient};
use crate::app::provisioning::RequestContext;

/// The client that the gate has let in. A handler that asks for one on a route without the right refuses everybody.
impl<S: Sync> FromRequestParts<S> for ProvisioningClient {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ScimError> {
        parts.extensions.get().cloned().ok_or_else(|| AuthenticationError::Missing.into())
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let exchange = parts.extensions.get::<Exchange>();
        Ok(Self { request_id: exchange.map(|exchange| exchange.id().to_owned()).unwrap_or_default() })
    }
}
