//! `deskgate openapi`: the description of the admin API.

use super::exit_codes;
use super::failure::{Exit, Failure};
use super::output::print;
use crate::http;

/// Print the description of the admin API (`OpenAPI` 3.1)
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Print the description of the admin API (OpenAPI 3.1), as the daemon serves it at \
                  /api/v1/openapi.json and as it is published in schemas/openapi.json.",
    after_help = concat!("Example:\n  deskgate openapi > schemas/openapi.json\n\n", exit_codes!())
)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<(), Failure> {
    let text = http::description().map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    print(&text)
}
