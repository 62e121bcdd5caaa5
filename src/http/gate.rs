//! What stands before every handler: the path check and the right; and behind it, the name of what it answers.

use std::marker::PhantomData;
use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use super::Right;
use super::api::problem::{self, Problem};
use super::extract::{accept, bearer, client_address, path};
use super::observe::{Exchange, observe};
use super::scim::error::ScimError;
use super::state::HttpState;
use super::surface::Surface;
use crate::domain::credential::TokenScope;

/// What the gate knows of a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    /// The pattern, as it is logged.
    pub(super) route: &'static str,
    /// The right that the route needs.
    pub(super) right: Right,
}

impl Passage {
    /// Whom the request speaks to: by its route, or by its path where there is no route.
    fn surface(self, path: &str, state: &HttpState) -> Surface {
        match Surface::of(self.route) {
            Surface::Plain => Surface::behind(&state.prefix, path),
            known => known,
        }
    }
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
            let response = match admit(passage, &mut parts, &state, &exchange).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(refusal) => refusal,
            };
            let response = problem::finished(response, exchange.id());
            if plain { accept::as_plain_json(response) } else { response }
        }))
    }
}

/// Lets a request in whose path is plain and whose sender has the right. Nothing of its body has been read by then.
async fn admit(passage: Passage, parts: &mut Parts, state: &HttpState, exchange: &Exchange) -> Result<(), Response> {
    let path = parts.uri.path();
    path::check(path).map_err(|error| match passage.surface(path, state) {
        Surface::Api => Problem::from(error).into_response(),
        Surface::Scim | Surface::Plain => ScimError::from(error).into_response(),
    })?;
    match passage.right {
        Right::Public => Ok(()),
        Right::ScimToken => admit_provider(parts, state, exchange).await.map_err(ScimError::into_response),
        Right::AdminRead => admit_reader(parts, state, exchange).await.map_err(Problem::into_response),
        Right::AdminWrite => admit_writer(parts, state, exchange).await.map_err(Problem::into_response),
    }
}

async fn admit_provider(parts: &mut Parts, state: &HttpState, exchange: &Exchange) -> Result<(), ScimError> {
    let address = client_address::of(parts, &state.options.trusted_proxies);
    let client = state.app.authenticate(bearer::token(&parts.headers), address).await?;
    exchange.belongs_to(client.scope().tenant());
    state.app.admit(&client)?;
    parts.extensions.insert(client);
    Ok(())
}

async fn admit_reader(parts: &mut Parts, state: &HttpState, exchange: &Exchange) -> Result<(), Problem> {
    let address = client_address::of(parts, &state.options.trusted_proxies);
    let reader = state.app.authenticate_reader(bearer::token(&parts.headers), address).await;
    let reader = reader.map_err(|error| Problem::of_credential(error, TokenScope::AdminRead))?;
    exchange.belongs_to(reader.scope().tenant());
    state.app.admit_administrator(&reader)?;
    parts.extensions.insert(reader);
    Ok(())
}

async fn admit_writer(parts: &mut Parts, state: &HttpState, exchange: &Exchange) -> Result<(), Problem> {
    let address = client_address::of(parts, &state.options.trusted_proxies);
    let writer = state.app.authenticate_writer(bearer::token(&parts.headers), address).await;
    let writer = writer.map_err(|error| Problem::of_credential(error, TokenScope::AdminWrite))?;
    exchange.belongs_to(writer.scope().tenant());
    state.app.admit_administrator(&writer)?;
    parts.extensions.insert(writer);
    Ok(())
}
