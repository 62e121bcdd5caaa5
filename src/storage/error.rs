//! What can go wrong with the database, in words that callers can act on.

/// Why the database did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A unique key is taken; the index, as both engines name it.
    #[error("a unique key is taken: {0}")]
    Unique(String),
    /// A row that must exist does not.
    #[error("a referenced row does not exist")]
    ForeignKey,
    /// A statement that must give a row gave none.
    #[error("a row that must exist does not")]
    NoRow,
    /// The statement or unit of work ran longer than it may.
    #[error("the database needed longer than it may")]
    TimedOut,
    /// Too much work is queued, or the unit of work kept meeting others.
    #[error("the database is busy")]
    Busy,
    /// The database is going down.
    #[error("the database is being closed")]
    Closed,
    /// COMMIT was sent and no answer came: the change may be there or not.
    #[error("the outcome of the commit is unknown")]
    CommitUnknown(#[source] sqlx::Error),
    /// COMMIT was refused (disk full, input or output error): nothing of it is there.
    #[error("the commit failed")]
    CommitFailed(#[source] Box<StorageError>),
    /// The unit of work panicked; it was rolled back.
    #[error("a unit of work panicked: {0}")]
    Panicked(String),
    /// A rule of this house was broken by its own code.
    #[error("misuse of the store: {0}")]
    Misuse(&'static str),
    /// A row holds what this release cannot read.
    #[error("{0} cannot be read")]
    Unreadable(String),
    /// The schema is older or newer than this release.
    #[error("{0}")]
    Schema(String),
    /// The address of the database is not understood.
    #[error("{0}")]
    Address(String),
    /// Another daemon works on the file.
    #[error("another daemon has the database open ({0})")]
    InUse(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// PostgreSQL, or the way to it.
    #[error("PostgreSQL did not do as told")]
    Postgres(#[source] sqlx::Error),
    /// SQLite.
    #[error("SQLite did not do as told")]
    Sqlite(#[source] rusqlite::Error),
}

/// The result of talking to the database.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

impl StorageError {
    /// Whether the same unit of work may succeed when it is run again from its beginning.
    pub(super) fn is_serialization_failure(&self) -> bool {
        matches!(self, Self::Postgres(sqlx::Error::Database(e)) if matches!(e.code().as_deref(), Some("40001" | "40P01")))
    }
}

impl StorageError {
    /// Whether the connection is of no more use: it broke, or its server is a standby now and refuses to write (V2).
    pub(super) fn is_broken_connection(&self) -> bool {
        match self {
            Self::Postgres(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("25006" | "57P01" | "57P02" | "57P03"))
            }
            Self::Postgres(_) | Self::CommitUnknown(_) | Self::TimedOut => true,
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match &error {
            sqlx::Error::RowNotFound => Self::NoRow,
            sqlx::Error::Database(database) => match (database.kind(), database.code().as_deref()) {
                (ErrorKind::UniqueViolation, _) => Self::Unique(database.constraint().unwrap_or_default().to_owned()),
                (ErrorKind::ForeignKeyViolation, _) => Self::ForeignKey,
                // statement, lock or idle timeout
                (_, Some("57014" | "55P03" | "25P03")) => Self::TimedOut,
                _ => Self::Postgres(error),
            },
            _ => Self::Postgres(error),
        }
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        match &error {
            rusqlite::Error::QueryReturnedNoRows => Self::NoRow,
            rusqlite::Error::SqliteFailure(failure, message) => match failure.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
                    let columns = message.as_deref().and_then(|text| text.rsplit(": ").next()).unwrap_or_default();
                    Self::Unique(index_of_columns(columns))
                }
                ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Self::ForeignKey,
                _ if failure.code == rusqlite::ErrorCode::OperationInterrupted => Self::TimedOut,
                _ if matches!(
                    failure.code,
                    rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked
                ) =>
                {
                    Self::Busy
                }
                _ => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}

/// SQLite names the columns of the index (`employees.tenant_id, employees.user_name_key`), PostgreSQL the index: the
/// last column, which is what callers ask for, is in both names (`employees_user_name`, `tenants_name_key_key`).
fn index_of_columns(columns: &str) -> String {
    let last = columns.rsplit(", ").next().unwrap_or(columns);
    last.replacen('.', "_", 1)
}
