//! The stock as a CSV file, in the columns that an [import](super::import) reads.
//!
//! Labels and names are hostile text (W4): a spreadsheet takes a cell that begins with `=` for a formula, and `+49301234500`
//! for a number, of which it then keeps the first digits. Such cells get an apostrophe before them, and so does what would
//! be one for a spreadsheet that divides cells by other signs; an import takes it away.

use std::borrow::Cow;

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::Thing;
use super::details::Details;
use super::import::Column;
use super::kind::Class;
use crate::base::clock::Ts;

/// What tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What those are called that a thing has to do with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// The pool.
    pub pool: Option<&'a str>,
    /// The holder's user name.
    pub holder: Option<&'a str>,
    /// The user name of whoever it is on hold for.
    pub held_for: Option<&'a str>,
}

/// Writes things one after the other; what is written so far can be taken away and sent.
#[derive(Debug)]
pub struct Export {
    writer: Writer<Vec<u8>>,
}

impl Export {
    /// Begins a file: semicolons between the cells, as spreadsheets in German want them, and the names of the columns.
    #[must_use]
    pub fn new() -> Self {
        let mut export = Self { writer: writer(BYTE_ORDER_MARK.to_vec()) };
        let passed_over = ["state", "holder", "held_until", "held_for", "id"];
        export.write(Column::ALL.map(Column::name).into_iter().chain(passed_over).map(str::to_owned));
        export
    }

    /// Adds a thing with the names of its pool, of its holder, and of whoever it is on hold for.
    pub fn add(&mut self, thing: &Thing, names: Names<'_>, now: Ts) {
        let Names { pool, holder, held_for } = names;
        let cell = |column| match column {
            Column::Kind => thing.kind.name().to_owned(),
            Column::Key if is_named(thing) => thing.label.as_str().to_owned(),
            Column::Key => thing.key.to_string(),
            Column::Pool => pool.unwrap_or_default().to_owned(),
            Column::Label if is_named(thing) => String::new(),
            Column::Label => thing.label.as_str().to_owned(),
            Column::Disabled => if thing.disabled_at.is_some() { "yes" } else { "" }.to_owned(),
            column => detail(&thing.details, column).unwrap_or_default(),
        };
        let held_until = thing.held_until.filter(|end| *end > now).map(|end| end.to_string());
        let state = thing.state(now).name().to_owned();
        let holder = holder.unwrap_or_default().to_owned();
        let held_for = held_for.filter(|_| held_until.is_some()).unwrap_or_default().to_owned();
        let further = [state, holder, held_until.unwrap_or_default(), held_for, thing.id.to_string()];
        self.write(Column::ALL.map(cell).into_iter().chain(further));
    }

    /// What has been written since the last time.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.writer, writer(Vec::new())).into_inner().unwrap_or_default()
    }

    fn write(&mut self, cells: impl Iterator<Item = String>) {
        self.writer.write_record(cells.map(guarded)).expect("a file in memory takes lines of equally many cells");
    }
}

impl Default for Export {
    fn default() -> Self {
        Self::new()
    }
}

fn writer(bytes: Vec<u8>) -> Writer<Vec<u8>> {
    // RFC 4180 ends lines with CRLF.
    WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).quote_style(QuoteStyle::Always).from_writer(bytes)
}

/// Whether it is found under the name that its label is.
const fn is_named(thing: &Thing) -> bool {
    matches!(thing.kind.class(), Class::Destination | Class::Announcement | Class::Mailbox)
}

fn detail(details: &Details, column: Column) -> Option<String> {
    match (details, column) {
        (Details::Extension(details), Column::Number) => details.number.map(|number| number.to_string()),
        (Details::Mailbox(details), Column::Number) => details.answers.map(|line| line.to_string()),
        (Details::Mailbox(details), Column::Notify) => details.notify.as_ref().map(|to| to.as_str().to_owned()),
        (Details::Destination(details), Column::Target) => Some(details.target.to_string()),
        (Details::Announcement(details), Column::Description) => Some(details.description.as_str().to_owned()),
        (Details::Device(details), Column::Model) => Some(details.model.as_str().to_owned()),
        _ => None,
    }
}

/// What keeps a spreadsheet from taking a cell for a formula.
const GUARD: char = '\'';

/// Signs at the beginning of a cell that a spreadsheet makes something of, and the one that keeps it from it.
const fn is_formula_sign(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | GUARD | '＝' | '＋' | '－' | '＠')
}

/// What a spreadsheet may take for the end of a cell, whatever the file says.
const fn is_delimiter(character: char) -> bool {
    matches!(character, ',' | ';' | '|' | '\t' | '\r' | '\n')
}

/// Whether a sign needs a guard behind `before`, or at the beginning. A quotation mark within the text would be taken for
/// that of a cell.
const fn needs_guard(before: Option<char>, sign: char) -> bool {
    match before {
        None => is_formula_sign(sign),
        Some(before) => is_delimiter(before) && (is_formula_sign(sign) || sign == '"'),
    }
}

fn guarded(cell: String) -> String {
    let mut before = None;
    let mut guarded = String::with_capacity(cell.len());
    for sign in cell.chars() {
        if needs_guard(before, sign) {
            guarded.push(GUARD);
        }
        guarded.push(sign);
        before = Some(sign);
    }
    guarded
}

/// A cell without the guards that an export puts into it.
pub(super) fn unguarded(cell: &str) -> Cow<'_, str> {
    if !cell.contains(GUARD) {
        return Cow::Borrowed(cell);
    }
    let mut before = None;
    let mut text = String::with_capacity(cell.len());
    let mut signs = cell.chars().peekable();
    while let Some(sign) = signs.next() {
        let guards = sign == GUARD && needs_guard(before, sign);
        let kept = match signs.peek() {
            Some(next) if guards && needs_guard(before, *next) => signs.next().unwrap_or(sign),
            _ => sign,
        };
        text.push(kept);
        before = Some(kept);
    }
    Cow::Owned(text)
}
