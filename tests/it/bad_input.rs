//! What a client may get wrong, or try: each time a clear refusal, nothing stored, and the next request answered.

mod bodies;
mod connections;
mod credentials;
mod filters;
mod identity;

use crate::world::daemon::Daemon;
use crate::world::idp::{Idp, user};

/// The tables that hold what was asked for. An event may tell of a refusal; of a stranger not even that.
const STORED: [&str; 5] = ["employees", "employee_keys", "departed_employees", "audit_records", "outbox"];

/// A daemon with one employee, and what is stored by then.
struct Scene<'a> {
    daemon: &'a Daemon,
    idp: Idp,
    /// The employee.
    ada: String,
    stored: Vec<i64>,
}

impl<'a> Scene<'a> {
    async fn set(daemon: &'a Daemon) -> Self {
        let idp = daemon.tenant("acme");
        let ada = crate::world::idp::id(&idp.create(&user("ada")).await).to_owned();
        Self { stored: stored(daemon).await, daemon, idp, ada }
    }

    /// Nothing has been stored since, and the daemon does its work.
    async fn is_unharmed(&self) {
        assert_eq!(stored(self.daemon).await, self.stored, "rows of {STORED:?}");
        self.idp.get(&format!("/Users/{}", self.ada)).await.expect(200);
    }
}

async fn stored(daemon: &Daemon) -> Vec<i64> {
    let mut rows = Vec::new();
    for table in STORED {
        rows.push(daemon.database.count(table).await);
    }
    rows
}
