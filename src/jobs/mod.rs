//! What the daemon does unasked.
//!
//! **Architecture invariant:** no SQL and no decisions here: when something runs, and that its failure is told.

pub mod answers;
pub mod expiries;
pub mod past;
pub mod replans;
pub mod stock;
