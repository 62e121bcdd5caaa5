//! Small things everybody uses and nobody owns: identifiers, the clock, caseless keys, phone numbers, mail
//! addresses, strict JSON, secrets, seals, signatures, what no screen shows, and two small tables for limits.
//!
//! **Architecture invariant:** no I/O here (the system clock and the random source are the two exceptions,
//! each behind a type), no knowledge of SCIM, SQL or HTTP, and of telephony only how numbers are written.

pub mod address;
pub mod bucket;
pub mod caseless;
pub mod clock;
pub mod e164;
pub mod ids;
pub mod json;
pub mod jws;
pub mod mail_address;
pub mod random;
pub mod recent;
pub mod seal;
pub mod secret;
pub mod showable;
pub mod suggest;
