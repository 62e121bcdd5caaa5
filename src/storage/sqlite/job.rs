//! What a store thread runs: a batch, or a closure.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::Span;

use crate::storage::batch::{Batch, Outcome};
use crate::storage::error::{Result, StorageError};
use crate::storage::tx::{self, Tx};

/// A queued unit of work, whatever its types.
pub(super) trait Job: Send {
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// How many times as long as a unit of work may it take.
    fn patience(&self) -> u32 {
        1
    }
    /// Does the work. `false`: what it wrote must be rolled back. May be called again after the whole group failed.
    fn run(&mut self, connection: &mut Connection) -> bool;
    /// Answers: what the work gave, or why the commit failed.
    fn answer(self: Box<Self>, commit: Result<()>);
}

/// A closure with its result and whoever waits for it.
pub(super) struct WorkJob<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    span: Span,
    patience: u32,
}

impl<F, T, E> WorkJob<F, T, E> {
    pub(super) fn new(work: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { work, result: None, reply, span: Span::current(), patience: 1 }
    }

    /// The same, where it may take so many times as long.
    pub(super) fn taking(self, patience: u32) -> Self {
        Self { patience, ..self }
    }
}

impl<F, T, E> Job for WorkJob<F, T, E>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StorageError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn patience(&self) -> u32 {
        self.patience
    }

    fn run(&mut self, connection: &mut Connection) -> bool {
        let _entered = self.span.enter();
        let mut tx = Tx::new(tx::Connection::Sqlite(connection));
        // Nothing on SQLite is ever pending, so one poll finishes the work.
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(&mut tx).now_or_never()));
        let result = match result {
            Ok(Some(result)) => result,
            Ok(None) => Err(StorageError::Misuse("a unit of work waited for something else").into()),
            Err(panic) => Err(StorageError::Panicked(panic_text(&*panic)).into()),
        };
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, commit: Result<()>) {
        let result = match (commit, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StorageError::Closed.into()),
            // Its own refusal stays the answer even when the group it ran in was lost.
            (Err(_), Some(Err(error))) => Err(error),
            (Err(error), _) => Err(error.into()),
        };
        let _ = self.reply.send(result);
    }
}

/// A batch with whoever waits for it.
pub(super) struct BatchJob {
    batch: Batch,
    result: Option<Result<Outcome>>,
    reply: oneshot::Sender<Result<Outcome>>,
}

impl BatchJob {
    pub(super) const fn new(batch: Batch, reply: oneshot::Sender<Result<Outcome>>) -> Self {
        Self { batch, result: None, reply }
    }
}

impl Job for BatchJob {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &mut Connection) -> bool {
        let result = self.batch.run_on_sqlite(connection);
        let keep = matches!(result, Ok(Outcome::Applied));
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, commit: Result<()>) {
        let result = match (commit, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StorageError::Closed),
            (Err(_), Some(Err(error))) | (Err(error), _) => Err(error),
        };
        let _ = self.reply.send(result);
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
