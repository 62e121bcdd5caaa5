//! Things in stock, which employees hold or use: phone numbers, extensions, devices, destinations, announcements and
//! mailboxes. Who holds what, and why, is the grants' to say.

pub mod kind;

pub use kind::{Class, Kind};
