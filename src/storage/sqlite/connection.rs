//! How a connection is set up.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::storage::error::{Result, StorageError};

/// How long the writer waits for another process that writes (a short command beside the daemon); half of what a caller
/// waits for his turn, so that he hears of it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the writer sleeps until he looks again whether the other process is done. SQLite's own handler ends up
/// looking ten times a second, and would hardly ever meet a gap between the parts of a long work.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// Virtual machine steps between two looks at the deadline; about a tenth of a millisecond.
const STEPS_PER_LOOK: i32 = 20_000;

/// The connection that writes. Makes the file if there is none, readable for its owner alone.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    if !path.exists() {
        create_private(path)?;
    }
    let connection = Connection::open(path)?;
    connection.busy_handler(Some(wait_for_another_process))?;
    connection.set_prepared_statement_cache_capacity(256);
    plan_once(&connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 33554432;",
    )?;
    Ok(connection)
}

/// A connection that cannot write, with a page cache of so many KiB.
pub(super) fn open_reader(path: &Path, timeout: Duration, cache: u32) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(timeout)?;
    connection.set_prepared_statement_cache_capacity(128);
    plan_once(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    connection.pragma_update(None, "cache_size", -i64::from(cache))?;
    Ok(connection)
}

fn wait_for_another_process(looks: i32) -> bool {
    let waits = LOOK_AGAIN * u32::try_from(looks).unwrap_or(u32::MAX) < BUSY_TIMEOUT;
    if waits {
        std::thread::sleep(LOOK_AGAIN);
    }
    waits
}

/// A prepared statement keeps its plan whatever is bound to it. SQLite otherwise plans some statements anew each time,
/// which costs more than they do.
fn plan_once(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|source| StorageError::File { path: path.display().to_string(), source })
}

/// A deadline that interrupts whatever statement the connection runs.
#[derive(Clone)]
pub(super) struct Deadline {
    started: Instant,
    /// Microseconds after `started`; `i64::MAX` while nothing runs.
    at: Arc<AtomicI64>,
}

impl Deadline {
    /// Arms a connection.
    pub(super) fn watch(connection: &Connection) -> Result<Self> {
        let deadline = Self { started: Instant::now(), at: Arc::new(AtomicI64::new(i64::MAX)) };
        let watched = deadline.clone();
        connection.progress_handler(STEPS_PER_LOOK, Some(move || watched.passed()))?;
        Ok(deadline)
    }

    /// From now on statements may take this long together.
    pub(super) fn set(&self, limit: Duration) {
        let end = self.started.elapsed().saturating_add(limit).as_micros();
        self.at.store(i64::try_from(end).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// No limit until the next [`set`](Self::set).
    pub(super) fn lift(&self) {
        self.at.store(i64::MAX, Ordering::Relaxed);
    }

    fn passed(&self) -> bool {
        let now = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        now > self.at.load(Ordering::Relaxed)
    }
}
