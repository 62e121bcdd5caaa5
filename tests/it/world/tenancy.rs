//! A tenant with an authenticated identity provider, on a database of its own.

use std::net::{IpAddr, Ipv4Addr};

use deskgate::app::App;
use deskgate::app::authentication::ProvisioningClient;
use deskgate::app::tokens::NewToken;
use deskgate::base::clock::{Clock, Ts};
use deskgate::base::secret::HashKey;
use deskgate::storage::{DatabaseUrl, Store, StoreOptions};

use super::database::{Database, Engine};

/// Where the daemon of these tests says it lives.
pub const PUBLIC_URL: &str = "https://deskgate.example";

/// The use cases on a database of their own, with a clock turned by hand.
pub struct House {
    pub app: App,
    pub clock: Clock,
    pub database: Database,
}

impl House {
    pub async fn open(engine: Engine) -> Self {
        let database = Database::fresh(engine);
        let url = DatabaseUrl::parse(&database.url).unwrap();
        Store::migrate(&url).await.unwrap();
        let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
        let clock = Clock::manual(Ts::parse("2026-11-21T08:00:00.000001Z").unwrap());
        let app = App::new(store, clock.clone(), HashKey::new([7; 32]), PUBLIC_URL.to_owned());
        Self { app, clock, database }
    }

    /// A tenant of that name, and its identity provider.
    pub async fn tenant(&self, name: &str) -> ProvisioningClient {
        self.app.create_tenant(name, &format!("K-{name}"), "test").await.unwrap();
        let new = NewToken {
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
