//! What came of checking a file: everything that would be written, or everything that is wrong.

use std::collections::BTreeMap;
use std::fmt;

use super::super::extension::ExtensionError;
use super::super::kind::Kind;
use super::super::text::Name;
use super::column::Column;
use super::{ImportedThing, MAX_MISTAKES};

/// Something that has to be changed before the file can be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Mistake {
    /// The line of the file.
    pub line: u64,
    /// The column; `None`: the line as a whole.
    pub column: Option<Column>,
    /// What is wrong and what to change.
    pub message: String,
}

/// Something worth knowing that hinders nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// The line of the file.
    pub line: u64,
    /// What was done otherwise than written.
    pub message: String,
}

impl Notice {
    pub(super) fn left_out(line: u64, reason: &ExtensionError) -> Self {
        Self { line, message: format!("left out: {reason}") }
    }

    pub(super) fn not_read(line: u64) -> Self {
        Self { line, message: format!("from here on nothing is read: {MAX_MISTAKES} mistakes are enough") }
    }
}

/// Mistakes, as many as are listed, and how many there are beyond.
#[derive(Debug, Clone, Default)]
pub(super) struct Mistakes {
    listed: Vec<Mistake>,
    more: u64,
}

impl Mistakes {
    pub(super) const fn is_full(&self) -> bool {
        self.listed.len() >= MAX_MISTAKES
    }

    pub(super) fn add(&mut self, line: u64, column: Option<Column>, message: String) {
        if self.listed.len() < MAX_MISTAKES {
            self.listed.push(Mistake { line, column, message });
        } else {
            self.more += 1;
        }
    }
}

/// What a file would bring, and what is wrong with it. It is taken as a whole or not at all.
///
/// Its `Display` is the report for people: what the file brings, then a line for each mistake and notice.
#[derive(Debug)]
pub struct Report {
    /// How many lines bring something.
    pub lines: u64,
    /// What is to be written, in the order of the file, if there are no mistakes.
    pub things: Vec<ImportedThing>,
    /// What is wrong, by line; the first [`MAX_MISTAKES`].
    pub mistakes: Vec<Mistake>,
    /// How many further mistakes there are.
    pub more_mistakes: u64,
    /// What is worth knowing, by line.
    pub notices: Vec<Notice>,
    /// The pools that have to be made first, by name.
    pub new_pools: Vec<Name>,
}

impl Report {
    pub(super) fn new(
        lines: u64,
        things: Vec<ImportedThing>,
        mistakes: Mistakes,
        notices: Vec<Notice>,
        new_pools: Vec<Name>,
    ) -> Self {
        let Mistakes { listed: mut mistakes, more: more_mistakes } = mistakes;
        mistakes.sort_unstable();
        Self { lines, things, mistakes, more_mistakes, notices, new_pools }
    }

    /// Whether the file can be taken.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// How many things of each kind the file brings.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for thing in &self.things {
            *counts.entry(thing.kind).or_default() += 1;
        }
        counts
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> =
            self.counts().iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
        writeln!(f, "lines:     {}", self.lines)?;
        writeln!(f, "things:    {}{}", self.things.len(), in_brackets(&counts))?;
        if !self.new_pools.is_empty() {
            let names: Vec<&str> = self.new_pools.iter().map(Name::as_str).collect();
            writeln!(f, "new pools: {}", names.join(", "))?;
        }
        for notice in &self.notices {
            writeln!(f, "line {}: {}", notice.line, notice.message)?;
        }
        for mistake in &self.mistakes {
            match mistake.column {
                Some(column) => writeln!(f, "line {}, {column}: {}", mistake.line, mistake.message)?,
                None => writeln!(f, "line {}: {}", mistake.line, mistake.message)?,
            }
        }
        match self.more_mistakes {
            0 => Ok(()),
            more => writeln!(f, "and {more} further mistakes"),
        }
    }
}

fn in_brackets(counts: &[String]) -> String {
    if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) }
}
