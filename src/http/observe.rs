//! Around every request: its id, its span, one line in the access log, and a net under panics (L6).
//!
//! One function instead of a stack of middleware: each layer would box the request's future once more, and what has to
//! happen in which order would be spread over many files.
//!
//! The log knows routes by their pattern, tenants by their id, and of the client nothing at all (R1).

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tracing::Instrument as _;
use tracing::field::{Empty, display};
use uuid::Uuid;

use super::api::problem::{self, Problem};
use super::scim::error::{Cause, ScimError};
use super::surface::Surface;
use crate::base::ids::TenantId;

/// The header by which a request id comes and goes.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID: usize = 64;

/// One request and its answer, as far as the log is concerned; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Exchange(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: HeaderValue,
    tenant: OnceLock<TenantId>,
}

impl Exchange {
    /// Takes the id that the client or a proxy gave, if it is one that can stand in a log, else makes one.
    fn begin(headers: &HeaderMap) -> Self {
        let id = headers.get(REQUEST_ID).filter(|id| is_plain(id.as_bytes())).cloned().unwrap_or_else(fresh_id);
        Self(Arc::new(Inner { id, tenant: OnceLock::new() }))
    }

    /// The request id.
    pub(super) fn id(&self) -> &str {
        self.0.id.to_str().expect("begin takes and makes ASCII only")
    }

    /// Notes the tenant, for the log.
    pub(super) fn belongs_to(&self, tenant: TenantId) {
        // The first one stays; a request is authenticated once.
        if self.0.tenant.set(tenant).is_ok() {
            tracing::Span::current().record("tenant.id", display(tenant));
        }
    }
}

fn is_plain(id: &[u8]) -> bool {
    (1..=MAX_REQUEST_ID).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn fresh_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::now_v7().to_string()).expect("a UUID is a header value")
}

/// Does `work` on a request and answers, come what may.
pub(super) async fn observe<F, W>(route: &'static str, mut request: Request, work: F) -> Response
where
    F: FnOnce(Request, Exchange) -> W,
    W: Future<Output = Response>,
{
    let exchange = Exchange::begin(request.headers());
    let mut line =
        AccessLine { exchange: &exchange, method: closed(request.method()), route, started: Some(Instant::now()) };
    request.extensions_mut().insert(exchange.clone());
    let span = tracing::info_span!("http.request", request.id = exchange.id(), tenant.id = Empty);
    let work = async { work(request, exchange.clone()).await };
    let mut response = AssertUnwindSafe(work.instrument(span))
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| panicked(&*panic, route, &exchange));
    response.headers_mut().insert(REQUEST_ID, exchange.0.id.clone());
    line.answered(&mut response);
    response
}

/// The answer to a request whose handler panicked. The bug is in the log under the id that the caller gets.
fn panicked(panic: &(dyn Any + Send), route: &str, exchange: &Exchange) -> Response {
    // A message made at run time may hold somebody's data (R1); a literal cannot.
    let message = panic.downcast_ref::<&'static str>().copied().unwrap_or("(the message is withheld)");
    let cause = format!("the handler panicked: {message}");
    match Surface::of(route) {
        Surface::Api => problem::finished(Problem::bug(cause).into_response(), exchange.id()),
        Surface::Scim | Surface::Plain => ScimError::bug(exchange.id(), cause).into_response(),
    }
}

/// A method as it may be logged: text from outside is not (R1).
fn closed(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

/// Writes one line for the request, also when the client goes away before there is an answer.
struct AccessLine<'a> {
    exchange: &'a Exchange,
    method: &'static str,
    route: &'static str,
    started: Option<Instant>,
}

impl AccessLine<'_> {
    fn answered(&mut self, response: &mut Response) {
        let Some(duration_ms) = self.duration_ms() else { return };
        let cause = response.extensions_mut().remove::<Cause>();
        let Self { exchange, method, route, .. } = self;
        let status = response.status().as_u16();
        let tenant = exchange.0.tenant.get().map(display);
        // 501 is an answer like any other; nobody has to react.
        if status >= 500 && status != 501 {
            tracing::error!(
                http.method = method,
                http.route = route,
                http.status = status,
                duration_ms,
                request.id = exchange.id(),
                tenant.id = tenant,
                error = cause.map(|cause| display(cause.0)),
                "request failed"
            );
        } else {
            tracing::info!(
                http.method = method,
                http.route = route,
                http.status = status,
                duration_ms,
                request.id = exchange.id(),
                tenant.id = tenant,
                "request answered"
            );
        }
    }

    /// The time since the start, once; in whole microseconds.
    fn duration_ms(&mut self) -> Option<f64> {
        let micros = u32::try_from(self.started.take()?.elapsed().as_micros()).unwrap_or(u32::MAX);
        Some(f64::from(micros) / 1000.0)
    }
}

impl Drop for AccessLine<'_> {
    fn drop(&mut self) {
        let Some(duration_ms) = self.duration_ms() else { return };
        let Self { exchange, method, route, .. } = self;
        tracing::info!(
            http.method = method,
            http.route = route,
            duration_ms,
            request.id = exchange.id(),
            tenant.id = exchange.0.tenant.get().map(display),
            "the client went away before the answer"
        );
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::{IntoResponse as _, Response};
    use http::{Request, StatusCode};

    use super::{Exchange, REQUEST_ID, observe};
    use crate::base::ids::TenantId;

    fn request(id: &str) -> axum::extract::Request {
        Request::get("/x").header(REQUEST_ID, id).body(Body::empty()).unwrap()
    }

    async fn ok(_: axum::extract::Request, _: Exchange) -> Response {
        StatusCode::OK.into_response()
    }

    #[tokio::test]
    async fn a_plain_request_id_is_kept_and_any_other_replaced() {
        for id in ["a", "A.b_c-9", &"x".repeat(64)] {
            assert_eq!(observe("/x", request(id), ok).await.headers()[REQUEST_ID], id);
        }
        for id in ["", "a b", "a\"b", "a;b", "{}", &"x".repeat(65)] {
            let response = observe("/x", request(id), ok).await;
            let given = response.headers()[REQUEST_ID].to_str().unwrap();
            assert!(uuid::Uuid::try_parse(given).is_ok_and(|id| id.get_version_num() == 7), "{id} became {given}");
        }
    }

    #[tokio::test]
    async fn l6_a_panic_becomes_an_answer_with_a_correlation_id_and_without_its_message() {
        for secret in ["ada@example.com", "+4930"] {
            let response = observe("/x", request("corr-1"), |_, _| async move {
                assert!(secret.is_empty(), "no {secret} here");
                StatusCode::OK.into_response()
            })
            .await;
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers()[REQUEST_ID], "corr-1");
            let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains("corr-1") && body.contains("\"status\":\"500\""), "{body}");
            assert!(!body.contains(secret), "{body}");
        }
    }

    /// What a subscriber writes, line by line.
    #[derive(Clone, Default)]
    struct Written(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        /// Catches what this thread logs as long as the guard lives.
        ///
        /// While there is a single subscriber, tracing asks the thread that comes by a call site first whether anybody
        /// listens, and remembers the answer for all threads. So there is always a second one.
        fn catch() -> (Self, tracing::subscriber::DefaultGuard) {
            static SECOND: std::sync::LazyLock<tracing::Dispatch> = std::sync::LazyLock::new(|| {
                tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish())
            });
            std::sync::LazyLock::force(&SECOND);
            let written = Self::default();
            let writer = written.clone();
            let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
            (written, tracing::subscriber::set_default(subscriber))
        }

        fn lines(&self) -> Vec<serde_json::Value> {
            let bytes = self.0.lock().unwrap();
            bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
        }
    }

    #[tokio::test]
    async fn r1_one_line_per_request_tells_the_route_and_nothing_of_the_client() {
        let (written, _guard) = Written::catch();
        let request = Request::builder()
            .method("EVIL-LOVELACE")
            .uri("/scim/v2/Users/LOVELACE?filter=LOVELACE")
            .header("authorization", "Bearer LOVELACE")
            .header("x-forwarded-for", "LOVELACE")
            .header(REQUEST_ID, "corr-1")
            .body(Body::from("LOVELACE"))
            .unwrap();
        let tenant = TenantId::generate();
        observe("/scim/v2/Users/{id}", request, |_, exchange| async move {
            exchange.belongs_to(tenant);
            StatusCode::NOT_FOUND.into_response()
        })
        .await;
        let lines = written.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let (line, fields) = (&lines[0], &lines[0]["fields"]);
        assert_eq!(line["level"], "INFO");
        // A word that no identifier, which is hexadecimal, can spell.
        assert!(!line.to_string().contains("LOVELACE"), "{line}");
        assert_eq!(fields["http.method"], "OTHER");
        assert_eq!(fields["http.route"], "/scim/v2/Users/{id}");
        assert_eq!(fields["http.status"], 404);
        assert_eq!(fields["request.id"], "corr-1");
        assert_eq!(fields["tenant.id"], tenant.to_string());
        assert!(fields["duration_ms"].is_f64());
    }

    #[tokio::test]
    async fn l6_a_bug_is_logged_once_as_an_error_under_the_id_that_the_caller_got() {
        let (written, _guard) = Written::catch();
        observe("/x", request("corr-1"), |_, _| async { panic!("a literal") }).await;
        let lines = written.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["level"], "ERROR");
        assert_eq!(lines[0]["fields"]["request.id"], "corr-1");
        assert_eq!(lines[0]["fields"]["error"], "the handler panicked: a literal");
    }

    #[tokio::test]
    async fn what_was_never_promised_is_no_error() {
        let (written, _guard) = Written::catch();
        observe("/x", request("corr-1"), |_, _| async { StatusCode::NOT_IMPLEMENTED.into_response() }).await;
        observe("/x", request("corr-2"), |_, _| async { StatusCode::SERVICE_UNAVAILABLE.into_response() }).await;
        let levels: Vec<_> = written.lines().iter().map(|line| line["level"].clone()).collect();
        assert_eq!(levels, ["INFO", "ERROR"]);
    }

    #[tokio::test]
    async fn a_client_that_goes_away_leaves_a_line_too() {
        let (written, _guard) = Written::catch();
        let never = observe("/x", request("corr-1"), |_, _| std::future::pending());
        assert!(futures_util::FutureExt::now_or_never(never).is_none());
        let lines = written.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["fields"]["request.id"], "corr-1");
        assert!(lines[0]["fields"].get("http.status").is_none());
    }
}
