//! What a connection waits for, and until when.
//!
//! Its counters move with every request; they are plain numbers without order among themselves, because a deadline that
//! is read a moment early is read again when its alarm goes off.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Version;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use super::Limits;

/// How much of an answer HTTP/2 gets at a time. It takes each piece whole once the peer opens its window at all: only by
/// pieces can be seen whether the peer goes on reading.
const PIECE: usize = 16 * 1024;

/// The state of one connection.
#[derive(Debug)]
pub struct Watch {
    accepted: Instant,
    /// Whether a first request has come.
    begun: AtomicBool,
    http2: AtomicBool,
    /// Requests whose answer is not yet handed over.
    under_way: AtomicU32,
    /// Those of them that are being answered; in the others a handler is at work.
    answering: AtomicU32,
    /// When the first byte of the next head came, in milliseconds since `accepted`; 0: there is none.
    head_since: AtomicU64,
    /// When something last went forward, likewise.
    progress: AtomicU64,
}

impl Watch {
    /// Begins with a connection just accepted.
    pub fn start() -> Self {
        Self {
            accepted: Instant::now(),
            begun: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            under_way: AtomicU32::new(0),
            answering: AtomicU32::new(0),
            head_since: AtomicU64::new(0),
            progress: AtomicU64::new(0),
        }
    }

    /// When the connection has waited too long; `None` while a handler is at work, whose time is not the peer's fault.
    pub fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let under_way = self.under_way.load(Relaxed);
        let head_since = self.head_since.load(Relaxed);
        let progress = self.progress.load(Relaxed);
        let (since, allowed) = if under_way > 0 {
            if self.answering.load(Relaxed) < under_way {
                return None;
            }
            (progress, limits.write_timeout)
        } else if !self.begun.load(Relaxed) {
            (0, limits.header_timeout)
        } else if head_since > 0 {
            (head_since, limits.header_timeout)
        } else {
            (progress, limits.idle_timeout)
        };
        Some(self.accepted + Duration::from_millis(since) + allowed)
    }

    /// A complete head has come.
    pub fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        if version == Version::HTTP_2 {
            self.http2.store(true, Relaxed);
        }
        self.under_way.fetch_add(1, Relaxed);
        self.begun.store(true, Relaxed);
        self.head_since.store(0, Relaxed);
        self.touch();
        UnderWay { watch: Arc::clone(self), answering: false }
    }

    /// Bytes came in. Between two requests of HTTP/1 they are the next head; HTTP/2 has frames that mean nothing.
    pub fn received(&self) {
        if self.under_way.load(Relaxed) == 0 && self.head_since.load(Relaxed) == 0 && !self.http2.load(Relaxed) {
            self.head_since.store(self.now().max(1), Relaxed);
        }
    }

    /// The peer took bytes. On HTTP/2 they may be answers to its pings, with which it could stay for ever.
    pub fn sent(&self) {
        if !self.http2.load(Relaxed) {
            self.touch();
        }
    }

    fn touch(&self) {
        self.progress.store(self.now(), Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.accepted.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// One request, from its head until its answer is handed over or nobody wants it any more.
#[derive(Debug)]
pub struct UnderWay {
    watch: Arc<Watch>,
    answering: bool,
}

impl UnderWay {
    /// The answer is there; `body` is to be sent.
    pub fn track(mut self, body: Body) -> Tracked {
        self.answering = true;
        self.watch.answering.fetch_add(1, Relaxed);
        self.watch.touch();
        Tracked { body, rest: Bytes::new(), under_way: self }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.answering {
            self.watch.answering.fetch_sub(1, Relaxed);
        }
        self.watch.under_way.fetch_sub(1, Relaxed);
        self.watch.touch();
    }
}

/// The body of an answer that reports how it gets on.
#[derive(Debug)]
pub struct Tracked {
    body: Body,
    /// What is left of the last chunk.
    rest: Bytes,
    under_way: UnderWay,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.under_way.watch.touch();
        if self.rest.is_empty() {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            let in_pieces = self.under_way.watch.http2.load(Relaxed);
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) if in_pieces => self.rest = data,
                Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::Body;
    use http::Version;
    use http_body_util::BodyExt as _;
    use hyper::body::Body as _;

    use super::{Limits, PIECE, Watch};

    #[tokio::test]
    async fn what_a_connection_waits_for_decides_how_long_it_may_wait() {
        let limits = Limits::default();
        let watch = Arc::new(Watch::start());
        let allowed = || watch.deadline(&limits).map(|deadline| deadline.duration_since(watch.accepted).as_secs());
        assert_eq!(allowed(), Some(10), "from accept, without a byte");
        watch.received();
        assert_eq!(allowed(), Some(10), "and with some");
        let request = watch.begin(Version::HTTP_11);
        assert_eq!(allowed(), None, "a handler is at work");
        let answer = request.track(Body::from("x"));
        assert_eq!(allowed(), Some(30), "the peer has to read");
        drop(answer);
        assert_eq!(allowed(), Some(75), "idle");
        watch.received();
        assert_eq!(allowed(), Some(10), "the next head");
        drop(watch.begin(Version::HTTP_2));
        watch.received();
        assert_eq!(allowed(), Some(75), "a frame of HTTP/2 need not be a head");
    }

    #[tokio::test]
    async fn http2_gets_an_answer_in_pieces_and_http1_as_it_is() {
        for (version, first) in [(Version::HTTP_11, 2 * PIECE + 1), (Version::HTTP_2, PIECE)] {
            let watch = Arc::new(Watch::start());
            let mut body = watch.begin(version).track(Body::from(vec![b'x'; 2 * PIECE + 1]));
            assert_eq!(body.size_hint().exact(), Some(2 * 16 * 1024 + 1));
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(piece.len(), first);
            let rest = body.collect().await.unwrap().to_bytes();
            assert_eq!(piece.len() + rest.len(), 2 * PIECE + 1);
        }
    }
}
