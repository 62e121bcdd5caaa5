//! Paths that mean one thing to everybody (T3), and the identifiers in them.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::http::scim::error::ScimError;
use crate::scim::error::Error;

/// A path that may mean several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the path holds a dot segment, a backslash, an encoded separator or U+0000")]
pub struct AmbiguousPath;

impl From<AmbiguousPath> for ScimError {
    fn from(error: AmbiguousPath) -> Self {
        Error::invalid_value(error.to_string()).into()
    }
}

/// Refuses a path that a proxy in front may have read differently: encoded separators, encoded U+0000, dot segments.
///
/// The router decodes a path once, after splitting it; what is encoded twice stays encoded and names nothing.
pub fn check(path: &str) -> Result<(), AmbiguousPath> {
    // Nearly every path ends here.
    if !path.contains(['%', '\\']) && !path.contains("/.") {
        return Ok(());
    }
    let encoded_separator =
        path.as_bytes().windows(3).any(|code| matches!(code, b"%2f" | b"%2F" | b"%5c" | b"%5C" | b"%00"));
    if encoded_separator || path.contains('\\') || path.split('/').any(is_dot_segment) {
        return Err(AmbiguousPath);
    }
    Ok(())
}

fn is_dot_segment(segment: &str) -> bool {
    // A dot is one byte or three.
    segment.len() <= 6 && matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The one parameter of a path, decoded.
#[derive(Debug)]
pub struct ResourceId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ResourceId {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ScimError> {
        let id: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        // What is not even text is nobody's id.
        id.map(|Path(id)| Self(id)).map_err(|_| Error::not_found("no resource has this id").into())
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn t3_ambiguous_paths_are_refused() {
        for path in [
            "/scim/v2/Users/a%2fb",
            "/scim/v2/Users/a%2Fb",
            "/scim/v2/Users/a%5cb",
            "/scim/v2/Users/a%5Cb",
            "/scim/v2/Users/a\\b",
            "/scim/v2/Users/a%00",
            "/scim/v2/Users/..",
            "/scim/v2/Users/../Schemas",
            "/scim/v2/./Users",
            "/scim/v2/Users/.",
            "/scim/v2/Users/%2e%2E/Schemas",
            "/scim/v2/Users/.%2e",
            "/scim/v2/%2e/Users",
        ] {
            assert!(check(path).is_err(), "{path}");
        }
    }

    #[test]
    fn t3_plain_paths_pass() {
        for path in [
            "/",
            "/scim/v2/Users",
            "/scim/v2/Users/.search",
            "/scim/v2/.search",
            "/scim/v2/Users/...",
            "/scim/v2/Users/a..b",
            "/scim/v2/Users/a%20b",
            "/scim/v2/Users/a%252fb",
            "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            "/scim/v2/Schemas/urn%3Aietf",
        ] {
            assert!(check(path).is_ok(), "{path}");
        }
    }
}
