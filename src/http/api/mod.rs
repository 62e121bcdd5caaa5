//! The admin API: JSON over HTTP for a tenant's administrators and their programs. One file per resource, and what all of
//! them share: problems, bodies, answers, and the description that is made of the handlers.
//!
//! To add a resource: a file with its types (what is read derives `Deserialize` with `deny_unknown_fields`, what is shown
//! `Serialize`, both `ToSchema`) and its handlers, each with its `utoipa::path`; a line for each in the router's list and
//! in that of [`openapi`]. What a body may hold is checked against its published schema, so there is nothing else to say.

pub(super) mod answer;
pub(super) mod body;
pub(super) mod desks;
pub(super) mod employees;
pub(super) mod grants;
pub(super) mod openapi;
pub(super) mod photo;
pub(super) mod plans;
pub(super) mod pools;
pub(super) mod preview;
pub(super) mod problem;
pub(super) mod request;
pub(super) mod rules;
mod rules_document;
mod shape;
pub(super) mod stock;
pub(super) mod tenant;
pub(super) mod why;
