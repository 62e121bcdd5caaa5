//! X15 in its short form: many want the last number at once, through several processes, while the rules change.
//!
//! `DESKGATE_ROUNDS` says how often they race.

use std::io::Write as _;
use std::time::Instant;

use futures_util::future::join_all;
use serde_json::json;

use super::from_environment;
use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::idp::{Idp, id, patch_op, user};

const CLIENTS: usize = 32;
/// Two pools with one number each; the rules give that of the one, then that of the other.
const POOLS: [(&str, &str); 2] = [("berlin", "+493012345001"), ("hamburg", "+494012345001")];

struct Race {
    daemon: Daemon,
    replicas: Vec<Daemon>,
    token: String,
    group: String,
    people: Vec<String>,
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

impl Race {
    async fn open(engine: Engine, processes: usize) -> Self {
        let daemon = Daemon::open(engine).await;
        let idp = daemon.tenant("acme");
        // What is let go is free at once.
        daemon.database.execute("UPDATE tenants SET hold_days = 0").await;
        let numbers: Vec<String> =
            POOLS.iter().map(|(pool, number)| format!("voice_number;{number};{pool}\n")).collect();
        let stock = file(&format!("kind;key;pool\n{}", numbers.concat()));
        let path = stock.path().to_str().unwrap();
        daemon.command(&["stock", "import", path, "--tenant", "acme", "--make-pools", "--json"]);
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"});
        let group = id(&idp.post("/Groups", &group).await.expect(201).json()).to_owned();
        let mut people = Vec::new();
        for number in 0..CLIENTS {
            people.push(id(&idp.create(&user(&format!("u{number}"))).await).to_owned());
        }
        let token = daemon.token("acme", &[])["token"].as_str().unwrap().to_owned();
        let replicas = (1..processes).map(|_| daemon.replica()).collect();
        let race = Self { daemon, replicas, token, group, people };
        race.give(POOLS[0].0);
        race
    }

    /// Puts the rule in force that gives the members of the group a number of this pool.
    fn give(&self, pool: &str) {
        let rules =
            file(&format!("[[rule]]\nname = \"Sales\"\ngroup = \"Sales\"\nnumbers = [{{ pool = \"{pool}\" }}]\n"));
        let path = rules.path().to_str().unwrap();
        self.daemon.command(&["rules", "apply", path, "--tenant", "acme", "--yes", "--json"]);
    }

    /// In every other round the one half comes and the other goes, at once and each through his own process. Whatever that
    /// process meets, its client sees no error. Gives how many are in the group then.
    async fn run(&self, round: u64) -> usize {
        let doors: Vec<Idp> =
            [&self.daemon].into_iter().chain(&self.replicas).map(|daemon| daemon.provider(&self.token)).collect();
        let comes = |number: usize| (number as u64 + round).is_multiple_of(2);
        let requests = self.people.iter().enumerate().map(|(number, person)| {
            let operation = if comes(number) {
                json!({"op": "Add", "path": "members", "value": [{"value": person}]})
            } else {
                json!({"op": "Remove", "path": format!("members[value eq \"{person}\"]")})
            };
            let (idp, body) = (&doors[number % doors.len()], patch_op(json!([operation])));
            async move { idp.send("PATCH", &format!("/Groups/{}", self.group), &[], body).await.expect(204) }
        });
        join_all(requests).await;
        (0..CLIENTS).filter(|number| comes(*number)).count()
    }

    /// One of those in the group has the number, and all others wait for it.
    async fn nobody_is_lost(&self, members: usize, pool: usize) {
        let database = &self.daemon.database;
        let held = "SELECT key FROM things WHERE holder_id IS NOT NULL ORDER BY key";
        assert_eq!(database.texts(held).await, [POOLS[pool].1]);
        let counts = "SELECT concat_ws(' ', count(DISTINCT CASE WHEN thing_id IS NOT NULL AND waits_for IS NULL THEN employee_id END),
                             count(DISTINCT CASE WHEN thing_id IS NULL AND waits_for IS NOT NULL THEN employee_id END),
                             count(*)) FROM grants";
        assert_eq!(database.texts(counts).await, [format!("1 {} {members}", members - 1)]);
    }
}

async fn one_has_the_last_number(engine: Engine, processes: usize) {
    let rounds = from_environment("DESKGATE_ROUNDS").unwrap_or(12);
    let race = Race::open(engine, processes).await;
    let began = Instant::now();
    for round in 0..rounds {
        let members = if round == rounds / 2 {
            // The rules change while they race.
            std::thread::scope(|threads| {
                let change = threads.spawn(|| race.give(POOLS[1].0));
                let members =
                    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(race.run(round)));
                change.join().unwrap();
                members
            })
        } else {
            race.run(round).await
        };
        race.nobody_is_lost(members, usize::from(round >= rounds / 2)).await;
        if round % 1_000 == 999 {
            println!("{} rounds", round + 1);
        }
    }
    let spent = began.elapsed().as_secs_f64();
    println!("{processes} processes, {CLIENTS} clients, {rounds} rounds in {spent:.0} s: one holder each time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x15_of_many_who_race_for_the_last_number_one_has_it_on_sqlite() {
    one_has_the_last_number(Engine::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x15_of_many_who_race_for_the_last_number_through_three_processes_one_has_it_on_postgres() {
    one_has_the_last_number(Engine::Postgres, 3).await;
}
