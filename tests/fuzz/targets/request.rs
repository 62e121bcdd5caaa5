//! A whole request, from the bytes of its head to the answer: never a panic, never a 500, never slow, and every answer
//! is what RFC 7644 says an answer is.
//!
//! An input is HTTP/1.1 as text, with or without carriage returns; `{ada}` stands for the id of a user who is there.

#![no_main]

use std::cell::RefCell;

use axum::body::{Body, Bytes};
use deskgate_fuzz::world::World;
use http::{Request, Response};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((head, body)) = split(data) else { return Corpus::Reject };
    WORLD.with_borrow_mut(|world| {
        let (head, body) = (
            world.filled(head),
            match std::str::from_utf8(body) {
                Ok(text) => world.filled(text).into_bytes(),
                Err(_) => body.to_vec(),
            },
        );
        if request(&head, body.clone()).is_none() {
            return Corpus::Reject;
        }
        deskgate_fuzz::in_time(|| {
            let request = request(&head, body.clone()).expect("it was read before");
            let path = request.uri().path().to_owned();
            let (answer, content) = world.send(request);
            check(&path, &answer, &content);
        });
        world.tidy();
        Corpus::Keep
    })
});

/// The head with its empty line, and what comes after it.
fn split(data: &[u8]) -> Option<(&str, &[u8])> {
    let (at, length) = (0..data.len()).find_map(|at| {
        let rest = &data[at..];
        [&b"\n\n"[..], b"\n\r\n"].into_iter().find(|end| rest.starts_with(end)).map(|end| (at, end.len()))
    })?;
    let (head, body) = data.split_at(at + length);
    Some((std::str::from_utf8(head).ok()?, body))
}

fn request(head: &str, body: Vec<u8>) -> Option<Request<Body>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head.as_bytes()).ok().filter(httparse::Status::is_complete)?;
    let mut request = Request::builder().method(parsed.method?).uri(parsed.path?);
    for header in parsed.headers.iter() {
        request = request.header(header.name, header.value);
    }
    request.body(Body::from(body)).ok()
}

fn check(path: &str, answer: &Response<()>, content: &Bytes) {
    let status = answer.status();
    assert_ne!(status.as_u16(), 500, "{path}: {}", String::from_utf8_lossy(content));
    if !path.starts_with("/scim/v2/") || content.is_empty() {
        return;
    }
    let kind = answer.headers().get(http::header::CONTENT_TYPE).map(|value| value.as_bytes());
    assert_eq!(kind, Some(&b"application/scim+json"[..]), "{path}: {status}");
    let content: Value = serde_json::from_slice(content).expect("answers are JSON");
    assert!(content["schemas"].is_array(), "{path}: {status}");
    if !status.is_success() {
        assert_eq!(content["status"], status.as_str(), "{path}");
        assert!(content["detail"].is_string(), "{path}: {status}");
    }
}
