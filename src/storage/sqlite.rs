//! SQLite: one connection that writes and commits in groups, others that only read, a lock file for the daemon.

mod checkpoint;
mod connection;
mod job;
mod pool;
mod writer;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;

use self::connection::{Deadline, open_reader, open_writer};
use self::job::{BatchJob, WorkJob};
use self::pool::{Crew, IN_STORE_THREAD};
use self::writer::Writing;
use super::StoreOptions;
use super::batch::{Batch, Outcome};
use super::error::{Result, StorageError};
use super::migrate::{self, MIGRATIONS, Migration};
use super::tx::{Connection, Tx};
use crate::base::clock::Clock;

/// Readers for `point`, used by whichever request thread comes first.
const POINT_READERS: usize = 4;
/// How long a read on a request's own thread may hold that thread.
const POINT_TIME: Duration = Duration::from_millis(500);
/// Threads for `read`.
const READ_THREADS: usize = 4;
/// The page cache of a reader for `point`, in KiB: what a busy tenant asks for again and again.
const POINT_CACHE: u32 = 4096;
/// The page cache of a reader for `read`, in KiB: most pages of a scan are looked at once.
const SCAN_CACHE: u32 = 1024;

/// An open SQLite file.
pub(super) struct Sqlite {
    point_readers: Vec<Mutex<PointReader>>,
    readers: Crew,
    writer: Writing,
    /// Held while the daemon lives; the system lets go of it however it dies.
    _lock: Option<File>,
}

impl Sqlite {
    pub(super) fn open(path: &Path, options: &StoreOptions) -> Result<Self> {
        if !path.exists() {
            return Err(StorageError::Schema(format!(
                "there is no database at {}; run `deskgate migrate` to make it",
                path.display()
            )));
        }
        let lock = if options.exclusive { Some(lock(path)?) } else { None };
        let timeout = options.unit_timeout;
        // The writer first: it puts the file into WAL mode, which readers cannot.
        let writer = writer::start(path, timeout)?;
        let point_readers =
            (0..POINT_READERS).map(|_| PointReader::open(path, timeout).map(Mutex::new)).collect::<Result<_>>()?;
        let connections =
            (0..READ_THREADS).map(|_| open_reader(path, timeout, SCAN_CACHE)).collect::<Result<Vec<_>>>()?;
        let readers = pool::start(connections, timeout)?;
        Ok(Self { point_readers, readers, writer, _lock: lock })
    }

    pub(super) async fn apply(&self, batch: Batch) -> Result<Outcome> {
        self.writer.run(|reply| BatchJob::new(batch, reply)).await
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        if IN_STORE_THREAD.get() {
            return Err(StorageError::Misuse("a write inside a unit of work").into());
        }
        self.writer.run(|reply| WorkJob::new(work, reply)).await
    }

    pub(super) async fn read<T, E, F>(&self, work: F, patience: u32) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.readers.run(|reply| WorkJob::new(work, reply).taking(patience)).await
    }

    pub(super) async fn point<T, E, F>(&self, work: &F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
        E: From<StorageError>,
    {
        // A loop of point reads never waits for anything; let others have their turn.
        tokio::task::consume_budget().await;
        // The first that is free: what the last request read is still in its cache.
        let free = self.point_readers.iter().find_map(|reader| reader.try_lock().ok());
        let mut reader = match (free, self.point_readers.first()) {
            (Some(reader), _) => reader,
            (None, Some(reader)) => reader.lock().unwrap_or_else(PoisonError::into_inner),
            (None, None) => return Err(StorageError::Closed.into()),
        };
        let PointReader { connection, deadline } = &mut *reader;
        deadline.set(POINT_TIME);
        // Nothing on SQLite is ever pending, so one poll finishes the work.
        let mut tx = Tx::new(Connection::Sqlite(connection));
        let result = work(&mut tx).now_or_never();
        result.unwrap_or_else(|| Err(StorageError::Misuse("a point read waited for something else").into()))
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A connection for reads on a request's own thread, with a deadline in case one is not as short as it should be.
struct PointReader {
    connection: rusqlite::Connection,
    deadline: Deadline,
}

impl PointReader {
    fn open(path: &Path, timeout: Duration) -> Result<Self> {
        let connection = open_reader(path, timeout, POINT_CACHE)?;
        let deadline = Deadline::watch(&connection)?;
        Ok(Self { connection, deadline })
    }
}

/// Claims the file for one daemon, by a lock on a file beside it.
fn lock(path: &Path) -> Result<File> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let describe = |source| StorageError::File { path: beside.to_string_lossy().into_owned(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&beside).map_err(describe)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StorageError::InUse(path.display().to_string())),
        Err(TryLockError::Error(source)) => Err(describe(source)),
    }
}

pub(super) fn applied_migrations(path: &Path) -> Result<Vec<i64>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    applied(&mut open_reader(path, Duration::from_secs(10), SCAN_CACHE)?)
}

fn applied(connection: &mut rusqlite::Connection) -> Result<Vec<i64>> {
    let mut tx = Tx::new(Connection::Sqlite(connection));
    migrate::applied(&mut tx).now_or_never().unwrap_or(Err(StorageError::Misuse("SQLite never waits")))
}

/// Takes the missing steps one by one, each in a transaction with its entry.
pub(super) fn migrate(path: &Path) -> Result<Vec<Migration>> {
    let mut connection = open_writer(path)?;
    let mut taken = Vec::new();
    loop {
        // IMMEDIATE: of two that start at once, the second waits here and then finds nothing to do.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let step = take_next(&mut connection);
        connection.execute_batch(if step.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        match step? {
            Some(migration) => taken.push(migration),
            None => return Ok(taken),
        }
    }
}

fn take_next(connection: &mut rusqlite::Connection) -> Result<Option<Migration>> {
    connection.execute_batch(migrate::HISTORY)?;
    let applied = applied(connection)?;
    if let state @ migrate::SchemaState::Newer(_) = migrate::state(&applied) {
        state.ready()?;
    }
    let Some(next) = MIGRATIONS.iter().find(|step| !applied.contains(&step.number)) else { return Ok(None) };
    connection.execute_batch(next.sqlite).map_err(|error| foreign(connection.path().unwrap_or_default(), &error))?;
    let mut tx = Tx::new(Connection::Sqlite(connection));
    migrate::remember(&mut tx, *next, Clock::System.now().micros())
        .now_or_never()
        .unwrap_or(Err(StorageError::Misuse("SQLite never waits")))?;
    Ok(Some(*next))
}

/// A step that cannot be taken: SQLite repeats the whole script, and only its last words say what is wrong.
fn foreign(path: &str, error: &rusqlite::Error) -> StorageError {
    let why = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        error => error.to_string(),
    };
    StorageError::Schema(format!(
        "{path} is not a database of Deskgate ({why}); name another file, or move this one away"
    ))
}
