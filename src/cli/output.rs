//! Standard output: tables for people, one JSON document for scripts.

use std::fmt::Write as _;
use std::io::{self, Write as _};

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
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// Columns that are copied from the screen, or too short to be broken.
    unbroken: Vec<usize>,
    /// The first column is an identifier, which is long, and which few look at.
    identified: bool,
}

/// What stands between two columns.
const GAP: usize = 2;
/// A column is not made narrower than that, if others can give way.
const NARROW: usize = 8;

impl Sheet {
    /// An empty table. `unbroken` names the columns that are never wrapped, by their index.
    pub(super) fn new<const N: usize>(header: [&'static str; N], unbroken: &[usize]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new(), unbroken: unbroken.to_vec(), identified: false }
    }

    /// The same with an identifier in the first column. Where a screen has no room for it, it stands below its row.
    pub(super) fn identified<const N: usize>(header: [&'static str; N], unbroken: &[usize]) -> Self {
        Self { identified: true, ..Self::new(header, unbroken) }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| showable(&cell).into_owned()).into());
    }

    /// The table as text: wrapped to the terminal's width, or not at all where nobody looks (a pipe, a file): there
    /// each row is one line, for `grep` and `awk`.
    pub(super) fn text(self) -> String {
        self.wrapped(console::Term::stdout().is_term().then(screen_width))
    }

    /// The table as text, wrapped to `width` columns.
    pub(super) fn wrapped(&self, width: Option<u16>) -> String {
        let mut widths = self.widths();
        let Some(screen) = width.map(usize::from) else { return self.laid_out(&widths, false) };
        let below = self.identified && sum(&widths) > screen;
        if below {
            widths.remove(0);
        }
        self.squeeze(&mut widths, screen, usize::from(below));
        self.laid_out(&widths, below)
    }

    /// How wide each column is by itself.
    fn widths(&self) -> Vec<usize> {
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let widest = |column: usize| cells(column).map(|cell| measure(cell)).max().unwrap_or(0);
        self.header.iter().enumerate().map(|(column, name)| measure(name).max(widest(column))).collect()
    }

    /// Takes from the widest column until all fit: first no word is broken, then only what must stay in one piece is not.
    fn squeeze(&self, widths: &mut [usize], screen: usize, first: usize) {
        let longest_word = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column).map(String::as_str));
            let words = cells.chain(self.header.get(column).copied()).flat_map(str::split_whitespace);
            words.map(measure).max().unwrap_or(0)
        };
        let natural = widths.to_vec();
        let floor = |column: usize, by_words: bool| match natural.get(column) {
            Some(natural) if self.unbroken.contains(&(column + first)) => *natural,
            _ if by_words => longest_word(column + first).max(NARROW),
            _ => NARROW,
        };
        for by_words in [true, false] {
            let floors: Vec<usize> = (0..natural.len()).map(|column| floor(column, by_words)).collect();
            while sum(widths) > screen {
                let yielding = widths.iter_mut().zip(&floors).filter(|(width, floor)| **width > **floor);
                let Some((widest, _)) = yielding.max_by_key(|(width, _)| **width) else { break };
                *widest -= 1;
            }
        }
    }

    fn laid_out(&self, widths: &[usize], below: bool) -> String {
        let mut text = String::new();
        let first = usize::from(below);
        let header: Vec<String> = self.header.iter().map(|name| (*name).to_owned()).collect();
        push_row(&mut text, header.get(first..).unwrap_or_default(), widths);
        text.push_str(&"─".repeat(sum(widths)));
        text.push('\n');
        for row in &self.rows {
            push_row(&mut text, row.get(first..).unwrap_or_default(), widths);
            if let Some(id) = row.first().filter(|_| below) {
                _ = writeln!(text, "  {id}");
            }
        }
        text
    }
}

/// How wide columns are together.
fn sum(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn measure(text: &str) -> usize {
    console::measure_text_width(text)
}

/// The lines of a row, without the blanks at their ends.
fn push_row(text: &mut String, cells: &[String], widths: &[usize]) {
    let cells: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| broken(cell, *width)).collect();
    for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
        let mut row = String::new();
        let mut end = 0;
        for (cell, width) in cells.iter().zip(widths) {
            if let Some(part) = cell.get(line) {
                row.push_str(&" ".repeat(end - measure(&row)));
                row.push_str(part);
            }
            end += width + GAP;
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
}

/// A cell in lines: broken at blanks; a word that is too long, behind a sign if there is one.
fn broken(cell: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in cell.split(' ') {
        let room = width.saturating_sub(measure(&line) + usize::from(!line.is_empty()));
        if !line.is_empty() && measure(word) > room {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        let mut word = word;
        while measure(word) > width {
            let (head, tail) = word.split_at(break_of(word, width));
            lines.push(head.to_owned());
            word = tail;
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Where to break a word that is wider than `width`: behind the last sign that fits, else where there is no more room.
fn break_of(word: &str, width: usize) -> usize {
    let mut place = 0;
    let mut sign = None;
    for (start, character) in word.char_indices() {
        let end = start + character.len_utf8();
        if place > 0 && word.get(..end).is_some_and(|head| measure(head) > width) {
            break;
        }
        place = end;
        if matches!(character, '@' | '.' | ',' | ':' | '-' | '/' | '_') {
            sign = Some(end);
        }
    }
    sign.unwrap_or(place)
}

/// Lines for people: on a terminal those that are too long go on below, indented further; in a pipe they stay.
pub(super) fn paragraphs(text: &str) -> String {
    if console::Term::stdout().is_term() { hanging(text, screen_width().into()) } else { text.to_owned() }
}

fn hanging(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len() + 4;
        let mut length = 0;
        for word in line.split_inclusive(' ') {
            if length > indent && length + measure(word.trim_end()) > width {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                length = indent;
            }
            out.push_str(word);
            length += measure(word);
        }
        out.push('\n');
    }
    out
}

/// How wide the terminal is; 80 columns where there is none, or one that does not say.
pub(super) fn screen_width() -> u16 {
    const USUAL: u16 = 80;
    let size = console::Term::stdout().size_checked();
    size.map(|(_, columns)| columns).filter(|columns| *columns > 0).unwrap_or(USUAL)
}

/// An instant for the eye, in UTC, to the second.
pub(super) fn instant(at: Ts) -> String {
    let at = at.to_offset();
    let (date, time) = (at.date(), at.time());
    format!("{date} {:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
}

/// The day of an instant, in UTC.
pub(super) fn day(at: Ts) -> String {
    at.to_offset().date().to_string()
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
    use super::{Sheet, hanging, instant, with_escapes};
    use crate::base::clock::Ts;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::identified(["Id", "What happened"], &[0]);
        sheet.row(["0192f7c4-1111-7000-8000-000000000000".into(), "a long story ".repeat(6).trim().into()]);
        sheet.row(["2".into(), "none".into()]);
        sheet
    }

    #[test]
    fn tables_wrap_on_a_screen_and_keep_what_is_copied_in_one_piece() {
        let text = sheet().wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("0192f7c4-1111-7000-8000-000000000000"), "{text}");
    }

    #[test]
    fn an_identifier_gives_way_before_a_word_is_broken() {
        let mut sheet = Sheet::identified(["Id", "Kind", "Name", "Whose"], &[0]);
        let id = "0192f7c4-1111-7000-8000-000000000000";
        sheet.row([id.into(), "extension".into(), "the long name of it".into(), "ada@contoso.example".into()]);
        insta::assert_snapshot!(sheet.wrapped(Some(50)), @"
        Kind       Name                Whose
        ──────────────────────────────────────────────────
        extension  the long name of    ada@contoso.example
                   it
          0192f7c4-1111-7000-8000-000000000000
        ");
        // Of words that are too long those that have signs in them are broken there.
        insta::assert_snapshot!(sheet.wrapped(Some(34)), @"
        Kind       Name      Whose
        ──────────────────────────────────
        extension  the long  ada@contoso.
                   name of   example
                   it
          0192f7c4-1111-7000-8000-000000000000
        ");
        assert_eq!(sheet.wrapped(Some(120)).lines().count(), 3);
    }

    #[test]
    fn long_lines_go_on_below_with_their_words_whole() {
        insta::assert_snapshot!(hanging("one\n  two words and more of them\n", 16), @"
        one
          two words and
              more of
              them
        ");
        assert_eq!(hanging("a-word-that-is-too-long b", 8), "a-word-that-is-too-long\n    b\n");
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
