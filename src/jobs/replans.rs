//! Goes on with planning that a process had begun and did not finish: at the start, and once a minute for others.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_mins(1);

/// Goes on now and then once a minute, until `shutdown`. A database that does not answer is told, and asked again a minute
/// later.
pub async fn run(app: App, shutdown: CancellationToken) {
    let mut minutes = tokio::time::interval(EVERY);
    minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(minutes.tick()).await.is_some() {
        match app.resume_planning().await {
            Ok(0) => {}
            Ok(tenants) => tracing::info!(tenants, "went on with planning that had been put off"),
            Err(error) => tracing::warn!(%error, "planning that was put off could not go on"),
        }
    }
}
