//! The stock by hand: phone numbers, extensions, devices, destinations, announcements and mailboxes.
//!
//! Whatever changes the stock plans in the same unit of work: those who wait get what they wait for at once, the oldest
//! first, and those who lose something get what there is instead.

mod add;
mod audio;
mod change;
mod data;
mod devices;
mod export;
mod import;
mod remove;
mod turn;

use std::collections::BTreeSet;

pub use add::{Added, NewStock};
pub use data::{
    NewAnnouncement, NewDestination, NewDevice, NewExtensions, NewMailbox, NewNumbers, announcement, destination,
    device, extension, mailbox, number,
};
pub use devices::{DeviceAccount, SipAccount};
pub use export::{PoolLine, StockExport, StockList};
pub use import::{ImportOptions, Imported, Progress};
pub use remove::Having;

use super::cursor::Walk;
use super::{Administration, AdministrationError, ListPage, Paging};
use crate::app::authentication::AdminReader;
use crate::app::planning::{self, Because, Terms, read_thing};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::grant::Wake;
use crate::domain::tenant::TenantScope;
use crate::domain::thing::{Class, Details, Key, Kind, Label, State, Thing};
use crate::storage::stock::{self, StockFilter, StockRow};
use crate::storage::{Ids, StorageError, Tx, things};

pub use crate::storage::stock::AskedState;

/// A thing in stock, and what is asked about it besides.
#[derive(Debug, Clone)]
pub struct StockThing {
    /// The thing.
    pub thing: Thing,
    /// In which state it is.
    pub state: State,
    /// How many employees have it.
    pub holders: u32,
    /// The name of its pool.
    pub pool_name: Option<String>,
    /// The user name of its holder.
    pub holder_name: Option<String>,
    /// The user name of whoever it is on hold for, also where he has left.
    pub held_for_name: Option<String>,
    /// When its secret was made, of a device.
    pub secret_at: Option<Ts>,
}

/// Which things of a class.
#[derive(Debug, Clone, Default)]
pub struct StockQuery {
    /// Only those of this kind.
    pub kind: Option<Kind>,
    /// Only those in this state.
    pub state: Option<AskedState>,
    /// Only those in this pool.
    pub pool: Option<PoolId>,
    /// Only what this employee has, alone or with others.
    pub holder: Option<EmployeeId>,
    /// Only those whose key or note contains this text, letter case aside; numbers in any notation.
    pub containing: Option<String>,
}

impl StockQuery {
    /// The same words for the same question; for cursors.
    fn canonical(&self) -> String {
        let Self { kind, state, pool, holder, containing } = self;
        format!("{kind:?} {state:?} {pool:?} {holder:?} {:?}", containing.as_deref().map(fold))
    }

    fn filter(&self, class: Option<Class>) -> StockFilter {
        StockFilter {
            class: class.map(Class::name),
            kind: self.kind.map(Kind::name),
            state: self.state,
            pool: self.pool,
            holder: self.holder,
            containing: self.containing.as_deref().map(needles).unwrap_or_default(),
        }
    }
}

/// What a text may stand for in keys and notes: itself, and the digits of a number however people write it.
fn needles(text: &str) -> Vec<String> {
    let text = fold(text.trim());
    let written = |character: char| character.is_ascii_digit() || " -/().+\u{a0}".contains(character);
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    // However one dials out of the country, or into the next town: what comes behind is in the key.
    let digits = digits.trim_start_matches('0').to_owned();
    let is_number = text.chars().all(written) && !digits.is_empty();
    let mut needles = vec![text];
    if is_number && !needles.contains(&digits) {
        needles.push(digits);
    }
    needles.retain(|needle| !needle.is_empty());
    needles
}

impl Administration<'_> {
    /// The things of a class as people sort them.
    ///
    /// # Errors
    ///
    /// `Cursor`, `TooExpensive`, `Storage`.
    pub async fn stock(
        &self,
        reader: &AdminReader,
        class: Class,
        query: &StockQuery,
        paging: &Paging,
    ) -> Result<ListPage<StockThing>, AdministrationError> {
        let (scope, now, limit) = (reader.scope, self.now(), paging.rows());
        let walk = Walk::new(reader, class.name(), &query.canonical());
        let behind = self.begin(&walk, paging)?.unwrap_or_default();
        let filter = query.filter(Some(class));
        let read = async move |tx: &mut Tx<'_>| stock::page(tx, scope, &filter, ("", &behind), limit, now).await;
        let rows = self.app.0.store.scan(scope, read).await.map_err(|error| match error {
            StorageError::TimedOut => AdministrationError::TooExpensive,
            error => error.into(),
        })?;
        let page = self.finish(&walk, paging, rows, |row| row.sort_key.clone());
        let things: Result<Vec<StockThing>, StorageError> =
            page.items.into_iter().map(|row| StockThing::read(row, now)).collect();
        Ok(ListPage { items: things?, next: page.next })
    }

    /// One thing of a class.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn stock_thing(
        &self,
        reader: &AdminReader,
        class: Class,
        id: ThingId,
    ) -> Result<StockThing, AdministrationError> {
        let (scope, now) = (reader.scope, self.now());
        self.app.0.store.point(async move |tx: &mut Tx<'_>| find(tx, scope, class, id, now).await).await
    }

    /// What is on hold, by the end of the hold.
    ///
    /// # Errors
    ///
    /// `Cursor`, `Storage`.
    pub async fn holds(
        &self,
        reader: &AdminReader,
        paging: &Paging,
    ) -> Result<ListPage<StockThing>, AdministrationError> {
        let (scope, now, limit) = (reader.scope, self.now(), paging.rows());
        let walk = Walk::new(reader, "holds", "");
        let behind = match self.begin(&walk, paging)? {
            None => (Ts::from_micros(0), ThingId::from(uuid::Uuid::nil())),
            Some(key) => hold_place(&key).ok_or(AdministrationError::Cursor)?,
        };
        let read = async move |tx: &mut Tx<'_>| stock::on_hold(tx, scope, behind, limit, now).await;
        let rows = self.app.0.store.read(read).await?;
        let place = |row: &StockRow| format!("{} {}", row.held_until.map_or(0, Ts::micros), row.id);
        let page = self.finish(&walk, paging, rows, place);
        let things: Result<Vec<StockThing>, StorageError> =
            page.items.into_iter().map(|row| StockThing::read(row, now)).collect();
        Ok(ListPage { items: things?, next: page.next })
    }
}

fn hold_place(key: &str) -> Option<(Ts, ThingId)> {
    let (until, id) = key.split_once(' ')?;
    Some((Ts::from_micros(until.parse().ok()?), ThingId::parse(id)?))
}

impl StockThing {
    /// A row as it was written.
    fn read(row: StockRow, now: Ts) -> Result<Self, StorageError> {
        let unreadable = |what: &str| StorageError::Unreadable(format!("the {what} of thing {}", row.id));
        let kind = Kind::parse(&row.kind).ok_or_else(|| unreadable("kind"))?;
        let thing = Thing {
            id: row.id,
            kind,
            key: Key::from_canonical(kind.class(), &row.key).ok_or_else(|| unreadable("key"))?,
            pool: row.pool_id,
            label: Label::parse(&row.label).map_err(|_| unreadable("label"))?,
            details: Details::from_json(kind, &row.details).map_err(|_| unreadable("details"))?,
            holder: row.holder_id,
            held_until: row.held_until,
            held_for: row.held_for,
            released_at: row.released_at,
            disabled_at: row.disabled_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        let holders = u32::try_from(row.holders).unwrap_or(u32::MAX);
        let state = thing.state(now);
        Ok(Self {
            state: if kind.is_exclusive() { state } else { state.shared_by(holders) },
            holders,
            thing,
            pool_name: row.pool_name,
            holder_name: row.holder_name,
            held_for_name: row.held_for_name,
            secret_at: row.secret_at,
        })
    }
}

/// The name of what a class holds one of.
const fn noun(class: Class) -> &'static str {
    match class {
        Class::Number => "number",
        Class::Extension => "extension",
        Class::Device => "device",
        Class::Destination => "destination",
        Class::Announcement => "announcement",
        Class::Mailbox => "mailbox",
    }
}

const fn not_found(class: Class) -> AdministrationError {
    AdministrationError::NotFound(noun(class))
}

async fn find(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    class: Class,
    id: ThingId,
    now: Ts,
) -> Result<StockThing, AdministrationError> {
    let row = stock::find(tx, scope, class.name(), id).await?.ok_or(not_found(class))?;
    Ok(StockThing::read(row, now)?)
}

/// What plans have to be told of a change of the stock.
#[derive(Default)]
struct Stirred {
    /// Things that are there, and are not what they were.
    things: Vec<ThingId>,
    /// Keys that nothing has any more.
    keys: Vec<(Kind, String)>,
    /// Folded names of pools that were not there.
    pools: Vec<String>,
    /// Those who have one of the things, as far as that may not be so any more.
    concerned: BTreeSet<EmployeeId>,
    /// Things that go out of stock.
    removed: BTreeSet<ThingId>,
}

impl Stirred {
    /// Plans for those concerned, and wakes those who wait. Whoever it is on hold for is concerned, too: he may be waiting
    /// for the very thing.
    async fn settle(
        self,
        tx: &mut Tx<'_>,
        scope: TenantScope,
        terms: &Terms,
        because: &Because,
    ) -> Result<(), StorageError> {
        let mut change =
            planning::Change { concerned: self.concerned, removed: self.removed, ..planning::Change::default() };
        let mut wake = Wake::default();
        for (kind, key) in &self.keys {
            wake.remove_stock(*kind, key);
        }
        for pool in &self.pools {
            wake.stir_pool(pool);
        }
        if !self.things.is_empty() {
            let ids = Ids(self.things.iter().map(|id| id.uuid()).collect());
            for thing in things::by_ids(tx, scope, &ids).await?.into_iter().filter_map(read_thing) {
                change.concerned.extend(thing.hold.map(|hold| hold.employee));
                wake.add_stock(&thing);
            }
        }
        change.wake = wake;
        planning::settle(tx, scope, terms, change, because).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::needles;

    #[test]
    fn numbers_are_found_however_they_are_written() {
        assert_eq!(needles("030 1234-5"), ["030 1234-5", "3012345"]);
        assert_eq!(needles("+49 (0)30"), ["+49 (0)30", "4930"]);
        assert_eq!(needles("Empfang "), ["empfang"]);
        assert_eq!(needles("201"), ["201"]);
        assert!(needles(" ").is_empty());
    }
}
