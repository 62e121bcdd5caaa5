//! Groups: what a request about one decides and writes.
//!
//! Members are rows and never loaded to change one: a request looks up what it names and nobody else, and writes what
//! differs. On PostgreSQL such a write touches no row that another one touches, unless both mean the same member.

mod change;
mod create;
mod delete;
mod nesting;
mod plan;
mod planned;
mod read;
mod stored_group;
mod write;

pub use read::{Member, Members};
pub use stored_group::StoredGroup;
