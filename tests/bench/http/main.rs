//! What whole requests cost: the built daemon under load, beside raw baselines on the same machine in the same run.
//!
//! `cargo bench --bench http` measures SQLite, and PostgreSQL too where `DESKGATE_TEST_POSTGRES` names a server. Ratios
//! are what counts; absolute rates belong to the machine. The result is printed as a table and written as JSON to
//! `target/bench-http.json`. `-- --grants` measures grants alone, `-- --smoke` runs everything once, briefly, to see that it works.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement that cannot be made ends, and figures are for reading"
)]

mod baseline;
mod constant;
mod daemon;
mod grants;
mod groups;
mod load;
mod report;
mod works;

use std::time::Duration;

use report::Report;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How long each measurement lasts.
    pub time: Duration,
    /// How often each pair of measurement and baseline is repeated; the median of the ratios counts.
    pub rounds: usize,
    /// How many employees the small and the large directory have.
    pub small: usize,
    /// See `small`.
    pub large: usize,
}

impl Plan {
    /// How many users the initial cycles have, and in how many seconds each must be over.
    pub fn cycles(&self) -> Vec<(u64, f64)> {
        if self.is_smoke() { vec![(200, 5.0)] } else { vec![(10_000, 5.0), (100_000, 60.0)] }
    }

    /// Whether everything is only tried out.
    pub const fn is_smoke(&self) -> bool {
        self.large < 1_000
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|a| a == "--constant-server") {
        constant::serve();
        return;
    }
    let smoke = arguments.iter().any(|a| a == "--smoke" || a == "--test");
    let only = |engine: &str| {
        !arguments.iter().any(|a| a.starts_with("--only-")) || arguments.contains(&format!("--only-{engine}"))
    };
    let plan = if smoke {
        Plan { time: Duration::from_millis(150), rounds: 1, small: 50, large: 300 }
    } else {
        Plan { time: Duration::from_secs(3), rounds: 3, small: 1_000, large: 100_000 }
    };
    let mut report = Report::default();
    let grants = arguments.iter().any(|a| a == "--grants");
    if only("sqlite") {
        if grants { works::sqlite_grants(plan, &mut report) } else { works::sqlite(plan, &mut report) }
    }
    match std::env::var("DESKGATE_TEST_POSTGRES") {
        Ok(server) if only("postgres") && grants => works::postgres_grants(&server, plan, &mut report),
        Ok(server) if only("postgres") => works::postgres(&server, plan, &mut report),
        _ => eprintln!("PostgreSQL is left out: DESKGATE_TEST_POSTGRES names no server"),
    }
    report.print();
    report.write_json("target/bench-http.json");
}
