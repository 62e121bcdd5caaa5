//! What the tests in this folder stand on: databases, ports, folders. Nothing here is shared between two tests.

pub mod database;
pub mod net;
pub mod tenancy;
