//! The way of log lines to standard error: gathered in memory, written by a thread of its own.
//!
//! A request only appends its line; the thread is woken by the first line after a pause, waits a moment for others, and
//! writes them together. So a busy daemon pays one wake-up and one write for hundreds of lines, and a slow terminal or
//! journal holds up nobody. No line is dropped: when more wait than memory should hold, requests wait too.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the thread waits for lines that come with the first.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// How many bytes may wait.
const WAITING: usize = 4 * 1024 * 1024;

/// The sending end; cheap to clone.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    emptied: Condvar,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    closed: bool,
}

/// Ends the thread when dropped, after the last line.
pub(super) struct Ending {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread that writes to `out`.
///
/// # Errors
///
/// When the system gives no thread.
pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Lines, Ending)> {
    let shared = Shared { queue: Mutex::default(), filled: Condvar::new(), emptied: Condvar::new() };
    let lines = Lines(Arc::new(shared));
    let reader = lines.clone();
    let thread = std::thread::Builder::new().name("deskgate-log".to_owned()).spawn(move || reader.write_all_to(out))?;
    Ok((lines.clone(), Ending { lines, thread: Some(thread) }))
}

impl Lines {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all_to(&self, mut out: impl Write) {
        let mut writing = Vec::new();
        loop {
            let queue = self.queue();
            let queue = self.0.filled.wait_while(queue, |queue| queue.bytes.is_empty() && !queue.closed);
            let closed = queue.unwrap_or_else(PoisonError::into_inner).closed;
            if !closed {
                std::thread::sleep(GATHERED_FOR);
            }
            std::mem::swap(&mut self.queue().bytes, &mut writing);
            self.0.emptied.notify_all();
            // Where the log cannot be written, there is nowhere to say so.
            let _ = out.write_all(&writing).and_then(|()| out.flush());
            writing.clear();
            if closed && self.queue().bytes.is_empty() {
                return;
            }
        }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let queue = self.queue();
        let full = |queue: &mut Queue| queue.bytes.len() > WAITING && !queue.closed;
        let mut queue = self.0.emptied.wait_while(queue, full).unwrap_or_else(PoisonError::into_inner);
        let is_first = queue.bytes.is_empty();
        queue.bytes.extend_from_slice(line);
        drop(queue);
        if is_first {
            self.0.filled.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.lines.queue().closed = true;
        self.lines.0.filled.notify_one();
        self.lines.0.emptied.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::start;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut kept = self.0.lock().unwrap();
            kept.0.extend_from_slice(bytes);
            kept.1 += 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_of_every_thread_is_written_once_and_whole() {
        let kept = Kept::default();
        let (lines, ending) = start(kept.clone()).unwrap();
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let mut lines = lines.clone();
                std::thread::spawn(move || {
                    for number in 0..2_000 {
                        lines.write_all(format!("{thread} {number}\n").as_bytes()).unwrap();
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        drop(ending);
        let (bytes, writes) = kept.0.lock().unwrap().clone();
        let mut written: Vec<_> = std::str::from_utf8(&bytes).unwrap().lines().map(str::to_owned).collect();
        written.sort();
        let mut expected: Vec<_> = (0..4).flat_map(|t| (0..2_000).map(move |n| format!("{t} {n}"))).collect();
        expected.sort();
        assert_eq!(written, expected);
        assert!(writes < 8_000, "lines leave together, not in {writes} writes");
    }

    #[test]
    fn a_lone_line_is_written_without_being_asked_for() {
        let kept = Kept::default();
        let (mut lines, _ending) = start(kept.clone()).unwrap();
        lines.write_all(b"alone\n").unwrap();
        while kept.0.lock().unwrap().0.is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(kept.0.lock().unwrap().0, b"alone\n");
    }
}
