//! The telephone side: tenants, employees and their locks, what they hold and why, and what is remembered of each change.
//!
//! **Architecture invariant:** no `async`, no SQL, no HTTP, no clock, no settings, no logging, and nothing of SCIM.
//! Functions take values and return values.

pub mod audit;
pub mod client_assertion;
pub mod credential;
pub mod employee;
pub mod event;
pub mod grant;
pub mod group;
pub mod lock;
pub mod office_desk;
pub mod outbox;
pub mod permission;
pub mod photo;
pub mod search;
pub mod tenant;
pub mod thing;
