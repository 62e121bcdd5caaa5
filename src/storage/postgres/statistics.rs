//! What the planner knows of a database that has only just been filled.
//!
//! Until PostgreSQL has looked at a table by itself, a minute or more after the first rows, it takes a tenant's identifier
//! for as telling as a user's, and reads a whole directory to find one person. An initial cycle writes thousands of
//! users in that minute. So the daemon has its tables looked at after its first hundred writes, and again each time ten
//! times as many have come; and after a write that has brought a great deal by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::pool::Pool;
use crate::storage::Grown;

/// The first number of writes after which the tables are looked at.
const FIRST: u64 = 100;

/// Counts writes.
pub(super) struct Statistics {
    written: AtomicU64,
    writers: Arc<Pool>,
}

impl Statistics {
    pub(super) const fn new(writers: Arc<Pool>) -> Self {
        Self { written: AtomicU64::new(0), writers }
    }

    /// Counts one more; gathers statistics beside the request when they are due.
    pub(super) fn written(&self) {
        let count = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        if count >= FIRST && is_power_of_ten(count) {
            let writers = Arc::clone(&self.writers);
            tokio::spawn(async move { gather(&writers, Grown::All).await });
        }
    }

    /// Gathers statistics now.
    pub(super) async fn gather(&self, grown: Grown) {
        gather(&self.writers, grown).await;
    }
}

fn is_power_of_ten(count: u64) -> bool {
    count == 10u64.pow(count.ilog10())
}

async fn gather(writers: &Pool, grown: Grown) {
    if let Err(error) = look_at_tables(writers, grown).await {
        // The server does it by itself in a while; a role that does not own the tables may not.
        tracing::debug!(%error, "the tables' statistics were not gathered");
    }
}

async fn look_at_tables(writers: &Pool, grown: Grown) -> crate::storage::error::Result<()> {
    let mut connection = writers.acquire().await?;
    let statement = match grown {
        Grown::All => {
            "DO $$ DECLARE name text; BEGIN
                 FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                     EXECUTE format('ANALYZE %I', name);
                 END LOOP;
             END $$"
        }
        Grown::Planned => "ANALYZE grants, things, group_members, group_closure, replans",
    };
    let gathered = super::command(&mut connection, statement).await;
    connection.end(gathered)
}

#[cfg(test)]
mod tests {
    use super::is_power_of_ten;

    #[test]
    fn the_tables_are_looked_at_ever_more_rarely() {
        let due: Vec<u64> = (1..=100_000).filter(|count| is_power_of_ten(*count)).collect();
        assert_eq!(due, [1, 10, 100, 1_000, 10_000, 100_000]);
    }
}
