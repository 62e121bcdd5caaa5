//! A stock as a CSV file: never a panic, reading never slow, and either everything is clean or something is said.

#![no_main]

use deskgate::domain::thing::NumberingPlan;
use deskgate::domain::thing::import::{CheckOptions, Known, MAX_THINGS, Sheet};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let plan = NumberingPlan::default();
    deskgate_fuzz::in_time(|| {
        let _ = Sheet::read(data, plan);
    });
    let Ok(sheet) = Sheet::read(data, plan) else { return Corpus::Keep };
    let known = Known { keys: sheet.keys().into_iter().take(1).collect(), ..Known::default() };
    let report = sheet.check(&known, CheckOptions { make_pools: true, ..CheckOptions::default() });
    assert!(report.things.len() <= MAX_THINGS);
    assert!(!report.is_clean() || report.more_mistakes == 0);
    let shown = report.to_string();
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "what is quoted cannot harm a terminal: {shown:?}");
    Corpus::Keep
});
