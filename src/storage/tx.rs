//! The handle that statements run on.

use super::error::StorageError;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL through sqlx.
    Postgres,
    /// SQLite through rusqlite.
    Sqlite,
}

/// A connection of either engine.
pub enum Connection<'c> {
    /// Statements are awaited.
    Postgres(&'c mut sqlx::PgConnection),
    /// Statements are calls; nothing is ever pending.
    Sqlite(&'c mut rusqlite::Connection),
}

/// A connection inside a unit of work (or a read). Made by the store alone.
pub struct Tx<'c> {
    connection: Connection<'c>,
    met_another: bool,
    broken: bool,
}

impl<'c> Tx<'c> {
    pub(super) const fn new(connection: Connection<'c>) -> Self {
        Self { connection, met_another: false, broken: false }
    }

    /// The connection, for the statement macros.
    pub(super) const fn connection(&mut self) -> &mut Connection<'c> {
        &mut self.connection
    }

    /// Remembers whether a statement was refused because another transaction was faster: then the whole unit of work
    /// is worth another try, whatever error its caller makes of it.
    pub(super) fn noted<T>(&mut self, result: Result<T, StorageError>) -> Result<T, StorageError> {
        if let Err(error) = &result {
            self.met_another |= error.is_serialization_failure();
            self.broken |= error.is_broken_connection();
        }
        result
    }

    /// Makes the whole unit of work run again once the caller has passed this error on: what it was decided from is no
    /// longer so.
    pub fn begin_again(&mut self) -> StorageError {
        self.met_another = true;
        StorageError::Busy
    }

    /// Whether the connection failed a statement in a way that ends its use.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    pub(super) const fn met_another(&self) -> bool {
        self.met_another
    }

    /// Which engine answers.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.connection {
            Connection::Postgres(_) => Engine::Postgres,
            Connection::Sqlite(_) => Engine::Sqlite,
        }
    }
}
