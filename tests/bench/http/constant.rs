//! The baseline of a read: an axum handler that gives a constant answer of the same size.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::routing::get;

/// Runs the server until it is killed; prints its address first.
pub fn serve() {
    let body: String = std::iter::repeat_n('x', 1100).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("bound"));
        let handler = move || {
            let body = body.clone();
            async move { ([("content-type", "application/scim+json")], body) }
        };
        axum::serve(listener, Router::new().route("/{*any}", get(handler))).await.expect("it serves");
    });
}

/// The server as a process of its own.
pub struct Constant {
    process: Child,
    pub address: SocketAddr,
}

impl Constant {
    pub fn start() -> Self {
        let me = std::env::current_exe().expect("this program has a path");
        let mut process =
            Command::new(me).arg("--constant-server").stdout(Stdio::piped()).spawn().expect("it can be started");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("it says its address");
        Self { address: line.trim().parse().expect("an address"), process }
    }
}

impl Drop for Constant {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
