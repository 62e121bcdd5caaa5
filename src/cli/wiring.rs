//! Puts store, use cases and HTTP together; every command goes through here.

use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use crate::app::limits::ScimLimits;
use crate::app::{App, keys};
use crate::base::clock::Clock;
use crate::config::log::{FILTER, Log, LogFormat};
use crate::config::{Config, Loaded, Origin};
use crate::http::{self, HttpOptions};
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

/// Where the database is.
pub(super) fn database_url(config: &Config) -> Result<DatabaseUrl, Failure> {
    Ok(DatabaseUrl::parse(config.database.url.expose_secret())?)
}

/// Opens the database; `public_url` is where the identity providers reach the daemon.
pub(super) async fn open(config: &Config, access: Access, public_url: String) -> Result<App, Failure> {
    // The key file before anything is opened: a daemon with a key that others can read does not start (S4).
    let key = config.secrets.key()?;
    let options = StoreOptions {
        connections: config.database.connections,
        unit_timeout: config.database.unit_timeout,
        exclusive: access == Access::Daemon,
    };
    let store = Store::open(&database_url(config)?, &options).await?;
    let key = match key {
        Some(key) => key,
        None => keys::from_database(&store, Clock::System.now()).await?,
    };
    let limits = ScimLimits { rate: config.limits.scim_rate, burst: config.limits.scim_burst };
    Ok(App::with_limits(store, Clock::System, key, public_url, limits))
}

/// Opens the database for a command that ends by itself, with a log that is quiet unless asked for.
pub(super) async fn open_for_command(loaded: &Loaded) -> Result<(telemetry::Guard, App), Failure> {
    let guard = quiet_log(loaded)?;
    let public_url = loaded.config.server.public_url(loaded.config.server.listen);
    Ok((guard, open(&loaded.config, Access::Command, public_url).await?))
}

/// Starts the log.
pub(super) fn log(log: &Log) -> Result<telemetry::Guard, Failure> {
    let format = match log.format {
        LogFormat::Human => telemetry::Format::Human,
        LogFormat::Json => telemetry::Format::Json,
    };
    Ok(telemetry::start(format, &log.filter)?)
}

/// Starts the log of a command that ends by itself: what a daemon tells in passing is noise beside a table.
pub(super) fn quiet_log(loaded: &Loaded) -> Result<telemetry::Guard, Failure> {
    let mut settings = loaded.config.log.clone();
    if loaded.origin(&FILTER) == &Origin::Default {
        "warn".clone_into(&mut settings.filter);
    }
    log(&settings)
}

/// Answers requests until `shutdown`, then lets those under way finish.
pub(super) async fn serve_http(listener: TcpListener, app: App, config: &Config, shutdown: CancellationToken) {
    let (server, limits) = (&config.server, &config.limits);
    let options = HttpOptions {
        trusted_proxies: server.trusted_proxies.clone(),
        body_timeout: limits.body_timeout,
        ..HttpOptions::default()
    };
    let limits = http::Limits {
        connections: limits.connections,
        connections_per_address: limits.connections_per_address,
        exempt: server.trusted_proxies.clone(),
        header_timeout: limits.header_timeout,
        write_timeout: limits.write_timeout,
        drain_timeout: limits.shutdown_grace,
        ..http::Limits::default()
    };
    http::serve(listener, http::router(app, options), limits, shutdown).await;
}
