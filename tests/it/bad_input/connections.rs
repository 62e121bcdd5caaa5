//! What is sent below HTTP's surface (L1). The requests are written byte by byte.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Scene;
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::idp::user;
use crate::world::on_each_engine;

/// Sends bytes and reads until the daemon closes the connection or has answered once with a whole head.
async fn exchange(daemon: &Daemon, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(daemon.door().address()).await.unwrap();
    // A daemon that has seen enough may close before all is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(token: &str, size: usize) -> Vec<u8> {
    let begin = format!("GET /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-filling: ");
    let filling = "x".repeat(size - begin.len() - "\r\n\r\n".len());
    format!("{begin}{filling}\r\n\r\n").into_bytes()
}

on_each_engine! {
    async fn l1_a_head_of_16_kib_is_read_and_a_larger_one_is_not(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for size in [16 * 1024 + 1, 20_000, 200_000] {
            let answer = exchange(&daemon, &request(&scene.idp.token, size)).await;
            assert!(answer.starts_with("HTTP/1.1 431 "), "{size}: {answer}");
            scene.is_unharmed().await;
        }
        let answer = exchange(&daemon, &request(&scene.idp.token, 16 * 1024 - 512)).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let long = format!("GET /scim/v2/Users?filter={} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(70_000));
        let answer = exchange(&daemon, long.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 414 ") || answer.starts_with("HTTP/1.1 431 "), "{answer}");
        scene.is_unharmed().await;
    }
}

on_each_engine! {
    async fn what_is_no_http_is_refused_and_harms_nobody(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let token = &scene.idp.token;
        for bytes in [
            "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03".to_owned(),
            "GET / HTTP/9.9\r\n\r\n".to_owned(),
            "GET /\\..\\x HTTP/1.1\r\nhost x\r\n\r\n".to_owned(),
            format!("GET /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n x: folded\r\n\r\n"),
            format!("POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: -1\r\n\r\n"),
            format!(
                "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 5\r\n\
                 content-length: 6\r\n\r\n{{}}   "
            ),
        ] {
            let answer = exchange(&daemon, bytes.as_bytes()).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{bytes:?}: {answer}");
            scene.is_unharmed().await;
        }
    }
}

on_each_engine! {
    /// The length that is announced is believed where it says too much: nothing needs to arrive.
    async fn l2_a_body_announced_too_large_is_refused_before_it_comes(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let head = format!(
            "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1048577\r\n\r\n",
            scene.idp.token
        );
        let answer = exchange(&daemon, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        scene.is_unharmed().await;
    }
}

on_each_engine! {
    /// Chunks have no length to announce; they are counted.
    async fn l2_a_body_in_chunks_is_counted_while_it_is_read(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let mut bytes = format!(
            "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\r\n",
            scene.idp.token
        )
        .into_bytes();
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        for _ in 0..17 {
            bytes.extend_from_slice(chunk.as_bytes());
        }
        let answer = exchange(&daemon, &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        scene.is_unharmed().await;
    }
}

on_each_engine! {
    /// A connection that is closed with bytes of the client unread is reset, and a client that is still writing learns of
    /// the reset instead of the refusal: an identity provider would report a broken network and not its own mistake.
    async fn a_refusal_reaches_a_client_that_sends_all_of_a_large_body_first(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let token = &scene.idp.token;
        for (authorization, encoding, size, status) in [
            (token.as_str(), "identity", 1_500_000, 413),
            (token, "gzip", 900_000, 415),
            ("dgs_wrong", "identity", 900_000, 401),
        ] {
            for _ in 0..10 {
                let head = format!(
                    "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {authorization}\r\n\
                     content-encoding: {encoding}\r\ncontent-length: {size}\r\n\r\n"
                );
                let mut stream = TcpStream::connect(daemon.door().address()).await.unwrap();
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&vec![b' '; size]).await.unwrap();
                let mut answer = [0; 12];
                stream.read_exact(&mut answer).await.unwrap();
                assert_eq!(String::from_utf8_lossy(&answer), format!("HTTP/1.1 {status}"));
            }
        }
        scene.is_unharmed().await;
    }
}

on_each_engine! {
    /// A body that breaks off is no request, whatever has arrived of it.
    async fn a_body_that_breaks_off_is_not_carried_out(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let body = user("bo").to_string();
        let head = format!(
            "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            scene.idp.token,
            body.len() + 1
        );
        let mut stream = TcpStream::connect(daemon.door().address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains(" 201 "));
        scene.is_unharmed().await;
    }
}

/// The daemon's deadline is a second here; the test waits for what it does, however long that takes.
async fn l1_slow_heads_and_bodies_are_ended(engine: Engine) {
    let settings = [("DESKGATE_LIMITS_HEADER_TIMEOUT", "1s"), ("DESKGATE_LIMITS_BODY_TIMEOUT", "1s")];
    let daemon = Daemon::with(engine, &settings).await;
    let scene = Scene::set(&daemon).await;
    for begun in ["", "GET /scim", "GET /scim/v2/Users HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = TcpStream::connect(daemon.door().address()).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Ends when the daemon closes; a reset is a close, too.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{begun:?}");
        scene.is_unharmed().await;
    }
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{",
        scene.idp.token
    );
    let answer = exchange(&daemon, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    scene.is_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l1_slow_heads_and_bodies_are_ended_on_sqlite() {
    l1_slow_heads_and_bodies_are_ended(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l1_slow_heads_and_bodies_are_ended_on_postgres() {
    l1_slow_heads_and_bodies_are_ended(Engine::Postgres).await;
}
