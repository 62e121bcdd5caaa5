//! Puts store, use cases and HTTP together; every command goes through here.

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use crate::app::App;
use crate::base::clock::Clock;
use crate::base::secret::HashKey;
use crate::config::Config;
use crate::config::log::{FILTER, Log};
use crate::config::{Loaded, Origin};
use crate::storage::{DatabaseUrl, Store, StoreOptions};
use crate::telemetry;

/// Who opens the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The daemon: nobody else may be one on the same SQLite file.
    Daemon,
    /// A command that ends by itself, perhaps beside a running daemon.
    Command,
}

/// An open database with its use cases.
pub(super) struct Wired {
    pub(super) app: App,
    pub(super) store: Store,
}

impl Wired {
    /// Finishes what is under way.
    pub(super) async fn close(self) {
        drop(self.app);
        self.store.close().await;
    }
}

/// Opens the database; `public_url` is where the identity providers reach the daemon.
pub(super) async fn open(config: &Config, access: Access, public_url: String) -> Result<Wired, Failure> {
    let key = config.secrets.key()?;
    let store = Store::open(&config.database.url, &options(config, access)).await?;
    let key = match key {
        Some(key) => key,
        None => key_in_database(&store).await?,
    };
    let app = App::new(store.clone(), Clock::System, key, public_url);
    Ok(Wired { app, store })
}

/// Opens the database for a command that ends by itself, with a log that is quiet unless asked for.
pub(super) async fn open_for_command(loaded: &Loaded) -> Result<(telemetry::Guard, Wired), Failure> {
    let guard = quiet_log(loaded)?;
    let public_url = loaded.config.server.public_url(loaded.config.server.listen);
    Ok((guard, open(&loaded.config, Access::Command, public_url).await?))
}

/// The log of a command that ends by itself: what a daemon tells in passing is noise beside a table.
pub(super) fn quiet_log(loaded: &Loaded) -> Result<telemetry::Guard, Failure> {
    let Log { format, filter } = &loaded.config.log;
    let filter = if loaded.origin(&FILTER) == &Origin::Default { "warn" } else { filter };
    Ok(telemetry::start(*format, filter)?)
}

const fn options(config: &Config, access: Access) -> StoreOptions {
    // The store takes the lock file of a SQLite database for a daemon only.
    let _ = access;
    StoreOptions { connections: config.database.connections, unit_timeout: config.database.unit_timeout }
}

#[expect(clippy::unused_async, clippy::todo, reason = "the store keeps the key")]
async fn key_in_database(store: &Store) -> Result<HashKey, Failure> {
    let _ = store;
    todo!("the key under which tokens are hashed, from the database")
}

/// The engine and its version, for a person.
#[expect(clippy::unused_async, reason = "PostgreSQL has to be asked")]
pub(super) async fn engine(store: &Store, url: &DatabaseUrl) -> String {
    let _ = store;
    match url {
        DatabaseUrl::Sqlite(_) => format!("SQLite {}", rusqlite::version()),
        DatabaseUrl::Postgres(_) => "PostgreSQL".to_owned(),
    }
}

/// Answers requests until `shutdown`, then lets those under way finish.
pub(super) async fn serve_http(listener: TcpListener, app: App, config: &Config, shutdown: CancellationToken) {
    let _ = (app, config);
    let _ = axum::serve(listener, axum::Router::new())
        .with_graceful_shutdown(async move { shutdown.cancelled().await })
        .await;
}
