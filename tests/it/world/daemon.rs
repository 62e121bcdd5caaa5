//! The built daemon as a process, on a database of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde_json::Value;

use super::database::{Database, Engine};
use super::door::Door;
use super::idp::Idp;
use super::program;

/// A daemon, and the database it works on. Ends with the test, however that ends.
pub struct Daemon {
    pub database: Arc<Database>,
    settings: Vec<(String, String)>,
    process: Mutex<Option<Process>>,
    door: Door,
    log: Arc<Mutex<String>>,
}

struct Process {
    child: Child,
    reader: JoinHandle<()>,
}

impl Daemon {
    /// Migrates an empty database and serves it.
    pub async fn open(engine: Engine) -> Self {
        Self::with(engine, &[]).await
    }

    /// The same with settings of its own, each a variable and its value.
    #[expect(clippy::unused_async, reason = "worlds are opened alike")]
    pub async fn with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let database = Database::fresh(engine);
        let migrated = program::run(&database.url, &["migrate", "--json"]);
        assert_eq!(migrated.code, 0, "{migrated:?}");
        let daemon = Self {
            settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            process: Mutex::new(None),
            door: Door::default(),
            log: Arc::default(),
            database: Arc::new(database),
        };
        daemon.start();
        daemon
    }

    /// Another process on the same database, with the same settings.
    pub fn replica(&self) -> Self {
        let replica = Self {
            database: Arc::clone(&self.database),
            settings: self.settings.clone(),
            process: Mutex::new(None),
            door: Door::default(),
            log: Arc::default(),
        };
        replica.start();
        replica
    }

    /// A tenant of that name, and its identity provider with its token.
    pub fn tenant(&self, name: &str) -> Idp {
        self.command(&["tenant", "create", name, "--customer-number", &format!("K-{name}"), "--json"]);
        self.provider(self.token(name, &[])["token"].as_str().unwrap())
    }

    /// An identity provider that knocks here with a token that it has already.
    pub fn provider(&self, token: &str) -> Idp {
        Idp::new(token, self.door.clone())
    }

    /// A token of the tenant, as the command shows it.
    pub fn token(&self, tenant: &str, more: &[&str]) -> Value {
        let arguments = [&["token", "create", "--tenant", tenant, "--scope", "scim", "--json"], more].concat();
        self.command(&arguments)
    }

    /// Runs a command of the operator on this database, and reads what it says.
    pub fn command(&self, arguments: &[&str]) -> Value {
        let ended = program::run(&self.database.url, arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.json()
    }

    /// Where requests go, without a token.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// What the daemon has logged so far. Whoever wants all of it ends the daemon first.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it as a crash would.
    pub fn kill9(&self) {
        self.process().as_mut().expect("it runs").child.kill().expect("it can be killed");
        self.reap();
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(&self) -> ExitStatus {
        let id = self.process().as_ref().expect("it runs").child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("there is a kill").success());
        self.reap()
    }

    /// Starts it again after it has ended. Doors and identity providers find it.
    pub fn start(&self) {
        let mut process = self.process();
        assert!(process.is_none(), "it runs already");
        let mut settings: Vec<(&str, &str)> = vec![
            ("DESKGATE_DATABASE", &self.database.url),
            ("DESKGATE_LISTEN", "127.0.0.1:0"),
            ("DESKGATE_LOG_FORMAT", "json"),
            // Tests send as fast as they can; those about the limits set them.
            ("DESKGATE_LIMITS_SCIM_RATE", "1000"),
            ("DESKGATE_LIMITS_SCIM_BURST", "1000000"),
        ];
        settings.extend(self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut child = program::command(&["serve"], &settings)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon can be started");
        let (reader, address) = read_log(child.stderr.take().expect("it is piped"), Arc::clone(&self.log));
        // The sender goes with the log's end, so a daemon that does not come up is noticed at once.
        let address = address.recv().unwrap_or_else(|_| panic!("the daemon did not come up:\n{}", self.log()));
        self.door.leads_to(address);
        *process = Some(Process { child, reader });
    }

    fn reap(&self) -> ExitStatus {
        let Process { mut child, reader } = self.process().take().expect("it runs");
        let status = child.wait().expect("it is our child");
        reader.join().expect("the reader of the log does not panic");
        status
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(Process { mut child, reader }) = self.process().take() {
            let _ = child.kill();
            let _ = child.wait();
            let _ = reader.join();
        }
        if std::thread::panicking() {
            let log = self.log();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            println!("the end of the daemon's log, backwards:\n{}", last.join("\n"));
        }
    }
}

/// Collects the log, and hands out the address when the daemon says that it is ready.
fn read_log(stderr: ChildStderr, log: Arc<Mutex<String>>) -> (JoinHandle<()>, Receiver<SocketAddr>) {
    let (sender, receiver) = channel();
    let reader = std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(stderr).lines() {
            let line = line.expect("the daemon writes UTF-8");
            if let Some(ready) = sender.as_ref()
                && let Some(address) = ready_at(&line)
            {
                let _ = ready.send(address);
                sender = None;
            }
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
    (reader, receiver)
}

fn ready_at(line: &str) -> Option<SocketAddr> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["message"].as_str()?.starts_with("ready").then(|| line["address"].as_str()?.parse().ok())?
}
