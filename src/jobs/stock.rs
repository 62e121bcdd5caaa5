//! Frees things whose hold is over, and goes on with plans that were cut off, once a minute.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_mins(1);

/// Does so at the start and once a minute, until `shutdown`. A database that does not answer is told, and asked again a
/// minute later.
pub async fn run(app: App, shutdown: CancellationToken) {
    let mut minutes = tokio::time::interval(EVERY);
    while shutdown.run_until_cancelled(minutes.tick()).await.is_some() {
        if let Err(error) = app.resume_plans().await {
            tracing::warn!(%error, "plans that were cut off could not be resumed");
        }
        match app.end_holds().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "things whose hold was over are free"),
            Err(error) => tracing::warn!(%error, "things whose hold is over could not be freed"),
        }
    }
}
