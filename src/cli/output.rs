//! Standard output: tables for people, one JSON document for scripts.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;

use super::failure::{Exit, Failure};
use crate::base::clock::Ts;
use crate::base::showable::{is_unshowable, showable, showable_lines};

/// Writes lines, in which names from outside stand as they can be shown. A reader that has seen enough (`| head`) is no
/// failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_as_it_is(&showable_lines(text))
}

/// Writes a document: in a file or a pipe every character counts, on a screen only what can be shown.
pub(super) fn print_document(text: &str) -> Result<(), Failure> {
    if console::Term::stdout().is_term() { print(text) } else { print_as_it_is(text) }
}

/// Writes lines with colours. Whoever made them has written out what cannot be shown.
pub(super) fn print_coloured(text: &str) -> Result<(), Failure> {
    print_as_it_is(text)
}

fn print_as_it_is(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{newline}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("standard output takes nothing: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes the one JSON document.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).expect("our types have string keys and no failing serializers");
    print_as_it_is(&with_escapes(&text))
}

/// The same JSON with escapes for what cannot be shown; such characters stand in its strings alone.
fn with_escapes(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unshowable(character) {
            _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text
}

/// Writes to standard error what a person may want to know besides.
#[expect(clippy::print_stderr, reason = "notes are not the command's result")]
pub(super) fn note(text: &str) {
    eprintln!("{}", showable_lines(text));
}

/// A table without frames or colours.
pub(super) struct Sheet {
    table: Table,
    /// Columns that are copied from the screen, or too short to be broken.
    unbroken: Vec<usize>,
}

impl Sheet {
    /// An empty table. `unbroken` names the columns that are never wrapped, by their index.
    pub(super) fn new<const N: usize>(header: [&str; N], unbroken: &[usize]) -> Self {
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_header(header);
        Self { table, unbroken: unbroken.to_vec() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.table.add_row(cells.map(|cell| showable(&cell).into_owned()));
    }

    /// The table as text: wrapped to the terminal's width, or not at all where nobody looks (a pipe, a file): there
    /// each row is one line, for `grep` and `awk`.
    pub(super) fn text(self) -> String {
        self.wrapped(console::Term::stdout().is_term().then(screen_width))
    }

    /// The table as text, wrapped to `width` columns.
    pub(super) fn wrapped(mut self, width: Option<u16>) -> String {
        self.table.discover_columns();
        self.table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 1));
        });
        let Some(width) = width else { return trimmed(&self.table.to_string()) };
        self.table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        for index in self.unbroken {
            if let Some(column) = self.table.column_mut(index) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        trimmed(&self.table.to_string())
    }
}

/// How wide the terminal is; 80 columns where there is none, or one that does not say.
pub(super) fn screen_width() -> u16 {
    const USUAL: u16 = 80;
    let size = console::Term::stdout().size_checked();
    size.map(|(_, columns)| columns).filter(|columns| *columns > 0).unwrap_or(USUAL)
}

/// Without the blanks at the ends of the lines.
fn trimmed(table: &str) -> String {
    let mut text = String::with_capacity(table.len());
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// An instant for the eye, in UTC, to the second.
pub(super) fn instant(at: Ts) -> String {
    let at = at.to_offset();
    let (date, time) = (at.date(), at.time());
    format!("{date} {:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
}

/// The text, or a dash for nothing.
pub(super) fn or_dash(text: Option<&str>) -> String {
    text.unwrap_or("–").to_owned()
}

/// `one thing`, `2 things`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

#[cfg(test)]
mod tests {
    use super::{Sheet, instant, with_escapes};
    use crate::base::clock::Ts;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(["Id", "What happened"], &[0]);
        sheet.row(["0192f7c4-1111-7000-8000-000000000000".into(), "a long story ".repeat(6).trim().into()]);
        sheet.row(["2".into(), "none".into()]);
        sheet
    }

    #[test]
    fn tables_wrap_on_a_screen_and_keep_what_is_copied_in_one_piece() {
        let text = sheet().wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.lines().count() > 4 && text.contains("0192f7c4-1111-7000-8000-000000000000"), "{text}");
    }

    #[test]
    fn tables_keep_one_row_a_line_in_a_pipe() {
        let text = sheet().wrapped(None);
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
    }

    #[test]
    fn w4_names_turn_no_table_and_no_document_round() {
        let mut sheet = Sheet::new(["Name"], &[]);
        sheet.row(["a\u{202e}b\nc".into()]);
        assert!(sheet.wrapped(None).contains("a\\u{202e}b\\u{a}c"));
        let json = serde_json::json!({"name": "a\u{202e}\u{85}b"});
        let text = with_escapes(&json.to_string());
        assert_eq!(text, r#"{"name":"a\u202e\u0085b"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
    }

    #[test]
    fn instants_are_short_and_say_their_zone() {
        assert_eq!(instant(Ts::parse("2026-11-21T08:15:30.25+01:00").unwrap()), "2026-11-21 07:15:30Z");
    }
}
