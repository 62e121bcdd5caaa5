//! Announces in the log, once a day, which credentials of identity providers end soon (I3).

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_hours(24);

/// Announces now and then once a day, until `shutdown`. A database that does not answer is told, and asked again a day
/// later: whoever runs the daemon hears of that elsewhere.
pub async fn run(app: App, shutdown: CancellationToken) {
    let mut days = tokio::time::interval(EVERY);
    while shutdown.run_until_cancelled(days.tick()).await.is_some() {
        if let Err(error) = app.announce_expiries().await {
            tracing::warn!(%error, "the credentials that end soon could not be looked up");
        }
    }
}
