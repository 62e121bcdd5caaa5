//! What holds of every history. Each property sees ten thousand of them; `PROPTEST_RNG_SEED` repeats a run.

#![allow(clippy::print_stdout, reason = "the seed that a run can be repeated with")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use super::history::{Event, History, Step};
use super::world::{Change, Outcome, World, thing_of, waits_for};
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::grant::{Current, Fate, GrantChange, Have, Origin, Plan, Slot, WaitsFor, What};

/// Runs that many random histories of some steps.
fn histories(cases: u32, check: impl Fn(History, &[Step]) -> Outcome<()>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => fastrand::u64(..),
    };
    println!("PROPTEST_RNG_SEED={seed}");
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..config });
    let strategy = (any::<u8>(), any::<bool>(), prop::collection::vec(any::<Step>(), 1..24));
    let found = runner.run(&strategy, |(rules, hold, steps)| {
        let history = History::new(if hold { 90 } else { 0 }, rules);
        check(history, &steps).map_err(TestCaseError::fail)
    });
    if let Err(error) = found {
        panic!("PROPTEST_RNG_SEED={seed}\n{error}");
    }
}

const CASES: u32 = 10_000;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Outcome<()> {
    if holds { Ok(()) } else { Err(what()) }
}

fn row(world: &World, person: EmployeeId, slot: &Slot) -> Option<Current> {
    world.grants.get(&person)?.get(slot).cloned()
}

/// Also: no exclusive thing ever has two holders, nobody gets what another lost within its hold, and nobody waits for
/// what he could have. The world refuses the first two, the second plan would give the third.
#[test]
fn planning_an_applied_plan_again_changes_nothing() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            history.step(*step)?;
            let again = history.world.plan(&history.world.load_all(&Change::default(), BTreeMap::new()));
            let mut again = again;
            // Nobody has swept up yet after a hold that is over: that is news, and the only one there may be.
            again.things.retain(|change| change.fate != Fate::HoldEnded);
            ensure(again.is_empty(), || format!("after {step:?}: {again:#?}"))?;
        }
        Ok(())
    });
}
