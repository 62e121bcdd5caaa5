//! Errors on the wire (RFC 7644, section 3.12): the one table from what went wrong to status, `scimType`, `detail` and
//! headers. Matched without a wildcard: a new error needs a line here.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, StatusCode};
use serde_json::{Value, json};

use super::resource::MEDIA_TYPE;
use crate::app::authentication::AuthenticationError;
use crate::app::limits::{TooManyRequests, TooManyTries};
use crate::app::provisioning::ProvisioningError;
use crate::base::json::shortened;
use crate::http::retry::{AFTER_TROUBLE, retry_after, seconds};
use crate::scim::error::{Error, ScimType};
use crate::scim::urn;

/// For who sent no token.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"deskgate\"");
/// For who sent one that is no good; whether it was unknown, expired, revoked or used from elsewhere is not his to know.
const CHALLENGE_INVALID: HeaderValue = HeaderValue::from_static("Bearer realm=\"deskgate\", error=\"invalid_token\"");

/// For who sent a good one that opens something else (RFC 6750, section 3.1).
const CHALLENGE_SCOPE: HeaderValue =
    HeaderValue::from_static("Bearer realm=\"deskgate\", error=\"insufficient_scope\", scope=\"scim\"");

/// A refusal on its way out.
#[derive(Debug)]
pub struct ScimError {
    error: Error,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

/// Why an answer of class 5xx was given; travels with the response to the access log and no further.
#[derive(Debug, Clone)]
pub struct Cause(pub Arc<str>);

impl Cause {
    /// An error with everything below it.
    pub fn of(error: &dyn StdError) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {error}");
            source = error.source();
        }
        Self(text.into())
    }
}

impl ScimError {
    fn with_header(error: Error, name: HeaderName, value: HeaderValue) -> Self {
        Self { error, header: Some((name, value)), cause: None }
    }

    fn unavailable(error: &dyn StdError) -> Self {
        Self {
            error: Error::status(503, "the service is briefly unavailable; repeat the request unchanged"),
            header: Some((RETRY_AFTER, retry_after(AFTER_TROUBLE))),
            cause: Some(Cause::of(error)),
        }
    }

    fn unauthorized(challenge: HeaderValue) -> Self {
        let detail = "a valid provisioning token is needed, in the header Authorization: Bearer";
        Self::with_header(Error::status(401, detail), WWW_AUTHENTICATE, challenge)
    }

    /// 405 on a path that has other methods.
    pub fn method_not_allowed(allow: &str) -> Self {
        let allow = HeaderValue::from_str(allow).expect("names of methods are ASCII");
        Self::with_header(Error::status(405, "this endpoint does not have this method"), ALLOW, allow)
    }

    /// 500: a bug of ours. The caller gets the request id, the log also the cause.
    pub fn bug(request_id: &str, cause: String) -> Self {
        let detail = format!("an internal error; the operator finds it in the log under {request_id}");
        Self { error: Error::status(500, detail), header: None, cause: Some(Cause(cause.into())) }
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        let later = matches!(error.status, 429 | 503);
        let header = later.then(|| (RETRY_AFTER, retry_after(AFTER_TROUBLE)));
        Self { error, header, cause: None }
    }
}

impl From<AuthenticationError> for ScimError {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Missing => Self::unauthorized(CHALLENGE),
            AuthenticationError::Unknown
            | AuthenticationError::Expired
            | AuthenticationError::Revoked
            | AuthenticationError::Address => Self::unauthorized(CHALLENGE_INVALID),
            AuthenticationError::Scope => {
                let error = Error::status(403, "the token is good, but it does not open SCIM");
                Self::with_header(error, WWW_AUTHENTICATE, CHALLENGE_SCOPE)
            }
            AuthenticationError::TooManyTries(tries) => tries.into(),
            AuthenticationError::Storage(source) => Self::unavailable(&source),
        }
    }
}

impl From<TooManyTries> for ScimError {
    fn from(error: TooManyTries) -> Self {
        let detail = format!(
            "too many tokens from this address were refused (limit: 20 a minute); the next one is looked at in {} s",
            seconds(error.retry_after)
        );
        Self::with_header(Error::status(429, detail), RETRY_AFTER, retry_after(error.retry_after))
    }
}

impl From<TooManyRequests> for ScimError {
    fn from(error: TooManyRequests) -> Self {
        let TooManyRequests { limits, retry_after: wait } = error;
        let detail = format!(
            "this tenant may send {} requests a second and {} at once (limits.scim_rate, limits.scim_burst); repeat the \
             request unchanged in {} s",
            limits.rate,
            limits.burst,
            seconds(wait)
        );
        Self::with_header(Error::status(429, detail), RETRY_AFTER, retry_after(wait))
    }
}

impl From<ProvisioningError> for ScimError {
    fn from(error: ProvisioningError) -> Self {
        match error {
            ProvisioningError::Invalid(error) => error.into(),
            ProvisioningError::NotFound(id) => {
                Error::not_found(format!("there is no user {:?}", shortened(&id))).into()
            }
            ProvisioningError::UserNameTaken { holder, active } => {
                let state = if active { "active" } else { "inactive" };
                Error::uniqueness(match holder {
                    Some(id) => format!("the userName belongs to the user {id}, who is {state}"),
                    None => format!(
                        "the userName belongs to a user outside this connection, who is {state}; one whom the \
                         administrator made by hand can be taken over (handmade_employees in /api/v1/tenant)"
                    ),
                })
                .into()
            }
            ProvisioningError::AddressTaken => Error::uniqueness(
                "the address in emails belongs to an employee whom an administrator made by hand; send it as userName, or \
                 let the administrator delete him",
            )
            .into(),
            ProvisioningError::NoGroup(id) => {
                Error::not_found(format!("there is no group {:?}", shortened(&id))).into()
            }
            ProvisioningError::GroupNameTaken { holder } => Error::uniqueness(match holder {
                Some(id) => format!("the displayName belongs to the group {id}; give this one another"),
                None => "the displayName belongs to a group outside this connection; give this one another".to_owned(),
            })
            .into(),
            ProvisioningError::VersionMismatch { current } => Error::status(
                412,
                format!(
                    "If-Match does not name the current version, W/\"{current}\"; get the resource and decide again"
                ),
            )
            .into(),
            ProvisioningError::TooExpensive => {
                Error::bad_request(ScimType::TooMany, "the filter takes too long; make it narrower").into()
            }
            ProvisioningError::Storage(source) => Self::unavailable(&source),
        }
    }
}

impl ScimError {
    /// The status, 400 to 599.
    pub fn status(&self) -> u16 {
        self.error.status
    }

    /// Why, where the fault is on our side.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_ref().map(|cause| &*cause.0)
    }

    /// The error message.
    pub fn to_json(&self) -> Value {
        let error = &self.error;
        let mut body = json!({
            "schemas": [urn::ERROR],
            "status": error.status.to_string(),
            "detail": error.detail,
        });
        if let (Some(scim_type), Some(body)) = (error.scim_type, body.as_object_mut()) {
            body.insert("scimType".to_owned(), scim_type.keyword().into());
        }
        body
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let body = self.to_json();
        let Self { error, header, cause } = self;
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(CONTENT_TYPE, MEDIA_TYPE)], body.to_string()).into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use serde_json::{Value, json};

    use super::{Cause, ScimError};
    use crate::app::StorageError;
    use crate::app::authentication::AuthenticationError;
    use crate::app::limits::{ScimLimits, TooManyRequests, TooManyTries};
    use crate::app::provisioning::ProvisioningError;
    use crate::base::ids::EmployeeId;
    use crate::scim::error::Error;

    struct Answer {
        status: u16,
        header: Option<String>,
        cause: Option<String>,
        body: Value,
    }

    async fn answer(error: impl Into<ScimError>, header: &str) -> Answer {
        let response = error.into().into_response();
        assert_eq!(response.headers()["content-type"], "application/scim+json");
        let header = response.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
        let cause = response.extensions().get::<Cause>().map(|cause| cause.0.to_string());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], status.to_string(), "the status is a string");
        Answer { status, header, cause, body }
    }

    #[tokio::test]
    async fn a_refusal_has_status_keyword_and_detail() {
        let refused = answer(Error::invalid_filter("position 3: \"eq\" expected"), "allow").await;
        assert_eq!((refused.status, refused.header), (400, None));
        assert_eq!(refused.body["scimType"], "invalidFilter");
        assert_eq!(refused.body["detail"], "position 3: \"eq\" expected");
        let absent = answer(ProvisioningError::NotFound("7".to_owned()), "allow").await;
        assert_eq!((absent.status, absent.body.get("scimType")), (404, None));
    }

    #[tokio::test]
    async fn i4_all_refused_tokens_look_alike() {
        let unknown = answer(AuthenticationError::Unknown, "www-authenticate").await;
        assert_eq!(unknown.header.as_deref(), Some("Bearer realm=\"deskgate\", error=\"invalid_token\""));
        for error in [AuthenticationError::Expired, AuthenticationError::Revoked, AuthenticationError::Address] {
            let other = answer(error, "www-authenticate").await;
            assert_eq!((other.status, &other.header, other.body), (401, &unknown.header, unknown.body.clone()));
        }
        let missing = answer(AuthenticationError::Missing, "www-authenticate").await;
        assert_eq!((missing.status, missing.header.as_deref()), (401, Some("Bearer realm=\"deskgate\"")));
    }

    #[tokio::test]
    async fn trouble_on_our_side_is_503_and_its_cause_stays_here() {
        for answer in [
            answer(AuthenticationError::Storage(StorageError::Busy), "retry-after").await,
            answer(ProvisioningError::Storage(StorageError::Busy), "retry-after").await,
        ] {
            assert_eq!((answer.status, answer.header.as_deref()), (503, Some("5")));
            assert_eq!(answer.cause, Some(StorageError::Busy.to_string()));
            assert!(!answer.body.to_string().contains("database"));
        }
    }

    #[tokio::test]
    async fn l4_too_much_is_429_and_says_when_to_come_back() {
        let retry_after = std::time::Duration::from_millis(2500);
        let limits = ScimLimits { rate: 40, burst: 300 };
        let requests = answer(TooManyRequests { limits, retry_after }, "retry-after").await;
        let detail = requests.body["detail"].as_str().unwrap();
        assert!(
            detail.contains("40 requests a second and 300 at once (limits.scim_rate, limits.scim_burst)"),
            "{detail}"
        );
        let tries = answer(AuthenticationError::from(TooManyTries { retry_after }), "retry-after").await;
        for answer in [requests, tries, answer(Error::status(429, "x"), "retry-after").await] {
            assert_eq!(answer.status, 429);
            assert!(matches!(answer.header.as_deref(), Some("3" | "5")), "{:?}", answer.header);
        }
    }

    #[tokio::test]
    async fn i4_a_token_for_something_else_is_told_what_it_lacks() {
        let refused = answer(AuthenticationError::Scope, "www-authenticate").await;
        let challenge = "Bearer realm=\"deskgate\", error=\"insufficient_scope\", scope=\"scim\"";
        assert_eq!((refused.status, refused.header.as_deref()), (403, Some(challenge)));
    }

    #[tokio::test]
    async fn a_taken_user_name_says_who_has_it() {
        let id = EmployeeId::generate();
        for (active, state) in [(true, "active"), (false, "inactive")] {
            let error = ProvisioningError::UserNameTaken { holder: Some(id), active };
            let Answer { status, body, .. } = answer(error, "allow").await;
            let detail = body["detail"].as_str().unwrap();
            assert_eq!((status, &body["scimType"]), (409, &json!("uniqueness")));
            assert!(detail.contains(&id.to_string()) && detail.ends_with(&format!(" {state}")), "{detail}");
        }
    }

    #[tokio::test]
    async fn the_others_have_their_statuses_too() {
        assert_eq!(answer(ProvisioningError::VersionMismatch { current: 3 }, "allow").await.status, 412);
        let expensive = answer(ProvisioningError::TooExpensive, "allow").await;
        assert_eq!((expensive.status, &expensive.body["scimType"]), (400, &json!("tooMany")));
        let method = answer(ScimError::method_not_allowed("GET, HEAD"), "allow").await;
        assert_eq!((method.status, method.header.as_deref()), (405, Some("GET, HEAD")));
    }
}
