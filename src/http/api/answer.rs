//! Resources and lists on the wire.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::administration::{Answer, ListPage, Once, Performed, RequestKey};
use crate::http::extract::entity_tags::IfNoneMatch;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Personal data is nobody's to keep on the way (W3).
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// Says that the request was carried out before, and that this is what was answered then.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replay");

/// An answer on its way out.
#[derive(Debug)]
pub struct Reply {
    answer: Answer,
    media_type: HeaderValue,
    replayed: bool,
}

/// One resource as it is shown. The entity tag is strong: it says the version, which is what a precondition minds, and
/// with a mark whatever else the text says, such as the levels of a pool or the lock of a desk's employee.
pub fn shown(status: StatusCode, version: i64, resource: &impl Serialize) -> Answer {
    tagged(status, version, text(resource))
}

/// The same of a text.
pub fn tagged(status: StatusCode, version: i64, body: String) -> Answer {
    let etag = format!("\"{version}.{:08x}\"", crc32fast::hash(body.as_bytes()));
    Answer { status: status.as_u16(), location: None, etag: Some(etag), body }
}

/// Something that is no resource.
pub fn told(status: StatusCode, what: &impl Serialize) -> Answer {
    Answer { status: status.as_u16(), location: None, etag: None, body: text(what) }
}

fn text(what: &impl Serialize) -> String {
    serde_json::to_string(what).expect("what is shown has string keys and no failing serializers")
}

impl Reply {
    /// An answer just made.
    pub const fn new(answer: Answer) -> Self {
        Self { answer, media_type: JSON, replayed: false }
    }

    /// The same, which is no JSON but of this type.
    pub fn of_type(self, media_type: &'static str) -> Self {
        Self { media_type: HeaderValue::from_static(media_type), ..self }
    }

    /// The resource, or 304 where the client has it as it is.
    pub fn found(answer: Answer, has: &IfNoneMatch) -> Self {
        let unchanged = answer.etag.as_deref().is_some_and(|etag| has.holds(etag));
        Self::new(if unchanged { Answer { status: 304, body: String::new(), ..answer } } else { answer })
    }
}

/// What to keep of a request and how what it gives is answered: `render` makes the answer in either case.
pub struct Answered<F> {
    key: Option<RequestKey>,
    render: F,
}

impl<F> Answered<F> {
    /// `key` is the sender's.
    pub const fn by(key: Option<RequestKey>, render: F) -> Self {
        Self { key, render }
    }

    /// For the use case.
    pub fn once<T>(&self) -> Once<T>
    where
        F: Fn(&T) -> Answer + Clone + Send + Sync + 'static,
    {
        match &self.key {
            None => Once::unkept(),
            Some(key) => Once::kept(key.clone(), self.render.clone()),
        }
    }

    /// The same where the answer holds what is shown once and never kept: `kept` makes what is answered again.
    pub fn once_without<T>(&self, kept: impl Fn(&T) -> Answer + Send + Sync + 'static) -> Once<T> {
        match &self.key {
            None => Once::unkept(),
            Some(key) => Once::kept(key.clone(), kept),
        }
    }

    /// For the client.
    pub fn reply<T>(&self, performed: Performed<T>) -> Reply
    where
        F: Fn(&T) -> Answer,
    {
        match performed {
            Performed::Now(done) => Reply::new((self.render)(&done)),
            Performed::Before(answer) => Reply { replayed: true, ..Reply::new(answer) },
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let Answer { status, location, etag, body } = self.answer;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut headers = HeaderMap::from_iter([(CACHE_CONTROL, NO_STORE)]);
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, self.media_type);
        }
        for (name, value) in [(ETAG, etag), (LOCATION, location)] {
            // Both are made of digits, identifiers and the operator's base URL.
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        (status, headers, body).into_response()
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on this page.
    items: Vec<T>,
    /// What asks for the next page, as `cursor`; null on the last one.
    #[schema(required)]
    next: Option<String>,
}

/// 200 with a page, each item as `show` shows it.
pub fn page<T, U: Serialize>(page: ListPage<T>, show: impl Fn(T) -> U) -> Reply {
    let page = Page { items: page.items.into_iter().map(show).collect(), next: page.next };
    Reply::new(told(StatusCode::OK, &page))
}
