//! Every route of the daemon, by audience, each with the right it needs.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};

use super::health;
use super::oauth::{metadata, token};
use super::route_table::Right::{Public, ScimToken};
use super::route_table::{RouteEntry, RouteTable};
use super::scim::error::ScimError;
use super::scim::{bulk, discovery, groups, me, search, users};
use super::state::{HttpOptions, HttpState};
use crate::app::App;
use crate::scim::error::Error;

/// Below it, errors are SCIM errors.
const SCIM: &str = "/scim/v2";

fn routes() -> RouteTable {
    RouteTable::default()
        // The identity provider: RFC 7644, section 3.2.
        .get("/scim/v2/Users", ScimToken, users::list)
        .post("/scim/v2/Users", ScimToken, users::create)
        .get("/scim/v2/Users/{id}", ScimToken, users::get)
        .put("/scim/v2/Users/{id}", ScimToken, users::replace)
        .patch("/scim/v2/Users/{id}", ScimToken, users::patch)
        .delete("/scim/v2/Users/{id}", ScimToken, users::delete)
        .post("/scim/v2/Users/.search", ScimToken, users::search)
        .get("/scim/v2/Groups", ScimToken, groups::list)
        .post("/scim/v2/Groups", ScimToken, groups::create)
        .get("/scim/v2/Groups/{id}", ScimToken, groups::get)
        .put("/scim/v2/Groups/{id}", ScimToken, groups::replace)
        .patch("/scim/v2/Groups/{id}", ScimToken, groups::patch)
        .delete("/scim/v2/Groups/{id}", ScimToken, groups::delete)
        .post("/scim/v2/Groups/.search", ScimToken, groups::search)
        .post("/scim/v2/.search", ScimToken, search::everything)
        .post("/scim/v2/Bulk", ScimToken, bulk::bulk)
        .get("/scim/v2/Me", ScimToken, me::not_implemented)
        .post("/scim/v2/Me", ScimToken, me::not_implemented)
        .put("/scim/v2/Me", ScimToken, me::not_implemented)
        .patch("/scim/v2/Me", ScimToken, me::not_implemented)
        .delete("/scim/v2/Me", ScimToken, me::not_implemented)
        // His administrator, who looks before he has a token: decision 15, RFC 7643, section 5.
        .get("/scim/v2/ServiceProviderConfig", Public, discovery::service_provider_config)
        .get("/scim/v2/ResourceTypes", ScimToken, discovery::resource_types)
        .get("/scim/v2/ResourceTypes/{id}", ScimToken, discovery::resource_type)
        .get("/scim/v2/Schemas", ScimToken, discovery::schemas)
        .get("/scim/v2/Schemas/{id}", ScimToken, discovery::schema)
        // His client, which gets an access token for its secret or signature: RFC 6749, section 3.2; RFC 8414.
        .post("/oauth2/token", Public, token::issue)
        .get("/.well-known/oauth-authorization-server", Public, metadata::show)
        // Whoever keeps the daemon running.
        .get("/healthz", Public, health::healthz)
        .get("/readyz", Public, health::readyz)
}

/// Every route with its right, so that a test can walk all of them (T2, T3).
#[must_use]
pub fn table() -> Vec<RouteEntry> {
    routes().into_entries()
}

/// The router of the daemon.
///
/// It takes the client's address from axum's `ConnectInfo<SocketAddr>`, which [`serve`](super::serve) provides; without
/// it a token that is tied to addresses is refused.
pub fn router(app: App, options: HttpOptions) -> Router {
    let prefix = path_of(app.issuer()).to_owned();
    let fallback = {
        let scim = format!("{prefix}{SCIM}");
        async move |request: Request| no_route(request.uri().path(), &scim)
    };
    routes().into_router(HttpState::new(app, options), &prefix, fallback)
}

/// The path of a public URL, which has no slash at its end.
fn path_of(public_url: &str) -> &str {
    let behind_scheme = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    behind_scheme.find('/').and_then(|at| behind_scheme.get(at..)).unwrap_or_default()
}

/// The answer where there is no route: a SCIM error for SCIM clients.
fn no_route(path: &str, scim: &str) -> Response {
    let is_scim = |base| path.strip_prefix(base).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with('/'));
    if is_scim(SCIM) || is_scim(scim) {
        ScimError::from(Error::not_found("there is no such endpoint")).into_response()
    } else {
        (http::StatusCode::NOT_FOUND, "not found\n").into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn the_path_of_a_public_url_is_what_stands_behind_its_host() {
        for (url, path) in [
            ("https://scim.example.com", ""),
            ("http://localhost:8080", ""),
            ("https://sip.example/deskgate", "/deskgate"),
            ("http://[::1]:8080/a/b", "/a/b"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
