//! SIGTERM and SIGINT: the first asks the daemon to end, the second ends it.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::{Exit, Failure};

/// Cancels the token at the first signal, and leaves the process at the second: whoever asks twice does not want to
/// wait for requests under way.
pub(super) fn cancel_on_signal(token: CancellationToken) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    tokio::spawn(async move {
        let first = next(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = first, "asked to end");
        token.cancel();
        let second = next(&mut terminate, &mut interrupt).await;
        tracing::warn!(signal = second, "asked to end twice: requests under way are dropped");
        std::process::exit(Exit::Failed as i32);
    });
    Ok(())
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(Exit::Failed, format!("signals cannot be received: {error}")))
}
