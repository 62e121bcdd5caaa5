//! A file that has been read: which things it asks for, and whether it can have them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::key::{Key, NumberingPlan};
use super::super::kind::{Class, Kind};
use super::super::number::Overlaps;
use super::super::text::{Name, NameKey};
use super::column::Column;
use super::report::{Mistakes, Notice, Report};
use super::table::{FileError, Table};
use super::{ImportedThing, MAX_THINGS, row};
use crate::base::e164::E164;

/// What a file asks for, line by line, not yet held against the stock.
#[derive(Debug, Clone)]
pub struct Sheet {
    lines: u64,
    things: Vec<ImportedThing>,
    mistakes: Mistakes,
    notices: Vec<Notice>,
}

/// What is there of that which a file speaks of.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Keys that are in stock; for overlaps to be found, phone numbers near those of the file, too.
    pub keys: HashSet<Key>,
    /// SIP user names that were in stock once: they are never given again.
    pub former_devices: HashSet<Key>,
    /// Pools.
    pub pools: HashSet<NameKey>,
}

/// What an import may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// Whether numbers may be the beginning of others.
    pub overlaps: Overlaps,
    /// Whether pools that are not there are made.
    pub make_pools: bool,
}

impl Sheet {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Only what makes it unreadable as a whole. Mistakes in its lines are found in the report.
    pub fn read(file: &[u8], plan: NumberingPlan) -> Result<Self, FileError> {
        let table = Table::read(file)?;
        let mut sheet = Self {
            lines: u64::try_from(table.rows.len()).unwrap_or(u64::MAX),
            things: Vec::new(),
            mistakes: Mistakes::default(),
            notices: Vec::new(),
        };
        let mut brought = 0;
        for row in &table.rows {
            let line = row.line;
            if sheet.mistakes.is_full() {
                sheet.notices.push(Notice::not_read(line));
                break;
            }
            let (things, read) = row::read(&table, row, plan);
            // Those of a line with mistakes count, too: reading them takes as long.
            brought += things;
            if brought > MAX_THINGS {
                return Err(FileError::TooManyThings { line });
            }
            match read {
                Ok(asked) => {
                    sheet.things.extend(asked.things);
                    sheet.notices.extend(asked.left_out.iter().map(|reason| Notice::left_out(line, reason)));
                }
                Err(mistakes) => {
                    for (column, message) in mistakes {
                        sheet.mistakes.add(line, column, message);
                    }
                }
            }
        }
        Ok(sheet)
    }

    /// The keys that the file would bring or speaks of: those of its things, the number of an extension, the device or
    /// mailbox behind a destination, the number that a mailbox answers.
    #[must_use]
    pub fn keys(&self) -> HashSet<Key> {
        let own = self.things.iter().filter_map(|thing| thing.key.clone());
        own.chain(self.things.iter().filter_map(|thing| thing.details.needs())).collect()
    }

    /// The pools that the file names.
    #[must_use]
    pub fn pools(&self) -> HashSet<NameKey> {
        self.things.iter().filter_map(|thing| thing.pool.as_ref()).map(|name| name.key().clone()).collect()
    }

    /// Holds the file against what is there: keys that are taken or stand twice, pools and references that are not
    /// there, numbers that are the beginning of others.
    #[must_use]
    pub fn check(self, known: &Known, options: CheckOptions) -> Report {
        let Self { lines, things, mut mistakes, notices } = self;
        let first_lines = unique(&things, known, &mut mistakes);
        for thing in &things {
            if let Some(key) = thing.details.needs()
                && !known.keys.contains(&key)
                && !first_lines.contains_key(&key)
            {
                let text = format!("the {} {key} is neither in stock nor in this file", key.class().name());
                mistakes.add(thing.line, Some(column_of_need(thing.kind)), text);
            }
        }
        let new_pools = pools(&things, known, options, &mut mistakes);
        if options.overlaps == Overlaps::Refused {
            overlaps(&first_lines, known, &mut mistakes);
        }
        Report::new(lines, things, mistakes, notices, new_pools)
    }
}

/// The line in which each key stands first.
fn unique(things: &[ImportedThing], known: &Known, mistakes: &mut Mistakes) -> HashMap<Key, u64> {
    let mut first_lines = HashMap::with_capacity(things.len());
    for thing in things {
        let Some(key) = &thing.key else { continue };
        if known.keys.contains(key) {
            mistakes.add(thing.line, Some(Column::Key), format!("{key} is in stock already: leave it out"));
        } else if known.former_devices.contains(key) {
            let text = format!("{key} was the name of a device before, and no name is given twice: choose another");
            mistakes.add(thing.line, Some(Column::Key), text);
        }
        match first_lines.entry(key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(thing.line);
            }
            Entry::Occupied(entry) => {
                let text = format!("{key} stands in line {} already: leave one out", entry.get());
                mistakes.add(thing.line, Some(Column::Key), text);
            }
        }
    }
    first_lines
}

/// The pools to make; each that is not there and must not be made is a mistake once.
fn pools(things: &[ImportedThing], known: &Known, options: CheckOptions, mistakes: &mut Mistakes) -> Vec<Name> {
    let mut missing: BTreeMap<NameKey, (Name, u64)> = BTreeMap::new();
    for thing in things {
        if let Some(name) = thing.pool.as_ref().filter(|name| !known.pools.contains(name.key())) {
            missing.entry(name.key().clone()).or_insert_with(|| (name.clone(), thing.line));
        }
    }
    if !options.make_pools {
        for (name, line) in missing.values() {
            let text = format!("there is no pool {:?}: make it first, or let the import make pools", name.as_str());
            mistakes.add(*line, Some(Column::Pool), text);
        }
    }
    missing.into_values().map(|(name, _)| name).collect()
}

/// Numbers of the file and the stock of which one is the beginning of another, at least one of them the file's.
fn overlaps(first_lines: &HashMap<Key, u64>, known: &Known, mistakes: &mut Mistakes) {
    let number = |key: &Key| if let Key::Number(number) = key { Some(*number) } else { None };
    let of_file = first_lines.iter().filter_map(|(key, line)| Some((number(key)?, Some(*line))));
    let of_stock =
        known.keys.iter().filter(|key| !first_lines.contains_key(*key)).filter_map(|key| Some((number(key)?, None)));
    let mut numbers: Vec<(String, E164, Option<u64>)> =
        of_file.chain(of_stock).map(|(number, line)| (number.digits(), number, line)).collect();
    numbers.sort_unstable();
    // The numbers that the one at hand goes on from, the shortest first.
    let mut beginnings: Vec<(E164, Option<u64>)> = Vec::new();
    for (_, number, line) in numbers {
        while beginnings.last().is_some_and(|(beginning, _)| !beginning.is_beginning_of(number)) {
            beginnings.pop();
        }
        if let Some((short, other)) = beginnings.last()
            && let Some(line) = line.max(*other)
        {
            let text = format!(
                "{short} is the beginning of {number}: dialled digit by digit, {number} could never be reached; leave one out, or say that overlapping numbers are meant"
            );
            mistakes.add(line, Some(Column::Key), text);
        }
        beginnings.push((number, line));
    }
}

/// The column that names what a thing needs.
const fn column_of_need(kind: Kind) -> Column {
    match kind.class() {
        Class::Destination => Column::Target,
        _ => Column::Number,
    }
}
