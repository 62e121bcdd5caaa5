//! Faults that the daemon must survive, in their short form.

mod kill;
mod ledger;
