//! Grants: what one joiner costs in a small tenant and in a large one, and a re-organisation of thousands while others
//! write on.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Plan;
use super::daemon::Daemon;
use super::groups::{fill, one_by_one, people};
use super::load::{Requests, Until, closed_loop};
use super::report::{Report, Target, median};
use super::works::Bench;

/// How many join, one at a time, and how many the re-organisation concerns; and what a short run takes instead.
const JOINERS: usize = 400;
const CONCERNED: usize = 10_000;

fn rule(group: &str, pool: &str) -> String {
    format!("[[rule]]\nname = \"{group}\"\ngroup = \"{group}\"\nextensions = [{{ pool = \"{pool}\" }}]\n")
}

/// Extensions of a pool, from a first one on, in files of no more than one may bring.
fn stock(daemon: &Daemon, pool: &str, first: usize, count: usize) {
    for begin in (first..first + count).step_by(10_000) {
        let end = (begin + 10_000).min(first + count) - 1;
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        writeln!(file, "kind;key;pool\nextension;{begin}-{end};{pool}").expect("a disk");
        let path = file.path().display().to_string();
        let written = daemon.command(&["stock", "import", &path, "--tenant", "bench", "--make-pools", "--json"]);
        assert_eq!(written["written"], true, "{written}");
    }
}

/// Puts rules in force at the shell, or plans them; gives the answer.
fn rules(daemon: &Daemon, what: &[&str], text: &str) -> serde_json::Value {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("a disk");
    let path = file.path().display().to_string();
    let mut arguments = vec!["rules"];
    arguments.extend(what);
    arguments.extend(["--tenant", "bench", "--json", path.as_str()]);
    daemon.command(&arguments)
}

/// Measures in the directory that is there, and in a small one on a database of its own.
pub fn measure(bench: &mut Bench, small: &str, report: &mut Report) {
    let (joiners, concerned) = if bench.plan.is_smoke() { (20, 60) } else { (JOINERS, CONCERNED) };
    let engine = bench.engine;
    let small = Bench::new(engine, Plan { small: joiners.max(100), ..bench.plan }, small);
    let mut cost = Vec::new();
    for house in [&small, &*bench] {
        stock(&house.daemon, "joiners", 1_000, joiners);
        rules(&house.daemon, &["apply", "--yes"], &rule("Joiners", "joiners"));
        let group = fill(house, "Joiners", &[], 1);
        let newcomers = people(&house.daemon, joiners);
        let mut rounds = Vec::new();
        for _ in 0..bench.plan.rounds {
            for verb in ["add", "remove"] {
                let requests = one_by_one(&house.daemon, std::slice::from_ref(&group), &newcomers, verb);
                let count = Until::Count(newcomers.len() as u64);
                let measured = house.timed(|| closed_loop(house.daemon.address, 1, count, 204, &requests));
                if verb == "add" {
                    rounds.push(measured.cpu_us);
                }
            }
        }
        cost.push(median(rounds));
    }
    let note = format!("{:.0} µs CPU against {:.0}", cost[1], cost[0]);
    let work = format!("one joins and gets an extension, of {}", bench.plan.large);
    report.add(engine, &work, cost[1] / cost[0], "ratio", Target::AtMost(1.3), note);
    drop(small);
    reorganise(bench, concerned, report);
}

fn reorganise(bench: &mut Bench, concerned: usize, report: &mut Report) {
    let engine = bench.engine;
    let digits = 10_usize.pow(u32::try_from(concerned.to_string().len()).expect("a few digits"));
    // Not from the first number on: nobody gets that of the police.
    stock(&bench.daemon, "north", 2 * digits, concerned);
    stock(&bench.daemon, "south", 3 * digits, concerned);
    let staff = people(&bench.daemon, concerned);
    // A rule means its group from when there is one.
    let given = |pool: &str| rule("Joiners", "joiners") + &rule("Reorganised", pool);
    rules(&bench.daemon, &["apply", "--yes"], &given("north"));
    let joined = while_others_write(bench, || drop(fill(bench, "Reorganised", &staff, 50)));
    joined.report(engine, &format!("X18 {concerned} join by fifties"), Duration::ZERO, report);
    for (what, pool) in [("move", "south"), ("move back", "north")] {
        let text = given(pool);
        let began = Instant::now();
        let plan = rules(&bench.daemon, &["plan"], &text);
        let planned = began.elapsed();
        let lines = plan["lines"].as_array().map_or(0, Vec::len);
        assert!(lines >= concerned, "{lines} lines");
        let applied = while_others_write(bench, || drop(rules(&bench.daemon, &["apply", "--yes"], &text)));
        let held = bench
            .get("/Users?count=0&filter=urn:deskgate:params:scim:schemas:extension:telephony:2.0:User:extensions%20pr");
        assert!(held["totalResults"].as_u64().expect("a number") >= concerned as u64, "{held}");
        applied.report(engine, &format!("X18 {concerned} {what} by a change of rules"), planned, report);
    }
}

/// How long something took, and the longest that others waited for a write meanwhile.
struct Meanwhile {
    spent: Duration,
    worst: f64,
    writes: u64,
}

impl Meanwhile {
    fn report(&self, engine: &'static str, work: &str, planned: Duration, report: &mut Report) {
        let (planned, spent) = (planned.as_secs_f64(), self.spent.as_secs_f64());
        let note = format!("planned {planned:.2} s, done {spent:.2} s");
        report.add(engine, work, planned + spent, "s", Target::AtMost(10.0), note);
        let note = format!("the longest of {}", self.writes);
        report.add(engine, &format!("{work}: others' writes wait"), self.worst, "s", Target::AtMost(1.0), note);
    }
}

fn while_others_write(bench: &Bench, work: impl FnOnce()) -> Meanwhile {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let others = scope.spawn(|| meanwhile(bench, &over));
        let began = Instant::now();
        work();
        let spent = began.elapsed();
        over.store(true, Ordering::Relaxed);
        let (worst, writes) = others.join().expect("the others write on");
        Meanwhile { spent, worst, writes }
    })
}

/// Locks and unlocks somebody, twenty times a second, until it is over; gives the longest that it took, in seconds, and
/// how often it was done.
fn meanwhile(bench: &Bench, over: &AtomicBool) -> (f64, u64) {
    let requests: Requests = bench.some_patches();
    let (mut worst, mut count) = (0.0_f64, 0);
    while !over.load(Ordering::Relaxed) {
        let from = count;
        let one: Requests = {
            let requests = Arc::clone(&requests);
            Arc::new(move |number| requests(from + number))
        };
        let measured = closed_loop(bench.daemon.address, 1, Until::Count(1), 200, &one);
        assert_eq!(measured.failed, 0, "{:?}", measured.failure);
        worst = worst.max(measured.percentile_ms(1.0) / 1000.0);
        count += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    (worst, count)
}
