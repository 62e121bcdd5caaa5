//! Faults that the daemon must survive, in their short form.

mod kill;
mod last_number;
mod ledger;

/// A number that a variable of the environment sets, for the long form.
fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number: {text}")))
}
