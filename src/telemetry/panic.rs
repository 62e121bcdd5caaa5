//! Panics are bugs: each is logged once, where it happened, without what it says.

use std::panic::{self, PanicHookInfo};

/// Replaces the standard hook, which would write the panic's message to standard error past every rule of the log.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(log));
}

fn log(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, ToString::to_string);
    let thread = std::thread::current();
    tracing::error!(
        panic.place = %place,
        panic.message = message(info),
        thread.name = thread.name().unwrap_or_default(),
        "a bug: the code panicked; the request is answered with 500, the daemon goes on"
    );
}

/// The message where it is a literal of the code. One that was put together at run time may quote a person's data
/// (`unwrap` prints the value), so it stays out (R1); the place is enough to find the bug.
fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(withheld)")
}

#[cfg(test)]
mod tests {
    use std::panic::{self, AssertUnwindSafe};

    use super::super::tests::logged;
    use crate::telemetry::Format;

    #[test]
    fn r1_a_panic_is_logged_once_with_its_place_and_without_data() {
        let before = panic::take_hook();
        super::log_panics();
        let log = logged(Format::Json, "info", || {
            let person = "ada@contoso.example";
            let caught = panic::catch_unwind(AssertUnwindSafe(|| panic!("cannot store {person}")));
            assert!(caught.is_err());
            assert!(panic::catch_unwind(|| panic!("a literal")).is_err());
        });
        panic::set_hook(before);
        let ours: Vec<&str> = log.lines().filter(|line| line.contains("telemetry/panic.rs")).collect();
        assert_eq!(ours.len(), 2, "{log}");
        assert!(ours[0].contains("(withheld)") && !log.contains("ada@contoso.example"), "{log}");
        assert!(ours[1].contains("a literal"), "{log}");
    }
}
