//! The daemon's HTTP, as anybody can reach it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Where the requests go; all clones follow a daemon that is started anew.
#[derive(Clone)]
pub struct Door {
    address: Arc<Mutex<Option<SocketAddr>>>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// The same as text; empty for what is none.
    pub text: String,
}

impl Answer {
    pub(super) fn new(status: StatusCode, headers: HeaderMap, bytes: Bytes) -> Self {
        let is_image = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"image/"));
        let text = if is_image { String::new() } else { String::from_utf8(bytes.to_vec()).expect("answers are UTF-8") };
        Self { status: status.as_u16(), headers, bytes, text }
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("our headers are ASCII"))
    }

    /// The same answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// A SCIM error as RFC 7644, section 3.12 wants it, in words; gives the words.
    #[track_caller]
    pub fn refused(&self, status: u16, scim_type: Option<&str>) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/scim+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["schemas"], serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{self:?}");
        assert_eq!(body["status"], status.to_string(), "{self:?}");
        assert_eq!(body["scimType"].as_str(), scim_type, "{self:?}");
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(detail.split_whitespace().count() > 3, "no words in {self:?}");
        detail.to_owned()
    }
}

impl Default for Door {
    fn default() -> Self {
        Self { address: Arc::default(), client: Client::builder(TokioExecutor::new()).build_http() }
    }
}

impl Door {
    pub(super) fn leads_to(&self, address: SocketAddr) {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
    }

    /// Where the daemon listens.
    pub fn address(&self) -> SocketAddr {
        self.address.lock().unwrap_or_else(PoisonError::into_inner).expect("the daemon has been started")
    }

    /// The access token that an OAuth client gets for its secret, asking for nothing in particular.
    pub async fn access_token(&self, client: &str, secret: &str) -> String {
        let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")));
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", basic.as_str())];
        let answer = self.request("POST", "/oauth2/token", &headers, "grant_type=client_credentials").await;
        answer.expect(200).json()["access_token"].as_str().expect("RFC 6749, section 5.1").to_owned()
    }

    /// Sends a request; `path` begins with the root of the server and is sent as it is.
    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let answer = self.try_request(method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same where the daemon may be gone.
    pub async fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Full::new(body.into()))?).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer::new(parts.status, parts.headers, body.collect().await?.to_bytes()))
    }
}
