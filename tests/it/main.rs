//! The whole daemon from outside, and what holds for the whole tree. One binary: it links once.

mod architecture;
mod filters;
mod published;
mod storage;
mod world;
