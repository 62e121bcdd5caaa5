//! The whole daemon from outside, and what holds for the whole tree. One binary: it links once.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    clippy::unchecked_time_subtraction,
    reason = "a test says what it expects by failing"
    clippy::print_stdout,
    reason = "a test says what it expects by failing, prints the seed it ran with, and is nobody's interface"
)]
#![allow(clippy::print_stdout, reason = "a test that draws lots prints its seed")]
#![allow(clippy::single_match_else, reason = "where the engines differ, both stand side by side")]
#![allow(clippy::similar_names, reason = "what is asked and what was asked for are alike")]

mod architecture;
mod bad_input;
mod cli;
mod deployment;
mod faults;
mod filters;
mod privacy;
mod provisioning;
mod published;
mod replay;
mod storage;
mod world;
