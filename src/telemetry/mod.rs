//! What the daemon tells about itself: log lines on standard error, in human or JSON form.
//!
//! What is logged is decided where it happens, and there the rule is R1: ids, never names, addresses, numbers, tokens
//! or bodies. Here is only the way out. Lines are written by a thread of their own, so that a slow terminal or journal
//! does not hold up a request; none is dropped, and [`Guard`] waits for the last of them.

mod panic;
mod writer;

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Time, level, where, message, fields.
    Human,
    /// One JSON object per line.
    Json,
}

/// Keeps the log going; when it is dropped, the lines still on their way are written.
#[must_use = "without its guard the log ends at once"]
pub struct Guard(#[allow(dead_code, reason = "kept for its Drop")] writer::Ending);

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives are malformed.
    #[error("the log filter is malformed")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The system gives no thread for it.
    #[error("the log cannot be started")]
    Thread(#[from] io::Error),
    /// This process logs already.
    #[error("the log has been set up already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends the log to standard error, and panics to the log.
///
/// # Errors
///
/// See [`TelemetryError`].
pub fn start(format: Format, filter: &str) -> Result<Guard, TelemetryError> {
    let filter = EnvFilter::try_new(filter)?;
    let (lines, ending) = writer::start(io::stderr())?;
    subscriber(format, filter, move || lines.clone()).try_init()?;
    panic::log_panics();
    Ok(Guard(ending))
}

type Subscriber = Box<dyn tracing::Subscriber + Send + Sync>;

fn subscriber<W>(format: Format, filter: EnvFilter, writer: W) -> Subscriber
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let plain = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    match format {
        Format::Human => Box::new(plain.finish()),
        // One flat object per line; the span is the request, and its fields (the request id) belong to each line.
        Format::Json => Box::new(plain.json().flatten_event(true).with_span_list(false).finish()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, LazyLock, Mutex, PoisonError};

    use super::Format;
    use super::subscriber;

    const FILTER: &str = "info,sqlx=warn";

    #[derive(Clone, Default)]
    pub(super) struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged while `work` runs.
    pub(super) fn logged(format: Format, filter: &str, work: impl FnOnce()) -> String {
        // While there is a single subscriber, tracing asks the thread that comes by a call site first whether anybody
        // listens, and remembers the answer for all threads: other tests' threads. So there is always a second one.
        static SECOND: LazyLock<tracing::Dispatch> =
            LazyLock::new(|| tracing::Dispatch::new(subscriber(Format::Human, "trace".parse().unwrap(), io::sink)));
        LazyLock::force(&SECOND);
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = subscriber(format, filter.parse().unwrap(), move || writer.clone());
        tracing::subscriber::with_default(subscriber, work);
        let bytes = buffer.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).unwrap()
    }

    fn request() {
        tracing::info_span!("http.request", request.id = "r1").in_scope(|| {
            tracing::info!(employee.id = "e1", "changed an employee");
        });
        tracing::debug!("not by default");
        tracing::info!(target: "sqlx::query", "not by default either");
    }

    #[test]
    fn json_lines_are_flat_objects_that_carry_the_request() {
        let log = logged(Format::Json, FILTER, request);
        assert_eq!(log.lines().count(), 1, "{log}");
        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["message"], "changed an employee");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["employee.id"], "e1");
        assert_eq!(line["span"]["request.id"], "r1");
    }

    #[test]
    fn human_lines_have_no_colours() {
        let log = logged(Format::Human, "debug", request);
        assert_eq!(log.lines().count(), 3, "{log}");
        assert!(log.contains("changed an employee") && log.contains("r1") && !log.contains('\u{1b}'), "{log}");
    }
}
