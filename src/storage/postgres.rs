//! PostgreSQL: two pools, and units of work that are retried when they met each other.

mod composed;
mod pool;
mod statistics;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use self::composed::Composed;
use self::pool::Pool;
use self::statistics::Statistics;
use super::batch::{Batch, Isolation, Outcome};
use super::dynamic::run_batch;
use super::error::{Result, StorageError};
use super::migrate::{self, MIGRATIONS, Migration};
use super::tx::{Connection, Tx};
use super::{Grown, StoreOptions};
use crate::base::clock::Clock;

/// How often a unit of work is run before its caller hears that the database is busy.
const ATTEMPTS: u32 = 10;
/// Serializes the migrations of several daemons that start at once; any constant number does.
const MIGRATION_LOCK: i64 = 0x6465_736b_6761_7465;

/// Connections that write, serializable or read committed, and connections that only read.
pub(super) struct Postgres {
    writers: Arc<Pool>,
    /// For batches that need no more than read committed; they take the seats of the others.
    side_by_side: Pool,
    readers: Pool,
    patience: Duration,
    statistics: Statistics,
    composed: Composed,
}

impl Postgres {
    pub(super) async fn open(address: &SecretString, options: &StoreOptions) -> Result<Self> {
        let connect = connect_options(address, options.unit_timeout)?;
        let pool = |isolation: &str, read_only: &str| {
            let connect = connect
                .clone()
                .options([("default_transaction_isolation", isolation), ("default_transaction_read_only", read_only)]);
            Pool::new(connect, options.connections, options.unit_timeout)
        };
        let writers = Arc::new(pool("serializable", "off"));
        let side_by_side = pool("read committed", "off").sharing_seats_with(&writers);
        let readers = pool("repeatable read", "on");
        // Fail at the start, not with the first request.
        writers.acquire().await?.give_back();
        let statistics = Statistics::new(Arc::clone(&writers));
        let patience = options.unit_timeout;
        Ok(Self { writers, side_by_side, readers, patience, statistics, composed: Composed::default() })
    }

    pub(super) async fn apply(&self, make: impl Fn() -> Batch) -> Result<Outcome> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let batch = make();
            let pool = self.pool(batch.isolation);
            let (text, args) = (self.composed.text(&batch), batch.into_args());
            let mut connection = pool.acquire().await?;
            let Ok(result) = tokio::time::timeout(self.patience, run_batch(&mut connection, text, args)).await else {
                // Nothing has been heard of it; the connection goes with the lease.
                return Err(StorageError::CommitUnknown(silence()));
            };
            match connection.end(result) {
                Ok(0) => return Ok(Outcome::Missed),
                Ok(_) => {
                    self.statistics.written();
                    return Ok(Outcome::Applied);
                }
                Err(error) if error.is_serialization_failure() && attempt < ATTEMPTS => pause(attempt).await,
                Err(error) => return Err(final_word(error)),
            }
        }
    }

    pub(super) async fn write<T, E, F>(&self, isolation: Isolation, work: &F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
        E: From<StorageError>,
    {
        let pool = self.pool(isolation);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Ok(done) = tokio::time::timeout(self.patience * 2, Self::attempt(pool, work)).await else {
                return Err(StorageError::CommitUnknown(silence()).into());
            };
            match done {
                Err(Failed::MetAnother) if attempt < ATTEMPTS => pause(attempt).await,
                Err(Failed::MetAnother) => return Err(StorageError::Busy.into()),
                Err(Failed::Definitely(error)) => return Err(error),
                Ok(value) => {
                    self.statistics.written();
                    return Ok(value);
                }
            }
        }
    }

    pub(super) async fn gather_statistics(&self, grown: Grown) {
        self.statistics.gather(grown).await;
    }

    fn pool(&self, isolation: Isolation) -> &Pool {
        match isolation {
            Isolation::Serializable => &self.writers,
            Isolation::ReadCommitted => &self.side_by_side,
        }
    }

    async fn attempt<T, E, F>(pool: &Pool, work: &F) -> Result<T, Failed<E>>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
        E: From<StorageError>,
    {
        let storage = |error: StorageError| Failed::Definitely(error.into());
        let mut connection = pool.acquire().await.map_err(storage)?;
        if let Err(error) = command(&mut connection, "BEGIN").await {
            return Err(storage(connection.end::<()>(Err(error)).err().unwrap_or(StorageError::Busy)));
        }
        let mut tx = Tx::new(Connection::Postgres(&mut connection));
        let result = work(&mut tx).await;
        let (met_another, broken) = (tx.met_another(), tx.is_broken());
        match result {
            Err(error) => {
                if broken || command(&mut connection, "ROLLBACK").await.is_err() {
                    connection.discard();
                } else {
                    connection.give_back();
                }
                Err(if met_another { Failed::MetAnother } else { Failed::Definitely(error) })
            }
            Ok(value) => {
                let committed = command(&mut connection, "COMMIT").await;
                match connection.end(committed) {
                    Ok(()) => Ok(value),
                    Err(error) if error.is_serialization_failure() => Err(Failed::MetAnother),
                    Err(StorageError::Postgres(error)) if !is_answer(&error) => {
                        Err(storage(StorageError::CommitUnknown(error)))
                    }
                    Err(error) => Err(storage(StorageError::CommitFailed(Box::new(error)))),
                }
            }
        }
    }

    pub(super) async fn read<T, E, F>(&self, work: &F, patience: u32) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
        E: From<StorageError>,
    {
        let mut connection = self.readers.acquire().await?;
        match tokio::time::timeout(self.patience, command(&mut connection, "BEGIN")).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return connection.end(Err(error)).map_err(E::from),
            Err(_) => return Err(StorageError::Busy.into()),
        }
        let mut tx = Tx::new(Connection::Postgres(&mut connection));
        // Dropped in the middle of a statement, the connection is closed, and the server stops working on it.
        let Ok(result) = tokio::time::timeout(self.patience * patience, work(&mut tx)).await else {
            return Err(StorageError::TimedOut.into());
        };
        if tx.is_broken() || command(&mut connection, "ROLLBACK").await.is_err() {
            connection.discard();
        } else {
            connection.give_back();
        }
        result
    }

    pub(super) async fn point<T, E, F>(&self, work: &F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
        E: From<StorageError>,
    {
        let mut connection = self.readers.acquire().await?;
        let mut tx = Tx::new(Connection::Postgres(&mut connection));
        let Ok(result) = tokio::time::timeout(self.patience, work(&mut tx)).await else {
            return Err(StorageError::TimedOut.into());
        };
        if tx.is_broken() {
            connection.discard();
        } else {
            connection.give_back();
        }
        result
    }

    pub(super) async fn close(&self) {
        self.writers.close().await;
        self.side_by_side.close().await;
        self.readers.close().await;
    }
}

/// A statement of transaction control.
async fn command(connection: &mut sqlx::PgConnection, sql: &'static str) -> Result<()> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}

/// How one run of a unit of work failed.
enum Failed<E> {
    /// Another transaction was faster; running it again may help.
    MetAnother,
    /// Its own error, or the database's final word.
    Definitely(E),
}

/// What stands for an answer that did not come.
fn silence() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// Whether the server itself said no; anything else leaves open what it did.
fn is_answer(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(_))
}

/// What a statement's failure means to the caller of a batch: without the server's answer it may have committed.
fn final_word(error: StorageError) -> StorageError {
    match error {
        error if error.is_serialization_failure() => StorageError::Busy,
        StorageError::Postgres(error) if !is_answer(&error) => StorageError::CommitUnknown(error),
        error => error,
    }
}

/// Waits a little longer each time, and never in step with the one it met: half of the step is chance.
async fn pause(attempt: u32) {
    let step = 1u64 << attempt.min(6);
    let mut random = [0u8; 8];
    let _ = getrandom::fill(&mut random);
    tokio::time::sleep(Duration::from_millis(step / 2 + u64::from_le_bytes(random) % step)).await;
}

fn connect_options(address: &SecretString, unit_timeout: Duration) -> Result<PgConnectOptions> {
    let millis = unit_timeout.as_millis().to_string();
    let options = PgConnectOptions::from_str(address.expose_secret()).map_err(StorageError::from)?;
    Ok(options.application_name("deskgate").disable_statement_logging().statement_cache_capacity(512).options([
        ("statement_timeout", millis.as_str()),
        ("lock_timeout", millis.as_str()),
        ("idle_in_transaction_session_timeout", millis.as_str()),
    ]))
}

pub(super) async fn applied_migrations(address: &SecretString) -> Result<Vec<i64>> {
    let mut connection = connect_options(address, Duration::from_secs(10))?.connect().await?;
    let applied = migrate::applied(&mut Tx::new(Connection::Postgres(&mut connection))).await;
    let _ = connection.close().await;
    applied
}

/// Takes the missing steps one by one, each in a transaction with its entry; a second daemon waits its turn.
pub(super) async fn migrate(address: &SecretString) -> Result<Vec<Migration>> {
    // Building an index may take longer than any unit of work.
    let mut connection = connect_options(address, Duration::from_hours(24))?.connect().await?;
    let mut taken = Vec::new();
    loop {
        let mut transaction = connection.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *transaction).await?;
        sqlx::query(migrate::HISTORY).execute(&mut *transaction).await?;
        let applied = migrate::applied(&mut Tx::new(Connection::Postgres(&mut transaction))).await?;
        if let state @ migrate::SchemaState::Newer(_) = migrate::state(&applied) {
            state.ready()?;
        }
        let Some(next) = MIGRATIONS.iter().find(|step| !applied.contains(&step.number)) else {
            transaction.commit().await?;
            let _ = connection.close().await;
            return Ok(taken);
        };
        sqlx::raw_sql(next.postgres).execute(&mut *transaction).await?;
        migrate::remember(&mut Tx::new(Connection::Postgres(&mut transaction)), *next, Clock::System.now().micros())
            .await?;
        transaction.commit().await?;
        taken.push(*next);
    }
}
