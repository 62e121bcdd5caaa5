//! From the cells of one line to things.

use std::borrow::Cow;

use super::super::destination::{Owner, Target};
use super::super::details::{
    AnnouncementDetails, DestinationDetails, Details, DeviceDetails, ExtensionDetails, Line, MailboxDetails,
    NumberDetails,
};
use super::super::device::SipName;
use super::super::extension::{ExtensionError, parse_extensions};
use super::super::key::{Key, NumberingPlan};
use super::super::kind::{Class, Kind};
use super::super::number::{Overlaps, parse_numbers};
use super::super::text::{Label, Name};
use super::ImportedThing;
use super::column::{Column, nearest};
use super::table::{Row, Table};
use crate::base::caseless::fold;
use crate::base::e164::E164;
use crate::base::json::shortened;
use crate::base::mail_address::MailAddress;

/// The German words of the telephone system's manual.
const GERMAN: [(&str, Kind); 9] = [
    ("rufnummer", Kind::VoiceNumber),
    ("persönliche faxnummer", Kind::PersonalFax),
    ("gemeinsame faxnummer", Kind::SharedFax),
    ("konferenznummer", Kind::Conference),
    ("nebenstelle", Kind::Extension),
    ("endgerät", Kind::Device),
    ("ziel", Kind::Destination),
    ("ansage", Kind::Announcement),
    ("mailbox", Kind::Mailbox),
];

/// What is wrong with a line, by column.
pub(super) type Mistakes = Vec<(Option<Column>, String)>;

/// What a line asks for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) things: Vec<ImportedThing>,
    pub(super) left_out: Vec<ExtensionError>,
}

/// Reads one line, and says for how many things it stands, mistakes or not; with one mistake in it, nothing of the line is
/// taken, but all its mistakes are told.
pub(super) fn read(table: &Table, row: &Row, plan: NumberingPlan) -> (usize, Result<Asked, Mistakes>) {
    let mut cells = Cells { table, row, plan, mistakes: Vec::new(), read: 0 };
    let asked = cells.kind().map(|kind| cells.things(kind));
    if table.overflows(row) {
        cells
            .mistakes
            .push((None, "there are more cells than columns: put text with a comma or semicolon in quotes".to_owned()));
    }
    let read = asked.as_ref().map_or(0, |asked| asked.things.len()).max(cells.read);
    match asked {
        Some(asked) if cells.mistakes.is_empty() => (read, Ok(asked)),
        _ => (read, Err(cells.mistakes)),
    }
}

struct Cells<'a> {
    table: &'a Table,
    row: &'a Row,
    plan: NumberingPlan,
    mistakes: Mistakes,
    /// The most numbers or extensions that one cell stands for.
    read: usize,
}

/// A key with what comes from it: the details, and the label of things that have a name.
type Keyed = (Option<Key>, Details, Option<Label>);

impl Cells<'_> {
    fn cell(&self, column: Column) -> Cow<'_, str> {
        self.table.cell(self.row, column)
    }

    /// What the cell says; its mistake is noted.
    fn read<T, E: ToString>(&mut self, column: Column, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match parse(&self.table.cell(self.row, column)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistakes.push((Some(column), error.to_string()));
                None
            }
        }
    }

    /// What the cell says, if it says anything.
    fn optional<T, E: ToString>(&mut self, column: Column, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        if self.cell(column).is_empty() { None } else { self.read(column, parse) }
    }

    fn kind(&mut self) -> Option<Kind> {
        self.read(Column::Kind, |cell| {
            let folded = fold(cell);
            let german = || GERMAN.into_iter().find(|(word, _)| *word == folded).map(|(_, kind)| kind);
            Kind::parse(&folded).or_else(german).ok_or_else(|| {
                let known = Kind::ALL.map(Kind::name);
                match nearest(shortened(&folded), known.into_iter().chain(GERMAN.map(|(word, _)| word))) {
                    Some(meant) => format!("{:?} is no kind: did you mean {meant:?}?", shortened(cell)),
                    None => format!("{:?} is no kind: write one of {}", shortened(cell), known.join(", ")),
                }
            })
        })
    }

    fn things(&mut self, kind: Kind) -> Asked {
        for column in Column::ALL {
            if !column.is_for(kind) && !self.cell(column).is_empty() {
                let text = format!("a {} has nothing to say here: leave the cell empty", kind.name());
                self.mistakes.push((Some(column), text));
            }
        }
        let pool = self.optional(Column::Pool, Name::parse);
        let note = self.read(Column::Label, Label::parse).unwrap_or_default();
        let disabled = self.read(Column::Disabled, yes_or_no).unwrap_or_default();
        let mut left_out = Vec::new();
        let keys = match kind.class() {
            Class::Number => self.numbers(),
            Class::Extension => self.extensions(&mut left_out),
            Class::Device => self.device(),
            Class::Destination | Class::Announcement | Class::Mailbox => self.named(kind),
        };
        let thing = |(key, details, name): Keyed| ImportedThing {
            line: self.row.line,
            kind,
            key,
            label: name.unwrap_or_else(|| note.clone()),
            details,
            pool: pool.clone(),
            disabled,
        };
        Asked { things: keys.into_iter().map(thing).collect(), left_out }
    }

    fn numbers(&mut self) -> Vec<Keyed> {
        let region = self.plan.region;
        // What overlaps is looked for in all of the file and the stock at once.
        let numbers = self.read(Column::Key, |cell| parse_numbers(cell, region, Overlaps::Allowed));
        let keyed = |stock: super::super::number::StockNumber| {
            (Some(Key::Number(stock.number)), Details::Number(NumberDetails { block: stock.block }), None)
        };
        numbers.unwrap_or_default().into_iter().map(keyed).collect()
    }

    fn extensions(&mut self, left_out: &mut Vec<ExtensionError>) -> Vec<Keyed> {
        let (region, rules) = (self.plan.region, self.plan.extensions);
        let extensions = self.read(Column::Key, |cell| parse_extensions(cell, rules));
        let numbers = self.optional(Column::Number, |cell| parse_numbers(cell, region, Overlaps::Allowed));
        self.read = numbers.as_ref().map_or(0, Vec::len);
        let Some(extensions) = extensions else { return Vec::new() };
        self.read = self.read.max(extensions.extensions.len());
        *left_out = extensions.left_out;
        let numbers: Vec<Option<E164>> = match numbers {
            None => vec![None; extensions.extensions.len()],
            Some(numbers) => numbers.iter().map(|stock| Some(stock.number)).collect(),
        };
        if numbers.len() != extensions.extensions.len() {
            let text = format!(
                "{} numbers for {} extensions: give each extension one number, or none",
                numbers.len(),
                extensions.extensions.len()
            );
            self.mistakes.push((Some(Column::Number), text));
            return Vec::new();
        }
        let keyed = |(extension, number)| {
            (Some(Key::Extension(extension)), Details::Extension(ExtensionDetails { number }), None)
        };
        extensions.extensions.into_iter().zip(numbers).map(keyed).collect()
    }

    fn device(&mut self) -> Vec<Keyed> {
        let key = self.optional(Column::Key, SipName::parse).map(Key::Device);
        let model = self.read(Column::Model, Label::parse).unwrap_or_default();
        vec![(key, Details::Device(DeviceDetails { model }), None)]
    }

    fn named(&mut self, kind: Kind) -> Vec<Keyed> {
        let name = self.read(Column::Key, Name::parse);
        let plan = self.plan;
        let details = match kind.class() {
            Class::Announcement => {
                let description = self.read(Column::Description, Label::parse).unwrap_or_default();
                Some(Details::Announcement(AnnouncementDetails { description, audio: None }))
            }
            Class::Mailbox => {
                let answers = self.optional(Column::Number, |cell| Line::parse(cell, plan));
                let notify = self.optional(Column::Notify, MailAddress::parse);
                Some(Details::Mailbox(MailboxDetails { answers, notify }))
            }
            _ => self
                .read(Column::Target, |cell| Target::parse(cell, plan))
                .map(|target| Details::Destination(DestinationDetails { target, owner: Owner::Administrator })),
        };
        let (Some(name), Some(details)) = (name, details) else { return Vec::new() };
        let key = match kind.class() {
            Class::Announcement => Key::Announcement(name.key().clone()),
            Class::Mailbox => Key::Mailbox(name.key().clone()),
            _ => Key::Destination(name.key().clone()),
        };
        let label = Label::parse(name.as_str()).ok();
        vec![(Some(key), details, label)]
    }
}

fn yes_or_no(cell: &str) -> Result<bool, String> {
    match fold(cell).as_str() {
        "" | "no" | "nein" | "false" | "0" => Ok(false),
        "yes" | "ja" | "true" | "1" | "x" => Ok(true),
        _ => Err(format!("{:?} is neither yes nor no: write one of the two", shortened(cell))),
    }
}
