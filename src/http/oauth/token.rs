//! `POST /oauth2/token`: client credentials become an access token (RFC 6749, section 4.4).

use std::collections::HashMap;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, PRAGMA};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::basic::{self, Basic};
use super::error::TokenError;
use crate::app::client_authentication::{ClientProof, IssuedToken};
use crate::http::extract::{body, client_address};
use crate::http::state::HttpState;

/// L2: what a form may have.
const MAX_FORM: usize = 8 * 1024;
/// RFC 7523, section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `POST /oauth2/token`.
pub async fn issue(State(state): State<HttpState>, request: Request) -> Result<Response, TokenError> {
    let (parts, body) = request.into_parts();
    let peer = client_address::of(&parts, &state.options.trusted_proxies);
    check_type(&parts.headers)?;
    let _room = body::room(body.size_hint().exact(), MAX_FORM).await?;
    let form = Form::parse(&body::read(body, MAX_FORM, state.options.body_timeout).await?)?;
    match form.get("grant_type") {
        None => return Err(TokenError::invalid_request("the parameter grant_type is missing")),
        Some("client_credentials") => {}
        Some(_) => return Err(TokenError::unsupported_grant_type()),
    }
    let proof = proof(&parts.headers, &form)?;
    let issued = state.app.issue_access_token(proof, form.get("scope"), peer).await?;
    Ok(answer(&issued))
}

/// RFC 6749, section 5.1.
fn answer(issued: &IssuedToken) -> Response {
    let body = json!({
        "access_token": issued.token.reveal(),
        "token_type": "Bearer",
        "expires_in": issued.lifetime.as_secs(),
        "scope": "scim",
    });
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    (StatusCode::OK, headers, body.to_string()).into_response()
}

fn check_type(headers: &HeaderMap) -> Result<(), TokenError> {
    let is_form = |value: &str| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    };
    let form = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_form);
    if form && !headers.contains_key(CONTENT_ENCODING) {
        return Ok(());
    }
    Err(TokenError::invalid_request("the parameters are sent as application/x-www-form-urlencoded, uncompressed"))
}

/// What the client proves with who it is: one method and no more (RFC 6749, section 2.3).
fn proof(headers: &HeaderMap, form: &Form) -> Result<ClientProof, TokenError> {
    let client = form.get("client_id").map(str::to_owned);
    let signed = (form.get("client_assertion_type"), form.get("client_assertion"));
    if form.get("client_secret").is_some() {
        return Err(TokenError::invalid_request("the secret goes into the Authorization header, not into the body"));
    }
    match (basic::read(headers), signed) {
        (Basic::Given(name, secret), (None, None)) if client.as_ref().is_none_or(|client| *client == name) => {
            Ok(ClientProof::Secret { client: name, secret: secret.as_str().into() })
        }
        (Basic::Given(..), (None, None)) => Err(TokenError::invalid_request("two clients are named")),
        (Basic::Absent, (Some(JWT_BEARER), Some(assertion))) => {
            Ok(ClientProof::Assertion { client, assertion: assertion.to_owned() })
        }
        (Basic::Absent | Basic::Unreadable, (None, None)) => Err(TokenError::invalid_client()),
        (Basic::Absent, _) => Err(TokenError::invalid_request(format!(
            "an assertion has both client_assertion and client_assertion_type, which is {JWT_BEARER}"
        ))),
        (Basic::Given(..) | Basic::Unreadable, _) => {
            Err(TokenError::invalid_request("the client authenticates in two ways at once"))
        }
    }
}

/// The parameters of a form, each once (RFC 6749, section 3.2); one without a value counts as left out.
struct Form(HashMap<String, String>);

impl Form {
    fn parse(body: &[u8]) -> Result<Self, TokenError> {
        let mut parameters = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(TokenError::invalid_request("a parameter is there twice"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
