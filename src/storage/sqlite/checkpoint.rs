//! What was written goes from the log into the database file.
//!
//! SQLite does that within whatever commit finds the log long enough, and that one then waits for thousands of pages.
//! Here a thread of its own moves the bulk while commits go on. The writer moves the rest between two commits: only a
//! log that is moved to its end is begun anew.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::connection::open_writer;
use super::pool::spawn;
use crate::storage::error::Result;

/// Pages in the log that are worth a move.
const LONG: i32 = 4000;
/// A log that could not be moved to its end, because somebody still reads from it, is tried again after so many more.
const LONGER: i32 = 1000;

const IDLE: u8 = 0;
const MOVING: u8 = 1;
const MOVED: u8 = 2;

thread_local! {
    /// The length of the log after the last commit of this thread.
    static LOG_PAGES: Cell<i32> = const { Cell::new(0) };
}

/// The writer's end.
pub(super) struct Checkpoints {
    ask: SyncSender<()>,
    state: Arc<AtomicU8>,
    /// The length from which on the log is long.
    long: i32,
}

/// Starts the thread; it ends when the writer's end is dropped. From now on `writer` moves nothing by itself.
pub(super) fn start(path: &Path, writer: &Connection) -> Result<(Checkpoints, JoinHandle<()>)> {
    writer.wal_hook(Some(|_, pages| {
        LOG_PAGES.set(pages);
        Ok(())
    }));
    let connection = open_writer(path)?;
    let (ask, asked) = sync_channel(1);
    let state = Arc::new(AtomicU8::new(IDLE));
    let checkpoints = Checkpoints { ask, state: Arc::clone(&state), long: LONG };
    let thread = spawn("sqlite-move", move || move_bulk(&connection, &asked, &state))?;
    Ok((checkpoints, thread))
}

fn move_bulk(connection: &Connection, asked: &Receiver<()>, state: &AtomicU8) {
    while asked.recv().is_ok() {
        move_log(connection);
        state.store(MOVED, Ordering::Release);
    }
}

impl Checkpoints {
    /// To be called after each commit, on the thread that made it.
    pub(super) fn after_commit(&mut self, writer: &Connection) {
        match self.state.load(Ordering::Acquire) {
            IDLE if LOG_PAGES.get() >= self.long => {
                self.state.store(MOVING, Ordering::Release);
                // The thread is there as long as this end is.
                let _ = self.ask.try_send(());
            }
            MOVED => {
                self.long = if move_log(writer) { LONG } else { LOG_PAGES.get() + LONGER };
                self.state.store(IDLE, Ordering::Release);
            }
            _ => {}
        }
    }
}

/// Moves what can be moved without waiting for anybody; whether that was everything.
fn move_log(connection: &Connection) -> bool {
    let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(row.get::<_, i64>("log")? == row.get::<_, i64>("checkpointed")?)
    });
    // A move that fails (disk full) is tried again when the log has grown; what it holds stays valid.
    moved.unwrap_or_else(|error| {
        tracing::warn!(%error, "the write-ahead log could not be moved into the database file");
        false
    })
}
