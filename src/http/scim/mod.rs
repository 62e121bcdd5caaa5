//! The endpoints of RFC 7644, one file per family, and the two forms of their answers: resources and errors.

pub(super) mod discovery;
pub(super) mod error;
pub(super) mod me;
pub(super) mod resource;
pub(super) mod search;
pub(super) mod users;
