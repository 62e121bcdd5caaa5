//! The endpoints of RFC 7644, one file per family, and the two forms of their answers: resources and errors.

pub(super) mod bulk;
pub(super) mod discovery;
pub(super) mod error;
mod group_body;
pub(super) mod groups;
pub(super) mod me;
pub(super) mod resource;
pub(super) mod search;
pub(super) mod users;
