//! The small HTTP client of the replay: plain HTTP, one connection kept open, a deadline.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

const DEADLINE: Duration = Duration::from_secs(30);
const LONGEST_ANSWER: usize = 16 << 20;

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; `None`: there was none, or it was something else.
    pub body: Option<Value>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The request could not be put together.
    #[error("the request is malformed")]
    Request(#[from] http::Error),
    /// Nobody answered.
    #[error("no connection")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off, or is too long.
    #[error("the answer cannot be read")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer took too long.
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Deadline,
}

#[derive(Debug, Clone)]
pub(super) struct Client(Hyper<HttpConnector, Full<Bytes>>);

impl Client {
    pub(super) fn new() -> Self {
        Self(Hyper::builder(TokioExecutor::new()).build_http())
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, ClientError> {
        tokio::time::timeout(DEADLINE, self.exchange(request)).await.map_err(|_| ClientError::Deadline)?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, ClientError> {
        let response = self.0.request(request).await?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, LONGEST_ANSWER).collect().await.map_err(ClientError::Answer)?;
        let body = serde_json::from_slice(&body.to_bytes()).ok();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}
