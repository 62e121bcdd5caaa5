//! Store.
use std::time::Duration;

/// Why the database did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A unique key is taken.
    #[error("a unique key is taken: {0}")]
    Unique(&'static str),
    /// Too busy.
    #[error("the database is busy")]
    Busy,
}

/// The database, of either engine; cheap to clone.
#[derive(Clone)]
pub struct Store {}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`
    Sqlite(std::path::PathBuf),
    /// `postgres://…`: may hold a password, so its `Debug` and `Display` hide it (later a secret type).
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    ///
    /// A sentence that says which forms there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let _ = text;
        todo!()
    }
}

/// How to open it.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// PostgreSQL connections, SQLite readers.
    pub connections: u32,
    /// How long one unit of work may take.
    pub unit_timeout: Duration,
}

impl Store {
    /// Opens the database; it must have been migrated to exactly this release's schema.
    ///
    /// # Errors
    ///
    /// Unreachable, not migrated, newer than this release, or (SQLite) opened by another process.
    pub async fn open(url: &DatabaseUrl, options: &StoreOptions) -> Result<Self, StorageError> {
        let _ = (url, options);
        todo!()
    }

    /// Brings the schema up to this release's; says what was done.
    ///
    /// # Errors
    ///
    /// Unreachable, or newer than this release.
    pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, StorageError> {
        let _ = url;
        todo!()
    }

    /// Finishes what is under way and closes the files and connections.
    pub async fn close(self) {
        todo!()
    }
}
