//! A daemon without a network: the real router on a SQLite file in memory, where the system has such files.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use deskgate::app::App;
use deskgate::app::limits::ScimLimits;
use deskgate::app::tokens::NewToken;
use deskgate::base::clock::Clock;
use deskgate::base::secret::HashKey;
use deskgate::http::{HttpOptions, router};
use deskgate::storage::{DatabaseUrl, Store, StoreOptions};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// How many requests one database serves, so that lists stay short however long the fuzzer runs.
const REQUESTS: usize = 20_000;
/// What stands for the id of the user who is there already.
pub const USER: &str = "{ada}";

/// One tenant, one token, one user.
pub struct World {
    runtime: Runtime,
    router: Router,
    authorization: HeaderValue,
    user: String,
    left: usize,
    _folder: TempDir,
}

impl World {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = DatabaseUrl::parse(&format!("sqlite:{}", folder.path().join("fuzz.db").display())).expect("a URL");
        let (router, token) = runtime.block_on(async {
            Store::migrate(&url).await.expect("the schema can be made");
            let store = Store::open(&url, &StoreOptions::default()).await.expect("the database can be opened");
            let limits = ScimLimits { rate: 1_000_000, burst: 1_000_000 };
            let url = "https://deskgate.example".to_owned();
            let app = App::with_limits(store, Clock::System, HashKey::new([7; 32]), url, limits);
            app.create_tenant("fuzz", "1", "fuzz").await.expect("the first tenant");
            let new = NewToken {
                scope: deskgate::domain::credential::TokenScope::Scim,
                label: "fuzz".to_owned(),
                lifetime: None,
                allow_from: Vec::new(),
                created_by: "fuzz".to_owned(),
            };
            let created = app.create_token("fuzz", new).await.expect("the first token");
            (router(app, HttpOptions::default()), created.token.reveal().to_owned())
        });
        let authorization = HeaderValue::try_from(format!("Bearer {token}")).expect("tokens are ASCII");
        let mut world = Self { runtime, router, authorization, user: String::new(), left: REQUESTS, _folder: folder };
        world.create_user();
        world
    }

    /// Sends a request, with the right token unless it brings one.
    pub fn send(&mut self, mut request: Request<Body>) -> (Response<()>, Bytes) {
        let headers = request.headers_mut();
        headers.entry(AUTHORIZATION).or_insert(self.authorization.clone());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 4711))));
        let router = self.router.clone();
        self.runtime.block_on(async {
            let (parts, body) = router.oneshot(request).await.expect("the router always answers").into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("answers are made in memory");
            (Response::from_parts(parts, ()), body)
        })
    }

    /// Puts the user's id where the text says so.
    #[must_use]
    pub fn filled(&self, text: &str) -> String {
        text.replace(USER, &self.user)
    }

    /// Brings the user back if he was deleted; starts anew when the database has served enough.
    pub fn tidy(&mut self) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            *self = Self::new();
        }
        let get = Request::get(format!("/scim/v2/Users/{}", self.user)).body(Body::empty()).expect("a request");
        if self.send(get).0.status() != StatusCode::OK {
            self.create_user();
        }
    }

    fn create_user(&mut self) {
        let post = Request::post("/scim/v2/Users").header(CONTENT_TYPE, "application/scim+json");
        // An earlier input may have taken the name, so nothing in it repeats.
        let mut user = super::sample_user();
        user.insert("userName".to_owned(), format!("ada-{}", self.left).into());
        user.insert("externalId".to_owned(), format!("ada-{}", self.left).into());
        let body = Body::from(Value::Object(user).to_string());
        let (answer, body) = self.send(post.body(body).expect("a request"));
        if answer.status() == StatusCode::CREATED {
            let user: Value = serde_json::from_slice(&body).expect("answers are JSON");
            self.user = user["id"].as_str().expect("a user has an id").to_owned();
        }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
