//! Connections to PostgreSQL that are kept open and lent out.
//!
//! sqlx's own pool asks the server after each use whether it is still there: a round trip that doubles the cost of a
//! look-up. Here a connection comes back only when its work was seen through to the end; one that failed on the way, or
//! whose caller went away in the middle, is closed, and a broken connection takes the idle ones with it, which broke by
//! the same restart.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::storage::error::{Result, StorageError};

/// Up to so many connections with the same settings.
pub(super) struct Pool {
    options: PgConnectOptions,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    seats: Arc<Semaphore>,
    patience: Duration,
}

/// A connection on loan.
pub(super) struct Lease {
    /// There until the lease ends.
    connection: Option<PgConnection>,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    _seat: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(options: PgConnectOptions, connections: u32, patience: Duration) -> Self {
        let seats = Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(usize::MAX)));
        Self { options, idle: Arc::default(), seats, patience }
    }

    /// The same connections, as many at a time as `other` has seats left.
    pub(super) fn sharing_seats_with(self, other: &Self) -> Self {
        Self { seats: Arc::clone(&other.seats), ..self }
    }

    /// Borrows a connection, opening one if none is idle.
    pub(super) async fn acquire(&self) -> Result<Lease> {
        let seat = match Arc::clone(&self.seats).try_acquire_owned() {
            Ok(seat) => seat,
            Err(TryAcquireError::Closed) => return Err(StorageError::Closed),
            Err(TryAcquireError::NoPermits) => {
                let seat = tokio::time::timeout(self.patience, Arc::clone(&self.seats).acquire_owned());
                seat.await.map_err(|_| StorageError::Busy)?.map_err(|_| StorageError::Closed)?
            }
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => match tokio::time::timeout(self.patience, self.options.connect()).await {
                Ok(connection) => connection?,
                Err(_) => return Err(StorageError::Busy),
            },
        };
        Ok(Lease { connection: Some(connection), idle: Arc::clone(&self.idle), _seat: seat })
    }

    /// Lends no more and closes what is idle; what is on loan closes when it comes back.
    pub(super) async fn close(&self) {
        self.seats.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            let _ = connection.close().await;
        }
    }
}

impl Lease {
    /// Gives the connection back: no statement and no transaction is under way on it.
    pub(super) fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }

    /// Ends the loan after work that gave `result`.
    pub(super) fn end<T>(self, result: Result<T>) -> Result<T> {
        match &result {
            Err(error) if error.is_broken_connection() => self.discard(),
            _ => self.give_back(),
        }
        result
    }

    /// Closes the connection, and the idle ones too.
    pub(super) fn discard(self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("taken only when the lease ends")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("taken only when the lease ends")
    }
}
