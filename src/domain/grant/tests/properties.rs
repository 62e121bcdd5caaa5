//! What holds of every history. Each property sees ten thousand of them; `PROPTEST_RNG_SEED` repeats a run.

#![allow(clippy::print_stdout, reason = "the seed that a run can be repeated with")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use super::history::{Event, History, Step};
use super::world::{Outcome, World, thing_of, waits_for};
use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::grant::diff::lines;
use crate::domain::grant::{Change, Current, Fate, GrantChange, Origin, Plan, Slot, WaitsFor, What};

/// Runs that many random histories of some steps.
fn histories(cases: u32, check: impl Fn(History, &[Step]) -> Outcome<()>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => fastrand::u64(..),
    };
    println!("PROPTEST_RNG_SEED={seed}");
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..config });
    let strategy = (any::<u8>(), any::<bool>(), prop::collection::vec(any::<Step>(), 1..10));
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

fn by_hand(row: &Current) -> bool {
    row.state.sources.iter().any(|source| matches!(source.origin, Origin::Manual { .. }))
}

/// Also: no exclusive thing ever has two holders, nobody gets what another lost within its hold, and nobody waits for
/// what he could have. The world refuses the first two, the second plan would give the third.
#[test]
fn planning_an_applied_plan_again_changes_nothing() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            history.step(*step)?;
            let mut again = history.world.plan(&history.world.load_all(&Change::default(), BTreeMap::new()));
            // Nobody has swept up yet after a hold that is over: that is news, and the only one there may be.
            again.things.retain(|change| change.fate != Fate::HoldEnded);
            ensure(again.is_empty(), || format!("after {step:?}: {:?}", lines(&again)))?;
        }
        Ok(())
    });
}

#[test]
fn planning_those_concerned_is_planning_all() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (_, mut change) = history.begin(*step);
            // A plan for all would find every hold that is over.
            history.world.sweep(&mut change.wake);
            let mut all = history.world.clone();
            all.settle_all(change.clone())?;
            history.world.settle(change)?;
            let differ = |(person, row): &(EmployeeId, &Current)| {
                history.world.grants.get(person).and_then(|rows| rows.get(&row.slot)) != Some(*row)
            };
            let differing: Vec<_> = all.rows().filter(differ).collect();
            ensure(all.grants == history.world.grants, || format!("after {step:?} all would be {differing:?}"))?;
            ensure(all.things == history.world.things, || format!("things after {step:?}"))?;
        }
        Ok(())
    });
}

#[test]
fn the_order_of_employees_groups_and_rules_does_not_matter() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (_, change) = history.begin(*step);
            let loaded = history.world.load(&change.concerned, &change, BTreeMap::new());
            let plan = history.world.plan(&loaded);
            let mut turned = history.world.clone();
            turned.rules.rules.reverse();
            for rule in &mut turned.rules.rules {
                rule.things.values_mut().for_each(|entries| entries.reverse());
                rule.desks.reverse();
                rule.extension_access.reverse();
            }
            let mut loaded = turned.load(&change.concerned, &change, BTreeMap::new());
            loaded.facts.reverse();
            loaded.facts.iter_mut().for_each(|facts| facts.current.reverse());
            ensure(plan == turned.plan(&loaded), || format!("at {step:?}"))?;
            history.world.settle(change)?;
        }
        Ok(())
    });
}

#[test]
fn a_plan_says_all_that_changes_and_nothing_else() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (_, change) = history.begin(*step);
            let before = history.world.clone();
            let plan = history.world.settle(change)?;
            says_what_changed(&before, &plan, &history.world)?;
        }
        Ok(())
    });
}

fn says_what_changed(before: &World, plan: &Plan, after: &World) -> Outcome<()> {
    let mut said = BTreeSet::new();
    for (of, change) in plan.changes() {
        let was = change.renamed_from.as_ref().unwrap_or(&change.slot);
        let state = |world: &World, slot: &Slot| row(world, of.employee, slot).map(|row| row.state);
        ensure(state(before, was) == change.before, || format!("{was} was something else: {change:#?}"))?;
        ensure(state(after, &change.slot) == change.after, || {
            format!("{} is something else: {change:#?}", change.slot)
        })?;
        said.extend([(of.employee, was.clone()), (of.employee, change.slot.clone())]);
    }
    let states = |world: &World| -> BTreeMap<_, _> {
        world.rows().map(|(person, row)| ((person, row.slot.clone()), row.state.clone())).collect()
    };
    let (before, after) = (states(before), states(after));
    let differ = |key: &&(EmployeeId, Slot)| before.get(*key) != after.get(*key);
    let unsaid = before.keys().chain(after.keys()).filter(differ).find(|key| !said.contains(*key));
    ensure(unsaid.is_none(), || format!("nobody said that {unsaid:?} changes"))
}

#[test]
fn a_grant_from_two_groups_survives_the_loss_of_one() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (event, change) = history.begin(*step);
            let before = history.world.clone();
            history.world.settle(change)?;
            if event == Event::ByIdp {
                survives(&before, &history.world)?;
            }
        }
        Ok(())
    });
}

/// What somebody has keeps as long as one of the groups that give it is his: the same thing, unless it follows a wish.
fn survives(before: &World, after: &World) -> Outcome<()> {
    for (person, had) in before.rows() {
        let groups = after.groups_of(person);
        let still_gives = |origin: &Origin| matches!(origin, Origin::Rule { group, .. } if groups.contains(group));
        let is_given = had.state.sources.iter().any(|source| still_gives(&source.origin));
        if !is_given || had.state.have.is_none() || matches!(had.slot, Slot::Desk { .. } | Slot::DeskAccess { .. }) {
            continue;
        }
        let has = row(after, person, &had.slot);
        let follows = matches!(had.slot, Slot::Pool { n: 1, .. } | Slot::Permission(_));
        let holds = has.as_ref().is_some_and(|has| {
            has.id == had.id && has.state.have.is_some() && (follows || thing_of(&has.state) == thing_of(&had.state))
        });
        ensure(holds, || format!("{person} had {had:#?}\nand has {has:#?}"))?;
    }
    Ok(())
}

#[test]
fn what_is_given_by_hand_survives_the_idp() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (event, change) = history.begin(*step);
            let before = history.world.clone();
            history.world.settle(change)?;
            if event == Event::Other {
                continue;
            }
            for (person, had) in before.rows().filter(|(_, row)| by_hand(row)) {
                // A desk may get another name; it is the same grant.
                let has = history.world.rows().find(|(_, row)| row.id == had.id).map(|(_, row)| row.clone());
                let holds = has
                    .as_ref()
                    .is_some_and(|has| by_hand(has) && (had.state.have.is_none() || has.state.have.is_some()));
                ensure(holds, || format!("{person} had {had:#?}\nand has {has:#?}"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn who_waits_longest_is_served_first() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (_, change) = history.begin(*step);
            let before = history.world.clone();
            let plan = history.world.settle(change)?;
            for (of, change) in plan.changes() {
                nobody_older_is_passed_over(&before, of.employee, change, &history.world)?;
            }
        }
        Ok(())
    });
}

fn nobody_older_is_passed_over(before: &World, person: EmployeeId, change: &GrantChange, after: &World) -> Outcome<()> {
    let got = change.after.as_ref().and_then(thing_of).filter(|_| change.slot.is_exclusive());
    let had = change.before.as_ref().and_then(thing_of);
    let Some(thing) = got.filter(|got| Some(*got) != had).and_then(|id| after.things.get(&id)) else { return Ok(()) };
    let was = before.things.get(&thing.thing.id);
    let was_his = was.is_some_and(|was| {
        was.holder == Some(person) || was.hold.is_some_and(|hold| hold.employee == person && hold.until > before.now)
    });
    if was_his {
        return Ok(());
    }
    let key = WaitsFor::key(thing.thing.kind, &thing.thing.key);
    let pool = thing.pool.clone().map(|pool| WaitsFor::Pool { kind: thing.thing.kind, pool });
    let interests = |waits: &WaitsFor| *waits == key || Some(waits) == pool.as_ref();
    // It may have come to him through another slot of his, which waited longer.
    let slots = after.grants.get(&person).into_iter().flat_map(BTreeMap::values);
    let slots = slots.filter(|row| thing_of(&row.state) == Some(thing.thing.id)).map(|row| &row.slot);
    let own = slots.filter_map(|slot| row(before, person, slot));
    let own = own.filter(|row| waits_for(&row.state).is_some_and(interests)).map(|row| row.seq);
    let own = own.min().unwrap_or(i64::MAX);
    let still = after.waiting();
    for (seq, (other, row)) in before.waiting().range(..own) {
        let can_use = match waits_for(&row.state) {
            Some(WaitsFor::Pool { .. }) => true,
            // A wish may be for a thing that is in another pool.
            Some(WaitsFor::Key { .. }) => {
                matches!(row.slot, Slot::Thing { kind, .. } | Slot::Attribute { kind, .. } if kind == thing.thing.kind)
            }
            None => false,
        };
        let same = still.get(seq).is_some_and(|(_, still)| still.id == row.id);
        let passed_over = can_use && same && waits_for(&row.state).is_some_and(interests);
        ensure(!passed_over, || {
            format!("{person} got {} as {} before {other}, who waits as {seq}: {row:?}", thing.thing.key, change.slot)
        })?;
    }
    Ok(())
}

#[test]
fn who_comes_back_within_the_hold_gets_the_same_again() {
    histories(CASES, |mut history, steps| {
        history.world.hold = Duration::from_hours(24 * 90);
        for step in steps {
            history.step(*step)?;
        }
        for n in 0..3 {
            let person = history.people[usize::from(n)];
            let Some(known) = history.world.people.get_mut(&person) else { continue };
            // What he wishes and what is given by hand is another matter.
            known.sent.clear();
            let concerned = BTreeSet::from([person]);
            history.world.settle(Change { concerned: concerned.clone(), ..Change::default() })?;
            let Some(had) = from_pools(&history.world, person) else { continue };
            let groups: Vec<_> = history.world.groups.clone().into_iter().collect();
            history.world.now = history.world.now.after(Duration::from_mins(1));
            let change = history.delete(n);
            history.world.settle(change)?;
            // Meanwhile others come and go.
            for step in steps.iter().filter(|[what, person, ..]| what % 24 < 7 && person % 3 != n) {
                history.step(*step)?;
            }
            history.world.now = history.world.now.after(Duration::from_hours(24 * 60));
            let known = history.world.gone.remove(&person).ok_or("he was not deleted")?;
            history.world.people.insert(person, known);
            for (id, group) in &groups {
                if group.people.contains(&person) {
                    history.world.groups.entry(*id).or_default().people.insert(person);
                }
            }
            history.world.settle(Change { concerned, ..Change::default() })?;
            let has: BTreeSet<_> = history
                .world
                .things
                .values()
                .filter(|thing| thing.holder == Some(person))
                .map(|thing| thing.thing.id)
                .collect();
            ensure(had.is_subset(&has), || format!("{person} had {had:?} and has {has:?}"))?;
        }
        Ok(())
    });
}

/// The things that rules give him out of pools; `None`: one of them is in another pool by now, or he has something by hand:
/// in the place of either he may get another that he had.
fn from_pools(world: &World, person: EmployeeId) -> Option<BTreeSet<ThingId>> {
    let mut things = BTreeSet::new();
    for row in world.grants.get(&person).into_iter().flat_map(BTreeMap::values) {
        let Some(thing) = thing_of(&row.state).and_then(|id| world.things.get(&id)) else { continue };
        match &row.slot {
            _ if by_hand(row) => return None,
            Slot::Pool { pool, .. } if thing.pool.as_ref() != Some(pool) => return None,
            Slot::Pool { .. } if !thing.disabled => _ = things.insert(thing.thing.id),
            _ => {}
        }
    }
    Some(things)
}

/// What is rehearsed is read piece by piece, and nothing of it is written.
#[test]
fn a_rehearsal_comes_to_what_happens() {
    histories(CASES, |mut history, steps| {
        for step in steps {
            let (_, change) = history.begin(*step);
            let rehearsed = history.world.rehearse(change.clone());
            let result = history.world.settle(change)?;
            ensure(rehearsed == result, || format!("{:?}\ninstead of {:?}", lines(&rehearsed), lines(&result)))?;
        }
        Ok(())
    });
}

#[test]
fn d5_the_preview_of_a_change_of_rules_is_its_result() {
    histories(1_000, |mut history, steps| {
        for step in steps {
            history.step(*step)?;
        }
        for [seed, ..] in &steps[..steps.len().min(3)] {
            let before = history.world.clone();
            let change = history.new_rules(*seed);
            let preview = history.world.rehearse(change.clone());
            let result = history.world.settle(change)?;
            ensure(lines(&preview) == lines(&result), || {
                format!("{:?}\ninstead of {:?}", lines(&preview), lines(&result))
            })?;
            says_what_changed(&before, &result, &history.world)?;
        }
        Ok(())
    });
}

/// The histories are worth the time: everything that can happen does.
#[test]
fn every_kind_of_change_occurs_in_the_histories() {
    let seen = std::cell::RefCell::new(BTreeMap::<What, usize>::new());
    histories(2_000, |mut history, steps| {
        for step in steps {
            let (_, plan) = history.step(*step)?;
            for (_, change) in plan.changes() {
                *seen.borrow_mut().entry(change.what()).or_default() += 1;
            }
        }
        Ok(())
    });
    let seen = seen.into_inner();
    println!("{seen:?}");
    for what in What::ALL {
        assert!(seen.get(&what).is_some_and(|times| *times >= 10), "{what:?} is rare: {seen:?}");
    }
}
