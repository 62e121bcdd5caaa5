//! The database: SQLite embedded, or PostgreSQL; one SQL text for both.
//!
//! [`Store`] gives four ways in, and each says what it may cost:
//!
//! - [`Store::point`]: a few index look-ups; on SQLite they run here and now, without a change of thread;
//! - [`Store::read`]: anything that can scan; one snapshot, a thread of its own on SQLite, a time limit;
//! - [`Store::apply`]: writes a [`Batch`], all or nothing; one round trip on PostgreSQL;
//! - [`Store::write`]: a unit of work that asks and writes in turn; retried on PostgreSQL when it met another.
//!
//! On SQLite both kinds of writes go to one thread, which commits many of them together (group commit) and answers
//! after the commit. A 2xx therefore means durable (V1).
//!
//! **Architecture invariant:** nothing of SCIM here and no decisions; a statement says what is so, never what should be.

#[macro_use]
mod statement;

pub mod announcements;
pub mod audit;
pub mod batch;
pub mod clients;
pub mod credentials;
pub mod departed;
pub mod desks;
pub mod devices;
mod dynamic;
pub mod employee_list;
pub mod employee_records;
pub mod employees;
mod error;
pub mod events;
pub mod grants;
pub mod group_closure;
pub mod group_list;
pub mod group_members;
pub mod groups;
pub mod idempotency;
pub mod instance;
pub mod listing;
mod migrate;
pub mod outbox;
pub mod photos;
pub mod pools;
mod postgres;
mod predicate_sql;
pub mod rules;
mod sqlite;
pub mod stock;
pub mod tenants;
pub mod things;
pub mod tokens;
mod turns;
mod tx;
mod url;
mod value;

use std::sync::Arc;
use std::time::Duration;

pub use error::{Result, StorageError};
pub use migrate::{Migration, SchemaState};
pub use statement::{Row, STATEMENTS, Sql};
pub use tx::{Engine, Tx};
pub use url::{DatabaseUrl, without_password};
pub use value::Ids;

use batch::{Batch, Isolation, Outcome};
pub(crate) use turns::Turns;

use crate::domain::tenant::TenantScope;

/// How many times as long as a unit of work a survey may take.
const SURVEY: u32 = 10;

/// Which tables have got so much that the database should look at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grown {
    /// Any.
    All,
    /// Those that planning writes and reads.
    Planned,
}

/// How the database is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// PostgreSQL: connections that write; as many again read.
    pub connections: u32,
    /// How long one unit of work, one read or one wait for the queue may take.
    pub unit_timeout: Duration,
    /// SQLite: refuse when another daemon has the file open exclusively. Short commands leave it off.
    pub exclusive: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { connections: 8, unit_timeout: Duration::from_secs(10), exclusive: false }
    }
}

/// The database, of either engine; cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Database,
    /// Of those that scan.
    scans: Turns,
    /// Of those that write what all of a tenant's would meet in.
    writes: Turns,
}

#[expect(clippy::large_enum_variant, reason = "there is one, behind an Arc")]
enum Database {
    Postgres(postgres::Postgres),
    Sqlite(sqlite::Sqlite),
}

impl Store {
    /// Opens a database whose schema is that of this release.
    ///
    /// # Errors
    ///
    /// `Schema` when it has not been migrated or is newer; `InUse` when another daemon has the SQLite file; what the
    /// engine says when it cannot be reached.
    pub async fn open(url: &DatabaseUrl, options: &StoreOptions) -> Result<Self> {
        let engine = match url {
            DatabaseUrl::Sqlite(path) => Database::Sqlite(sqlite::Sqlite::open(path, options)?),
            DatabaseUrl::Postgres(address) => Database::Postgres(postgres::Postgres::open(address, options).await?),
        };
        let store = Self(Arc::new(Inner {
            engine,
            scans: Turns::new(options.unit_timeout),
            writes: Turns::new(options.unit_timeout),
        }));
        let applied = store.point(async move |tx: &mut Tx<'_>| migrate::applied(tx).await).await?;
        migrate::state(&applied).ready()?;
        Ok(store)
    }

    /// Brings the schema of a database up to this release, making the SQLite file if there is none.
    ///
    /// Each migration commits with its entry in `schema_migrations`; one that is cut off is run again.
    ///
    /// # Errors
    ///
    /// `Schema` when the database is newer than this release; what the engine says otherwise.
    pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<Migration>> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite::migrate(path),
            DatabaseUrl::Postgres(address) => postgres::migrate(address).await,
        }
    }

    /// How the schema of a database stands to this release; changes nothing.
    ///
    /// # Errors
    ///
    /// What the engine says when it cannot be reached.
    pub async fn schema_state(url: &DatabaseUrl) -> Result<SchemaState> {
        let applied = match url {
            DatabaseUrl::Sqlite(path) => sqlite::applied_migrations(path)?,
            DatabaseUrl::Postgres(address) => postgres::applied_migrations(address).await?,
        };
        Ok(migrate::state(&applied))
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.0.engine {
            Database::Postgres(_) => Engine::Postgres,
            Database::Sqlite(_) => Engine::Sqlite,
        }
    }

    /// Writes a batch: all of it if its guard holds, else nothing. Returns after the commit.
    ///
    /// # Errors
    ///
    /// `Unique` and `ForeignKey` for broken constraints; `Busy`, `TimedOut`, `CommitFailed`, `CommitUnknown`, `Closed`
    /// for trouble on our side.
    pub async fn apply(&self, make: impl Fn() -> Batch) -> Result<Outcome> {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.apply(make).await,
            Database::Sqlite(sqlite) => sqlite.apply(make()).await,
        }
    }

    /// Runs a unit of work in a transaction of its own (PostgreSQL, serializable, retried when it met another) or under
    /// a savepoint (SQLite). Returns after the commit. `work` owns what it captures and may run more than once; it has no
    /// effects but through `tx`, waits for nothing else, and never calls the store.
    ///
    /// # Errors
    ///
    /// Those of `work`, after which nothing is written; and those of [`apply`](Self::apply).
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
        Self: Sized,
    {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.write(Isolation::Serializable, &work).await,
            Database::Sqlite(sqlite) => sqlite.write(work).await,
        }
    }

    /// Like [`write`](Self::write), for a unit of work that keeps others out by locks of its own: on PostgreSQL each of its
    /// statements sees what was committed before it began (read committed).
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub async fn write_locking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.write(Isolation::ReadCommitted, &work).await,
            Database::Sqlite(sqlite) => sqlite.write(work).await,
        }
    }

    /// The same for units of which one tenant's would meet each other every time, and so be retried in vain when there
    /// are many: one of a tenant runs at a time. That none meets one of another daemon is still the database's care.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write); `Busy` when its turn did not come.
    pub async fn write_in_turn<T, E, F>(&self, scope: TenantScope, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let _turn = self.0.writes.take(scope).await?;
        self.write(work).await
    }

    /// Lets the planner know of what writes have brought to these tables, for who has written thousands of rows.
    pub async fn gather_statistics(&self, grown: Grown) {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.gather_statistics(grown).await,
            Database::Sqlite(_) => {}
        }
    }

    /// Reads in one snapshot what may take a while.
    ///
    /// # Errors
    ///
    /// Those of `work`; `TimedOut` when it needs longer than a unit of work may.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.read_within(work, 1).await
    }

    /// Reads in one snapshot what is worked out over thousands of employees; it may take ten times as long as a unit of
    /// work. Whoever does so takes turns with others.
    ///
    /// # Errors
    ///
    /// Those of `work`; `TimedOut` when it needs longer still.
    pub async fn survey<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.read_within(work, SURVEY).await
    }

    async fn read_within<T, E, F>(&self, work: F, patience: u32) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.read(&work, patience).await,
            Database::Sqlite(sqlite) => sqlite.read(work, patience).await,
        }
    }

    /// Reads what may look at every row of a tenant. One such read of a tenant runs at a time, so that one tenant's slow
    /// filters leave room for the others'.
    ///
    /// # Errors
    ///
    /// Those of `work`; `TimedOut` when it needs longer than a unit of work may, `Busy` when its turn did not come.
    pub async fn scan<T, E, F>(&self, scope: TenantScope, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let _turn = self.0.scans.take(scope).await?;
        self.read(work).await
    }

    /// Reads a few rows by index, without a snapshot across statements.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub async fn point<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
        E: From<StorageError>,
    {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.point(&work).await,
            Database::Sqlite(sqlite) => sqlite.point(&work).await,
        }
    }

    /// Takes no more work, finishes what is under way, and closes files and connections.
    pub async fn close(&self) {
        match &self.0.engine {
            Database::Postgres(postgres) => postgres.close().await,
            Database::Sqlite(sqlite) => sqlite.close().await,
        }
    }
}
