//! From what an administrator writes to things and their data, class by class; all faults of a request at once.

use super::{NewStock, StockThing};
use crate::app::administration::{AdministrationError, Fault, sound};
use crate::base::e164::E164;
use crate::base::ids::{EmployeeId, PoolId};
use crate::base::mail_address::MailAddress;
use crate::base::random;
use crate::domain::thing::destination::{Owner, Target};
use crate::domain::thing::details::{
    AnnouncementDetails, DestinationDetails, DeviceDetails, ExtensionDetails, Line, MailboxDetails, NumberDetails,
};
use crate::domain::thing::device::SipName;
use crate::domain::thing::extension::{ExtensionError, parse_extensions};
use crate::domain::thing::key::assignable;
use crate::domain::thing::number::{Overlaps, parse_numbers};
use crate::domain::thing::{Details, Key, Kind, Label, Name, NewThing, NumberingPlan};
use crate::storage::StorageError;

/// Reads values, and notes what is wrong with them.
#[derive(Default)]
struct Reader {
    plan: NumberingPlan,
    faults: Vec<Fault>,
}

impl Reader {
    fn read<T, E: ToString>(&mut self, pointer: &'static str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.faults.push(Fault::at(pointer, error.to_string()));
                None
            }
        }
    }

    fn label(&mut self, text: Option<&str>) -> Label {
        self.read("/label", Label::parse(text.unwrap_or_default())).unwrap_or_default()
    }

    /// A name, and the label of a thing that has it.
    fn name(&mut self, text: &str) -> Option<(Name, Label)> {
        let name = self.read("/name", Name::parse(text))?;
        let label = self.read("/name", Label::parse(name.as_str()))?;
        Some((name, label))
    }

    /// The value, where nothing was wrong.
    fn done<T>(self, value: Option<T>) -> Result<T, AdministrationError> {
        sound(self.faults)?;
        value.ok_or(AdministrationError::Storage(StorageError::Misuse("what could not be read is a fault")))
    }
}

fn one(thing: NewThing, pool: Option<PoolId>, disabled: bool) -> NewStock {
    NewStock { things: vec![thing], left_out: Vec::new(), pool, disabled, overlaps: Overlaps::Refused }
}

/// Phone numbers to be added.
#[derive(Debug, Clone)]
pub struct NewNumbers {
    /// Numbers and blocks of them, in any notation.
    pub numbers: String,
    /// What they are for; one of the four kinds of numbers.
    pub usage: Kind,
    /// The pool that they go to.
    pub pool: Option<PoolId>,
    /// A note on each.
    pub label: Option<String>,
    /// Whether they are out of use from the beginning.
    pub disabled: bool,
    /// Whether a number may be the beginning of another.
    pub overlaps: Overlaps,
}

impl NewNumbers {
    /// The things.
    ///
    /// # Errors
    ///
    /// `Invalid`.
    pub fn read(&self) -> Result<NewStock, AdministrationError> {
        let mut reader = Reader::default();
        let numbers = parse_numbers(&self.numbers, reader.plan.region, self.overlaps);
        let numbers = reader.read("/numbers", numbers);
        let label = reader.label(self.label.as_deref());
        let things = numbers.map(|numbers| {
            let thing = |stock: crate::domain::thing::number::StockNumber| NewThing {
                kind: self.usage,
                key: Key::Number(stock.number),
                label: label.clone(),
                details: Details::Number(NumberDetails { block: stock.block }),
            };
            numbers.into_iter().map(thing).collect()
        });
        let things = reader.done(things)?;
        let (pool, disabled, overlaps) = (self.pool, self.disabled, self.overlaps);
        Ok(NewStock { things, left_out: Vec::new(), pool, disabled, overlaps })
    }
}

/// Extensions to be added.
#[derive(Debug, Clone)]
pub struct NewExtensions {
    /// Extensions and ranges of them.
    pub extensions: String,
    /// The phone numbers that they are tied to, one each, in any notation.
    pub numbers: Option<String>,
    /// The pool that they go to.
    pub pool: Option<PoolId>,
    /// A note on each.
    pub label: Option<String>,
    /// Whether they are out of use from the beginning.
    pub disabled: bool,
}

impl NewExtensions {
    /// The things.
    ///
    /// # Errors
    ///
    /// `Invalid`.
    pub fn read(&self) -> Result<NewStock, AdministrationError> {
        let mut reader = Reader::default();
        let plan = reader.plan;
        let extensions = reader.read("/extensions", parse_extensions(&self.extensions, plan.extensions));
        let numbers = self.numbers.as_deref().map(|text| parse_numbers(text, plan.region, Overlaps::Allowed));
        let numbers = numbers.and_then(|numbers| reader.read("/numbers", numbers));
        let label = reader.label(self.label.as_deref());
        if let (Some(extensions), Some(numbers)) = (&extensions, &numbers)
            && extensions.extensions.len() != numbers.len()
        {
            let (numbers, extensions) = (numbers.len(), extensions.extensions.len());
            let detail = format!("{numbers} numbers for {extensions} extensions: give each extension one, or none");
            reader.faults.push(Fault::at("/numbers", detail));
        }
        let read = reader.done(extensions)?;
        let mut numbers = numbers.unwrap_or_default().into_iter();
        let thing = |extension| NewThing {
            kind: Kind::Extension,
            key: Key::Extension(extension),
            label: label.clone(),
            details: Details::Extension(ExtensionDetails { number: numbers.next().map(|stock| stock.number) }),
        };
        Ok(NewStock {
            things: read.extensions.into_iter().map(thing).collect(),
            left_out: read.left_out.iter().map(ExtensionError::to_string).collect(),
            pool: self.pool,
            disabled: self.disabled,
            overlaps: Overlaps::Allowed,
        })
    }
}

/// A device to be added.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// The SIP user name; without it one is made.
    pub user_name: Option<String>,
    /// What kind of telephone it is.
    pub model: Option<String>,
    /// The pool that it goes to.
    pub pool: Option<PoolId>,
    /// A note.
    pub label: Option<String>,
    /// Whether it is out of use from the beginning.
    pub disabled: bool,
}

impl NewDevice {
    /// The thing.
    ///
    /// # Errors
    ///
    /// `Invalid`; `Storage` where the system has no randomness.
    pub fn read(&self) -> Result<NewStock, AdministrationError> {
        let mut reader = Reader::default();
        let name = match &self.user_name {
            Some(text) => reader.read("/user_name", SipName::parse(text)),
            None => Some(random_name()?),
        };
        let model = reader.read("/model", Label::parse(self.model.as_deref().unwrap_or_default())).unwrap_or_default();
        let label = reader.label(self.label.as_deref());
        let name = reader.done(name)?;
        let details = Details::Device(DeviceDetails { model });
        Ok(one(NewThing { kind: Kind::Device, key: Key::Device(name), label, details }, self.pool, self.disabled))
    }
}

/// A SIP user name where nobody gave one.
pub(super) fn random_name() -> Result<SipName, AdministrationError> {
    let bytes = random::bytes().map_err(|_| StorageError::Misuse("the system has no randomness"))?;
    Ok(SipName::from_random(&bytes))
}

/// A destination to be added.
#[derive(Debug, Clone)]
pub struct NewDestination {
    /// The name.
    pub name: String,
    /// Where it leads: a number, `sip:name@host`, `device:NAME` or `mailbox:NAME`.
    pub target: String,
    /// Whose own it is.
    pub owner: Option<EmployeeId>,
    /// The pool that it goes to.
    pub pool: Option<PoolId>,
    /// Whether it is out of use from the beginning.
    pub disabled: bool,
}

impl NewDestination {
    /// The thing.
    ///
    /// # Errors
    ///
    /// `Invalid`.
    pub fn read(&self) -> Result<NewStock, AdministrationError> {
        let owner = self.owner.map_or(Owner::Administrator, Owner::Employee);
        let (key, label, details) = destination_of(&self.name, &self.target, owner)?;
        Ok(one(NewThing { kind: Kind::Destination, key, label, details }, self.pool, self.disabled))
    }
}

fn destination_of(name: &str, target: &str, owner: Owner) -> Result<(Key, Label, Details), AdministrationError> {
    let mut reader = Reader::default();
    let name = reader.name(name);
    let target = reader.read("/target", Target::parse(target, reader.plan));
    let both = reader.done(name.zip(target))?;
    let ((name, label), target) = both;
    Ok((owner.key(&name), label, Details::Destination(DestinationDetails { target, owner })))
}

/// An announcement to be added; its sound comes afterwards.
#[derive(Debug, Clone)]
pub struct NewAnnouncement {
    /// The name.
    pub name: String,
    /// What it says.
    pub description: Option<String>,
    /// The pool that it goes to.
    pub pool: Option<PoolId>,
    /// Whether it is out of use from the beginning.
    pub disabled: bool,
}

impl NewAnnouncement {
    /// The thing.
    ///
    /// # Errors
    ///
    /// `Invalid`.
    pub fn read(&self) -> Result<NewStock, AdministrationError> {
        let (key, label, description) = announcement_of(&self.name, self.description.as_deref())?;
        let details = Details::Announcement(AnnouncementDetails { description, audio: None });
        Ok(one(NewThing { kind: Kind::Announcement, key, label, details }, self.pool, self.disabled))
    }
}

fn announcement_of(name: &str, description: Option<&str>) -> Result<(Key, Label, Label), AdministrationError> {
    let mut reader = Reader::default();
    let name = reader.name(name);
    let description = reader.read("/description", Label::parse(description.unwrap_or_default()));
    let ((name, label), description) = reader.done(name.zip(description))?;
    Ok((Key::Announcement(name.key().clone()), label, description))
}

/// A mailbox to be added.
#[derive(Debug, Clone)]
pub struct NewMailbox {
    /// The name.
    pub name: String,
    /// The number or extension whose calls it answers.
    pub answers: Option<String>,
    /// The address that is told of messages.
    pub notify: Option<String>,
    /// The pool that it goes to.
    pub pool: Option<PoolId>,
    /// Whether it is out of use from the beginning.
    pub disabled: bool,
}

impl NewMailbox {
    /// The thing.
    ///
    /// # Errors
    ///
    /// `Invalid`.
    pub fn read(&self) -> Result<NewStock, AdministrationError> {
        let (key, label, details) = mailbox_of(&self.name, self.answers.as_deref(), self.notify.as_deref())?;
        Ok(one(NewThing { kind: Kind::Mailbox, key, label, details }, self.pool, self.disabled))
    }
}

fn mailbox_of(
    name: &str,
    answers: Option<&str>,
    notify: Option<&str>,
) -> Result<(Key, Label, Details), AdministrationError> {
    let mut reader = Reader::default();
    let plan = reader.plan;
    let name = reader.name(name);
    let answers = answers.and_then(|text| reader.read("/answers", Line::parse(text, plan)));
    let notify = notify.and_then(|text| reader.read("/notify", MailAddress::parse(text)));
    let (name, label) = reader.done(name)?;
    Ok((Key::Mailbox(name.key().clone()), label, Details::Mailbox(MailboxDetails { answers, notify })))
}

/// What a number shall be: its usage and note; the pool stands beside.
///
/// # Errors
///
/// `Invalid`.
pub fn number(current: &StockThing, usage: Kind, label: Option<&str>) -> Result<NewThing, AdministrationError> {
    let mut reader = Reader::default();
    let label = reader.label(label);
    let label = reader.done(Some(label))?;
    Ok(NewThing { kind: usage, label, ..as_new(current) })
}

/// What an extension shall be: tied to a number or not, with a note.
///
/// # Errors
///
/// `Invalid`.
pub fn extension(
    current: &StockThing,
    number: Option<&str>,
    label: Option<&str>,
) -> Result<NewThing, AdministrationError> {
    let mut reader = Reader::default();
    let region = reader.plan.region;
    let number: Option<E164> = number.and_then(|text| reader.read("/number", assignable(text, region)));
    let label = reader.label(label);
    let label = reader.done(Some(label))?;
    Ok(NewThing { label, details: Details::Extension(ExtensionDetails { number }), ..as_new(current) })
}

/// What a device shall be: of that model, with a note.
///
/// # Errors
///
/// `Invalid`.
pub fn device(current: &StockThing, model: Option<&str>, label: Option<&str>) -> Result<NewThing, AdministrationError> {
    let mut reader = Reader::default();
    let model = reader.read("/model", Label::parse(model.unwrap_or_default()));
    let label = reader.label(label);
    let model = reader.done(model)?;
    Ok(NewThing { label, details: Details::Device(DeviceDetails { model }), ..as_new(current) })
}

/// What a destination shall be: its name, and where it leads. Whose it is stays.
///
/// # Errors
///
/// `Invalid`.
pub fn destination(current: &StockThing, name: &str, target: &str) -> Result<NewThing, AdministrationError> {
    let owner = current.thing.details.owner().map_or(Owner::Administrator, Owner::Employee);
    let (key, label, details) = destination_of(name, target, owner)?;
    Ok(NewThing { key, label, details, ..as_new(current) })
}

/// What an announcement shall be: its name, and what it says. Its sound stays.
///
/// # Errors
///
/// `Invalid`.
pub fn announcement(
    current: &StockThing,
    name: &str,
    description: Option<&str>,
) -> Result<NewThing, AdministrationError> {
    let (key, label, description) = announcement_of(name, description)?;
    let audio = match &current.thing.details {
        Details::Announcement(details) => details.audio,
        _ => None,
    };
    let details = Details::Announcement(AnnouncementDetails { description, audio });
    Ok(NewThing { key, label, details, ..as_new(current) })
}

/// What a mailbox shall be.
///
/// # Errors
///
/// `Invalid`.
pub fn mailbox(
    current: &StockThing,
    name: &str,
    answers: Option<&str>,
    notify: Option<&str>,
) -> Result<NewThing, AdministrationError> {
    let (key, label, details) = mailbox_of(name, answers, notify)?;
    Ok(NewThing { key, label, details, ..as_new(current) })
}

/// A thing as it is.
pub(super) fn as_new(current: &StockThing) -> NewThing {
    let thing = &current.thing;
    NewThing { kind: thing.kind, key: thing.key.clone(), label: thing.label.clone(), details: thing.details.clone() }
}
