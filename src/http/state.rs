//! What all requests share.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use ipnet::IpNet;

use super::scim::discovery::Documents;
use crate::app::App;

/// What the operator may set about requests; what he may set about connections is in [`Limits`](super::Limits).
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The reverse proxies whose word about the client's address is taken (L5).
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body, in bytes (L2).
    pub max_body: usize,
    /// How long a body may take to arrive (L1).
    pub body_timeout: Duration,
    /// What `/ServiceProviderConfig` gives as documentation.
    pub documentation_url: Option<String>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            max_body: 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            documentation_url: None,
        }
    }
}

/// The state of the router; cheap to clone.
#[derive(Clone)]
pub(super) struct HttpState(Arc<Shared>);

pub(super) struct Shared {
    pub(super) app: App,
    pub(super) options: HttpOptions,
    /// The base of every `meta.location`.
    pub(super) scim_base: String,
    /// What discovery answers.
    pub(super) documents: Documents,
    /// The path of the public URL, empty without one.
    pub(super) prefix: String,
}

impl HttpState {
    pub(super) fn new(app: App, options: HttpOptions) -> Self {
        let scim_base = app.scim_base();
        let documents = Documents::new(&scim_base, options.documentation_url.as_deref());
        let prefix = path_of(app.issuer()).to_owned();
        Self(Arc::new(Shared { app, options, scim_base, documents, prefix }))
    }
}

/// The path of a public URL, which has no slash at its end.
fn path_of(public_url: &str) -> &str {
    let behind_scheme = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    behind_scheme.find('/').and_then(|at| behind_scheme.get(at..)).unwrap_or_default()
}

impl std::ops::Deref for HttpState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<HttpState> for App {
    fn from_ref(state: &HttpState) -> Self {
        state.app.clone()
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
