//! Many who change the members of one group at once, and a daemon that is killed meanwhile: nobody is lost, nobody is in
//! who should not be.
//!
//! `DESKGATE_SEED` repeats the requests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{get, make, members};
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::idp::{Idp, patch_op, user};

const WRITERS: usize = 16;
const MEMBERS: usize = 20_000;
/// The daemon is killed when so many requests have been answered.
const KILL_AFTER: u64 = 1_500;

/// Who writes: the ids are his own, the group is everybody's.
struct Writer {
    idp: Idp,
    path: String,
    ids: Vec<String>,
    rng: fastrand::Rng,
    answered: Arc<AtomicU64>,
    /// How often the daemon has been started.
    life: watch::Receiver<u32>,
    /// Whom the daemon has acknowledged as members.
    inside: BTreeSet<String>,
    repeated: u32,
}

impl Writer {
    /// Adds everybody, removes many again, brings some back; one to twelve at a time, in turn and mixed.
    async fn write(mut self) -> (BTreeSet<String>, u32) {
        let mut waiting = self.ids.clone();
        self.rng.shuffle(&mut waiting);
        while !waiting.is_empty() {
            let count = self.rng.usize(1..=12).min(waiting.len());
            let coming: Vec<String> = waiting.drain(..count).collect();
            let mut going = Vec::new();
            if self.rng.u8(0..3) == 0 {
                let inside: Vec<&String> = self.inside.iter().collect();
                going = (0..self.rng.usize(0..=inside.len().min(6)))
                    .map(|_| inside[self.rng.usize(..inside.len())].clone())
                    .collect();
                going.sort();
                going.dedup();
                // Some come back later.
                waiting.extend(going.iter().filter(|_| self.rng.u8(0..4) == 0).cloned());
            }
            self.ask(&coming, &going).await;
        }
        (self.inside, self.repeated)
    }

    /// One request, repeated until it is answered: what it asks for may already be so.
    async fn ask(&mut self, coming: &[String], going: &[String]) {
        let mut operations = Vec::new();
        match (going, self.rng.bool()) {
            ([], _) => {}
            (going, true) => operations
                .extend(going.iter().map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}))),
            (going, false) => {
                let list: Vec<Value> = going.iter().map(|id| json!({"$ref": null, "value": id})).collect();
                operations.push(json!({"op": "Remove", "path": "members", "value": list}));
            }
        }
        let list: Vec<Value> = coming.iter().map(|id| json!({"value": id})).collect();
        operations.push(json!({"op": "Add", "path": "members", "value": list}));
        let body = patch_op(json!(operations));
        loop {
            let life = *self.life.borrow_and_update();
            match self.idp.try_send("PATCH", &self.path, &[], body.clone()).await {
                Ok(answer) if answer.status == 204 => break,
                Ok(answer) => panic!("{answer:?}"),
                Err(_) => {
                    self.repeated += 1;
                    while *self.life.borrow_and_update() == life {
                        self.life.changed().await.unwrap();
                    }
                }
            }
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        for id in going {
            self.inside.remove(id);
        }
        self.inside.extend(coming.iter().cloned());
    }
}

async fn the_members_are_exactly_those_of_the_ledger(engine: Engine) {
    let seed =
        std::env::var("DESKGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("DESKGATE_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let daemon = Arc::new(Daemon::open(engine).await);
    let idp = daemon.tenant("acme");
    let group = make(&idp, "Everybody", &[]).await;
    let ids: Vec<String> = (0..MEMBERS).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    daemon.database.employ(&ids).await;
    let (started, life) = watch::channel(1);
    let answered = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = ids
        .chunks(MEMBERS / WRITERS)
        .map(|ids| {
            let writer = Writer {
                idp: idp.clone(),
                path: format!("/Groups/{group}"),
                ids: ids.to_vec(),
                rng: fastrand::Rng::with_seed(rng.u64(..)),
                answered: Arc::clone(&answered),
                life: life.clone(),
                inside: BTreeSet::new(),
                repeated: 0,
            };
            tokio::spawn(writer.write())
        })
        .collect();
    while answered.load(Ordering::Relaxed) < KILL_AFTER {
        assert!(!writers.iter().all(|writer| writer.is_finished()), "the load ended before the fault");
        tokio::task::yield_now().await;
    }
    daemon.kill9();
    daemon.start();
    started.send(2).unwrap();
    let (mut expected, mut repeated) = (BTreeSet::new(), 0);
    for writer in writers {
        let (inside, again) = writer.await.unwrap();
        expected.extend(inside);
        repeated += again;
    }
    let found: BTreeSet<String> = members(&idp, &group).await.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    assert!(found == expected, "other members than were acknowledged");
    assert!(expected.len() < MEMBERS && expected.len() > MEMBERS / 2, "{}", expected.len());
    println!("{} requests, {repeated} repeated, {} members", answered.load(Ordering::Relaxed), expected.len());
    assert!(repeated > 0, "nobody noticed the fault");
    // Every change that was written counts, no more and no less, whatever has been folded.
    let events = "SELECT count(*) FROM provisioning_events WHERE group_id IS NOT NULL";
    let version = get(&idp, &group).await["meta"]["version"].clone();
    assert_eq!(version, format!("W/\"{}\"", daemon.database.number(events).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_c4_sixteen_writers_and_a_kill_leave_exactly_the_ledgers_members_on_sqlite() {
    the_members_are_exactly_those_of_the_ledger(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_c4_sixteen_writers_and_a_kill_leave_exactly_the_ledgers_members_on_postgres() {
    the_members_are_exactly_those_of_the_ledger(Engine::Postgres).await;
}

async fn a_member_who_is_deleted_meanwhile(engine: Engine) {
    let daemon = Daemon::open(engine).await;
    let idp = daemon.tenant("acme");
    let group = make(&idp, "Everybody", &[]).await;
    for round in 0..20 {
        let made = idp.create(&user(&format!("u{round}"))).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let body = patch_op(json!([{"op": "add", "path": "members", "value": [{"value": id}]}]));
        let path = format!("/Groups/{group}");
        let (added, deleted) = tokio::join!(idp.send("PATCH", &path, &[], body), idp.delete(&id));
        deleted.expect(204);
        assert!(added.status == 204 || added.refused(400, Some("invalidValue")).contains(&id));
    }
    assert_eq!(members(&idp, &group).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_is_deleted_meanwhile_is_out_or_refused_on_sqlite() {
    a_member_who_is_deleted_meanwhile(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_is_deleted_meanwhile_is_out_or_refused_on_postgres() {
    a_member_who_is_deleted_meanwhile(Engine::Postgres).await;
}
