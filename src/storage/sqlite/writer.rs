//! The one connection that writes: `BEGIN IMMEDIATE`, job after job under a savepoint each while the queue has some,
//! `COMMIT`, then all answers. There is no artificial delay: jobs gather while the last commit is on its way to the disk.
//!
//! A thread works off the queue. A job that finds nobody else at work is done by its own caller: two changes of thread
//! cost a lone request as much as its work does.

use std::path::Path;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::{self, Checkpoints};
use super::connection::{Deadline, open_writer};
use super::job::Job;
use super::pool::{Crew, IN_STORE_THREAD, spawn};
use crate::storage::error::{Result, StorageError};

/// No group is larger than this,
const GROUP_JOBS: usize = 256;
/// nor takes new jobs for longer than this.
const GROUP_TIME: Duration = Duration::from_millis(20);

/// The way to the connection that writes.
pub(super) struct Writing {
    crew: Crew,
    desk: Arc<Desk>,
}

/// Where the queue's thread and callers meet.
struct Desk {
    /// `None` once the store is closed.
    writer: Mutex<Option<Writer>>,
    /// Jobs that went into the queue and are not done; for a moment less than there are, because they are counted once
    /// they are in it.
    queued: AtomicIsize,
}

/// Opens the connection and starts its thread.
pub(super) fn start(path: &Path, timeout: Duration) -> Result<Writing> {
    let connection = open_writer(path)?;
    let deadline = Deadline::watch(&connection)?;
    let (checkpoints, mover) = checkpoint::start(path, &connection)?;
    let writer = Writer { connection, deadline, timeout, checkpoints };
    let desk = Arc::new(Desk { writer: Mutex::new(Some(writer)), queued: AtomicIsize::new(0) });
    let (sender, receiver) = Crew::queue();
    let thread = spawn("sqlite-write", {
        let desk = Arc::clone(&desk);
        move || desk.work_off(receiver)
    })?;
    Ok(Writing { crew: Crew::new(sender, vec![thread, mover], timeout), desk })
}

impl Writing {
    /// Has a job done and waits for its answer.
    pub(super) async fn run<T, E, J>(&self, make: impl FnOnce(oneshot::Sender<Result<T, E>>) -> J) -> Result<T, E>
    where
        J: Job + 'static,
        E: From<StorageError>,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(job) = self.desk.do_at_once(Box::new(make(reply))) {
            self.crew.enqueue(job).await?;
            self.desk.queued.fetch_add(1, Ordering::Relaxed);
        }
        self.crew.answer(answer, 1).await
    }

    /// Takes no more jobs, finishes those that are queued, and closes the connection.
    pub(super) async fn close(&self) {
        self.crew.close().await;
    }
}

impl Desk {
    /// Does a job on this thread if nobody is before it; else gives it back.
    fn do_at_once(&self, job: Box<dyn Job>) -> Option<Box<dyn Job>> {
        if self.queued.load(Ordering::Relaxed) > 0 || !may_block() {
            return Some(job);
        }
        let Ok(mut writer) = self.writer.try_lock() else { return Some(job) };
        let Some(writer) = writer.as_mut() else { return Some(job) };
        tokio::task::block_in_place(|| {
            IN_STORE_THREAD.set(true);
            writer.do_alone(job);
            IN_STORE_THREAD.set(false);
        });
        None
    }

    fn work_off(&self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = queue.blocking_recv() {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(writer) = writer.as_mut() else { return };
            let done = writer.do_group(first, &mut queue);
            self.queued.fetch_sub(done, Ordering::Relaxed);
        }
        if let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            writer.close();
        }
    }
}

/// Whether this thread may wait for the disk: others of its runtime then take over what it would have done.
fn may_block() -> bool {
    !IN_STORE_THREAD.get() && Handle::try_current().is_ok_and(|h| h.runtime_flavor() == RuntimeFlavor::MultiThread)
}

struct Writer {
    connection: Connection,
    deadline: Deadline,
    timeout: Duration,
    checkpoints: Checkpoints,
}

impl Writer {
    /// Does the first job and those that wait; gives their number.
    fn do_group(&mut self, first: Box<dyn Job>, queue: &mut mpsc::Receiver<Box<dyn Job>>) -> isize {
        let (taken, jobs, group) = match self.execute("BEGIN IMMEDIATE") {
            Ok(()) => self.run_group(first, queue),
            Err(error) => {
                first.answer(Err(error));
                return 1;
            }
        };
        match group.and_then(|()| self.commit()) {
            Ok(()) => jobs.into_iter().for_each(|job| job.answer(Ok(()))),
            Err(error) => {
                self.roll_back();
                let mut jobs = jobs.into_iter();
                match (jobs.next(), jobs.len()) {
                    (Some(only), 0) => only.answer(Err(StorageError::CommitFailed(Box::new(error)))),
                    // Each again alone, so that the one at fault sinks no other.
                    (first, _) => first.into_iter().chain(jobs).for_each(|job| self.do_alone(job)),
                }
            }
        }
        self.checkpoints.after_commit(&self.connection);
        taken
    }

    /// Does one job in a transaction of its own.
    fn do_alone(&mut self, mut job: Box<dyn Job>) {
        if job.is_abandoned() {
            return;
        }
        if let Err(error) = self.execute("BEGIN IMMEDIATE") {
            job.answer(Err(error));
            return;
        }
        self.deadline.set(self.timeout);
        let keep = job.run(&mut self.connection);
        self.deadline.lift();
        if !keep {
            self.roll_back();
            job.answer(Ok(()));
            return;
        }
        match self.commit() {
            Ok(()) => job.answer(Ok(())),
            Err(error) => {
                self.roll_back();
                job.answer(Err(StorageError::CommitFailed(Box::new(error))));
            }
        }
        self.checkpoints.after_commit(&self.connection);
    }

    /// Runs the first job and those that wait; gives the number of jobs taken and those that want an answer. `Err`:
    /// SQLite dropped the outer transaction (disk full), and with it all of them.
    fn run_group(
        &mut self,
        first: Box<dyn Job>,
        queue: &mut mpsc::Receiver<Box<dyn Job>>,
    ) -> (isize, Vec<Box<dyn Job>>, Result<()>) {
        let began = Instant::now();
        let mut taken = 0;
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            taken += 1;
            if !job.is_abandoned() {
                self.deadline.set(self.timeout);
                let done = self.run_job(&mut *job);
                jobs.push(job);
                if done.is_err() {
                    return (taken, jobs, done);
                }
            }
            if jobs.len() < GROUP_JOBS && began.elapsed() < GROUP_TIME {
                next = queue.try_recv().ok();
            }
        }
        (taken, jobs, Ok(()))
    }

    /// One job under its savepoint.
    fn run_job(&mut self, job: &mut dyn Job) -> Result<()> {
        self.execute("SAVEPOINT job")?;
        let keep = job.run(&mut self.connection);
        if !keep {
            self.deadline.lift();
            self.execute("ROLLBACK TO job")?;
        }
        self.execute("RELEASE job")
    }

    fn commit(&self) -> Result<()> {
        self.deadline.lift();
        self.execute("COMMIT")
    }

    /// Harmless where SQLite has rolled back already.
    fn roll_back(&self) {
        let _ = self.execute("ROLLBACK");
    }

    fn execute(&self, sql: &'static str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Leaves a file without a log behind, as a backup by copy would want it.
    fn close(self) {
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
