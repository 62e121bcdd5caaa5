//! SCIM 2.0 as RFC 7643 and RFC 7644 have it, with the leniencies that real identity providers need.
//!
//! Everything here is a function from values to values: resources are `serde_json` objects, what an attribute may hold
//! comes from the documents in `schemas/`, and a new attribute is a line there and none here.
//!
//! **Architecture invariant:** no `async`, no SQL, no HTTP, no clock, no settings, no logging; nothing of the telephone
//! side either. So it can be fuzzed, previewed, and tested by the million.

pub mod bulk;
pub mod discovery;
pub mod error;
pub mod filter;
pub mod list;
pub mod members;
pub mod patch;
pub mod path;
pub mod projection;
pub mod resource;
pub mod schema;
pub mod urn;
