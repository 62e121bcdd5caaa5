//! The whole daemon from outside, and what holds for the whole tree. One binary: it links once.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what it expects by failing, prints the seed it ran with, and is nobody's interface"
)]

mod access;
mod api;
mod architecture;
mod bad_input;
mod cli;
mod deployment;
mod faults;
mod filters;
mod grants;
mod groups;
mod guide;
mod manuals;
mod privacy;
mod provisioning;
mod published;
mod replay;
mod rules;
mod stock;
mod storage;
mod world;
