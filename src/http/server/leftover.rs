//! What still comes of a body that nobody reads to its end, because the request has been refused.
//!
//! A connection that is closed with bytes of the client unread is reset, and a client that is still writing then learns
//! of the reset and not of the refusal. So the rest is taken and forgotten beside the answer, within bounds.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

/// The most that is taken, in bytes: a few times the largest body that is read.
const MOST: usize = 8 * 1024 * 1024;
/// How long it is taken.
const LONGEST: Duration = Duration::from_secs(5);

/// The body of a request; its rest is taken when it is dropped.
pub struct WithLeftover(Option<Incoming>);

impl WithLeftover {
    pub const fn new(body: Incoming) -> Self {
        Self(Some(body))
    }
}

impl Body for WithLeftover {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for WithLeftover {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        if let Ok(runtime) = Handle::try_current() {
            // Ends early when the connection does.
            runtime.spawn(tokio::time::timeout(LONGEST, take(body)));
        }
    }
}

async fn take(mut body: Incoming) {
    let mut taken = 0;
    while let Some(Ok(frame)) = body.frame().await {
        taken += frame.data_ref().map_or(0, Bytes::len);
        if taken > MOST {
            return;
        }
    }
}
