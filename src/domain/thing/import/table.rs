//! From bytes to rows of cells.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use super::super::export::unguarded;
use super::column::{Column, PASSED_OVER, nearest};
use super::{MAX_BYTES, MAX_THINGS};
use crate::base::json::shortened;

/// Why a file is not read at all, in words that say what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// More bytes than allowed.
    #[error("the file is larger than 10 MiB: give it in parts")]
    TooLarge,
    /// Another encoding.
    #[error("line {line} is not UTF-8: save the file as \"CSV UTF-8\"")]
    NotUtf8 {
        /// The first line that is not.
        line: u64,
    },
    /// Nothing in it, or nothing but the names of the columns.
    #[error(
        "the file is empty: its first line names the columns, like kind;key;pool, and every further line brings things"
    )]
    Empty,
    /// A column that must be there.
    #[error("the first line does not name the column {0}: it has to name the columns, like kind;key;pool")]
    Missing(Column),
    /// A column that nobody knows.
    #[error("the first line names a column {name:?}, which nobody knows{}", .suggestion.map(|name| format!(": did you mean {name:?}?")).unwrap_or_default())]
    Unknown {
        /// As written.
        name: String,
        /// What may be meant.
        suggestion: Option<&'static str>,
    },
    /// A column named twice.
    #[error("the first line names the column {0} twice")]
    Twice(Column),
    /// More than one file may bring.
    #[error("with line {line} the file brings more than {MAX_THINGS} things: give it in parts")]
    TooManyThings {
        /// The line that is too much.
        line: u64,
    },
}

/// One line's cells.
pub(super) struct Row {
    pub(super) line: u64,
    cells: StringRecord,
}

/// All lines below the first.
pub(super) struct Table {
    columns: Vec<Option<Column>>,
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn read(file: &[u8]) -> Result<Self, FileError> {
        if file.len() > MAX_BYTES {
            return Err(FileError::TooLarge);
        }
        let text = std::str::from_utf8(file).map_err(|error| {
            let before = file.get(..error.valid_up_to()).unwrap_or_default();
            let lines = before.split(|byte| *byte == b'\n').count();
            FileError::NotUtf8 { line: u64::try_from(lines).unwrap_or(u64::MAX) }
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (delimiter, text, skipped) = delimiter(text);
        // Rows may be short: spreadsheets leave out empty cells at the end.
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
        let mut records = reader.records();
        // What was text before is text in every cell, and there is no I/O that could fail.
        let header = records.next().and_then(Result::ok).ok_or(FileError::Empty)?;
        let columns = columns(&header)?;
        let mut rows = Vec::new();
        for cells in records.filter_map(Result::ok).filter(|cells| !cells.iter().all(|cell| cell.trim().is_empty())) {
            let line = cells.position().map_or(0, |position| line_of(text, position)) + skipped;
            if rows.len() == MAX_THINGS {
                return Err(FileError::TooManyThings { line });
            }
            rows.push(Row { line, cells });
        }
        if rows.is_empty() { Err(FileError::Empty) } else { Ok(Self { columns, rows }) }
    }

    /// A cell without blanks at its ends; empty where the line has none.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: Column) -> Cow<'a, str> {
        let index = self.columns.iter().position(|named| *named == Some(column));
        unguarded(index.and_then(|index| row.cells.get(index)).unwrap_or_default().trim())
    }

    /// Whether the line has more cells than there are columns.
    pub(super) fn overflows(&self, row: &Row) -> bool {
        row.cells.iter().skip(self.columns.len()).any(|cell| !cell.trim().is_empty())
    }
}

/// The line in which a record begins. The reader counts what ends the record before it, and empty lines, as the record's.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let begin = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(begin..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(ends).unwrap_or(0)
}

/// What divides the cells, and the text without a line that only says so.
fn delimiter(text: &str) -> (u8, &str, u64) {
    let mut lines = text.splitn(2, '\n');
    let first = lines.next().unwrap_or_default();
    if let Some(&[delimiter @ (b',' | b';' | b'\t')]) =
        first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes)
    {
        return (delimiter, lines.next().unwrap_or_default(), 1);
    }
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
    (delimiter, text, 0)
}

fn columns(header: &StringRecord) -> Result<Vec<Option<Column>>, FileError> {
    let mut columns = Vec::new();
    for name in header.iter().map(str::trim) {
        let column = Column::parse(name);
        if let Some(column) = column.filter(|column| columns.contains(&Some(*column))) {
            return Err(FileError::Twice(column));
        }
        let is_passed_over = name.is_empty() || PASSED_OVER.iter().any(|known| known.eq_ignore_ascii_case(name));
        if column.is_none() && !is_passed_over {
            let suggestion = nearest(shortened(name), Column::ALL.map(Column::name));
            return Err(FileError::Unknown { name: shortened(name).to_owned(), suggestion });
        }
        columns.push(column);
    }
    match [Column::Kind, Column::Key].into_iter().find(|column| !columns.contains(&Some(*column))) {
        Some(column) => Err(FileError::Missing(column)),
        None => Ok(columns),
    }
}
