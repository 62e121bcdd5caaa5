//! The query string: what a list asks for, and which attributes an answer shows.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::http::scim::error::ScimError;
use crate::scim::list::ListParameters;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;

/// The parameters of the query string.
#[derive(Debug)]
pub struct Query(pub ListParameters);

impl Query {
    fn read(parts: &Parts) -> Result<Self, ScimError> {
        let Some(query) = parts.uri.query() else { return Ok(Self(ListParameters::default())) };
        // A plus sign is a blank: clients that build forms write blanks so, and one that means a plus encodes it.
        Ok(Self(ListParameters::from_pairs(url::form_urlencoded::parse(query.as_bytes()))?))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ScimError> {
        Self::read(parts)
    }
}

/// Which attributes of a user the answer shows. Read before anything is done: a wish that cannot be met must not be
/// found out after the write.
#[derive(Debug)]
pub struct UserProjection(pub Projection<'static>);

impl<S: Sync> FromRequestParts<S> for UserProjection {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ScimError> {
        Ok(Self(Query::read(parts)?.0.projection(ResourceType::user())?))
    }
}

/// The same of a group.
#[derive(Debug)]
pub struct GroupProjection(pub Projection<'static>);

impl<S: Sync> FromRequestParts<S> for GroupProjection {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ScimError> {
        Ok(Self(Query::read(parts)?.0.projection(ResourceType::group())?))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;

    use super::Query;

    fn filter(uri: &str) -> Option<String> {
        let (parts, _) = Request::get(uri).body(Body::empty()).unwrap().into_parts();
        Query::read(&parts).unwrap().0.filter
    }

    #[test]
    fn query_strings_are_decoded_once() {
        assert_eq!(filter("/Users"), None);
        assert_eq!(filter("/Users?"), None);
        let plain = Some("userName eq \"a+b%20\"");
        assert_eq!(filter("/Users?filter=userName+eq+%22a%2Bb%2520%22").as_deref(), plain);
        assert_eq!(filter("/Users?filter=userName%20eq%20%22a%2Bb%2520%22&startIndex=1").as_deref(), plain);
    }
}
