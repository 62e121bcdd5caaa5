//! `/.well-known/oauth-authorization-server` (RFC 8414): where the token endpoint is and what it takes.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::app::App;
use crate::base::jws::ALGORITHMS;

/// `GET /.well-known/oauth-authorization-server`.
pub async fn show(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, "application/json")], document(app.issuer(), &app.token_endpoint()).to_string()).into_response()
}

fn document(issuer: &str, token_endpoint: &str) -> Value {
    json!({
        "issuer": issuer,
        "token_endpoint": token_endpoint,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "grant_types_supported": ["client_credentials"],
        // There is no authorization endpoint, and so nothing that it could answer; the RFC demands the key.
        "response_types_supported": [],
        "scopes_supported": ["scim"],
    })
}
