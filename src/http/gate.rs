//! What stands before every handler: the path check and the right; and behind it, the name of what it answers.

use std::marker::PhantomData;
use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use super::Right;
use super::extract::{accept, bearer, client_address, path};
use super::observe::{Exchange, observe};
use super::scim::error::ScimError;
use super::state::HttpState;

/// What the gate knows of a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    /// The pattern, as it is logged.
    pub(super) route: &'static str,
    /// The right that the route needs.
    pub(super) right: Right,
}

/// A handler behind the gate. `T` are the arguments that it extracts.
pub(super) struct Gated<H, T> {
    passage: Passage,
    handler: H,
    arguments: PhantomData<fn() -> T>,
}

impl<H, T> Gated<H, T> {
    pub(super) const fn new(passage: Passage, handler: H) -> Self {
        Self { passage, handler, arguments: PhantomData }
    }
}

impl<H: Clone, T> Clone for Gated<H, T> {
    fn clone(&self) -> Self {
        Self::new(self.passage, self.handler.clone())
    }
}

/// Tells our implementation of `Handler` from those that axum has for functions.
pub(super) struct BehindGate;

impl<H, T> Handler<BehindGate, HttpState> for Gated<H, T>
where
    H: Handler<T, HttpState>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: HttpState) -> Self::Future {
        let Self { passage, handler, .. } = self;
        Box::pin(observe(passage.route, request, async move |request: Request, exchange: Exchange| {
            let (mut parts, body) = request.into_parts();
            let plain = accept::plain_json_only(&parts.headers);
            let response = match admit(passage.right, &mut parts, &state, &exchange).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(refusal) => refusal.into_response(),
            };
            if plain { accept::as_plain_json(response) } else { response }
        }))
    }
}

/// Lets a request in whose path is plain and whose sender has the right. Nothing of its body has been read by then.
async fn admit(right: Right, parts: &mut Parts, state: &HttpState, exchange: &Exchange) -> Result<(), ScimError> {
    path::check(parts.uri.path())?;
    match right {
        Right::Public => Ok(()),
        Right::ScimToken => {
            let address = client_address::of(parts, &state.options.trusted_proxies);
            let client = state.app.authenticate(bearer::token(&parts.headers), address).await?;
            exchange.belongs_to(client.scope().tenant());
            state.app.admit(&client)?;
            parts.extensions.insert(client);
            Ok(())
        }
    }
}
