//! Bodies, read within their bounds (L1, L2).

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::base::json;
use crate::http::scim::error::ScimError;
use crate::http::state::HttpState;
use crate::scim::bulk::MAX_PAYLOAD;
use crate::scim::error::Error;

/// The body of a SCIM request.
#[derive(Debug)]
pub struct ScimJson(pub Value);

impl FromRequest<HttpState> for ScimJson {
    type Rejection = ScimError;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, ScimError> {
        Ok(Self(read_json(request, state.options.max_body, state.options.body_timeout).await?))
    }
}

/// The body of a SCIM bulk request, which may be larger than others.
#[derive(Debug)]
pub struct BulkJson(pub Value);

impl FromRequest<HttpState> for BulkJson {
    type Rejection = ScimError;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, ScimError> {
        let body = read_json(request, MAX_PAYLOAD, state.options.body_timeout).await;
        Ok(Self(body.map_err(|error| match error.status {
            // RFC 7644, section 3.7.4: the answer names the limit.
            413 => Error::status(413, format!("the body is larger than maxPayloadSize ({MAX_PAYLOAD} bytes)")),
            _ => error,
        })?))
    }
}

async fn read_json(request: Request, max: usize, deadline: Duration) -> Result<Value, Error> {
    let (parts, body) = request.into_parts();
    check_type(&parts.headers, &SCIM_TYPES)?;
    let _room = room(body.size_hint().exact(), max).await?;
    let bytes = read(body, max, deadline).await?;
    json::parse(&bytes).map_err(|error| Error::invalid_syntax(error.to_string()))
}

/// What all bodies under way may hold together, in KiB: many slow senders must not fill the memory.
const ROOM_KIB: usize = 64 * 1024;
static ROOM: Semaphore = Semaphore::const_new(ROOM_KIB);
/// How long a body waits for room.
const ROOM_WAIT: Duration = Duration::from_secs(5);

/// Reserves room for a body before it is read: as much as it says it has, or as much as it may have.
pub async fn room(announced: Option<u64>, max: usize) -> Result<SemaphorePermit<'static>, Error> {
    let bytes = announced.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(max).min(max);
    let kib = u32::try_from(bytes.div_ceil(1024).clamp(1, ROOM_KIB)).unwrap_or(u32::MAX);
    match tokio::time::timeout(ROOM_WAIT, ROOM.acquire_many(kib)).await {
        Ok(Ok(room)) => Ok(room),
        // The semaphore is never closed.
        Ok(Err(_)) | Err(_) => Err(Error::status(503, "too many bodies are on their way; try again in a moment")),
    }
}

/// What SCIM's bodies are; most scripts send the second.
const SCIM_TYPES: [&str; 2] = ["application/scim+json", "application/json"];

/// Accepts these types, and a request that does not say what it is.
pub fn check_type(headers: &HeaderMap, known: &[&str]) -> Result<(), Error> {
    let unsupported = |detail: &str| Error::status(415, detail.to_owned());
    let encoded =
        headers.get_all(CONTENT_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(unsupported("compressed bodies are not read; send the body without Content-Encoding"));
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let Some(content_type) = types.next() else { return Ok(()) };
    if types.next().is_none() && content_type.to_str().is_ok_and(|name| is_one_of(known, name)) {
        Ok(())
    } else {
        let is_text = |name: &&str| name.starts_with("text/") || name.ends_with("json") || name.ends_with("toml");
        let charset = if known.iter().any(is_text) { ", in UTF-8" } else { "" };
        Err(unsupported(&format!("the Content-Type of a body is {}{charset}", known.join(" or "))))
    }
}

fn is_one_of(known: &[&str], content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = known.iter().any(|known| essence.eq_ignore_ascii_case(known));
    known
        && parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset") || {
                let charset = value.trim().trim_matches('"');
                charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
            }
        })
}

/// Reads a body, counting: what `Content-Length` says is believed only where it says too much.
pub async fn read(body: Body, max: usize, deadline: Duration) -> Result<Bytes, Error> {
    let too_large = || Error::status(413, format!("the body is larger than {max} bytes"));
    if body.size_hint().lower() > u64::try_from(max).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let collected = tokio::time::timeout(deadline, Limited::new(body, max).collect());
    match collected.await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        // The client broke off or broke the framing; nobody reads the answer.
        Ok(Err(_)) => Err(Error::invalid_syntax("the body ended before it was complete")),
        Err(_) => Err(Error::status(408, format!("the body did not arrive within {} seconds", deadline.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use bytes::Bytes;
    use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
    use http::{HeaderMap, HeaderValue};

    use super::{SCIM_TYPES, check_type, read};

    const LONG: Duration = Duration::from_secs(30);

    fn stream(chunks: usize) -> Body {
        let chunks = (0..chunks).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"1234")));
        Body::from_stream(futures_util::stream::iter(chunks))
    }

    #[test]
    fn json_by_either_name_is_read_and_nothing_else() {
        let check = |content_type: &'static str| {
            check_type(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]), &SCIM_TYPES)
        };
        assert!(check_type(&HeaderMap::new(), &SCIM_TYPES).is_ok());
        for good in [
            "application/scim+json",
            "Application/JSON",
            "application/scim+json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; odata=verbose",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/scim+json; charset=iso-8859-1",
            "text/plain, application/json",
        ] {
            assert_eq!(check(bad).unwrap_err().status, 415, "{bad}");
        }
    }

    #[test]
    fn l2_compressed_bodies_are_refused() {
        for (coding, accepted) in [("identity", true), ("gzip", false), ("identity, gzip", false), ("br", false)] {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(coding))]);
            assert_eq!(
                check_type(&headers, &SCIM_TYPES).map_err(|error| error.status),
                if accepted { Ok(()) } else { Err(415) }
            );
        }
    }

    #[tokio::test]
    async fn l2_a_body_is_counted_while_it_is_read() {
        assert_eq!(read(stream(3), 12, LONG).await.unwrap(), "123412341234");
        assert_eq!(read(Body::empty(), 12, LONG).await.unwrap(), "");
        assert_eq!(read(stream(4), 12, LONG).await.unwrap_err().status, 413);
        assert_eq!(read(Body::from(vec![b' '; 13]), 12, LONG).await.unwrap_err().status, 413);
    }

    #[tokio::test]
    async fn l1_a_body_that_does_not_arrive_is_given_up() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(read(never, 12, Duration::from_millis(1)).await.unwrap_err().status, 408);
    }
}
