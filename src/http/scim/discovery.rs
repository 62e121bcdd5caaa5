//! `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (RFC 7644, section 4).
//!
//! The answers never change while the daemon runs: they are made once. Paging and sorting are ignored; a filter is
//! refused, because an unfiltered answer would be taken for a filtered one.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::error::ScimError;
use super::resource::{ListHead, MEDIA_TYPE, ScimResource};
use crate::http::extract::parameters::Query;
use crate::http::extract::path::ResourceId;
use crate::http::state::HttpState;
use crate::scim::discovery;
use crate::scim::error::Error;
use crate::scim::list::ListParameters;

/// What discovery answers, as JSON text.
pub struct Documents {
    service_provider_config: String,
    resource_types: Vec<(&'static str, String)>,
    schemas: Vec<(&'static str, String)>,
}

impl Documents {
    pub fn new(base: &str, documentation: Option<&str>) -> Self {
        let as_text = |(id, value): (_, Value)| (id, value.to_string());
        Self {
            service_provider_config: discovery::service_provider_config(base, documentation).to_string(),
            resource_types: discovery::resource_types(base).into_iter().map(as_text).collect(),
            schemas: discovery::schemas(base).into_iter().map(as_text).collect(),
        }
    }
}

/// `GET /ServiceProviderConfig`.
pub async fn service_provider_config(
    Query(parameters): Query,
    State(state): State<HttpState>,
) -> Result<Response, ScimError> {
    refuse_filter(&parameters)?;
    Ok(document(&state.documents.service_provider_config))
}

/// `GET /ResourceTypes`.
pub async fn resource_types(
    Query(parameters): Query,
    State(state): State<HttpState>,
) -> Result<ScimResource, ScimError> {
    refuse_filter(&parameters)?;
    Ok(all(&state.documents.resource_types))
}

/// `GET /ResourceTypes/{id}`.
pub async fn resource_type(
    ResourceId(id): ResourceId,
    Query(parameters): Query,
    State(state): State<HttpState>,
) -> Result<Response, ScimError> {
    refuse_filter(&parameters)?;
    one(&state.documents.resource_types, &id)
}

/// `GET /Schemas`.
pub async fn schemas(Query(parameters): Query, State(state): State<HttpState>) -> Result<ScimResource, ScimError> {
    refuse_filter(&parameters)?;
    Ok(all(&state.documents.schemas))
}

/// `GET /Schemas/{id}`: the id is a URN.
pub async fn schema(
    ResourceId(id): ResourceId,
    Query(parameters): Query,
    State(state): State<HttpState>,
) -> Result<Response, ScimError> {
    refuse_filter(&parameters)?;
    one(&state.documents.schemas, &id)
}

fn refuse_filter(parameters: &ListParameters) -> Result<(), Error> {
    match parameters.filter {
        Some(_) => Err(Error::status(403, "discovery cannot be filtered")),
        None => Ok(()),
    }
}

fn all(documents: &[(&'static str, String)]) -> ScimResource {
    let items = documents.len();
    let head = ListHead { total: items as u64, items, start_index: Some(1), next_cursor: None };
    ScimResource::list(&head, documents.iter().map(|(_, text)| text))
}

/// The document with that id, letter case aside: URNs compare so (RFC 8141, section 3.1), and names need not differ.
fn one(documents: &[(&'static str, String)], id: &str) -> Result<Response, ScimError> {
    let found = documents.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
    found.map(|(_, text)| document(text)).ok_or_else(|| Error::not_found("there is no such document").into())
}

fn document(text: &str) -> Response {
    ([(CONTENT_TYPE, MEDIA_TYPE)], text.to_owned()).into_response()
}
