//! Resources on the wire. They leave as the text they are stored as; nothing is parsed to be written again.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION};

use crate::app::provisioning::{StoredUser, UserPage};
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

    /// 200 with a page of users.
    pub fn page(page: &UserPage, start_index: u64, projection: &Projection<'_>, base: &str) -> Self {
        let resources = page.users.iter().map(|user| projection.apply(user.to_json(base)));
        Self::list(page.total, start_index, page.users.len(), resources)
    }

    /// 200 with a list message (RFC 7644, section 3.4.2), put together from finished texts.
    pub fn list(total: u64, start_index: u64, items: usize, resources: impl Iterator<Item = impl AsRef<str>>) -> Self {
        let mut json = format!(
            "{{\"schemas\":[\"{}\"],\"totalResults\":{total},\"startIndex\":{start_index},\
             \"itemsPerPage\":{items},\"Resources\":[",
            urn::LIST_RESPONSE
        );
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

    use super::ScimResource;

    #[test]
    fn a_list_is_put_together_from_texts() {
        let list = |resources: &[&str]| -> Value {
            let list = ScimResource::list(7, 3, resources.len(), resources.iter());
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
}
