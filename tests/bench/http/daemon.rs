//! The built daemon on a database of its own, as a process of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running daemon with one tenant.
pub struct Daemon {
    process: Child,
    database: String,
    pub address: SocketAddr,
    pub token: String,
}

fn command(database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskgate"));
    command.args(arguments).env("DESKGATE_DATABASE", database).env("DESKGATE_LOG_FILTER", "info");
    command
}

fn json(database: &str, arguments: &[&str]) -> serde_json::Value {
    let output = command(database, arguments).output().expect("the daemon's program can be started");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

impl Daemon {
    /// Migrates the database, makes a tenant with a token, and serves.
    pub fn start(database: &str) -> Self {
        json(database, &["migrate", "--json"]);
        json(database, &["tenant", "create", "bench", "--customer-number", "1", "--json"]);
        let token = json(database, &["token", "create", "--tenant", "bench", "--scope", "scim", "--json"]);
        let token = token["token"].as_str().expect("a token").to_owned();
        let (process, address) = serve(database);
        Self { process, database: database.to_owned(), address, token }
    }

    /// Runs a command of the program beside the daemon; gives the JSON document that it prints.
    pub fn command(&self, arguments: &[&str]) -> serde_json::Value {
        json(&self.database, arguments)
    }

    /// Stops the daemon and starts it again; gives the time until its first answer.
    pub fn restart(&mut self) -> Duration {
        self.stop();
        let began = Instant::now();
        (self.process, self.address) = serve(&self.database);
        began.elapsed()
    }

    fn stop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }

    /// CPU time of the process so far, in microseconds.
    pub fn cpu_us(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = [11, 12].iter().map(|index| fields[*index].parse::<u64>().expect("ticks")).sum();
        ticks * 10_000
    }

    /// Resident memory, in MiB.
    pub fn rss_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("kilobytes") / 1024.0
    }

    /// The bytes of a request without a body.
    pub fn request(&self, method: &str, path: &str) -> Vec<u8> {
        format!("{method} /scim/v2{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\r\n", self.token)
            .into_bytes()
    }

    /// The beginning of a request with a body, up to its length.
    pub fn head(&self, method: &str, path: &str) -> String {
        format!(
            "{method} /scim/v2{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\ncontent-type: application/scim+json\r\ncontent-length: ",
            self.token
        )
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(database: &str) -> (Child, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let process = command(database, &["serve"])
        .env("DESKGATE_LISTEN", address.to_string())
        // What is measured is the work, not the limit.
        .env("DESKGATE_LIMITS_SCIM_RATE", "1000000")
        .env("DESKGATE_LIMITS_SCIM_BURST", "1000000")
        .stderr(Stdio::null())
        .spawn()
        .expect("the daemon can be started");
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the daemon does not listen");
        std::thread::sleep(Duration::from_millis(1));
    }
    (process, address)
}
