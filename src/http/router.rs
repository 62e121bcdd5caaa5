//! Every route of the daemon, by audience, each with the right it needs.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};

use super::api::problem::Problem;
use super::api::stock::{announcements, destinations, devices, extensions, files, holds, mailboxes, numbers};
use super::api::{desks, employees, grants, openapi, photo, pools, preview, rules, tenant, why};
use super::health;
use super::oauth::{metadata, token};
use super::route_table::Right::{AdminRead, AdminWrite, Public, ScimToken};
use super::route_table::{RouteEntry, RouteTable};
use super::scim::error::ScimError;
use super::scim::{bulk, discovery, groups, me, search, users};
use super::state::{HttpOptions, HttpState};
use super::surface::Surface;
use crate::app::App;
use crate::scim::error::Error;

fn routes() -> RouteTable {
    RouteTable::default()
        // The identity provider: RFC 7644, section 3.2.
        .get("/scim/v2/Users", ScimToken, users::list)
        .post("/scim/v2/Users", ScimToken, users::create)
        .get("/scim/v2/Users/{id}", ScimToken, users::get)
        .put("/scim/v2/Users/{id}", ScimToken, users::replace)
        .patch("/scim/v2/Users/{id}", ScimToken, users::patch)
        .delete("/scim/v2/Users/{id}", ScimToken, users::delete)
        .post("/scim/v2/Users/.search", ScimToken, users::search)
        .get("/scim/v2/Groups", ScimToken, groups::list)
        .post("/scim/v2/Groups", ScimToken, groups::create)
        .get("/scim/v2/Groups/{id}", ScimToken, groups::get)
        .put("/scim/v2/Groups/{id}", ScimToken, groups::replace)
        .patch("/scim/v2/Groups/{id}", ScimToken, groups::patch)
        .delete("/scim/v2/Groups/{id}", ScimToken, groups::delete)
        .post("/scim/v2/Groups/.search", ScimToken, groups::search)
        .post("/scim/v2/.search", ScimToken, search::everything)
        .post("/scim/v2/Bulk", ScimToken, bulk::bulk)
        .get("/scim/v2/Me", ScimToken, me::not_implemented)
        .post("/scim/v2/Me", ScimToken, me::not_implemented)
        .put("/scim/v2/Me", ScimToken, me::not_implemented)
        .patch("/scim/v2/Me", ScimToken, me::not_implemented)
        .delete("/scim/v2/Me", ScimToken, me::not_implemented)
        // His administrator, who looks before he has a token: decision 15, RFC 7643, section 5.
        .get("/scim/v2/ServiceProviderConfig", Public, discovery::service_provider_config)
        .get("/scim/v2/ResourceTypes", ScimToken, discovery::resource_types)
        .get("/scim/v2/ResourceTypes/{id}", ScimToken, discovery::resource_type)
        .get("/scim/v2/Schemas", ScimToken, discovery::schemas)
        .get("/scim/v2/Schemas/{id}", ScimToken, discovery::schema)
        // A tenant's administrators and their programs.
        .get("/api/v1/openapi.json", Public, openapi::show)
        .get("/api/v1/tenant", AdminRead, tenant::get)
        .patch("/api/v1/tenant", AdminWrite, tenant::patch)
        .get("/api/v1/employees", AdminRead, employees::list)
        .post("/api/v1/employees", AdminWrite, employees::create)
        .get("/api/v1/employees/{id}", AdminRead, employees::get)
        .patch("/api/v1/employees/{id}", AdminWrite, employees::patch)
        .delete("/api/v1/employees/{id}", AdminWrite, employees::delete)
        .post("/api/v1/employees/{id}/lock", AdminWrite, employees::lock)
        .post("/api/v1/employees/{id}/unlock", AdminWrite, employees::unlock)
        .post("/api/v1/employees/lock", AdminWrite, employees::lock_many)
        .post("/api/v1/employees/unlock", AdminWrite, employees::unlock_many)
        .post("/api/v1/employees/delete", AdminWrite, employees::delete_many)
        .get("/api/v1/employees/{id}/photo", AdminRead, photo::get)
        .put("/api/v1/employees/{id}/photo", AdminWrite, photo::put)
        .delete("/api/v1/employees/{id}/photo", AdminWrite, photo::delete)
        .get("/api/v1/desks", AdminRead, desks::list)
        .post("/api/v1/desks", AdminWrite, desks::create)
        .get("/api/v1/desks/{id}", AdminRead, desks::get)
        .patch("/api/v1/desks/{id}", AdminWrite, desks::patch)
        .delete("/api/v1/desks/{id}", AdminWrite, desks::delete)
        .get("/api/v1/pools", AdminRead, pools::list)
        .post("/api/v1/pools", AdminWrite, pools::create)
        .get("/api/v1/pools/{id}", AdminRead, pools::get)
        .patch("/api/v1/pools/{id}", AdminWrite, pools::patch)
        .delete("/api/v1/pools/{id}", AdminWrite, pools::delete)
        .get("/api/v1/numbers", AdminRead, numbers::list)
        .post("/api/v1/numbers", AdminWrite, numbers::create)
        .get("/api/v1/numbers/{id}", AdminRead, numbers::get)
        .patch("/api/v1/numbers/{id}", AdminWrite, numbers::patch)
        .delete("/api/v1/numbers/{id}", AdminWrite, numbers::delete)
        .post("/api/v1/numbers/{id}/disable", AdminWrite, numbers::disable)
        .post("/api/v1/numbers/{id}/enable", AdminWrite, numbers::enable)
        .delete("/api/v1/numbers/{id}/hold", AdminWrite, numbers::free)
        .get("/api/v1/extensions", AdminRead, extensions::list)
        .post("/api/v1/extensions", AdminWrite, extensions::create)
        .get("/api/v1/extensions/{id}", AdminRead, extensions::get)
        .patch("/api/v1/extensions/{id}", AdminWrite, extensions::patch)
        .delete("/api/v1/extensions/{id}", AdminWrite, extensions::delete)
        .post("/api/v1/extensions/{id}/disable", AdminWrite, extensions::disable)
        .post("/api/v1/extensions/{id}/enable", AdminWrite, extensions::enable)
        .delete("/api/v1/extensions/{id}/hold", AdminWrite, extensions::free)
        .get("/api/v1/devices", AdminRead, devices::list)
        .post("/api/v1/devices", AdminWrite, devices::create)
        .get("/api/v1/devices/{id}", AdminRead, devices::get)
        .patch("/api/v1/devices/{id}", AdminWrite, devices::patch)
        .delete("/api/v1/devices/{id}", AdminWrite, devices::delete)
        .post("/api/v1/devices/{id}/disable", AdminWrite, devices::disable)
        .post("/api/v1/devices/{id}/enable", AdminWrite, devices::enable)
        .delete("/api/v1/devices/{id}/hold", AdminWrite, devices::free)
        .post("/api/v1/devices/{id}/secret", AdminWrite, devices::renew)
        .get("/api/v1/destinations", AdminRead, destinations::list)
        .post("/api/v1/destinations", AdminWrite, destinations::create)
        .get("/api/v1/destinations/{id}", AdminRead, destinations::get)
        .patch("/api/v1/destinations/{id}", AdminWrite, destinations::patch)
        .delete("/api/v1/destinations/{id}", AdminWrite, destinations::delete)
        .post("/api/v1/destinations/{id}/disable", AdminWrite, destinations::disable)
        .post("/api/v1/destinations/{id}/enable", AdminWrite, destinations::enable)
        .get("/api/v1/announcements", AdminRead, announcements::list)
        .post("/api/v1/announcements", AdminWrite, announcements::create)
        .get("/api/v1/announcements/{id}", AdminRead, announcements::get)
        .patch("/api/v1/announcements/{id}", AdminWrite, announcements::patch)
        .delete("/api/v1/announcements/{id}", AdminWrite, announcements::delete)
        .post("/api/v1/announcements/{id}/disable", AdminWrite, announcements::disable)
        .post("/api/v1/announcements/{id}/enable", AdminWrite, announcements::enable)
        .get("/api/v1/announcements/{id}/audio", AdminRead, announcements::get_audio)
        .put("/api/v1/announcements/{id}/audio", AdminWrite, announcements::put_audio)
        .delete("/api/v1/announcements/{id}/audio", AdminWrite, announcements::delete_audio)
        .get("/api/v1/mailboxes", AdminRead, mailboxes::list)
        .post("/api/v1/mailboxes", AdminWrite, mailboxes::create)
        .get("/api/v1/mailboxes/{id}", AdminRead, mailboxes::get)
        .patch("/api/v1/mailboxes/{id}", AdminWrite, mailboxes::patch)
        .delete("/api/v1/mailboxes/{id}", AdminWrite, mailboxes::delete)
        .post("/api/v1/mailboxes/{id}/disable", AdminWrite, mailboxes::disable)
        .post("/api/v1/mailboxes/{id}/enable", AdminWrite, mailboxes::enable)
        .post("/api/v1/stock/import", AdminWrite, files::import)
        .get("/api/v1/stock/export", AdminRead, files::export)
        .get("/api/v1/holds", AdminRead, holds::list)
        .get("/api/v1/employees/{id}/grants", AdminRead, grants::list)
        .post("/api/v1/employees/{id}/grants", AdminWrite, grants::give)
        .delete("/api/v1/employees/{id}/grants/{grant}", AdminWrite, grants::take)
        .get("/api/v1/pending", AdminRead, grants::pending)
        .get("/api/v1/rules", AdminRead, rules::get)
        .put("/api/v1/rules", AdminWrite, rules::put)
        .get("/api/v1/rules/versions", AdminRead, rules::versions)
        .get("/api/v1/rules/versions/{version}", AdminRead, rules::version)
        .post("/api/v1/rules/check", AdminRead, rules::check)
        .post("/api/v1/rules/plan", AdminRead, rules::plan)
        .post("/api/v1/rules/apply", AdminWrite, rules::apply)
        .post("/api/v1/rules/rollback", AdminWrite, rules::roll_back)
        .post("/api/v1/preview", AdminRead, preview::preview)
        .get("/api/v1/employees/{id}/why", AdminRead, why::why)
        // The identity provider's client, which gets an access token for its secret or signature: RFC 6749, section 3.2; RFC 8414.
        .post("/oauth2/token", Public, token::issue)
        .get("/.well-known/oauth-authorization-server", Public, metadata::show)
        // Whoever keeps the daemon running.
        .get("/healthz", Public, health::healthz)
        .get("/readyz", Public, health::readyz)
}

/// Every route with its right, so that a test can walk all of them (T2, T3).
#[must_use]
pub fn table() -> Vec<RouteEntry> {
    routes().into_entries()
}

/// The router of the daemon.
///
/// It takes the client's address from axum's `ConnectInfo<SocketAddr>`, which [`serve`](super::serve) provides; without
/// it a token that is tied to addresses is refused.
pub fn router(app: App, options: HttpOptions) -> Router {
    let state = HttpState::new(app, options);
    let prefix = state.prefix.clone();
    let fallback = {
        let prefix = prefix.clone();
        async move |request: Request| no_route(Surface::behind(&prefix, request.uri().path()))
    };
    routes().into_router(state, &prefix, fallback)
}

/// The answer where there is no route, as its audience reads it.
fn no_route(surface: Surface) -> Response {
    match surface {
        Surface::Scim => ScimError::from(Error::not_found("there is no such endpoint")).into_response(),
        Surface::Api => Problem::no_route().into_response(),
        Surface::Plain => (http::StatusCode::NOT_FOUND, "not found\n").into_response(),
    }
}
