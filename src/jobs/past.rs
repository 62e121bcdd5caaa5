//! Forgets, once a day, who left long ago, and what people had long ago.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_hours(24);

/// Forgets now and then once a day, until `shutdown`. A database that does not answer is told, and asked again a day later.
pub async fn run(app: App, shutdown: CancellationToken) {
    let mut days = tokio::time::interval(EVERY);
    while shutdown.run_until_cancelled(days.tick()).await.is_some() {
        if let Err(error) = app.forget_the_past().await {
            tracing::warn!(%error, "what is remembered no longer could not be forgotten");
        }
    }
}
