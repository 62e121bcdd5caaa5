//! Real sockets, short limits. A test waits for what must happen and never for time to pass, save where the point is that
//! nothing happens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Limits, serve};

/// Longer than any deadline in these tests, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_hours(1);
const BIG: usize = 64 * 1024 * 1024;

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
    /// Lets `/slow` answer.
    go: Arc<Notify>,
    /// Says that `/slow` has begun.
    begun: Arc<Notify>,
}

/// Deadlines an hour away, so that each test sets the one it is about.
fn patient() -> Limits {
    Limits { header_timeout: LONG, idle_timeout: LONG, write_timeout: LONG, drain_timeout: LONG, ..Limits::default() }
}

async fn start(limits: Limits) -> Running {
    let (go, begun) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (go, begun) = (Arc::clone(&go), Arc::clone(&begun));
        move || async move {
            begun.notify_one();
            go.notified().await;
            "done"
        }
    };
    let router = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/big", get(|| async { vec![b'x'; BIG] }))
        .route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
    Running { address, shutdown, task, go, begun }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        soon(self.task).await.unwrap();
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it should have happened by now")
}

/// Everything until the server closes the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end as well: the server need not read what it does not want.
    let _ = soon(stream.read_to_end(&mut text)).await;
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends a request on a connection that stays open and reads its answer, which ends with `end`.
async fn exchange(stream: &mut TcpStream, request: &str, end: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut buffer = [0; 1024];
        let read = soon(stream.read(&mut buffer)).await.unwrap();
        assert!(read > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    text
}

const HELLO: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_request_is_answered_and_knows_its_peer() {
    let server = start(Limits::default()).await;
    let mut stream = server.connect().await;
    let local = stream.local_addr().unwrap().to_string();
    let answer = exchange(&mut stream, "GET /peer HTTP/1.1\r\nhost: x\r\n\r\n", &local).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_request_of_http_1_1_has_exactly_one_host() {
    let server = start(patient()).await;
    for wrong in ["GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n"] {
        let mut stream = server.connect().await;
        stream.write_all(wrong.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("exactly one Host header"), "{answer}");
    }
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    assert!(until_closed(&mut stream).await.starts_with("HTTP/1.0 200 "));
    server.stop().await;
}

#[tokio::test]
async fn l1_a_connection_that_sends_no_complete_head_is_closed_at_the_deadline() {
    let server = start(Limits { header_timeout: SHORT, ..patient() }).await;
    for sent in [
        &b""[..],
        b"GET / HT",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        // Preface, empty SETTINGS, the beginning of HEADERS.
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x09\x01\x04\0\0\0\x01\x82",
    ] {
        let started = Instant::now();
        let mut stream = server.connect().await;
        stream.write_all(sent).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(started.elapsed() >= SHORT, "{sent:?} was cut early: {answer}");
        assert!(!answer.contains(" 200 "), "{sent:?}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn l1_bytes_now_and_then_do_not_move_the_deadline() {
    let server = start(Limits { header_timeout: SHORT, ..patient() }).await;
    let mut stream = server.connect().await;
    let dawdle = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    soon(dawdle).await;
    server.stop().await;
}

#[tokio::test]
async fn l1_a_second_head_has_its_own_deadline_and_an_idle_connection_a_longer_one() {
    let idle_timeout = SHORT * 4;
    let server = start(Limits { header_timeout: SHORT, idle_timeout, ..patient() }).await;

    let mut idle = server.connect().await;
    exchange(&mut idle, HELLO, "hello").await;
    let started = Instant::now();
    let mut dawdling = server.connect().await;
    exchange(&mut dawdling, HELLO, "hello").await;
    dawdling.write_all(b"GET / HT").await.unwrap();

    assert_eq!(until_closed(&mut dawdling).await, "");
    let dawdled = started.elapsed();
    assert_eq!(until_closed(&mut idle).await, "");
    let idled = started.elapsed();
    assert!(dawdled >= SHORT && dawdled < idled && idled + SHORT >= idle_timeout, "{dawdled:?} {idled:?}");
    server.stop().await;
}

#[tokio::test]
async fn l1_a_handler_may_take_longer_than_its_peer_may() {
    let limits = Limits { header_timeout: SHORT, idle_timeout: SHORT, write_timeout: SHORT, ..patient() };
    let server = start(limits).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    soon(server.begun.notified()).await;
    tokio::time::sleep(SHORT * 3).await;
    server.go.notify_one();
    assert!(until_closed(&mut stream).await.ends_with("done"));
    server.stop().await;
}

#[tokio::test]
async fn l1_a_head_above_16_kib_is_refused_with_431() {
    let server = start(Limits::default()).await;
    for (padding, status) in [(15 * 1024, "200"), (16 * 1024, "431"), (17 * 1024, "431"), (200 * 1024, "431")] {
        let mut stream = server.connect().await;
        let request = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(padding));
        // The server need not wait for the end.
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = until_closed(&mut stream).await;
        // A reset may overtake the answer to a request that was not read to its end.
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) || padding > 100_000, "{padding}: {answer}");
        assert!(!answer.contains("hello") || status == "200");
    }
    server.stop().await;
}

#[tokio::test]
async fn l1_a_peer_that_does_not_read_is_cut_off() {
    let server = start(Limits { write_timeout: SHORT, ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /big HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(SHORT * 5).await;
    assert!(until_closed(&mut stream).await.len() < BIG);
    server.stop().await;
}

#[tokio::test]
async fn a_peer_that_reads_gets_everything() {
    let server = start(Limits { write_timeout: SHORT, idle_timeout: SHORT, ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /big HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(until_closed(&mut stream).await.len() > BIG);
    server.stop().await;
}

type H2 = hyper::client::conn::http2::SendRequest<Empty<bytes::Bytes>>;

/// A client for HTTP/2 and the end of its connection.
async fn http2(server: &Running, window: u32) -> (H2, JoinHandle<()>) {
    let (client, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(window)
        .handshake(TokioIo::new(server.connect().await))
        .await
        .unwrap();
    let closed = tokio::spawn(async move {
        let _ = connection.await;
    });
    (client, closed)
}

fn h2_get(path: &str) -> http::Request<Empty<bytes::Bytes>> {
    http::Request::get(format!("http://x{path}")).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn l1_an_http2_peer_that_opens_no_window_is_cut_off() {
    let server = start(Limits { write_timeout: SHORT, ..patient() }).await;
    for window in [0, 1000, 40_000] {
        let (mut client, closed) = http2(&server, window).await;
        let response = soon(client.send_request(h2_get("/big"))).await.unwrap();
        assert_eq!(response.status(), 200);
        // Held but not read: no window is given back.
        soon(closed).await.unwrap();
        drop(response);
    }
    server.stop().await;
}

#[tokio::test]
async fn http2_is_served_and_idles_like_http1() {
    let server = start(Limits { write_timeout: SHORT, idle_timeout: SHORT, ..patient() }).await;
    let (mut client, closed) = http2(&server, 65_535).await;
    let response = soon(client.send_request(h2_get("/big"))).await.unwrap();
    assert_eq!(soon(response.into_body().collect()).await.unwrap().to_bytes().len(), BIG);
    soon(closed).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn l1_http2_heads_have_their_bound_too() {
    let server = start(Limits::default()).await;
    let (mut client, closed) = http2(&server, 65_535).await;
    let mut request = h2_get("/");
    request.headers_mut().insert("x", "y".repeat(20 * 1024).parse().unwrap());
    let answer = soon(client.send_request(request)).await;
    assert!(answer.map_or(true, |response| response.status() == 431));
    drop(client);
    closed.abort();
    server.stop().await;
}

#[tokio::test]
async fn l1_connections_are_counted_per_address_and_in_all() {
    for limits in [
        Limits { connections_per_address: 2, ..patient() },
        Limits { connections: 2, ..patient() },
        Limits {
            connections: 2,
            connections_per_address: 1,
            exempt: vec!["127.0.0.0/8".parse().unwrap()],
            ..patient()
        },
    ] {
        let server = start(limits).await;
        let (mut one, mut two) = (server.connect().await, server.connect().await);
        exchange(&mut one, HELLO, "hello").await;
        exchange(&mut two, HELLO, "hello").await;
        let mut three = server.connect().await;
        assert_eq!(until_closed(&mut three).await, "");
        drop(one);
        // Its seat is free as soon as the server has noticed.
        let again = async {
            loop {
                let mut stream = server.connect().await;
                let mut answer = [0; 8];
                if stream.write_all(HELLO.as_bytes()).await.is_ok() && stream.read_exact(&mut answer).await.is_ok() {
                    break;
                }
            }
        };
        soon(again).await;
        drop(two);
        server.stop().await;
    }
}

#[tokio::test]
async fn shutdown_lets_requests_finish_and_takes_no_more() {
    let server = start(patient()).await;
    let mut idle = server.connect().await;
    exchange(&mut idle, HELLO, "hello").await;
    let mut silent = server.connect().await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    soon(server.begun.notified()).await;

    server.shutdown.cancel();

    assert_eq!(until_closed(&mut idle).await, "");
    assert_eq!(until_closed(&mut silent).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.task.is_finished());
    server.go.notify_one();
    assert!(until_closed(&mut busy).await.ends_with("done"));
    soon(server.task).await.unwrap();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let server = start(Limits { drain_timeout: SHORT, ..patient() }).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    soon(server.begun.notified()).await;
    server.shutdown.cancel();
    soon(server.task).await.unwrap();
    assert_eq!(until_closed(&mut busy).await, "");
}
