//! Threads of the store and the queue before them.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::connection::Deadline;
use super::job::Job;
use crate::storage::error::{Result, StorageError};

/// How many units of work may wait.
const QUEUE: usize = 1024;

thread_local! {
    /// Whether this thread runs units of work; one that asked the store for another would wait for itself.
    pub(super) static IN_STORE_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The sending end of a queue.
pub(super) type Queue = mpsc::Sender<Box<dyn Job>>;

/// A queue and the threads that work it off.
pub(super) struct Crew {
    queue: Mutex<Option<Queue>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    timeout: Duration,
}

impl Crew {
    pub(super) fn new(queue: Queue, threads: Vec<JoinHandle<()>>, timeout: Duration) -> Self {
        Self { queue: Mutex::new(Some(queue)), threads: Mutex::new(threads), timeout }
    }

    /// The sending end of a queue and its receiver.
    pub(super) fn queue() -> (Queue, mpsc::Receiver<Box<dyn Job>>) {
        mpsc::channel(QUEUE)
    }

    /// Queues a job and waits for its answer. A full queue that does not move for the time limit means `Busy`.
    pub(super) async fn run<T, E, J>(&self, make: impl FnOnce(oneshot::Sender<Result<T, E>>) -> J) -> Result<T, E>
    where
        J: Job + 'static,
        E: From<StorageError>,
    {
        let (reply, answer) = oneshot::channel();
        let job = make(reply);
        let patience = job.patience();
        self.enqueue(Box::new(job)).await?;
        self.answer(answer, patience).await
    }

    pub(super) async fn enqueue(&self, job: Box<dyn Job>) -> Result<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(queue) = queue else { return Err(StorageError::Closed) };
        match queue.try_send(job) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(StorageError::Closed),
            Err(mpsc::error::TrySendError::Full(job)) => match queue.send_timeout(job, self.timeout).await {
                Ok(()) => Ok(()),
                Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(StorageError::Closed),
                Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(StorageError::Busy),
            },
        }
    }

    /// Who gives up before his job has begun takes it back; a job that runs is bounded by its own deadline.
    pub(super) async fn answer<T, E>(&self, answer: oneshot::Receiver<Result<T, E>>, patience: u32) -> Result<T, E>
    where
        E: From<StorageError>,
    {
        match tokio::time::timeout(self.timeout * (patience + 1), answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(StorageError::Closed.into())),
            Err(_) => Err(StorageError::Busy.into()),
        }
    }

    /// Takes no more jobs, lets the threads finish what is queued, and waits for them.
    pub(super) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
        let _ = joined.await;
    }
}

/// Starts a thread of the store.
pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            IN_STORE_THREAD.set(true);
            body();
        })
        .map_err(|source| StorageError::File { path: format!("thread {name}"), source })
}

/// Starts one reading thread for each connection.
pub(super) fn start(connections: Vec<Connection>, timeout: Duration) -> Result<Crew> {
    let (sender, receiver) = Crew::queue();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut threads = Vec::new();
    for (number, connection) in connections.into_iter().enumerate() {
        let receiver = Arc::clone(&receiver);
        let deadline = Deadline::watch(&connection)?;
        threads.push(spawn(&format!("sqlite-read-{number}"), move || {
            read_jobs(&receiver, connection, &deadline, timeout);
        })?);
    }
    Ok(Crew::new(sender, threads, timeout))
}

fn read_jobs(
    receiver: &Mutex<mpsc::Receiver<Box<dyn Job>>>,
    mut connection: Connection,
    deadline: &Deadline,
    timeout: Duration,
) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(mut job) = next else { return };
        if job.is_abandoned() {
            continue;
        }
        deadline.set(timeout * job.patience());
        // One snapshot for all statements of the job.
        let begun = connection.execute_batch("BEGIN").map_err(StorageError::from);
        if begun.is_ok() {
            job.run(&mut connection);
        }
        deadline.lift();
        let _ = connection.execute_batch("ROLLBACK");
        job.answer(begun);
    }
}
