//! Errors of the token endpoint (RFC 6749, section 5.2): the one table from what went wrong to status, code and headers.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::json;

use crate::app::client_authentication::IssueError;
use crate::http::retry::{AFTER_TROUBLE, retry_after};
use crate::http::scim::error::Cause;
use crate::scim::error::Error;

/// RFC 9110, section 11.6.1: every 401 says how to do better.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"deskgate\", charset=\"UTF-8\"");

/// A refusal on its way out.
#[derive(Debug)]
pub struct TokenError {
    status: StatusCode,
    code: &'static str,
    description: String,
    wait: Option<Duration>,
    cause: Option<Cause>,
}

impl TokenError {
    fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self { status, code, description: description.into(), wait: None, cause: None }
    }

    /// 400 `invalid_request`.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 401 `invalid_client`, whatever the reason was: it is for the tenant's own eyes.
    pub fn invalid_client() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", "the client could not be authenticated")
    }

    /// 400 `unsupported_grant_type`.
    pub fn unsupported_grant_type() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", "the grant_type is client_credentials")
    }

    /// 429 or 503. RFC 6749 has no word for either at this endpoint; that of its other one says what is meant.
    fn later(status: StatusCode, description: &str, wait: Duration) -> Self {
        Self { wait: Some(wait), ..Self::new(status, "temporarily_unavailable", description) }
    }
}

/// A body that is too long, too slow, or of another kind.
impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, "invalid_request", error.detail)
    }
}

impl From<IssueError> for TokenError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Client | IssueError::Refused(_) => Self::invalid_client(),
            IssueError::Scope => Self::new(StatusCode::BAD_REQUEST, "invalid_scope", "the scope is scim"),
            IssueError::TooManyTries(tries) => {
                Self::later(StatusCode::TOO_MANY_REQUESTS, "too many failed tries from this address", tries.retry_after)
            }
            IssueError::TooManyRequests(requests) => Self::later(
                StatusCode::TOO_MANY_REQUESTS,
                "the tenant asks for too many access tokens",
                requests.retry_after,
            ),
            IssueError::Random(source) => Self {
                cause: Some(Cause::of(&source)),
                ..Self::later(StatusCode::SERVICE_UNAVAILABLE, "the service is briefly unavailable", AFTER_TROUBLE)
            },
            IssueError::Storage(source) => Self {
                cause: Some(Cause::of(&source)),
                ..Self::later(StatusCode::SERVICE_UNAVAILABLE, "the service is briefly unavailable", AFTER_TROUBLE)
            },
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let Self { status, code, description, wait, cause } = self;
        let body = json!({"error": code, "error_description": description}).to_string();
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (status, headers, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(wait) = wait {
            response.headers_mut().insert(RETRY_AFTER, retry_after(wait));
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}
