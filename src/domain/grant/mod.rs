//! Who holds what, and why (`domain.md`: Grants).
//!
//! A [`Snapshot`] of what is so goes in, a [`Plan`] of what changes comes out; [`needs()`] says what has to be in the one,
//! [`Wake`] who is next when the other frees something, [`Settling`] in which order all of it is done. Plans are shown
//! ([`diff`]), carried out elsewhere or in a [`Rehearsal`], and explained afterwards ([`explain()`]). Rules stand in a [`document`] that people read and write.
//!
//! The words: a *slot* is what a person has or waits for by name, a *source* is who gives it, a *pending grant* is a slot
//! with nothing in it and the [`Reason`]. What is exclusive has one holder; who loses it has it on *hold* for a while.

mod allocate;
mod by_hand;
mod change;
mod default_number;
mod desk;
pub mod diff;
pub mod document;
mod entitle;
mod explain;
mod hold;
mod needs;
mod plan;
mod reason;
mod rehearsal;
mod rule;
mod settle;
mod slot;
mod snapshot;
mod source;
mod stock;
#[cfg(test)]
mod tests;
mod wake;
mod wire;

pub use by_hand::GivenByHand;
pub use change::{EmployeePlan, GrantChange, Past, Plan, What};
pub use default_number::default_number;

pub use explain::{Because, Ending, Explanation, GoneGroup, History, Names, Standing, Waiting, explain};
pub use hold::{Fate, Freed, ThingChange, hold_until};
pub use needs::{Needs, needs};
pub use plan::plan;
pub use reason::{Cause, Detail, Loss, Reason, Wait};
pub use rehearsal::{Rehearsal, Shortage};
pub use rule::{Attribute, BoundRule, BoundRules, Entry, Rule, RuleBook, pool_key};
pub use settle::{Change, Settling, Step};
pub use slot::{Slot, WaitsFor};
pub use snapshot::{Current, DeskState, Facts, Gift, GrantState, Have, Order, Sent, Snapshot};
pub use source::{Origin, Share, Source, united};
pub use stock::{Hold, Stock, Thing, ThingRef};
pub use wake::{Batch, Wake};
