//! Things in stock, which employees hold or use: phone numbers, extensions, devices, destinations, announcements and
//! mailboxes. Who holds what, and why, is the grants' to say.

pub mod device;
pub mod extension;
pub mod kind;
pub mod number;
mod range;
pub mod text;

pub use kind::{Class, Kind};
