//! What holds what at whatever depth, and what is told of it, after whatever was done to groups.
//!
//! `DESKGATE_SEED` repeats a run.

use std::collections::{BTreeMap, BTreeSet};

use deskgate::app::authentication::ProvisioningClient;
use deskgate::app::provisioning::{IfMatch, ProvisioningError, RequestContext};
use serde_json::{Value, json};

use super::{GROUP, get, make, patch};
use crate::world::daemon::Daemon;
use crate::world::database::Database;
use crate::world::idp::{PATCH_OP, user};
use crate::world::on_each_engine;
use crate::world::tenancy::House;

/// How many requests a run makes.
const STEPS: usize = 200;
/// How many groups there are at most; so few that ways meet.
const GROUPS: usize = 14;

/// The members of each group, by identifiers; those that are groups are keys themselves.
type Copy = BTreeMap<String, BTreeSet<String>>;

/// All pairs of which the first holds the second, each group with itself among them.
fn closed(groups: &Copy) -> BTreeSet<(String, String)> {
    let mut pairs = BTreeSet::new();
    for group in groups.keys() {
        let mut waiting = vec![group];
        while let Some(held) = waiting.pop() {
            if pairs.insert((group.clone(), held.clone())) {
                waiting.extend(groups[held].iter().filter(|member| groups.contains_key(*member)));
            }
        }
    }
    pairs
}

/// Two columns with identifiers.
async fn pairs(database: &Database, table: &str, first: &str, second: &str) -> BTreeSet<(String, String)> {
    let text = |column: &str| match database.file() {
        Some(_) => format!("lower(hex({column}))"),
        None => format!("replace(CAST({column} AS text), '-', '')"),
    };
    let rows = database.texts(&format!("SELECT {} || ' ' || {} FROM {table}", text(first), text(second))).await;
    let hyphenated = |id: &str| uuid::Uuid::parse_str(id).unwrap().to_string();
    rows.iter().map(|row| row.split_once(' ').unwrap()).map(|(one, two)| (hyphenated(one), hyphenated(two))).collect()
}

async fn closure(database: &Database) -> BTreeSet<(String, String)> {
    pairs(database, "group_closure", "ancestor_id", "descendant_id").await
}

/// A directory of whose groups everything is known.
struct Directory<'h> {
    house: &'h House,
    client: ProvisioningClient,
    rng: fastrand::Rng,
    people: Vec<String>,
    groups: Copy,
    refused: u32,
}

impl<'h> Directory<'h> {
    fn new(house: &'h House, client: ProvisioningClient, people: Vec<String>, seed: u64) -> Self {
        Self { house, client, rng: fastrand::Rng::with_seed(seed), people, groups: Copy::new(), refused: 0 }
    }

    fn some(&mut self, from: &[String], most: usize) -> Vec<String> {
        let count = self.rng.usize(0..=most);
        (0..count).filter(|_| !from.is_empty()).map(|_| from[self.rng.usize(..from.len())].clone()).collect()
    }

    /// People and groups.
    fn members(&mut self) -> BTreeSet<String> {
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        let people = self.people.clone();
        self.some(&groups, 3).into_iter().chain(self.some(&people, 2)).collect()
    }

    async fn step(&mut self) {
        let provisioning = self.house.app.provisioning();
        let context = RequestContext { request_id: "closure".to_owned() };
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        let listed = |ids: &BTreeSet<String>| ids.iter().map(|id| json!({"value": id})).collect::<Value>();
        if groups.len() < 3 || (groups.len() < GROUPS && self.rng.u8(0..6) == 0) {
            let members = self.members();
            let name = self.rng.u64(..).to_string();
            let body = json!({"schemas": [GROUP], "displayName": name, "members": listed(&members)});
            let made = provisioning.create_group(&self.client, &context, body).await.unwrap();
            self.groups.insert(made.id.to_string(), members);
            return;
        }
        let group = groups[self.rng.usize(..groups.len())].clone();
        let mut wanted = self.groups[&group].clone();
        let those = self.members();
        let operations = match self.rng.u8(0..12) {
            0 => {
                provisioning.delete_group(&self.client, &context, &group, &IfMatch::Any).await.unwrap();
                self.groups.remove(&group);
                for members in self.groups.values_mut() {
                    members.remove(&group);
                }
                return;
            }
            1..=5 => {
                wanted.extend(those.iter().cloned());
                json!([{"op": "add", "path": "members", "value": listed(&those)}])
            }
            6 => {
                wanted.retain(|member| !those.contains(member));
                json!([{"op": "remove", "path": "members", "value": listed(&those)}])
            }
            7 => {
                let kept = self.members();
                wanted = kept.iter().filter(|member| !those.contains(*member)).cloned().collect();
                json!([
                    {"op": "replace", "path": "members", "value": listed(&kept)},
                    {"op": "remove", "path": "members", "value": listed(&those)},
                ])
            }
            8 => {
                wanted.retain(|member| !self.groups.contains_key(member));
                json!([{"op": "remove", "path": "members[type eq \"Group\"]"}])
            }
            9 => {
                // One that is in goes, others come.
                let gone = wanted.iter().next().cloned();
                wanted.extend(those.iter().cloned());
                wanted.retain(|member| Some(member) != gone.as_ref());
                let gone: BTreeSet<String> = gone.into_iter().collect();
                json!([
                    {"op": "add", "path": "members", "value": listed(&those)},
                    {"op": "remove", "path": "members", "value": listed(&gone)},
                ])
            }
            _ => {
                wanted.clone_from(&those);
                json!([{"op": "put"}])
            }
        };
        let held = closed(&self.groups);
        let round = wanted.iter().any(|member| held.contains(&(member.clone(), group.clone())));
        let done = if operations[0]["op"] == "put" {
            let name = self.rng.u64(..).to_string();
            let body = json!({"schemas": [GROUP], "displayName": name, "members": listed(&wanted)});
            provisioning.replace_group(&self.client, &context, &group, &IfMatch::Any, body).await
        } else {
            let body = json!({"schemas": [PATCH_OP], "Operations": operations});
            provisioning.patch_group(&self.client, &context, &group, &IfMatch::Any, body).await.map(drop)
        };
        match done {
            Ok(()) if !round => {
                self.groups.insert(group, wanted);
            }
            Err(ProvisioningError::Invalid(error)) if round => {
                assert!(error.detail.contains("a member of itself"), "{error:?}");
                self.refused += 1;
            }
            other => panic!("{other:?}; a cycle: {round}; {operations}"),
        }
    }
}

/// What somebody has who was told of every change, and of nothing else.
async fn told(database: &Database) -> Copy {
    let (id, open) = match database.file() {
        Some(_) => ("lower(hex(group_id))", "json_object('group', "),
        None => ("group_id", "json_build_object('group', "),
    };
    let messages = database
        .texts(&format!(
            "SELECT CAST({open}{id}, 'topic', topic, 'payload', payload) AS text) FROM outbox WHERE group_id IS NOT NULL ORDER BY seq"
        ))
        .await;
    let mut copy = Copy::new();
    for message in messages {
        let message: Value = serde_json::from_str(&message).unwrap();
        let group = uuid::Uuid::parse_str(message["group"].as_str().unwrap()).unwrap().to_string();
        let payload: Value = serde_json::from_str(message["payload"].as_str().unwrap()).unwrap();
        let members = copy.entry(group).or_default();
        for (list, comes) in [("added", true), ("groupsAdded", true), ("removed", false), ("groupsRemoved", false)] {
            for id in payload["members"][list].as_array().into_iter().flatten() {
                let id = id.as_str().unwrap().to_owned();
                let moved = if comes { members.insert(id) } else { members.remove(&id) };
                assert!(moved, "{message}");
            }
        }
    }
    copy
}

on_each_engine! {
    /// Both are held against a model: what holds what at whatever depth, and the copy of one who reads the outbox. Of a
    /// group that is gone nothing is left in it: everybody who was in it was named.
    async fn what_holds_what_and_what_is_told_is_what_a_model_says(house: House) {
        let seed = std::env::var("DESKGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
        println!("DESKGATE_SEED={seed}");
        let stranger = house.tenant("other").await;
        let client = house.tenant("acme").await;
        let context = RequestContext { request_id: "closure".to_owned() };
        let mut people = Vec::new();
        for name in ["a", "b", "c"] {
            people.push(house.app.provisioning().create_user(&client, &context, user(name)).await.unwrap().id.to_string());
        }
        let mut theirs = Directory::new(&house, stranger, Vec::new(), seed);
        while theirs.groups.len() < 5 {
            theirs.step().await;
        }
        let mut ours = Directory::new(&house, client, people, seed);
        for step in 0..STEPS {
            ours.step().await;
            let expected: BTreeSet<_> = closed(&ours.groups).into_iter().chain(closed(&theirs.groups)).collect();
            assert_eq!(closure(&house.database).await, expected, "DESKGATE_SEED={seed}, step {step}");
        }
        assert!(ours.refused > 5, "only {} cycles were tried", ours.refused);
        let mut copy = told(&house.database).await;
        copy.retain(|group, members| !members.is_empty() || ours.groups.contains_key(group) || theirs.groups.contains_key(group));
        ours.groups.append(&mut theirs.groups);
        assert_eq!(copy, ours.groups, "DESKGATE_SEED={seed}");
    }
}

on_each_engine! {
    async fn many_who_nest_at_once_leave_what_their_edges_say(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut groups = Vec::new();
        for number in 0..10 {
            groups.push(make(&idp, &format!("Group {number}"), &[]).await);
        }
        let writers = (0..8).map(|_| {
            let (idp, groups) = (idp.clone(), groups.clone());
            tokio::spawn(async move {
                for _ in 0..25 {
                    let [group, member] = [0, 1].map(|_| &groups[fastrand::usize(..groups.len())]);
                    let op = if fastrand::u8(0..3) == 0 { "remove" } else { "add" };
                    let answer = patch(&idp, group, json!([{"op": op, "path": "members", "value": [{"value": member}]}])).await;
                    assert!([204, 400].contains(&answer.status), "{answer:?}");
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let mut held: Copy = groups.iter().map(|group| (group.clone(), BTreeSet::new())).collect();
        for (above, below) in pairs(&daemon.database, "group_subgroups", "group_id", "subgroup_id").await {
            held.get_mut(&above).unwrap().insert(below);
        }
        let closed = closed(&held);
        assert!(closed.iter().all(|(one, other)| one == other || !closed.contains(&(other.clone(), one.clone()))), "a cycle");
        assert_eq!(closure(&daemon.database).await, closed);
    }
}

on_each_engine! {
    /// Of two daemons on one database, each with its own turns.
    async fn two_halves_of_a_cycle_at_two_daemons_do_not_make_one(house: House) {
        let client = house.tenant("acme").await;
        let apps = [house.app.clone(), house.replica().await];
        let context = RequestContext { request_id: "closure".to_owned() };
        for round in 0..10 {
            let mut groups = Vec::new();
            for name in ["One", "Two"] {
                let body = json!({"schemas": [GROUP], "displayName": format!("{name} {round}")});
                groups.push(house.app.provisioning().create_group(&client, &context, body).await.unwrap().id.to_string());
            }
            let nest = |app: usize, group: usize| {
                let body = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "members", "value": groups[1 - group]}]});
                let (app, client, context, group) = (&apps[app], &client, &context, &groups[group]);
                async move { app.provisioning().patch_group(client, context, group, &IfMatch::Any, body).await.is_ok() }
            };
            let done = tokio::join!(nest(0, 0), nest(1, 1));
            assert_ne!(done.0, done.1, "one of them");
        }
    }
}

/// Counts every row of the closure that is written, until it is asked.
async fn count_writes(database: &Database) {
    database.execute("CREATE TABLE closure_writes (one integer NOT NULL)").await;
    if database.file().is_some() {
        for event in ["INSERT", "UPDATE", "DELETE"] {
            let note = "INSERT INTO closure_writes (one) VALUES (1)";
            let trigger = format!("CREATE TRIGGER note_{event} AFTER {event} ON group_closure BEGIN {note}; END");
            database.execute(&trigger).await;
        }
    } else {
        let note = "INSERT INTO closure_writes (one) VALUES (1); RETURN NULL;";
        let function = format!("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note} END $$");
        database.execute(&function).await;
        let event = "AFTER INSERT OR UPDATE OR DELETE ON group_closure";
        database.execute(&format!("CREATE TRIGGER note {event} FOR EACH ROW EXECUTE FUNCTION note()")).await;
    }
}

on_each_engine! {
    async fn a_change_of_nesting_writes_what_it_changes_and_nothing_of_the_rest(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let all: Vec<String> = (0..1_000).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        daemon.database.assemble(&all).await;
        let company = make(&idp, "Company", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let team = make(&idp, "Team", &[]).await;
        let squad = make(&idp, "Squad", &[&team]).await;
        count_writes(&daemon.database).await;
        let written = async || {
            let written = daemon.database.count("closure_writes").await;
            daemon.database.execute("DELETE FROM closure_writes").await;
            written
        };
        let add = |id: &str| json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        let remove = |id: &str| json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]);
        patch(&idp, &company, add(&squad)).await.expect(204);
        assert_eq!(written().await, 2, "the company holds the squad and its team");
        patch(&idp, &all[7], add(&squad)).await.expect(204);
        assert_eq!(written().await, 2, "so does a department; the company did already");
        patch(&idp, &company, remove(&squad)).await.expect(204);
        assert_eq!(written().await, 0, "the company holds them by way of the department");
        patch(&idp, &company, remove(&all[7])).await.expect(204);
        assert_eq!(written().await, 3, "the department, and with it squad and team");
        patch(&idp, &squad, json!([{"op": "replace", "path": "members", "value": []}])).await.expect(204);
        assert_eq!(written().await, 2, "the team goes from squad and department");
        patch(&idp, &company, remove(&all[3])).await.expect(204);
        assert_eq!(written().await, 1);
        idp.send("DELETE", &format!("/Groups/{company}"), &[], "").await.expect(204);
        assert_eq!(written().await, 999, "itself, and the 998 that were left in it");
    }
}

on_each_engine! {
    async fn l3_nesting_has_bounds_that_are_named(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut chain = vec![make(&idp, "Level 0", &[]).await];
        for level in 1..100 {
            let below = chain.last().unwrap().clone();
            chain.push(make(&idp, &format!("Level {level}"), &[&below]).await);
        }
        let add = |id: &str| json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        let (top, roof) = (make(&idp, "Top", &[&chain[99]]).await, make(&idp, "Roof", &[]).await);
        let before = (get(&idp, &roof).await, closure(&daemon.database).await);
        let detail = patch(&idp, &roof, add(&top)).await.refused(400, Some("tooMany"));
        assert!(detail.contains(&chain[0]) && detail.contains("more than 100 others"), "{detail}");
        assert_eq!((get(&idp, &roof).await, closure(&daemon.database).await), before);
        patch(&idp, &roof, add(&chain[99])).await.refused(400, Some("tooMany"));
        let all: Vec<String> = (0..1_000).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        daemon.database.assemble(&all).await;
        let wide = make(&idp, "Wide", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let detail = patch(&idp, &chain[1], add(&wide)).await.refused(400, Some("tooMany"));
        assert!(detail.contains("100000 pairs"), "{detail}");
        patch(&idp, &chain[95], add(&wide)).await.expect(204);
        assert_eq!(idp.get(&format!("/Groups?filter=members+eq+%22{wide}%22")).await.expect(200).json()["totalResults"], 1);
    }
}
