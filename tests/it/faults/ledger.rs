//! What clients asked for and what they were told, written down before and after.
//!
//! A line is written before its request is sent, so whatever the daemon did, the ledger knows that it was asked. It is the
//! daemon that is killed and not the machine: what is written stays written, and waiting for the disk at each line
//! would only take load off the daemon.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// The ledger of all clients.
pub struct Ledger {
    file: Mutex<File>,
}

/// What one user is, as far as his one client knows.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// After the last answer. `None`: he has never been, or was deleted.
    pub acknowledged: Option<State>,
    /// His id, from the moment on that an answer told it.
    pub id: Option<String>,
    /// What the last request may have made of him, when it got no answer.
    pub in_doubt: Option<Doubt>,
}

/// What of a user the load changes.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub active: bool,
    pub version: i64,
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    Create,
    SetActive(bool),
    Delete,
}

impl Ledger {
    pub fn begin(path: &Path) -> Self {
        Self { file: Mutex::new(File::options().create(true).append(true).open(path).unwrap()) }
    }

    /// Before a request is sent.
    pub fn asked(&self, name: &str, doubt: &Doubt) {
        let (what, active) = match doubt {
            Doubt::Create => ("create", None),
            Doubt::SetActive(active) => ("active", Some(*active)),
            Doubt::Delete => ("delete", None),
        };
        self.write(&json!({"asked": what, "name": name, "active": active}));
    }

    /// After its answer. `user` is the resource in it, if there is one.
    pub fn told(&self, name: &str, status: u16, user: Option<&Value>) {
        let version = user.map(|user| user["meta"]["version"].clone());
        let (id, active) = (user.map(|user| user["id"].clone()), user.map(|user| user["active"].clone()));
        self.write(&json!({"told": status, "name": name, "id": id, "active": active, "version": version}));
    }

    fn write(&self, line: &Value) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// Reads a ledger: what everybody must be now.
pub fn read(path: &Path) -> BTreeMap<String, Known> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let user = known.entry(line["name"].as_str().unwrap().to_owned()).or_default();
        match (line["asked"].as_str(), line["told"].as_u64()) {
            (Some("create"), _) => user.in_doubt = Some(Doubt::Create),
            (Some("active"), _) => user.in_doubt = Some(Doubt::SetActive(line["active"].as_bool().unwrap())),
            (Some("delete"), _) => user.in_doubt = Some(Doubt::Delete),
            (None, Some(200 | 201)) => {
                user.in_doubt = None;
                user.id = line["id"].as_str().map(str::to_owned);
                let version = version(&line["version"]);
                user.acknowledged = Some(State { active: line["active"].as_bool().unwrap(), version });
            }
            (None, Some(204)) => {
                user.in_doubt = None;
                user.acknowledged = None;
            }
            // Trouble is told as such and changes nothing: the request may be repeated.
            (None, Some(503)) => user.in_doubt = None,
            _ => panic!("not an answer to this load: {line}"),
        }
    }
    known
}

/// The number in an entity tag.
pub fn version(tag: &Value) -> i64 {
    tag.as_str().unwrap().trim_start_matches("W/").trim_matches('"').parse().unwrap()
}
