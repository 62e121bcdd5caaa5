//! The thread that writes: `BEGIN IMMEDIATE`, job after job under a savepoint each while the queue has some, `COMMIT`,
//! then all answers. There is no artificial delay: jobs gather while the last commit is on its way to the disk.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::connection::Deadline;
use super::job::Job;
use super::pool::{Crew, spawn};
use crate::storage::error::{Result, StorageError};

/// No group is larger than this,
const GROUP_JOBS: usize = 256;
/// nor takes new jobs for longer than this.
const GROUP_TIME: Duration = Duration::from_millis(20);

/// Starts the thread.
pub(super) fn start(connection: Connection, timeout: Duration) -> Result<Crew> {
    let (sender, receiver) = Crew::queue();
    let deadline = Deadline::watch(&connection)?;
    let writer = Writer { connection, deadline, timeout, redo: VecDeque::new() };
    let thread = spawn("sqlite-write", move || writer.run(receiver))?;
    Ok(Crew::new(sender, vec![thread], timeout))
}

struct Writer {
    connection: Connection,
    deadline: Deadline,
    timeout: Duration,
    /// Jobs of a group that was lost as a whole; each is run again alone, so that the one at fault sinks no other.
    redo: VecDeque<Box<dyn Job>>,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        loop {
            let alone = !self.redo.is_empty();
            let Some(first) = self.redo.pop_front().or_else(|| queue.blocking_recv()) else { break };
            if let Err(error) = self.execute("BEGIN IMMEDIATE") {
                first.answer(Err(error));
                continue;
            }
            let (jobs, group) = self.run_group(first, alone, &mut queue);
            self.deadline.lift();
            self.finish_group(jobs, group);
        }
        // Leaves a file without a log behind, as a backup by copy would want it.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Runs the first job and those that wait. `Err`: SQLite dropped the outer transaction (disk full), and with it
    /// all of them.
    fn run_group(
        &mut self,
        first: Box<dyn Job>,
        alone: bool,
        queue: &mut mpsc::Receiver<Box<dyn Job>>,
    ) -> (Vec<Box<dyn Job>>, Result<()>) {
        let began = Instant::now();
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            if !job.is_abandoned() {
                self.deadline.set(self.timeout);
                let done = self.run_job(&mut *job);
                jobs.push(job);
                if done.is_err() {
                    return (jobs, done);
                }
            }
            if !alone && jobs.len() < GROUP_JOBS && began.elapsed() < GROUP_TIME {
                next = queue.try_recv().ok();
            }
        }
        (jobs, Ok(()))
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

    fn finish_group(&mut self, jobs: Vec<Box<dyn Job>>, group: Result<()>) {
        match group.and_then(|()| self.execute("COMMIT")) {
            Ok(()) => jobs.into_iter().for_each(|job| job.answer(Ok(()))),
            Err(error) => {
                // Harmless where SQLite has rolled back already.
                let _ = self.execute("ROLLBACK");
                if jobs.len() > 1 {
                    self.redo.extend(jobs);
                } else if let Some(job) = jobs.into_iter().next() {
                    job.answer(Err(StorageError::CommitFailed(Box::new(error))));
                }
            }
        }
    }

    fn execute(&self, sql: &'static str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
