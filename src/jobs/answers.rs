//! Forgets, once an hour, the answers of the admin API that are kept no longer for those who send a request again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_hours(1);

/// Forgets now and then once an hour, until `shutdown`. A database that does not answer is told, and asked again an hour
/// later.
pub async fn run(app: App, shutdown: CancellationToken) {
    let mut hours = tokio::time::interval(EVERY);
    while shutdown.run_until_cancelled(hours.tick()).await.is_some() {
        if let Err(error) = app.forget_answers().await {
            tracing::warn!(%error, "the answers that are kept no longer could not be forgotten");
        }
    }
}
