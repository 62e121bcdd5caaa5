//! The map comes here.
pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod scim;
pub mod storage;
pub mod telemetry;
