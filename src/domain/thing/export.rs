//! The stock as a CSV file, in the columns that an [import](super::import) reads.
//!
//! Labels and names are hostile text (W4): a spreadsheet takes a cell that begins with `=` for a formula, and `+49301234500`
//! for a number, of which it then keeps the first digits. Such cells get an apostrophe before them, which an import takes
//! away.

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::Thing;
use super::details::Details;
use super::import::Column;
use super::kind::Class;
use super::state::State;

/// What tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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
        let passed_over = ["state", "holder", "held_until", "id"];
        export.write(Column::ALL.map(Column::name).into_iter().chain(passed_over).map(str::to_owned));
        export
    }

    /// Adds a thing with the names of its pool and its holder, and in which state it is.
    pub fn add(&mut self, thing: &Thing, pool: Option<&str>, holder: Option<&str>, state: State) {
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
        let held_until = match state {
            State::Held { until, .. } => until.to_string(),
            State::Free | State::Assigned { .. } | State::Shared { .. } | State::Disabled => String::new(),
        };
        let holder = holder.unwrap_or_default().to_owned();
        let further = [state.name().to_owned(), holder, held_until, thing.id.to_string()];
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
    WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(bytes)
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

/// Signs at the beginning of a cell that a spreadsheet makes something of, and the one that keeps it from it.
pub(super) const fn is_formula_sign(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠')
}

fn guarded(cell: String) -> String {
    if cell.starts_with(is_formula_sign) { format!("'{cell}") } else { cell }
}
