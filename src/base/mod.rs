//! Small things everybody uses and nobody owns: identifiers, the clock, caseless keys, strict JSON, secrets.
//!
//! **Architecture invariant:** no I/O here (the system clock and the random source are the two exceptions,
//! each behind a type), no knowledge of SCIM, telephony, SQL or HTTP.

pub mod caseless;
pub mod clock;
pub mod ids;
pub mod json;
pub mod secret;
