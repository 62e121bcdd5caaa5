//! The bearer token of RFC 6750, section 2.1. The two other places where that RFC allows one, form body and query
//! string, are not looked at, and neither are cookies (I4): what stands there ends up in logs and histories.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The token in the `Authorization` header; `None` when there is no such header or it is of another scheme.
///
/// What cannot be read for certain (two headers, bytes outside ASCII) is a token that nobody knows: the text is empty.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return Some("");
    }
    let Ok(value) = value.to_str() else { return Some("") };
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use http::header::{AUTHORIZATION, COOKIE};
    use http::{HeaderMap, HeaderValue};

    use super::token;

    fn sent(values: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("access_token=dgs_x; Authorization=Bearer dgs_x"));
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn i4_the_token_stands_in_the_authorization_header_and_nowhere_else() {
        assert_eq!(sent(&[b"Bearer dgs_x"]).as_deref(), Some("dgs_x"));
        assert_eq!(sent(&[b"bEARER   dgs_x "]).as_deref(), Some("dgs_x"));
        for other in [&[] as &[&[u8]], &[b""], &[b"non-token"], &[b"Bearer"], &[b"Basic ZGdzX3g="], &[b"Bearerdgs_x"]] {
            assert_eq!(sent(other), None);
        }
    }

    #[test]
    fn what_cannot_be_read_for_certain_is_nobodys_token() {
        assert_eq!(sent(&[b"Bearer dgs_x", b"Bearer dgs_x"]).as_deref(), Some(""));
        assert_eq!(sent(&[b"Bearer dgs_\xff"]).as_deref(), Some(""));
    }
}
