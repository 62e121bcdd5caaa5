//! X1, X2 in their short form: the daemon is killed under load, and nothing that it has acknowledged is lost (V1).
//!
//! `DESKGATE_KILLS` says how often each engine's daemon is killed; `DESKGATE_SEED` repeats the moments and the load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::from_environment;
use super::ledger::{self, Doubt, Known, Ledger, State};
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::idp::{Idp, patch_op, user};
use crate::world::rows;

const CLIENTS: u64 = 16;

/// One client: makes users of his own, locks, unlocks and deletes them, until the daemon is gone or he is told to stop.
struct Writer {
    idp: Idp,
    ledger: Arc<Ledger>,
    enough: Arc<AtomicBool>,
    rng: fastrand::Rng,
    prefix: String,
    made: u32,
    living: Vec<(String, String)>,
}

impl Writer {
    async fn write(mut self) -> u32 {
        let mut answered = 0;
        while !self.enough.load(Ordering::Relaxed) {
            if self.once().await.is_none() {
                break;
            }
            answered += 1;
        }
        answered
    }

    /// One request; `None` when it got no answer.
    async fn once(&mut self) -> Option<()> {
        match (self.rng.u8(0..20), self.living.len()) {
            (0..7, _) | (_, 0) => {
                let name = format!("{}-{}", self.prefix, self.made);
                self.made += 1;
                let body = user(&name).to_string();
                let made = self.ask(&name, &Doubt::Create, "POST", "/Users", body).await?;
                if made.0 == 201 {
                    self.living.push((name, made.1["id"].as_str().unwrap().to_owned()));
                }
            }
            (7..18, count) => {
                let (name, id) = self.living[self.rng.usize(..count)].clone();
                let active = self.rng.bool();
                let body = patch_op(json!([{"op": "Replace", "path": "active", "value": active}]));
                self.ask(&name, &Doubt::SetActive(active), "PATCH", &format!("/Users/{id}"), body).await?;
            }
            (_, count) => {
                let (name, id) = self.living.swap_remove(self.rng.usize(..count));
                let path = format!("/Users/{id}");
                let gone = self.ask(&name, &Doubt::Delete, "DELETE", &path, String::new()).await?;
                if gone.0 != 204 {
                    self.living.push((name, id));
                }
            }
        }
        Some(())
    }

    async fn ask(&self, name: &str, doubt: &Doubt, method: &str, path: &str, body: String) -> Option<(u16, Value)> {
        self.ledger.asked(name, doubt);
        let answer = self.idp.try_send(method, path, &[], body).await.ok()?;
        let json: Option<Value> = serde_json::from_str(&answer.text).ok();
        let resource = json.as_ref().filter(|_| answer.status < 300);
        self.ledger.told(name, answer.status, resource);
        Some((answer.status, json.unwrap_or_default()))
    }
}

/// Whether the daemon may show this after it has come back.
fn allowed(known: &Known, found: Option<&State>) -> bool {
    let kept = found == known.acknowledged.as_ref();
    let done = match (&known.in_doubt, &known.acknowledged) {
        (None, _) | (Some(Doubt::SetActive(_)), None) => false,
        (Some(Doubt::Create), _) => found == Some(&State { active: true, version: 1 }),
        (Some(Doubt::Delete), _) => found.is_none(),
        (Some(Doubt::SetActive(active)), Some(before)) => {
            found == Some(&State { active: *active, version: before.version + i64::from(before.active != *active) })
        }
    };
    kept || done
}

/// The user as the daemon shows him now, found by the name that his client gave him.
async fn shown(idp: &Idp, name: &str) -> Option<(String, State)> {
    let list = idp.filter(&format!("userName eq \"{name}@x.example\"")).await.expect(200).json();
    let users = list["Resources"].as_array().unwrap();
    assert!(users.len() < 2, "{name} is there twice");
    users.first().map(|user| {
        let state = State { active: user["active"] == true, version: ledger::version(&user["meta"]["version"]) };
        (user["id"].as_str().unwrap().to_owned(), state)
    })
}

async fn compare(idp: &Idp, known: &std::collections::BTreeMap<String, Known>) {
    for (name, known) in known {
        let found = shown(idp, name).await;
        let state = found.as_ref().map(|(_, state)| state);
        assert!(allowed(known, state), "{name} should be {known:?} but is {found:?}");
        if let (Some((id, _)), Some(told)) = (&found, &known.id) {
            assert_eq!(id, told, "{name}");
        }
    }
}

/// Nothing is half there: each employee has as many events, audit records and messages of a change as he has had
/// versions, whatever the moment of the kill.
async fn nothing_is_half_there(daemon: &Daemon) {
    // Version 1 is the create; a delete is one change more, and takes him to those who departed.
    let people = "SELECT tenant_id, id, version FROM employees
                  UNION ALL SELECT tenant_id, id, version + 1 FROM departed_employees";
    for (table, whose, which) in [
        ("provisioning_events", "employee_id", "r.status < 300"),
        ("audit_records", "subject_id", "r.action LIKE 'employee.%'"),
        ("outbox", "employee_id", "r.topic NOT LIKE '%:activate' AND r.topic NOT LIKE '%:deactivate'"),
    ] {
        let torn = format!(
            "SELECT count(*) FROM ({people}) AS p WHERE p.version <>
             (SELECT count(*) FROM {table} r WHERE r.tenant_id = p.tenant_id AND r.{whose} = p.id AND {which})"
        );
        assert_eq!(daemon.database.number(&torn).await, 0, "employees without all of their {table}");
        let stray = format!(
            "SELECT count(*) FROM {table} r WHERE {which} AND r.{whose} IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM ({people}) AS p WHERE p.tenant_id = r.tenant_id AND p.id = r.{whose})"
        );
        assert_eq!(daemon.database.number(&stray).await, 0, "{table} of nobody");
    }
    let counted = daemon.database.number("SELECT CAST(sum(employees) AS bigint) FROM employee_counts").await;
    assert_eq!(counted, daemon.database.count("employees").await);
    if let Some(path) = daemon.database.file() {
        let verdict: String = rows::open(path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
}

async fn nothing_acknowledged_is_lost(engine: Engine) {
    let seed = from_environment("DESKGATE_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("DESKGATE_SEED={seed}");
    let kills = from_environment("DESKGATE_KILLS").unwrap_or(5);
    let mut rng = fastrand::Rng::with_seed(seed);
    let folder = tempfile::TempDir::with_prefix("deskgate-ledger.").unwrap();
    let path = folder.path().join("ledger.jsonl");
    let ledger = Arc::new(Ledger::begin(&path));
    let daemon = Daemon::open(engine).await;
    let idp = daemon.tenant("acme");
    let (mut answered, mut in_doubt) = (0, 0);
    for round in 0..kills {
        let enough = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let writer = Writer {
                    idp: idp.clone(),
                    ledger: Arc::clone(&ledger),
                    enough: Arc::clone(&enough),
                    rng: fastrand::Rng::with_seed(rng.u64(..)),
                    prefix: format!("k{round}c{number}"),
                    made: 0,
                    living: Vec::new(),
                };
                tokio::spawn(writer.write())
            })
            .collect();
        // The moment of the fault; nothing is waited for.
        tokio::time::sleep(Duration::from_millis(rng.u64(50..=1000))).await;
        daemon.kill9();
        enough.store(true, Ordering::Relaxed);
        for client in clients {
            answered += client.await.unwrap();
        }
        daemon.start();
        let known = ledger::read(&path);
        let of_this_round = |(name, _): &(&String, &Known)| name.starts_with(&format!("k{round}c"));
        let last = known.iter().filter(of_this_round).map(|(name, known)| (name.clone(), known.clone())).collect();
        compare(&idp, &last).await;
        in_doubt += last.values().filter(|known| known.in_doubt.is_some()).count();
        nothing_is_half_there(&daemon).await;
    }
    // And at the end everybody of every round, whatever later kills did.
    compare(&idp, &ledger::read(&path)).await;
    println!("{kills} kills, {answered} acknowledged requests, {in_doubt} in doubt");
    assert!(u64::from(answered) > kills, "there was no load");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_x1_a_killed_daemon_has_lost_nothing_it_acknowledged_on_sqlite() {
    nothing_acknowledged_is_lost(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_x1_a_killed_daemon_has_lost_nothing_it_acknowledged_on_postgres() {
    nothing_acknowledged_is_lost(Engine::Postgres).await;
}

/// A checker that cannot be disappointed proves nothing.
#[test]
fn the_comparison_notices_what_is_lost_comes_back_or_is_torn() {
    let state = |active, version| Some(State { active, version });
    let known = |acknowledged: Option<State>, in_doubt| Known { acknowledged, id: None, in_doubt };
    for (known, found, right) in [
        (known(state(true, 1), None), state(true, 1), true),
        (known(state(true, 1), None), None, false),
        (known(state(false, 2), None), state(true, 1), false),
        (known(None, None), state(true, 1), false),
        (known(None, Some(Doubt::Create)), None, true),
        (known(None, Some(Doubt::Create)), state(true, 1), true),
        (known(None, Some(Doubt::Create)), state(false, 1), false),
        (known(state(true, 3), Some(Doubt::Delete)), None, true),
        (known(state(true, 3), Some(Doubt::Delete)), state(true, 3), true),
        (known(state(true, 3), Some(Doubt::Delete)), state(true, 2), false),
        (known(state(true, 3), Some(Doubt::SetActive(false))), state(true, 3), true),
        (known(state(true, 3), Some(Doubt::SetActive(false))), state(false, 4), true),
        (known(state(true, 3), Some(Doubt::SetActive(false))), state(false, 3), false),
        (known(state(true, 3), Some(Doubt::SetActive(false))), None, false),
        (known(state(true, 3), Some(Doubt::SetActive(true))), state(true, 4), false),
    ] {
        assert_eq!(allowed(&known, found.as_ref()), right, "{known:?} {found:?}");
    }
}
