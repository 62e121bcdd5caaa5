//! The way in: HTTP requests become calls of use cases, their results become answers.
//!
//! A request passes, in this order: `server` (limits on connections and time), the gate (request id, span, access
//! log, caught panics, path check, authentication), the extractors of one handler, one use case. [`router()`] has the
//! list of all routes, each with the right it needs.
//!
//! **Architecture invariants:**
//!
//! - No SQL and no rules here. A rule that two surfaces need was never a handler's.
//! - A route cannot be registered without a right (T3), and nothing of a body is read before its sender has proven who
//!   he is.
//! - The tenant comes from the credential alone (T1): no handler reads it from a path, a header or a body.
//! - Paths, query strings, bodies, tokens and addresses never reach the log (R1); the pattern of the route does.
//! - Around the handlers there is one function of ours (`gate`) and no stack of boxed layers: a GET by id costs little
//!   more than the look-up.

mod api;
mod extract;
mod gate;
mod health;
mod oauth;
mod observe;
mod retry;
mod route_table;
mod router;
mod scim;
mod server;
mod state;
mod surface;

pub use api::openapi::description;
pub use route_table::{Right, RouteEntry};
pub use router::{router, table};
pub use server::{Limits, serve};
pub use state::HttpOptions;
