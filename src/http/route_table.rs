//! Routes that cannot exist without a right (T3).

use std::collections::BTreeSet;

use axum::Router;
use axum::handler::Handler;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{self, MethodFilter, MethodRouter};
use http::header::ALLOW;
use http::{Method, StatusCode};

use super::api::problem::Problem;
use super::gate::{Gated, Passage};
use super::scim::error::ScimError;
use super::state::HttpState;
use super::surface::Surface;

/// What a caller needs to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Nothing.
    Public,
    /// A provisioning token or an access token with scope `scim`; it opens its own tenant's connection and nothing else (I4).
    ScimToken,
    /// A token with scope `admin:read` or `admin:write`; it opens the admin API of its own tenant and nothing else (I4).
    AdminRead,
    /// A token with scope `admin:write`.
    AdminWrite,
}

/// One route, for those who walk all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The pattern, e.g. `/scim/v2/Users/{id}`; a slash at the end of a path makes no difference.
    pub path: &'static str,
    /// The right it needs.
    pub right: Right,
}

/// Collects routes, each with its right, and builds the router of them.
#[derive(Default)]
pub(super) struct RouteTable {
    entries: Vec<RouteEntry>,
    paths: Vec<(&'static str, MethodRouter<HttpState>)>,
}

macro_rules! methods {
    ($($name:ident $method:ident),+ $(,)?) => { $(
        #[doc = concat!("Registers a handler for `", stringify!($method), "`.")]
        pub(super) fn $name<H, T>(self, path: &'static str, right: Right, handler: H) -> Self
        where
            H: Handler<T, HttpState>,
            T: 'static,
        {
            self.on(Method::$method, MethodFilter::$method, path, right, handler)
        }
    )+ };
}

impl RouteTable {
    methods! { get GET, post POST, put PUT, patch PATCH, delete DELETE }

    fn on<H, T>(mut self, method: Method, filter: MethodFilter, path: &'static str, right: Right, handler: H) -> Self
    where
        H: Handler<T, HttpState>,
        T: 'static,
    {
        let handler = Gated::new(Passage { route: path, right }, handler);
        if let Some((_, methods)) = self.paths.iter_mut().find(|(known, _)| *known == path) {
            *methods = std::mem::take(methods).on(filter, handler);
        } else {
            self.paths.push((path, routing::on(filter, handler)));
        }
        self.entries.push(RouteEntry { method, path, right });
        self
    }

    /// The routes in the order in which they were registered.
    pub(super) fn into_entries(self) -> Vec<RouteEntry> {
        self.entries
    }

    /// The router. Every path answers with and without a slash at its end, refuses the methods it does not have, and
    /// `fallback` answers what no route does.
    ///
    /// `prefix` is the path of the public URL, empty without one. A proxy may take it away or pass it on, so every path
    /// answers behind it as well; a well-known one also before it, where it belongs (RFC 8414, section 3).
    pub(super) fn into_router<H, T>(self, state: HttpState, prefix: &str, fallback: H) -> Router
    where
        H: Handler<T, HttpState>,
        T: 'static,
    {
        // The prefix is no pattern: it has no braces (they would be encoded), and a colon or star in it means itself.
        let mut router = Router::new().without_v07_checks();
        let mut taken = BTreeSet::new();
        for (path, methods) in self.paths {
            let allow = allow(self.entries.iter().filter(|entry| entry.path == path).map(|entry| &entry.method));
            let surface = Surface::of(path);
            let refusal = move |method: Method| std::future::ready(no_such_method(surface, &method, &allow));
            let methods = methods.fallback(Gated::new(Passage { route: path, right: Right::Public }, refusal));
            let before = path.starts_with("/.well-known/").then(|| format!("{path}{prefix}"));
            for place in [Some(path.to_owned()), Some(format!("{prefix}{path}")), before].into_iter().flatten() {
                for place in [format!("{place}/"), place] {
                    if taken.insert(place.clone()) {
                        router = router.route(&place, methods.clone());
                    }
                }
            }
        }
        let unmatched = Passage { route: "(none)", right: Right::Public };
        router.fallback(Gated::new(unmatched, fallback)).with_state(state)
    }
}

/// The answer to a method that a path does not have. Of the admin API, `OPTIONS` says which it has.
fn no_such_method(surface: Surface, method: &Method, allow: &str) -> Response {
    match surface {
        Surface::Api if *method == Method::OPTIONS => {
            (StatusCode::NO_CONTENT, [(ALLOW, format!("{allow}, OPTIONS"))]).into_response()
        }
        Surface::Api => Problem::method_not_allowed(allow).into_response(),
        Surface::Scim | Surface::Plain => ScimError::method_not_allowed(allow).into_response(),
    }
}

/// The value of `Allow`: the methods of a path, `HEAD` with `GET`.
fn allow<'a>(methods: impl Iterator<Item = &'a Method>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::GET {
            names.push("HEAD");
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{RouteEntry, allow};
    use crate::http::{Right, table};

    #[test]
    fn t3_only_discovery_descriptions_the_token_endpoint_and_health_are_open_to_everybody() {
        let open: Vec<_> = table().into_iter().filter(|route| route.right == Right::Public).collect();
        let open: Vec<_> = open.iter().map(|route| (&route.method, route.path)).collect();
        assert_eq!(
            open,
            [
                (&Method::GET, "/scim/v2/ServiceProviderConfig"),
                (&Method::GET, "/api/v1/openapi.json"),
                (&Method::POST, "/oauth2/token"),
                (&Method::GET, "/.well-known/oauth-authorization-server"),
                (&Method::GET, "/healthz"),
                (&Method::GET, "/readyz"),
            ]
        );
    }

    #[test]
    fn no_route_is_registered_twice() {
        let mut routes: Vec<_> =
            table().into_iter().map(|RouteEntry { method, path, .. }| (path, method.to_string())).collect();
        let all = routes.len();
        routes.sort();
        routes.dedup();
        assert_eq!(routes.len(), all);
    }

    #[test]
    fn allow_names_head_where_there_is_get() {
        assert_eq!(allow([Method::GET, Method::PUT].iter()), "GET, HEAD, PUT");
        assert_eq!(allow([Method::POST].iter()), "POST");
    }
}
