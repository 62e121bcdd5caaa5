//! What an identity provider may rely on, decision by decision (the numbers are those of the decisions on SCIM).

mod accounts;
mod active;
mod attributes;
mod bulk;
mod counts;
mod cursors;
mod discovery;
mod lists;
mod paths;
mod projection;
mod rehire;
mod requests;
mod tenants;
mod tokens;
mod trace;
mod trouble;
mod versions;
