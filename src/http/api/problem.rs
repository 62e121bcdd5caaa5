//! Refusals of the admin API (RFC 9457): the one table from what went wrong to status, type, detail and headers. Matched
//! without a wildcard: a new error needs a line here.

use std::error::Error as StdError;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, StatusCode};
use serde_json::{Map, Value, json};

use super::plans::PlanLine;
use crate::app::administration::rules::PlanChanged;
use crate::app::administration::{AdministrationError, Conflict, Fault};
use crate::app::authentication::AuthenticationError;
use crate::app::limits::{TooManyRequests, TooManyTries};
use crate::domain::credential::TokenScope;
use crate::domain::grant::diff::Line;
use crate::domain::grant::document::{DocumentError, DocumentErrors};
use crate::domain::photo::PhotoError;
use crate::http::extract::path::AmbiguousPath;
use crate::http::retry::{AFTER_TROUBLE, retry_after, seconds};
use crate::http::scim::error::Cause;
use crate::scim::error::Error as ReadError;

/// RFC 9457, section 3.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $status:literal $name:literal $title:literal),+ $(,)?) => {
        /// What kinds of problems there are; a closed set.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $kind),+ }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status),+ }
            }

            /// The last part of `type`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }

            /// What all problems of the kind have in common, in words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title),+ }
            }
        }
    };
}
kinds! {
    /// The request is no HTTP or JSON that could be looked into.
    Malformed 400 "malformed-request" "The request cannot be read",
    /// There is no token, or none that is good.
    Unauthorized 401 "unauthorized" "A valid token is needed",
    /// The token is good, but not for this.
    InsufficientScope 403 "insufficient-scope" "The token does not open this",
    /// It is not there, or somebody else's.
    NotFound 404 "not-found" "There is no such resource",
    /// The path has other methods.
    MethodNotAllowed 405 "method-not-allowed" "The resource does not have this method",
    /// The body did not arrive.
    Timeout 408 "request-timeout" "The request took too long to arrive",
    /// Another one has the name.
    NameTaken 409 "name-taken" "The name is taken",
    /// The identity provider says what the field holds (T8).
    ManagedByIdp 409 "managed-by-idp" "The identity provider says what this is",
    /// A rule gives it.
    GivenByRule 409 "given-by-rule" "A rule gives this",
    /// He has it.
    HasAlready 409 "has-already" "The employee has it already",
    /// Somebody else has it, or there is none.
    NotFree 409 "not-free" "The employee cannot have it now",
    /// The operator has to do something first.
    NotSetUp 409 "not-set-up" "Something has to be set up first",
    /// Something uses it.
    InUse 409 "in-use" "The resource is in use",
    /// What was planned is not what would happen.
    PlanChanged 409 "plan-changed" "The plan has changed",
    /// It has changed since.
    VersionMismatch 412 "version-mismatch" "The resource has changed",
    /// There are bounds.
    TooLarge 413 "body-too-large" "The body is too large",
    /// The body is of another kind.
    UnsupportedMediaType 415 "unsupported-media-type" "The body is of a type that is not read here",
    /// The body can be read, but holds what cannot be.
    InvalidValues 422 "invalid-values" "The request holds values that cannot be",
    /// The key belongs to another request.
    KeyReused 422 "idempotency-key-reused" "The idempotency key belongs to another request",
    /// There are limits.
    TooManyRequests 429 "too-many-requests" "Too many requests",
    /// A bug of ours.
    Internal 500 "internal-error" "An internal error",
    /// Trouble on our side.
    Unavailable 503 "unavailable" "The service is briefly unavailable",
}

/// A refusal on its way out.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    faults: Vec<Fault>,
    /// Further members, of kinds that have some (RFC 9457, section 3.2).
    more: Map<String, Value>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    cause: Option<Cause>,
}

/// The body of a problem that does not know yet which request it belongs to; see [`finished`].
#[derive(Debug, Clone)]
struct Unfinished(Map<String, Value>);

impl Problem {
    /// A problem of this kind; `detail` says what to change.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), faults: Vec::new(), more: Map::new(), header: None, cause: None }
    }

    /// 422 with the values that cannot be.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{}: {}", one.pointer, one.detail),
            several => format!("{} values cannot be; see errors", several.len()),
        };
        Self { faults, ..Self::new(Kind::InvalidValues, detail) }
    }

    /// 422 with everything that is wrong with a rules document.
    fn of_document(errors: &DocumentErrors) -> Self {
        let fault = |error: &DocumentError| {
            // The words without the place, which the pointer says, but for the line.
            let line = error.line.map_or_else(String::new, |line| format!("line {line}: "));
            Fault::at(error.pointer(), format!("{line}{}", error.problem))
        };
        let mut faults: Vec<Fault> = errors.listed.iter().map(fault).collect();
        faults.extend(errors.further().map(|further| Fault::at("", further)));
        let detail = match errors.listed.as_slice() {
            [one] => one.to_string(),
            _ => format!("the rules hold {} mistakes; see errors", errors.count()),
        };
        Self { faults, ..Self::new(Kind::InvalidValues, detail) }
    }

    /// 409 with what is different from the plan that was shown.
    fn of_changed_plan(changed: &PlanChanged) -> Self {
        let since = match changed.shown_base {
            Some(version) if version == changed.base => {
                "the same rules are in force, but people, groups or stock have changed".to_owned()
            }
            Some(version) => format!("version {} of the rules is in force instead of {version}", changed.base),
            None => "the fingerprint is none that was handed out".to_owned(),
        };
        let detail = format!("{since}; look at the plan again and apply it with its fingerprint");
        let lines = |lines: &[Line]| json!(lines.iter().map(PlanLine::from).collect::<Vec<_>>());
        let more = Map::from_iter([
            ("fingerprint".to_owned(), changed.fingerprint.as_str().into()),
            ("gone".to_owned(), lines(&changed.gone)),
            ("new".to_owned(), lines(&changed.new)),
        ]);
        Self { more, ..Self::new(Kind::PlanChanged, detail) }
    }

    /// 404 for a path that leads nowhere.
    pub fn no_route() -> Self {
        Self::new(Kind::NotFound, "there is no such endpoint; the admin API is described in /api/v1/openapi.json")
    }

    /// 405 on a path that has other methods.
    pub fn method_not_allowed(allow: &str) -> Self {
        let allow_header = HeaderValue::from_str(allow).expect("names of methods are ASCII");
        Self::new(Kind::MethodNotAllowed, format!("the methods of this resource are {allow}"))
            .with_header(ALLOW, allow_header)
    }

    /// 500: a bug of ours. The caller gets the request id, the log also the cause.
    pub fn bug(cause: String) -> Self {
        let detail = "an internal error; the operator finds it in the log under the request id";
        Self { cause: Some(Cause(cause.into())), ..Self::new(Kind::Internal, detail) }
    }

    /// The refusal of a credential on a route that needs `scope`.
    pub fn of_credential(error: AuthenticationError, scope: TokenScope) -> Self {
        let needed = "a valid token of the admin API is needed, in the header Authorization: Bearer";
        let unauthorized = |challenge| {
            Self::new(Kind::Unauthorized, needed).with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
        };
        match error {
            AuthenticationError::Missing => unauthorized("Bearer realm=\"deskgate\""),
            // Whether it was unknown, expired, revoked or used from elsewhere is not the caller's to know.
            AuthenticationError::Unknown
            | AuthenticationError::Expired
            | AuthenticationError::Revoked
            | AuthenticationError::Address => unauthorized("Bearer realm=\"deskgate\", error=\"invalid_token\""),
            AuthenticationError::Scope => {
                let scope = scope.name();
                let challenge = format!("Bearer realm=\"deskgate\", error=\"insufficient_scope\", scope=\"{scope}\"");
                Self::new(Kind::InsufficientScope, format!("the token is good, but this needs one with scope {scope}"))
                    .with_header(WWW_AUTHENTICATE, HeaderValue::from_str(&challenge).expect("it is ASCII"))
            }
            AuthenticationError::TooManyTries(tries) => tries.into(),
            AuthenticationError::Storage(source) => Self::unavailable(&source),
        }
    }

    fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some(Box::new((name, value))), ..self }
    }

    fn later(kind: Kind, detail: impl Into<String>, wait: Duration) -> Self {
        Self::new(kind, detail).with_header(RETRY_AFTER, retry_after(wait))
    }

    fn unavailable(error: &dyn StdError) -> Self {
        let detail = "the service is briefly unavailable; repeat the request unchanged";
        Self { cause: Some(Cause::of(error)), ..Self::later(Kind::Unavailable, detail, AFTER_TROUBLE) }
    }
}

impl From<AmbiguousPath> for Problem {
    fn from(error: AmbiguousPath) -> Self {
        Self::new(Kind::Malformed, error.to_string())
    }
}

/// A body that is too long, too slow, of another kind, or no JSON.
impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error.status {
            408 => Self::new(Kind::Timeout, error.detail),
            413 => Self::new(Kind::TooLarge, error.detail),
            415 => Self::new(Kind::UnsupportedMediaType, error.detail),
            429 | 503 => Self::later(Kind::Unavailable, error.detail, AFTER_TROUBLE),
            _ => Self::new(Kind::Malformed, error.detail),
        }
    }
}

impl From<TooManyTries> for Problem {
    fn from(error: TooManyTries) -> Self {
        let wait = error.retry_after;
        let detail = format!(
            "too many tokens from this address were refused (limit: 20 a minute); the next one is looked at in {} s",
            seconds(wait)
        );
        Self::later(Kind::TooManyRequests, detail, wait)
    }
}

impl From<TooManyRequests> for Problem {
    fn from(error: TooManyRequests) -> Self {
        let TooManyRequests { limits, retry_after: wait } = error;
        let detail = format!(
            "this tenant may send the admin API {} requests a second and {} at once (limits.scim_rate, \
             limits.scim_burst); repeat the request unchanged in {} s",
            limits.rate,
            limits.burst,
            seconds(wait)
        );
        Self::later(Kind::TooManyRequests, detail, wait)
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::Invalid(faults) => Self::invalid(faults),
            AdministrationError::NotFound(_) => Self::new(Kind::NotFound, error.to_string()),
            AdministrationError::Conflict(conflict) => conflict.into(),
            AdministrationError::VersionMismatch { current } => Self::new(
                Kind::VersionMismatch,
                format!("If-Match does not name the current version, {current}; get the resource and decide again"),
            ),
            AdministrationError::Document(errors) => Self::of_document(&errors),
            AdministrationError::PlanChanged(changed) => Self::of_changed_plan(&changed),
            AdministrationError::KeyReused => Self::new(
                Kind::KeyReused,
                "this Idempotency-Key came with another request in the last 24 hours; give each request its own",
            ),
            AdministrationError::Cursor => Self::new(
                Kind::Malformed,
                "the cursor is none that was handed out for this query; send next back as it came, with the same \
                 parameters and token, or begin anew without a cursor",
            ),
            AdministrationError::TooExpensive => {
                Self::new(Kind::Malformed, "the filter takes too long; make it narrower")
            }
            AdministrationError::Photo(error) => error.into(),
            AdministrationError::Crowded => Self::later(Kind::Unavailable, error.to_string(), AFTER_TROUBLE),
            AdministrationError::Raced => Self::unavailable(&error),
            AdministrationError::Storage(source) => Self::unavailable(&source),
        }
    }
}

impl From<PhotoError> for Problem {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::TooLarge => Self::new(Kind::TooLarge, error.to_string()),
            PhotoError::Unknown => Self::new(Kind::UnsupportedMediaType, error.to_string()),
            PhotoError::TooManyPixels | PhotoError::Malformed => Self::new(Kind::InvalidValues, error.to_string()),
        }
    }
}

impl From<Conflict> for Problem {
    fn from(conflict: Conflict) -> Self {
        let detail = conflict.to_string();
        match conflict {
            Conflict::NameTaken { pointer, .. } | Conflict::Taken { pointer, .. } => {
                Self { faults: vec![Fault::at(pointer, &*detail)], ..Self::new(Kind::NameTaken, detail) }
            }
            Conflict::ManagedByIdp(fields) => {
                let fault = |field: &str| Fault::at(format!("/{}", field.replace('.', "/")), "change it there");
                let faults = fields.iter().map(|field| fault(field)).collect();
                Self { faults, ..Self::new(Kind::ManagedByIdp, detail) }
            }
            Conflict::GivenByRule | Conflict::GivenByRules(_) => Self::new(Kind::GivenByRule, detail),
            Conflict::NotFree(_) => Self::new(Kind::NotFree, detail),
            Conflict::HasAlready(_) => Self::new(Kind::HasAlready, detail),
            Conflict::NotSetUp(_) => Self::new(Kind::NotSetUp, detail),
            Conflict::InUse(_) | Conflict::OnHold { .. } => Self::new(Kind::InUse, detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { kind, detail, faults, more, header, cause } = self;
        let mut body = Map::from_iter([
            ("type".to_owned(), format!("urn:deskgate:problem:{}", kind.name()).into()),
            ("title".to_owned(), kind.title().into()),
            ("status".to_owned(), kind.status().into()),
            ("detail".to_owned(), detail.into()),
        ]);
        if !faults.is_empty() {
            let faults: Vec<Value> =
                faults.iter().map(|fault| json!({"pointer": fault.pointer, "detail": fault.detail})).collect();
            body.insert("errors".to_owned(), faults.into());
        }
        body.extend(more);
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some((name, value)) = header.map(|header| *header) {
            response.headers_mut().insert(name, value);
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response.extensions_mut().insert(Unfinished(body));
        response
    }
}

/// Writes the id of the request into a problem, under which the operator finds it in the log; leaves other answers as they
/// are. Where the refusal is made, nobody knows that id.
pub fn finished(mut response: Response, request_id: &str) -> Response {
    let Some(Unfinished(mut body)) = response.extensions_mut().remove() else { return response };
    body.insert("instance".to_owned(), format!("urn:deskgate:request:{request_id}").into());
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(Value::Object(body).to_string());
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::response::IntoResponse as _;
    use serde_json::{Value, json};

    use super::{Kind, Problem, finished};
    use crate::app::StorageError;
    use crate::app::administration::{AdministrationError, Conflict, Fault};
    use crate::app::authentication::AuthenticationError;
    use crate::domain::credential::TokenScope;
    use crate::http::scim::error::Cause;

    async fn answer(problem: impl Into<Problem>, header: &str) -> (u16, Option<String>, Value) {
        let response = finished(problem.into().into_response(), "corr-1");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let header = response.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["status"], status);
        assert_eq!(body["instance"], "urn:deskgate:request:corr-1");
        (status, header, body)
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }

    #[tokio::test]
    async fn values_that_cannot_be_are_named_by_their_place() {
        let faults = vec![Fault::at("/name", "a desk needs a name"), Fault::at("/email", "no")];
        let (status, _, body) = answer(AdministrationError::Invalid(faults), "allow").await;
        assert_eq!((status, &body["type"]), (422, &json!("urn:deskgate:problem:invalid-values")));
        assert_eq!(body["errors"][0], json!({"pointer": "/name", "detail": "a desk needs a name"}));
        let managed = Conflict::ManagedByIdp(vec!["given_name"]);
        let (status, _, body) = answer(AdministrationError::Conflict(managed), "allow").await;
        assert_eq!((status, &body["errors"][0]["pointer"]), (409, &json!("/given_name")));
        assert!(body["detail"].as_str().unwrap().ends_with("given_name"), "{body}");
    }

    #[tokio::test]
    async fn i4_a_reader_who_writes_is_told_what_he_lacks_and_all_refused_tokens_look_alike() {
        let refused = |error| Problem::of_credential(error, TokenScope::AdminWrite);
        let (status, challenge, _) = answer(refused(AuthenticationError::Scope), "www-authenticate").await;
        let expected = "Bearer realm=\"deskgate\", error=\"insufficient_scope\", scope=\"admin:write\"";
        assert_eq!((status, challenge.as_deref()), (403, Some(expected)));
        let unknown = answer(refused(AuthenticationError::Unknown), "www-authenticate").await;
        for error in [AuthenticationError::Expired, AuthenticationError::Revoked, AuthenticationError::Address] {
            assert_eq!(answer(refused(error), "www-authenticate").await, unknown);
        }
    }

    #[tokio::test]
    async fn trouble_on_our_side_is_503_and_its_cause_stays_here() {
        let response = Problem::from(AdministrationError::Storage(StorageError::Busy)).into_response();
        assert_eq!(&*response.extensions().get::<Cause>().unwrap().0, StorageError::Busy.to_string());
        let (status, wait, body) = answer(AdministrationError::Storage(StorageError::Busy), "retry-after").await;
        assert_eq!((status, wait.as_deref()), (503, Some("5")));
        assert!(!body.to_string().contains("database"));
    }
}
