//! OAuth 2 for the clients of identity providers (I2): the token endpoint and what says where it is.

pub(super) mod basic;
pub(super) mod error;
pub(super) mod metadata;
pub(super) mod token;
