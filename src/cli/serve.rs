//! `deskgate serve`: the daemon.

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::failure::{Exit, Failure};
use super::settings::DaemonSettings;
use super::wiring::{self, Access};
use super::{exit_codes, signals};
use crate::config::server::Server;
use crate::jobs;
use crate::storage::Store;

/// Take requests of identity providers until SIGTERM or SIGINT
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Take requests of identity providers until SIGTERM or SIGINT.\n\nThe daemon answers plain HTTP; TLS \
                  is the business of a reverse proxy before it. The log goes to standard error. Under systemd with \
                  Type=notify it says when it is ready.\n\nThe database must have been brought up to this release by \
                  `deskgate migrate`, or with --migrate. A SQLite file that is missing is not made without being \
                  told: a misspelt path would else look like a daemon that has forgotten everybody. A token key that is not \
                  the one under which the tokens in the database were made is refused, too.\n\nOn SIGTERM or \
                  SIGINT no new connections are taken, and requests under way are finished; a second signal ends it \
                  at once.",
    after_help = exit_codes!()
)]
pub(super) struct Args {
    /// Bring the database up to this release first, or make it
    #[arg(long)]
    migrate: bool,
    #[command(flatten)]
    settings: DaemonSettings,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let loaded = args.settings.load()?;
    let config = &loaded.config;
    let _log = wiring::log(&config.log)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    if args.migrate {
        for step in Store::migrate(&wiring::database_url(config)?).await? {
            tracing::info!(migration.number = step.number, migration.name = step.name, "migrated the database");
        }
    }
    // The port first: it is cheap to give back, and it tells the public URL when the port was chosen by the system.
    let listener = bind(&config.server).await?;
    let bound = listener.local_addr().map_err(|error| cannot_listen(&config.server, &error))?;
    let app = wiring::open(config, Access::Daemon, config.server.public_url(bound)).await?;
    // Under another key every provider would hear that its token is wrong, and give up; a daemon that is away it waits for.
    app.settle_key().await?;

    let shutdown = CancellationToken::new();
    signals::cancel_on_signal(shutdown.clone())?;
    tracing::info!(
        address = %bound,
        database = config.database.shown,
        version = env!("CARGO_PKG_VERSION"),
        "ready: SCIM base URL {}",
        app.scim_base()
    );
    notify(&[sd_notify::NotifyState::Ready]);
    tokio::spawn({
        let shutdown = shutdown.clone();
        async move {
            shutdown.cancelled().await;
            notify(&[sd_notify::NotifyState::Stopping]);
        }
    });
    let expiries = tokio::spawn(jobs::expiries::run(app.clone(), shutdown.clone()));
    let stock = tokio::spawn(jobs::stock::run(app.clone(), shutdown.clone()));
    let answers = tokio::spawn(jobs::answers::run(app.clone(), shutdown.clone()));
    let past = tokio::spawn(jobs::past::run(app.clone(), shutdown.clone()));
    let replans = tokio::spawn(jobs::replans::run(app.clone(), shutdown.clone()));
    wiring::serve_http(listener, app.clone(), config, shutdown).await;
    if let Err(error) = expiries.await {
        tracing::error!(%error, "the daily look at credentials panicked");
    }
    if let Err(error) = answers.await {
        tracing::error!(%error, "the hourly look at kept answers panicked");
    }
    if let Err(error) = past.await {
        tracing::error!(%error, "the daily look at the past panicked");
    }
    if let Err(error) = stock.await {
        tracing::error!(%error, "the upkeep of the stock panicked");
    }
    if let Err(error) = replans.await {
        tracing::error!(%error, "going on with planning panicked");
    }
    app.close().await;
    tracing::info!("ended");
    Ok(())
}

/// Tells systemd, if it is there to hear. A daemon that cannot say so works all the same.
fn notify(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

async fn bind(server: &Server) -> Result<TcpListener, Failure> {
    TcpListener::bind(server.listen).await.map_err(|error| cannot_listen(server, &error))
}

fn cannot_listen(server: &Server, error: &std::io::Error) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("cannot listen on {}: {error}", server.listen));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            failure.advise("Another program has the address; end it, or choose another with --listen.")
        }
        std::io::ErrorKind::PermissionDenied => {
            failure.advise("Ports below 1024 belong to root: choose another with --listen, and let a proxy have 443.")
        }
        _ => failure.advise("Choose an address of this machine with --listen."),
    }
}
