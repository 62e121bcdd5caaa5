//! What is read from a request before a handler sees it, but for its body.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::{Kind, Problem};
use crate::app::administration::{Change, Paging};
use crate::app::authentication::{AdminReader, AdminWriter, AuthenticationError};
use crate::app::provisioning::{IfMatch, RequestContext};
use crate::domain::credential::TokenScope;

/// How many items a page has where nobody says.
const DEFAULT_LIMIT: u16 = 100;
/// How many it has at most.
const MAX_LIMIT: u16 = 1000;

/// The reader that the gate has let in. A handler that asks for one on a route without the right refuses everybody.
impl<S: Sync> FromRequestParts<S> for AdminReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::of_credential(AuthenticationError::Missing, TokenScope::AdminRead);
        parts.extensions.get().cloned().ok_or_else(missing)
    }
}

/// The writer, the id of his request, and the versions that it may work on.
impl<S: Sync> FromRequestParts<S> for Change {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::of_credential(AuthenticationError::Missing, TokenScope::AdminWrite);
        let writer = parts.extensions.get::<AdminWriter>().cloned().ok_or_else(missing)?;
        let Ok(context) = RequestContext::from_request_parts(parts, state).await;
        let Ok(if_match) = IfMatch::from_request_parts(parts, state).await;
        Ok(Self { writer, context, if_match })
    }
}

/// The one identifier of a path. What cannot be one of ours names nothing (T2).
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Problem::new(Kind::NotFound, "there is nothing with this id"))
    }
}

/// The two identifiers of a path.
#[derive(Debug)]
pub struct TwoIds<T, U>(pub T, pub U);

impl<S: Send + Sync, T: FromStr, U: FromStr> FromRequestParts<S> for TwoIds<T, U> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let ids = texts.ok().and_then(|Path((one, other))| Some((one.parse().ok()?, other.parse().ok()?)));
        ids.map(|(one, other)| Self(one, other))
            .ok_or_else(|| Problem::new(Kind::NotFound, "there is nothing with these ids"))
    }
}

/// The parameters of the query string. `T` knows all that there are and denies others.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|Query(parameters)| Self(parameters)).map_err(|error| {
            let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            // The library's words for whatever has more digits than a limit can have.
            let why = why.replace("number too large to fit in target type", "this number is too large");
            Problem::new(Kind::Malformed, format!("the query string cannot be read: {why}"))
        })
    }
}

/// Which page a list was asked for.
///
/// # Errors
///
/// `malformed-request` for a limit out of its bounds.
pub fn paging(limit: Option<u16>, cursor: Option<String>) -> Result<Paging, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::new(Kind::Malformed, format!("limit is a number from 1 to {MAX_LIMIT}")));
    }
    Ok(Paging { limit, cursor: cursor.filter(|cursor| !cursor.is_empty()) })
}
