//! A bulk body, from bytes to the last operation: never a panic, never slow, and each operation is carried out or refused,
//! once, whichever of the others fail.

#![no_main]

use deskgate::base::json;
use deskgate::scim::bulk::{self, Next, Schedule, Stage};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(body) = json::parse(data) else { return Corpus::Reject };
    deskgate_fuzz::in_time(|| carry_out(&body, |_| true));
    // Every operation fails that stands at such a place, so each is met by those that refer to it.
    for stride in 1..4 {
        carry_out(&body, |index| index % stride != 0);
    }
    Corpus::Keep
});

/// What has become of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Open,
    Half,
    Over,
}

/// Runs the request on a service on which the operations at some places succeed.
fn carry_out(body: &Value, succeeds: impl Fn(usize) -> bool) {
    let Ok(request) = bulk::parse(body) else { return };
    assert!(request.entries.len() <= bulk::MAX_OPERATIONS);
    let stops_early = request.fail_on_errors.is_some();
    let mut fates = vec![Fate::Open; request.entries.len()];
    let mut schedule = Schedule::new(request);
    loop {
        match schedule.proceed() {
            Next::Do(step) => {
                let before = if step.stage == Stage::Completion { Fate::Half } else { Fate::Open };
                assert_eq!(fates[step.index], before, "{step:?}");
                let done = succeeds(step.index);
                fates[step.index] = if done && step.stage == Stage::First { Fate::Half } else { Fate::Over };
                let id = format!("id-{}", step.index);
                schedule.ended(&step, if done { Ok(&id) } else { Err(()) });
            }
            Next::Refuse(index, error) => {
                assert_ne!(fates[index], Fate::Over, "{error}");
                fates[index] = Fate::Over;
            }
            Next::End => break,
        }
    }
    let forgotten = |fate: &Fate| *fate == Fate::Half || (*fate == Fate::Open && !stops_early);
    assert!(!fates.iter().any(forgotten), "{fates:?}");
}
