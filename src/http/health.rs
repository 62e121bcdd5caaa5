//! What an orchestrator asks: does the process live, can it work.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;

use super::scim::error::Cause;
use crate::app::App;

/// `GET /healthz`: the process answers. No look at the database: restarting the process would not cure it.
pub async fn healthz() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers too.
pub async fn readyz(State(app): State<App>) -> Response {
    match app.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            let mut response =
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], "the database does not answer\n")
                    .into_response();
            response.extensions_mut().insert(Cause::of(&error));
            response
        }
    }
}
