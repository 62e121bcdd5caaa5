//! Resources on the wire. They leave as the text they are stored as; nothing is parsed to be written again.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION};

use crate::app::provisioning::StoredUser;
use crate::scim::projection::Projection;
use crate::scim::urn;

/// RFC 7644, section 8.1.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");
/// Personal data is nobody's to keep on the way (W3).
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// One resource or one list.
#[derive(Debug)]
pub struct ScimResource {
    status: StatusCode,
    body: Body,
    etag: Option<String>,
    location: Option<String>,
}

impl ScimResource {
    /// 200 with a user. The `Location` tells a client that has him by another way where he lives.
    pub fn ok(user: &StoredUser, projection: &Projection<'_>, base: &str) -> Self {
        Self {
            status: StatusCode::OK,
            body: projection.apply(user.to_json(base)).into(),
            etag: Some(user.etag()),
            location: Some(user.location(base)),
        }
    }

    /// 201 with a user just made.
    pub fn created(user: &StoredUser, projection: &Projection<'_>, base: &str) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(user, projection, base) }
    }

    /// 304: the client has the version of this entity tag.
    pub fn unchanged(etag: String) -> Self {
        Self { status: StatusCode::NOT_MODIFIED, body: Body::empty(), etag: Some(etag), location: None }
    }

    /// A resource or list whose text is made while it leaves.
    pub fn streamed(status: StatusCode, body: Body) -> Self {
        Self { status, body, etag: None, location: None }
    }

    /// The same with the entity tag and the address of the one resource in it.
    pub fn tagged(self, etag: String, location: String) -> Self {
        Self { etag: Some(etag), location: Some(location), ..self }
    }

    /// 200 with a list message, put together from finished texts.
    pub fn list(head: &ListHead<'_>, resources: impl Iterator<Item = impl AsRef<str>>) -> Self {
        let mut json = head.to_json();
        for (index, resource) in resources.enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push_str(resource.as_ref());
        }
        json.push_str("]}");
        Self { status: StatusCode::OK, body: json.into(), etag: None, location: None }
    }
}

/// What a list message says of itself (RFC 7644, section 3.4.2; RFC 9865, section 2).
#[derive(Debug, Clone, Copy)]
pub struct ListHead<'a> {
    /// How many resources there are in all.
    pub total: u64,
    /// How many of them are in this message.
    pub items: usize,
    /// The position of the first one, where pages have positions.
    pub start_index: Option<u64>,
    /// What asks for the next page, where pages have cursors.
    pub next_cursor: Option<&'a str>,
}

impl ListHead<'_> {
    /// The text in front of the resources; behind them comes `]}`.
    pub fn to_json(self) -> String {
        let Self { total, items, start_index, next_cursor } = self;
        let mut json = format!("{{\"schemas\":[\"{}\"],\"totalResults\":{total}", urn::LIST_RESPONSE);
        // Writing to a string cannot fail.
        if let Some(position) = start_index {
            let _ = write!(json, ",\"startIndex\":{position}");
        }
        if let Some(cursor) = next_cursor {
            let _ = write!(json, ",\"nextCursor\":\"{cursor}\"");
        }
        let _ = write!(json, ",\"itemsPerPage\":{items},\"Resources\":[");
        json
    }
}

impl IntoResponse for ScimResource {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.status != StatusCode::NOT_MODIFIED {
            headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        }
        headers.insert(CACHE_CONTROL, NO_STORE);
        for (name, value) in [(ETAG, self.etag), (LOCATION, self.location)] {
            // Both are made of digits, identifiers and the operator's base URL.
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use serde_json::{Value, json};

    use super::{ListHead, ScimResource};

    #[test]
    fn a_list_is_put_together_from_texts() {
        let list = |resources: &[&str]| -> Value {
            let head = ListHead { total: 7, items: resources.len(), start_index: Some(3), next_cursor: None };
            let list = ScimResource::list(&head, resources.iter());
            let body = axum::body::to_bytes(list.body, 4096).now_or_never().unwrap().unwrap();
            serde_json::from_slice(&body).unwrap()
        };
        let expected = |resources: Value| {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 7,
                "startIndex": 3,
                "itemsPerPage": resources.as_array().unwrap().len(),
                "Resources": resources,
            })
        };
        assert_eq!(list(&[]), expected(json!([])));
        assert_eq!(list(&["{\"id\":\"1\"}"]), expected(json!([{"id": "1"}])));
        assert_eq!(list(&["{\"id\":\"1\"}", "{\"id\":\"2\"}"]), expected(json!([{"id": "1"}, {"id": "2"}])));
    }

    #[test]
    fn a_page_of_a_walk_has_no_position_and_says_how_to_go_on() {
        let head = |next_cursor| {
            let head = ListHead { total: 7, items: 0, start_index: None, next_cursor }.to_json();
            serde_json::from_str::<Value>(&format!("{head}]}}")).unwrap()
        };
        let last = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 7,
            "itemsPerPage": 0,
            "Resources": [],
        });
        assert_eq!(head(None), last);
        assert_eq!(head(Some("VZUT"))["nextCursor"], "VZUT");
    }
}
