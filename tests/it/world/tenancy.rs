//! A tenant with an authenticated identity provider, on a database of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::ConnectInfo;
use deskgate::app::App;
use deskgate::app::authentication::ProvisioningClient;
use deskgate::app::clients::{ClientWithSecret, NewClient};
use deskgate::app::limits::ScimLimits;
use deskgate::app::tokens::{CreatedToken, NewToken};
use deskgate::base::clock::{Clock, Ts};
use deskgate::base::jws::PublicKey;
use deskgate::base::secret::HashKey;
use deskgate::domain::credential::TokenScope;
use deskgate::storage::{DatabaseUrl, Store, StoreOptions};
use tower::ServiceExt as _;

use super::database::{Database, Engine};
use super::door::Answer;

/// Where the daemon of these tests says it lives.
pub const PUBLIC_URL: &str = "https://deskgate.example";

/// The key under which its tokens are made.
pub const KEY: [u8; 32] = [7; 32];

/// The use cases on a database of their own, with a clock turned by hand.
pub struct House {
    pub app: App,
    pub clock: Clock,
    pub database: Database,
}

impl House {
    pub async fn open(engine: Engine) -> Self {
        Self::with(engine, PUBLIC_URL, ScimLimits::default()).await
    }

    /// The same under another address, or with other limits.
    pub async fn with(engine: Engine, public_url: &str, limits: ScimLimits) -> Self {
        let database = Database::fresh(engine);
        Store::migrate(&DatabaseUrl::parse(&database.url).unwrap()).await.unwrap();
        let clock = Clock::manual(Ts::parse("2026-11-21T08:00:00.000001Z").unwrap());
        let app = process(&database, &clock, KEY, public_url, limits).await;
        Self { app, clock, database }
    }

    /// Another process on the same database.
    pub async fn replica(&self) -> App {
        self.replica_with(KEY, ScimLimits::default()).await
    }

    /// Another process with a key or limits of its own.
    pub async fn replica_with(&self, key: [u8; 32], limits: ScimLimits) -> App {
        process(&self.database, &self.clock, key, PUBLIC_URL, limits).await
    }

    /// A tenant of that name without any credential.
    pub async fn bare_tenant(&self, name: &str) {
        self.app.create_tenant(name, &format!("K-{name}"), "test").await.unwrap();
    }

    /// A token of the tenant in clear, and what is kept of it.
    pub async fn token(&self, tenant: &str, label: &str, lifetime: Option<Duration>) -> CreatedToken {
        self.token_for(TokenScope::Scim, tenant, label, lifetime).await
    }

    /// The same that opens something else.
    pub async fn token_for(
        &self,
        scope: TokenScope,
        tenant: &str,
        label: &str,
        lifetime: Option<Duration>,
    ) -> CreatedToken {
        let new = NewToken {
            scope,
            label: label.to_owned(),
            lifetime,
            allow_from: Vec::new(),
            created_by: "test".to_owned(),
        };
        self.app.create_token(tenant, new).await.unwrap()
    }

    /// A client of the tenant; without keys it gets a secret.
    pub async fn client(&self, tenant: &str, public_keys: Option<Vec<PublicKey>>) -> ClientWithSecret {
        let new = NewClient {
            label: "test".to_owned(),
            connection: None,
            public_keys,
            token_lifetime: Duration::from_hours(1),
            lifetime: None,
            allow_from: Vec::new(),
            created_by: "test".to_owned(),
        };
        self.app.create_client(tenant, new).await.unwrap()
    }

    /// Sends a request to the router, as one that came from `peer`.
    pub async fn ask(
        &self,
        peer: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        Self::ask_of(router(&self.app), peer, method, path, headers, body).await
    }

    /// Sends a request to the router of any process.
    pub async fn ask_of(
        router: axum::Router,
        peer: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        let request =
            request.extension(ConnectInfo(peer)).body(axum::body::Body::from(body.as_ref().to_vec())).unwrap();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        Answer::new(parts.status, parts.headers, axum::body::to_bytes(body, usize::MAX).await.unwrap())
    }

    /// The same with a bearer token and a SCIM body.
    pub async fn scim(&self, peer: &str, token: &str, method: &str, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/scim+json")];
        self.ask(peer, method, path, &headers, body).await
    }

    /// A tenant of that name, and its identity provider.
    pub async fn tenant(&self, name: &str) -> ProvisioningClient {
        self.app.create_tenant(name, &format!("K-{name}"), "test").await.unwrap();
        let new = NewToken {
            scope: TokenScope::Scim,
            label: "test".to_owned(),
            lifetime: None,
            allow_from: Vec::new(),
            created_by: "test".to_owned(),
        };
        let created = self.app.create_token(name, new).await.unwrap();
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.app.authenticate(Some(created.token.reveal()), peer).await.unwrap()
    }
}

/// The router of a process.
pub fn router(app: &App) -> axum::Router {
    deskgate::http::router(app.clone(), deskgate::http::HttpOptions::default())
}

async fn process(database: &Database, clock: &Clock, key: [u8; 32], public_url: &str, limits: ScimLimits) -> App {
    let url = DatabaseUrl::parse(&database.url).unwrap();
    let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
    App::with_limits(store, clock.clone(), HashKey::new(key), public_url.to_owned(), limits)
}
