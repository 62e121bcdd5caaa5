//! Groups: what one change of members costs in a small group and in a large one, many writers on one group, and the first
//! cycle of a new identity provider.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::baseline;
use super::daemon::Daemon;
use super::load::{Client, Measured, Requests, Until, closed_loop};
use super::report::{Report, Target, median};
use super::works::Bench;

/// How many members the groups have that are compared, and what a short run takes instead.
const SIZES: [usize; 4] = [10, 1_000, 10_000, 50_000];
const SMOKE_SIZES: [usize; 4] = [10, 20, 50, 100];
/// How many members are added, and then removed, one at a time.
const CHANGES: usize = 400;

/// Everything about groups that is measured in a directory that is there.
pub fn measure(bench: &mut Bench, report: &mut Report) {
    let engine = bench.engine;
    let sizes = if bench.plan.is_smoke() { SMOKE_SIZES } else { SIZES };
    let changes = if bench.plan.is_smoke() { 40 } else { CHANGES };
    let people = people(&bench.daemon, sizes[3] + changes);
    let sets: Vec<Vec<String>> = sizes
        .iter()
        // Small groups are many, so that they stay small.
        .map(|size| {
            (0..if *size < 1_000 { 40 } else { 1 })
                .map(|n| fill(bench, &unique(&format!("{size}-{n}")), &people[..*size], 5_000))
                .collect()
        })
        .collect();
    let newcomers = &people[sizes[3]..];
    for (work, verb) in [("add", "add"), ("removal", "remove")] {
        let mut costs = vec![Vec::new(); sizes.len()];
        for _ in 0..bench.plan.rounds {
            for (groups, costs) in sets.iter().zip(&mut costs) {
                if verb == "remove" {
                    bench.timed(|| change(bench, groups, newcomers, "add"));
                }
                costs.push(bench.timed(|| change(bench, groups, newcomers, verb)).cpu_us);
                if verb == "add" {
                    bench.timed(|| change(bench, groups, newcomers, "remove"));
                }
            }
        }
        let costs: Vec<f64> = costs.into_iter().map(median).collect();
        for (size, cost) in sizes.iter().zip(&costs).skip(1) {
            let note = format!("{cost:.0} µs CPU against {:.0}", costs[0]);
            let work = format!("PATCH {work} of one member of {size}, CPU of {}", sizes[0]);
            report.add(engine, &work, cost / costs[0], "ratio", Target::AtMost(1.2), note);
        }
    }
    let read = |group: &str| {
        let request = bench.daemon.request("GET", &format!("/Groups/{group}?excludedAttributes=members"));
        bench.timed(|| closed_loop(bench.daemon.address, 1, Until::Time(bench.plan.time), 200, &always(request)))
    };
    let ratios = (0..bench.plan.rounds).map(|_| read(&sets[3][0]).cpu_us / read(&sets[0][0]).cpu_us).collect();
    let work = format!("GET without members of {}, CPU of {}", sizes[3], sizes[0]);
    report.add(engine, &work, median(ratios), "ratio", Target::AtMost(1.1), String::new());
    many_writers(bench, &people, report);
}

fn always(request: Vec<u8>) -> Requests {
    Arc::new(move |_| request.clone())
}

fn many_writers(bench: &mut Bench, people: &[String], report: &mut Report) {
    let mut ratios = Vec::new();
    let mut last = (0.0, 0.0);
    for round in 0..bench.plan.rounds {
        let group = fill(bench, &unique(&format!("many-{round}")), &people[..1], 1);
        let requests = one_by_one(&bench.daemon, std::slice::from_ref(&group), people, "add");
        let count = Until::Count(people.len() as u64);
        let ours = bench.timed(|| closed_loop(bench.daemon.address, 16, count, 204, &requests));
        let creates = bench.creates(16);
        ratios.push(ours.rate() / creates.rate());
        last = (ours.rate(), creates.rate());
        let shown = bench.get(&format!("/Groups/{group}?attributes=displayName"));
        assert!(shown["id"] == group.as_str());
    }
    let note = format!("{:.0}/s of {:.0}/s", last.0, last.1);
    report.add(
        bench.engine,
        "16 writers on one group, rate of create",
        median(ratios),
        "ratio",
        Target::AtLeast(0.5),
        note,
    );
}

/// One member a request, in turn to each of the groups.
fn change(bench: &Bench, groups: &[String], people: &[String], verb: &str) -> Measured {
    let requests = one_by_one(&bench.daemon, groups, people, verb);
    closed_loop(bench.daemon.address, 1, Until::Count(people.len() as u64), 204, &requests)
}

pub fn one_by_one(daemon: &Daemon, groups: &[String], people: &[String], verb: &str) -> Requests {
    let heads: Vec<String> = groups.iter().map(|group| daemon.head("PATCH", &format!("/Groups/{group}"))).collect();
    let bodies: Vec<String> = people.iter().map(|id| patch(verb, std::slice::from_ref(id))).collect();
    Arc::new(move |number| {
        let body = &bodies[number as usize % bodies.len()];
        format!("{}{}\r\n\r\n{body}", heads[number as usize % heads.len()], body.len()).into_bytes()
    })
}

fn patch(verb: &str, ids: &[String]) -> String {
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": verb, "path": "members", "value": members}],
    })
    .to_string()
}

fn unique(name: &str) -> String {
    format!("{name} {}", uuid::Uuid::new_v4())
}

/// Makes a group and puts people into it, so many with each request; gives its id.
pub fn fill(bench: &Bench, name: &str, people: &[String], at_once: usize) -> String {
    let mut talk = Talk::with(&bench.daemon);
    let group = talk.make(name);
    for ids in people.chunks(at_once) {
        talk.send("PATCH", &format!("/Groups/{group}"), &patch("add", ids), 204);
    }
    group
}

/// The ids of so many employees.
pub fn people(daemon: &Daemon, count: usize) -> Vec<String> {
    let mut talk = Talk::with(daemon);
    let mut ids: Vec<String> = Vec::new();
    while ids.len() < count {
        let page = talk.send("GET", &format!("/Users?count=1000&attributes=id&startIndex={}", ids.len() + 1), "", 200);
        let found = page["Resources"].as_array().expect("a list").iter();
        let before = ids.len();
        ids.extend(found.map(|user| user["id"].as_str().expect("an id").to_owned()));
        assert!(ids.len() > before, "there are only {before} employees");
    }
    ids.truncate(count);
    ids
}

/// One request after the other.
struct Talk<'d> {
    daemon: &'d Daemon,
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl<'d> Talk<'d> {
    fn with(daemon: &'d Daemon) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(Client::connect(daemon.address));
        Self { daemon, runtime, client }
    }

    fn send(&mut self, method: &str, path: &str, body: &str, wanted: u16) -> Value {
        let request = match method {
            "GET" => self.daemon.request("GET", path),
            method => format!("{}{}\r\n\r\n{body}", self.daemon.head(method, path), body.len()).into_bytes(),
        };
        let status = self.runtime.block_on(self.client.send(&request));
        let answer = String::from_utf8_lossy(self.client.body());
        assert_eq!(status, wanted, "{method} {path}: {answer}");
        serde_json::from_str(&answer).unwrap_or_default()
    }

    fn make(&mut self, name: &str) -> String {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name}).to_string();
        self.send("POST", "/Groups", &body, 201)["id"].as_str().expect("an id").to_owned()
    }
}

/// The first cycle of a provider on an empty database: each user is looked for and made, each group looked for, made and
/// given its members. Groups have 200 of them; `target` is in seconds.
pub fn initial_cycle(engine: &str, database: &str, users: u64, target: f64, report: &mut Report) {
    let groups = usize::try_from(users).expect("so many") / 200;
    let daemon = Daemon::start(database);
    let lookups: Vec<Vec<u8>> = (0..users)
        .map(|n| daemon.request("GET", &format!("/Users?filter=userName%20eq%20%22Person{n}@Contoso.example%22")))
        .collect();
    let lookups: Requests = Arc::new(move |number| lookups[number as usize].clone());
    let head = daemon.head("POST", "/Users");
    let creates: Requests = Arc::new(move |number| {
        let body = baseline::document(number);
        format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
    });
    let mut parts = Vec::new();
    for (requests, wanted) in [(&lookups, 200), (&creates, 201)] {
        let measured = closed_loop(daemon.address, 16, Until::Count(users), wanted, requests);
        assert_eq!(measured.failed, 0, "{:?}", measured.failure);
        parts.push(measured.elapsed);
    }
    let people = people(&daemon, users as usize);
    let mut talk = Talk::with(&daemon);
    let began = Instant::now();
    for (number, members) in people.chunks(people.len() / groups).enumerate() {
        let found = talk.send(
            "GET",
            &format!("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Group{number}%22"),
            "",
            200,
        );
        assert_eq!(found["totalResults"], 0);
        let group = talk.make(&format!("Group{number}"));
        talk.send("PATCH", &format!("/Groups/{group}"), &patch("add", members), 204);
    }
    parts.push(began.elapsed());
    let spent: Duration = parts.iter().sum();
    let parts: Vec<String> = parts.iter().map(|part| format!("{:.2}", part.as_secs_f64())).collect();
    let note = format!("look-ups, creates, groups: {} s; {groups} groups", parts.join(", "));
    let work = format!("initial cycle of {users} users");
    report.add(engine, &work, spent.as_secs_f64(), "s", Target::AtMost(target), note);
}
