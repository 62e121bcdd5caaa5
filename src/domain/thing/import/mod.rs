//! A stock from a CSV file (RFC 4180): read and checked as a whole before anything is written.
//!
//! The first line names the columns, in any order and case, in English or [German](Column::german); `kind` and `key` must be
//! there, the rest may be missing or empty. Cells are divided by commas, semicolons or tabs, whichever the first line has most of (a line `sep=;` before
//! it is heeded); the text is UTF-8, with or without a byte order mark.
//!
//! | column | for | holds |
//! |---|---|---|
//! | `kind` | all | `voice_number`, `personal_fax`, `shared_fax`, `conference`, `extension`, `device`, `destination`, `announcement`, `mailbox`, or its [German word](Kind::read): `Rufnummer`, `Nebenstelle` … |
//! | `key` | all | phone numbers and blocks of them (`+49 30 1234-100…199`), extensions and ranges of them (`200-299`), a SIP user name or nothing (one is made), a name |
//! | `pool` | all | the pool that the line's things go to |
//! | `label` | numbers, extensions, devices | a note |
//! | `number` | extension | the phone number it is tied to; behind a range, a block of as many |
//! | | mailbox | the number or extension whose calls it answers |
//! | `target` | destination | a phone number, `sip:name@host`, `device:NAME` or `mailbox:NAME` |
//! | `notify` | mailbox | the e-mail address that is told of messages |
//! | `description` | announcement | what it says |
//! | `model` | device | what kind of telephone it is |
//! | `disabled` | all | `yes` takes the line's things out of use at once |
//!
//! `id`, `state`, `holder`, `held_until` and `held_for`, which an [export](super::export) has besides, are passed over.
//!
//! It takes two steps, because the stock is in a database: [`Sheet::read`] needs the file alone and says which keys and
//! pools it speaks of, [`Sheet::check`] is told which of those are there.

mod column;
mod report;
mod row;
mod sheet;
mod table;

pub use column::Column;
pub use report::{Mistake, Notice, Report};
pub use sheet::{CheckOptions, Known, Sheet};
pub use table::FileError;

use super::{Details, Key, Kind, Label, Name};

/// The largest file (L2).
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most things that one file may bring.
pub const MAX_THINGS: usize = 25_000;
/// The most mistakes that a report lists; further ones are counted.
pub const MAX_MISTAKES: usize = 1_000;

/// A thing as a line asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedThing {
    /// The line of the file.
    pub line: u64,
    /// What it is.
    pub kind: Kind,
    /// What it will be found under; `None` for a device whose SIP user name is made when it is written.
    pub key: Option<Key>,
    /// The note; for destinations, announcements and mailboxes the name as written.
    pub label: Label,
    /// What else is known.
    pub details: Details,
    /// The pool it goes to.
    pub pool: Option<Name>,
    /// Whether it is out of use from the beginning.
    pub disabled: bool,
}

#[cfg(test)]
mod tests;
