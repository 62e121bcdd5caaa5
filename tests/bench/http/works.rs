//! What is measured, on each engine.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::Plan;
use super::baseline;
use super::constant::Constant;
use super::daemon::Daemon;
use super::grants;
use super::groups;
use super::load::{Client, Measured, Requests, Until, closed_loop, open_loop};
use super::report::{Report, Target, median};

/// The shapes in which Entra and Okta lock and unlock somebody; even numbers lock, odd ones unlock.
const ACTIVE_SHAPES: [(&str, &str, &str); 4] = [
    (
        "Entra",
        r#"{"op":"Replace","path":"active","value":"False"}"#,
        r#"{"op":"Replace","path":"active","value":"True"}"#,
    ),
    (
        "Entra with its flag",
        r#"{"op":"replace","path":"active","value":false}"#,
        r#"{"op":"replace","path":"active","value":true}"#,
    ),
    ("Okta", r#"{"op":"replace","value":{"active":false}}"#, r#"{"op":"replace","value":{"active":true}}"#),
    ("op Add", r#"{"op":"Add","path":"active","value":false}"#, r#"{"op":"Add","path":"active","value":true}"#),
];

/// Measures SQLite.
pub fn sqlite(plan: Plan, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let idle = Daemon::start(&url("idle.db"));
    report.add("sqlite", "resident memory, idle", idle.rss_mib(), "MiB", Target::AtMost(20.0), String::new());
    drop(idle);
    for (users, seconds) in plan.cycles() {
        groups::initial_cycle("sqlite", &url(&format!("cycle-{users}.db")), users, seconds, report);
    }
    let mut bench = Bench::new("sqlite", plan, &url("deskgate.db"));
    // The baseline writes beside the daemon, into a database of its own on the same disk.
    let beside = Daemon::start(&url("baseline.db"));
    let path = folder.path().join("baseline.db");
    drop(beside);
    for (connections, group, target) in [(1, 1, 0.6), (64, 64, 0.55)] {
        let mut ratios = Vec::new();
        let mut last = (Measured::default(), 0.0);
        // The disk has its moods, and one commit at a time feels each of them: the median of more rounds.
        for _ in 0..=plan.rounds * 2 {
            let raw = baseline::sqlite_creates(&path, group, plan.time);
            let ours = bench.creates(connections);
            ratios.push(ours.rate() / raw);
            last = (ours, raw);
        }
        let work = format!("create, concurrency {connections}, of a raw loop");
        let note = format!("{:.0}/s of {:.0}/s, {:.0} µs CPU", last.0.rate(), last.1, last.0.cpu_us);
        report.add("sqlite", &work, median(ratios), "ratio", Target::AtLeast(target), note);
    }
    let constant = Constant::start();
    for connections in [1, 16, 64] {
        let mut ratios = Vec::new();
        let mut last = (Measured::default(), Measured::default());
        for _ in 0..plan.rounds {
            let request = bench.daemon.request("GET", "/Users/x");
            let raw = closed_loop(constant.address, connections, Until::Time(plan.time), 200, &always(request));
            let ours = bench.reads(connections);
            ratios.push(ours.rate() / raw.rate());
            last = (ours, raw);
        }
        let work = format!("GET by id, concurrency {connections}, of a constant answer");
        let note = format!("{:.0}/s of {:.0}/s, {:.0} µs CPU", last.0.rate(), last.1.rate(), last.0.cpu_us);
        report.add("sqlite", &work, median(ratios), "ratio", Target::AtLeast(0.4), note);
    }
    bench.alone = Some(Alone::Sqlite(path));
    bench.common(report);
    grants::measure(&mut bench, &url("few.db"), report);
}

/// Measures grants alone, on SQLite.
pub fn sqlite_grants(plan: Plan, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let mut bench = Bench::new("sqlite", Plan { small: plan.large, ..plan }, &url("deskgate.db"));
    grants::measure(&mut bench, &url("few.db"), report);
}

/// Measures grants alone, on PostgreSQL.
pub fn postgres_grants(server: &str, plan: Plan, report: &mut Report) {
    let (database, few) = (PostgresDatabase::make(server), PostgresDatabase::make(server));
    let mut bench = Bench::new("postgres", Plan { small: plan.large, ..plan }, &database.url);
    grants::measure(&mut bench, &few.url, report);
}

/// Measures PostgreSQL.
pub fn postgres(server: &str, plan: Plan, report: &mut Report) {
    for (users, seconds) in plan.cycles() {
        let cycle = PostgresDatabase::make(server);
        groups::initial_cycle("postgres", &cycle.url, users, seconds, report);
    }
    let database = PostgresDatabase::make(server);
    let mut bench = Bench::new("postgres", plan, &database.url);
    psql(&database.url, &baseline::postgres_samples());
    for connections in [16, 64] {
        let script = baseline::postgres_create_script();
        let mut ratios = Vec::new();
        let mut last = (Measured::default(), 0.0);
        for _ in 0..plan.rounds {
            let raw = baseline::pgbench(&database.url, &script, connections, plan.time);
            let ours = bench.creates(connections);
            ratios.push(ours.rate() / raw);
            last = (ours, raw);
        }
        let work = format!("create, concurrency {connections}, of pgbench");
        let note = format!("{:.0}/s of {:.0}/s", last.0.rate(), last.1);
        report.add("postgres", &work, median(ratios), "ratio", Target::AtLeast(0.5), note);
        let work = format!("create, concurrency {connections}, our own CPU");
        report.add("postgres", &work, last.0.cpu_us / 1000.0, "ms", Target::AtMost(0.2), String::new());
    }
    let (id, tenant) = (bench.ids.first().cloned().expect("an employee"), database.tenant());
    for connections in [16, 64] {
        let script = baseline::postgres_select_script(&id, &tenant);
        let mut ratios = Vec::new();
        let mut last = (Measured::default(), 0.0);
        for _ in 0..plan.rounds {
            let raw = baseline::pgbench(&database.url, &script, connections, plan.time);
            let ours = bench.reads(connections);
            ratios.push(ours.rate() / raw);
            last = (ours, raw);
        }
        let work = format!("GET by id, concurrency {connections}, of pgbench");
        let note = format!("{:.0}/s of {:.0}/s, {:.0} µs CPU", last.0.rate(), last.1, last.0.cpu_us);
        report.add("postgres", &work, median(ratios), "ratio", Target::AtLeast(0.5), note);
    }
    bench.common(report);
    let few = PostgresDatabase::make(server);
    grants::measure(&mut bench, &few.url, report);
}

fn always(request: Vec<u8>) -> Requests {
    Arc::new(move |_| request.clone())
}

/// A database to be measured without the daemon.
enum Alone {
    /// A file on the same disk.
    Sqlite(std::path::PathBuf),
    /// The same server.
    Postgres(String),
}

impl Alone {
    /// The 99th percentile of writes at 1,000 a second, in milliseconds.
    fn p99(&self, time: Duration) -> f64 {
        match self {
            Self::Sqlite(path) => baseline::sqlite_p99(path, 1_000, time),
            Self::Postgres(url) => baseline::pgbench_p99(url, &baseline::postgres_create_script(), 16, 1_000, time),
        }
    }
}

/// A daemon with employees, and what is asked of it on both engines.
pub struct Bench {
    pub engine: &'static str,
    pub plan: Plan,
    pub daemon: Daemon,
    /// What the database takes without the daemon.
    alone: Option<Alone>,
    /// Where names of new employees go on.
    next: u64,
    /// Employees to read and to change.
    ids: Vec<String>,
}

impl Bench {
    /// A daemon with a small directory.
    pub fn new(engine: &'static str, plan: Plan, database: &str) -> Self {
        let alone = database.starts_with("postgres").then(|| Alone::Postgres(database.to_owned()));
        let mut bench = Self { engine, plan, daemon: Daemon::start(database), alone, next: 0, ids: Vec::new() };
        bench.fill(plan.small);
        bench.ids = bench.some_ids();
        bench
    }

    /// CPU of the daemon around a load.
    pub fn timed(&self, load: impl FnOnce() -> Measured) -> Measured {
        let before = self.daemon.cpu_us();
        let mut measured = load();
        measured.cpu_us = (self.daemon.cpu_us() - before) as f64 / measured.requests.max(1) as f64;
        assert_eq!(measured.failed, 0, "answers with another status than wanted, e.g. {:?}", measured.failure);
        measured
    }

    fn create_requests(&self) -> Requests {
        let (head, first) = (self.daemon.head("POST", "/Users"), self.next);
        Arc::new(move |number| {
            let body = baseline::document(first + number);
            format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
        })
    }

    pub fn creates(&mut self, connections: usize) -> Measured {
        let requests = self.create_requests();
        let measured =
            self.timed(|| closed_loop(self.daemon.address, connections, Until::Time(self.plan.time), 201, &requests));
        self.next += measured.requests + connections as u64;
        measured
    }

    /// Creates employees until there are this many more.
    fn fill(&mut self, count: usize) {
        let requests = self.create_requests();
        closed_loop(self.daemon.address, 32, Until::Count(count as u64), 201, &requests);
        self.next += count as u64 + 32;
    }

    pub fn get(&self, path: &str) -> serde_json::Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut client = Client::connect(self.daemon.address).await;
            assert_eq!(client.send(&self.daemon.request("GET", path)).await, 200, "{path}");
            serde_json::from_slice(client.body()).expect("JSON")
        })
    }

    /// Employees from all over the directory.
    fn some_ids(&self) -> Vec<String> {
        let total = self.get("/Users?count=0")["totalResults"].as_u64().expect("a number");
        (0..10u64)
            .flat_map(|part| {
                let page = self.get(&format!("/Users?count=50&attributes=id&startIndex={}", total * part / 10 + 1));
                let users = page["Resources"].as_array().expect("a list").clone();
                users.into_iter().map(|user| user["id"].as_str().expect("an id").to_owned())
            })
            .collect()
    }

    fn reads(&self, connections: usize) -> Measured {
        let requests: Vec<_> = self.ids.iter().map(|id| self.daemon.request("GET", &format!("/Users/{id}"))).collect();
        let requests: Requests = Arc::new(move |number| requests[number as usize % requests.len()].clone());
        self.timed(|| closed_loop(self.daemon.address, connections, Until::Time(self.plan.time), 200, &requests))
    }

    fn filters(&self, connections: usize) -> Measured {
        // Names that exist: those of the first employees.
        let requests: Vec<_> = (0..self.plan.small as u64)
            .map(|number| {
                self.daemon
                    .request("GET", &format!("/Users?filter=userName%20eq%20%22Person{number}@Contoso.example%22"))
            })
            .collect();
        let requests: Requests = Arc::new(move |number| requests[number as usize % requests.len()].clone());
        self.timed(|| closed_loop(self.daemon.address, connections, Until::Time(self.plan.time), 200, &requests))
    }

    /// Locks each employee in turn, then unlocks each, and so on: every request changes something.
    fn patch_requests(&self, lock: &str, unlock: &str) -> Requests {
        let message = |operation: &str| {
            format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#)
        };
        let bodies = [message(lock), message(unlock)];
        let heads: Vec<_> = self.ids.iter().map(|id| self.daemon.head("PATCH", &format!("/Users/{id}"))).collect();
        Arc::new(move |number| {
            let number = number as usize;
            let body = &bodies[number / heads.len() % 2];
            format!("{}{}\r\n\r\n{body}", heads[number % heads.len()], body.len()).into_bytes()
        })
    }

    /// The same in the shape of Entra.
    pub fn some_patches(&self) -> Requests {
        let (_, lock, unlock) = ACTIVE_SHAPES[0];
        self.patch_requests(lock, unlock)
    }

    fn patches(&self, connections: usize, lock: &str, unlock: &str) -> Measured {
        let requests = self.patch_requests(lock, unlock);
        self.timed(|| closed_loop(self.daemon.address, connections, Until::Time(self.plan.time), 200, &requests))
    }

    fn page(&self, query: &str) -> Measured {
        let request = self.daemon.request("GET", &format!("/Users?{query}&count=100"));
        self.timed(|| closed_loop(self.daemon.address, 1, Until::Time(self.plan.time), 200, &always(request)))
    }

    /// The cursor that goes on behind so many employees, or behind the last page but one.
    fn cursor_behind(&self, employees: usize) -> String {
        let mut cursor = String::new();
        for _ in 0..employees / 1000 {
            let page = self.get(&format!("/Users?cursor={cursor}&count=1000&attributes=id"));
            let Some(next) = page["nextCursor"].as_str() else { break };
            next.clone_into(&mut cursor);
        }
        cursor
    }

    /// What is measured alike on both engines: ratios of CPU, small against large directory, pages, memory.
    fn common(&mut self, report: &mut Report) {
        let engine = self.engine;
        let per_request = |m: &Measured| format!("{:.0} µs CPU, {:.0}/s", m.cpu_us, m.rate());
        let filter_cost = self.ratio_of_cpu(|bench| bench.filters(16), |bench| bench.reads(16));
        report.add(
            engine,
            "filter userName eq, CPU of GET by id",
            filter_cost,
            "ratio",
            Target::AtMost(1.3),
            String::new(),
        );
        for (name, lock, unlock) in ACTIVE_SHAPES {
            let cost = self.ratio_of_cpu(|bench| bench.patches(16, lock, unlock), |bench| bench.creates(16));
            let work = format!("PATCH active ({name}), CPU of create");
            report.add(engine, &work, cost, "ratio", Target::AtMost(1.2), String::new());
            let rate = self.ratio_of_time(|bench| bench.patches(16, lock, unlock), |bench| bench.creates(16));
            let work = format!("PATCH active ({name}), time of create");
            report.add(engine, &work, rate, "ratio", Target::AtMost(1.2), String::new());
        }
        let small = [
            self.creates(16),
            self.reads(16),
            self.filters(16),
            self.patches(16, ACTIVE_SHAPES[0].1, ACTIVE_SHAPES[0].2),
        ];
        let (_, lock, unlock) = ACTIVE_SHAPES[0];
        let requests = self.patch_requests(lock, unlock);
        let open = open_loop(self.daemon.address, 1_000, self.plan.time.max(Duration::from_secs(1)), 200, &requests);
        let mut note =
            format!("p50 {:.2} ms, {} requests, {} failed", open.percentile_ms(0.5), open.requests, open.failed);
        if let Some(alone) = &self.alone {
            let raw = alone.p99(self.plan.time);
            let _ = write!(note, "; the database alone at that rate: p99 {raw:.2} ms");
        }
        report.add(engine, "PATCH active at 1,000/s, p99", open.percentile_ms(0.99), "ms", Target::AtMost(10.0), note);

        let there = self.get("/Users?count=0")["totalResults"].as_u64().expect("a number") as usize;
        self.fill(self.plan.large.saturating_sub(there));
        self.ids = self.some_ids();
        let large = [self.creates(16), self.reads(16), self.filters(16), self.patches(16, lock, unlock)];
        for ((name, small), large) in
            ["create", "GET by id", "filter userName eq", "PATCH active"].iter().zip(&small).zip(&large)
        {
            let work = format!("{name}, CPU in a large directory against a small");
            let note = format!("{} against {}", per_request(large), per_request(small));
            report.add(engine, &work, large.cpu_us / small.cpu_us, "ratio", Target::AtMost(1.15), note);
        }
        self.pages(report);
        groups::measure(self, report);
        let rss = self.daemon.rss_mib();
        report.add(engine, "resident memory after the load", rss, "MiB", Target::AtMost(60.0), String::new());
        let first = self.daemon.restart();
        report.add(
            engine,
            "first answer after start",
            first.as_secs_f64() * 1000.0,
            "ms",
            Target::AtMost(100.0),
            String::new(),
        );
    }

    fn pages(&self, report: &mut Report) {
        let deep = self.plan.large * 9 / 10;
        let (mut ratios, mut cost) = (Vec::new(), 0.0);
        for _ in 0..self.plan.rounds {
            let (first, far) = (self.page("startIndex=1"), self.page(&format!("startIndex={deep}")));
            ratios.push(far.cpu_us / first.cpu_us);
            cost = far.cpu_us / 1000.0;
        }
        let work = format!("page of 100 at {deep}, CPU of the first page");
        report.add(self.engine, &work, median(ratios), "ratio", Target::AtMost(1.5), String::new());
        report.add(self.engine, &format!("page of 100 at {deep}, CPU"), cost, "ms", Target::AtMost(5.0), String::new());
        let behind = self.cursor_behind(deep);
        let mut ratios = Vec::new();
        for _ in 0..self.plan.rounds {
            let (first, far) = (self.page("cursor="), self.page(&format!("cursor={behind}")));
            ratios.push(far.cpu_us / first.cpu_us);
        }
        let work = format!("page of 100 by cursor at {deep}, CPU of the first page");
        report.add(self.engine, &work, median(ratios), "ratio", Target::AtMost(1.1), String::new());
        let total = self.get("/Users?count=0")["totalResults"].as_u64().expect("a number");
        let last = self.get(&format!("/Users?startIndex={total}&count=10&attributes=id"));
        let found = last["Resources"].as_array().map_or(0, Vec::len);
        report.add(
            self.engine,
            "users behind the last but one of totalResults",
            found as f64,
            "",
            Target::AtMost(1.0),
            String::new(),
        );
    }

    fn ratio_of_cpu(&mut self, one: impl Fn(&mut Self) -> Measured, other: impl Fn(&mut Self) -> Measured) -> f64 {
        let rounds = (0..self.plan.rounds).map(|_| one(self).cpu_us / other(self).cpu_us).collect();
        median(rounds)
    }

    fn ratio_of_time(&mut self, one: impl Fn(&mut Self) -> Measured, other: impl Fn(&mut Self) -> Measured) -> f64 {
        let rounds = (0..self.plan.rounds).map(|_| other(self).rate() / one(self).rate()).collect();
        median(rounds)
    }
}

/// A database of its own on the server, gone when dropped.
struct PostgresDatabase {
    server: String,
    name: String,
    url: String,
}

impl PostgresDatabase {
    fn make(server: &str) -> Self {
        let name = format!("bench_{}", uuid::Uuid::new_v4().simple());
        psql(server, &format!("CREATE DATABASE {name}"));
        let mut url = url::Url::parse(server).expect("a URL");
        url.set_path(&name);
        Self { server: server.to_owned(), name, url: url.into() }
    }

    fn tenant(&self) -> String {
        psql(&self.url, "SELECT id FROM tenants").trim().to_owned()
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        psql(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn psql(url: &str, sql: &str) -> String {
    let output = std::process::Command::new("psql").args([url, "-qAtc", sql]).output().expect("psql can be started");
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
