//! Connections, and the limits that hold before any work is done (L1).
//!
//! An accept loop of our own over hyper: axum's knows neither deadlines nor counts. Every connection carries a
//! [`Watch`], which knows what the peer owes us at the moment (a complete head, a sign that it reads) and until when;
//! hyper's own timer for heads would end an idle connection as early as a dawdling one, does not exist for HTTP/2 and
//! costs an allocation per request.
//!
//! The body of a request has its deadline where it is read, in `extract::body`.

mod leftover;
mod seats;
mod watch;
mod watched_io;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{CONNECTION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use leftover::WithLeftover;
use seats::{Seat, Seats};
use watch::{Tracked, Watch};
use watched_io::WatchedIo;

/// The smallest buffer that hyper takes.
const MIN_BUFFER: usize = 8192;
/// The pause after an error of `accept` that the next call would meet again, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The least time between two log lines of one kind that strangers can provoke.
const LOG_PAUSE: Duration = Duration::from_secs(10);

/// What connections may cost. The defaults are those of L1.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address; an IPv6 address is one with its /64.
    pub connections_per_address: usize,
    /// The addresses that the second limit does not bind: reverse proxies.
    pub exempt: Vec<IpNet>,
    /// The time for the first head, from accept; on HTTP/1 also for every later one, from its first byte.
    pub header_timeout: Duration,
    /// Request line and headers, in bytes.
    pub max_head: usize,
    /// How long a connection may be open without a request; longer than the reverse proxies in front keep theirs.
    pub idle_timeout: Duration,
    /// How long a peer may take no byte of an answer.
    pub write_timeout: Duration,
    /// Requests at a time on one HTTP/2 connection.
    pub max_concurrent_streams: u32,
    /// How long requests under way may take to finish at shutdown.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 256,
            exempt: Vec::new(),
            header_timeout: Duration::from_secs(10),
            max_head: 16 * 1024,
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            max_concurrent_streams: 100,
            drain_timeout: Duration::from_secs(20),
        }
    }
}

/// Serves HTTP/1 and HTTP/2 until `shutdown` is cancelled, then takes no more connections, lets requests under way finish
/// within [`Limits::drain_timeout`], and returns when the last connection is closed.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: CancellationToken) {
    let seats = Seats::new(&limits);
    let server = Arc::new(Server {
        builder: builder(&limits),
        // Finishes the router once instead of at every request.
        router: router.with_state(()),
        limits,
        shutdown,
        abort: CancellationToken::new(),
    });
    let connections = TaskTracker::new();
    let mut refusals = Quiet::default();
    let mut failures = Quiet::default();
    while let Some(accepted) = server.shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => match seats.take(peer.ip()) {
                Some(seat) => {
                    connections.spawn(Arc::clone(&server).connection(stream, peer, seat));
                }
                // Closing at once tells a proxy to try elsewhere; a full queue would not.
                None => {
                    if let Some(count) = refusals.due() {
                        tracing::warn!(count, "connections refused: too many in all or from one address");
                    }
                }
            },
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if let Some(count) = failures.due() {
                    tracing::error!(count, %error, "connections cannot be accepted");
                }
                server.shutdown.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(server.limits.drain_timeout, connections.wait()).await.is_err() {
        tracing::warn!(count = connections.len(), "connections cut: their requests did not finish in time");
        server.abort.cancel();
        connections.wait().await;
    }
}

/// Counts what happens too often to be logged each time.
#[derive(Default)]
struct Quiet {
    count: u64,
    logged: Option<Instant>,
}

impl Quiet {
    /// Counts one more; gives the number since the last line when another line is due.
    fn due(&mut self) -> Option<u64> {
        self.count += 1;
        if self.logged.is_some_and(|at| at.elapsed() < LOG_PAUSE) {
            return None;
        }
        self.logged = Some(Instant::now());
        Some(std::mem::take(&mut self.count))
    }
}

/// Whether an error of `accept` is the fault of the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // No timer for HTTP/1: with one, hyper starts a deadline of its own for every head.
    builder.http1().max_buf_size(limits.max_head.max(MIN_BUFFER));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.max_head).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.max_concurrent_streams);
    builder
}

struct Server {
    builder: Builder<TokioExecutor>,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
    abort: CancellationToken,
}

impl Server {
    /// Serves one connection until either side has enough of it.
    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, _seat: Seat) {
        // Small answers must not wait for more; without it they come later, but they come.
        stream.set_nodelay(true).ok();
        let watch = Arc::new(Watch::start());
        let io = TokioIo::new(WatchedIo::new(stream, Arc::clone(&watch), self.limits.write_timeout));
        let service = service_fn(|request| answer(&self, &watch, peer, request));
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let mut shutdown = pin!(self.shutdown.cancelled());
        let mut abort = pin!(self.abort.cancelled());
        let mut alarm = pin!(tokio::time::sleep(self.limits.header_timeout));
        let mut draining = false;
        poll_fn(|context| {
            if !draining && shutdown.as_mut().poll(context).is_ready() {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            // An error here is the peer's: it broke off, or broke the protocol. Nobody can act on it.
            if connection.as_mut().poll(context).is_ready() || abort.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            while let Some(deadline) = watch.deadline(&self.limits) {
                // Mostly the deadline only moves away: then the alarm goes off early, and is set anew.
                if alarm.is_elapsed() || deadline < alarm.deadline() {
                    alarm.as_mut().reset(deadline);
                }
                if alarm.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                if deadline <= Instant::now() {
                    tracing::debug!("connection closed: its peer kept it waiting");
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
    }
}

/// Hands a request to the router and keeps the [`Watch`] informed.
fn answer(
    server: &Server,
    watch: &Arc<Watch>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Tracked>, Infallible>> + Send + use<> {
    let under_way = watch.begin(request.version());
    let refusal = refusal(&request, server.limits.max_head);
    let mut router = server.router.clone();
    async move {
        let response = match refusal {
            None => {
                let mut request = request.map(|body| Body::new(WithLeftover::new(body)));
                request.extensions_mut().insert(ConnectInfo(peer));
                router.call(request).await?
            }
            Some(refusal) => refusal,
        };
        Ok(response.map(|body| under_way.track(body)))
    }
}

/// What is said to a request that no handler shall see.
fn refusal(request: &Request<Incoming>, max_head: usize) -> Option<Response<Body>> {
    if head_size(request) > max_head {
        // Hyper's own answer to a head that does not fit its buffer has no body either.
        let mut response = Response::default();
        *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Some(response);
    }
    if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1 {
        // Two readers of such a request, a proxy and we, may take it for two different ones.
        let text = "a request of HTTP/1.1 has exactly one Host header (RFC 9112, section 3.2)\n";
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Some(response);
    }
    None
}

/// The bytes of a head as HTTP/1 writes it. Hyper bounds its buffer, but reads in pieces that may go beyond.
fn head_size(request: &Request<Incoming>) -> usize {
    const LINE_END: usize = "\r\n".len();
    let target = request.uri().path_and_query().map_or(1, |target| target.as_str().len());
    let request_line = request.method().as_str().len() + target + "  HTTP/1.1".len() + LINE_END;
    let headers =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": ".len() + LINE_END);
    request_line + headers.sum::<usize>() + LINE_END
}

#[cfg(test)]
mod tests;
