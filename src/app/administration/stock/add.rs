//! New things: one, or a block of numbers or a range of extensions in one go; all of them or none.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::{Stirred, StockThing, find, noun};
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Change, Conflict, Once, Performed};
use crate::app::planning::{Because, Terms};
use crate::base::caseless::fold;
use crate::base::e164::E164;
use crate::base::ids::{PoolId, ThingId};
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::number::{Overlaps, overlap};
use crate::domain::thing::{Class, Key, NewThing};
use crate::storage::things::{self, NewThing as Row};
use crate::storage::{StorageError, Tx, devices, employee_records, pools, stock};

/// So many rows are written by one statement, and named by one message.
pub(super) const AT_ONCE: usize = 1_000;

/// What an administrator wants in stock.
#[derive(Debug, Clone)]
pub struct NewStock {
    /// The things, all of one class; at least one.
    pub things: Vec<NewThing>,
    /// What lies in a range and cannot be in stock, with the reason.
    pub left_out: Vec<String>,
    /// The pool that they go to.
    pub pool: Option<PoolId>,
    /// Whether they are out of use from the beginning.
    pub disabled: bool,
    /// Whether a number may be the beginning of another.
    pub overlaps: Overlaps,
}

/// What came into stock.
#[derive(Debug, Clone)]
pub struct Added {
    /// The things with their keys, in the order in which they were asked for.
    pub things: Vec<(ThingId, String)>,
    /// What lies in a range and was left out, with the reason.
    pub left_out: Vec<String>,
}

impl Administration<'_> {
    /// Adds numbers or extensions, all of them or none; whoever waits for one of them has it with the same answer.
    ///
    /// # Errors
    ///
    /// `Invalid` for a pool or tied number that is not there and for numbers that overlap; `Conflict` for keys that are in
    /// stock; `KeyReused`, `Storage`.
    pub async fn add_stock(
        &self,
        change: Change,
        new: NewStock,
        once: Once<Added>,
    ) -> Result<Performed<Added>, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let things = add(tx, scope, &terms, &change.because(now), &new).await?;
            keeping.keep(tx, Added { things, left_out: new.left_out.clone() }).await
        })
        .await
    }

    /// Adds one destination, announcement or mailbox.
    ///
    /// # Errors
    ///
    /// Those of [`add_stock`](Self::add_stock).
    pub async fn add_thing(
        &self,
        change: Change,
        new: NewStock,
        once: Once<StockThing>,
    ) -> Result<Performed<StockThing>, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let added = add(tx, scope, &terms, &change.because(now), &new).await?;
            let thing = only(tx, scope, &new, &added, now).await?;
            keeping.keep(tx, thing).await
        })
        .await
    }
}

/// The one thing that was added.
pub(super) async fn only(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    new: &NewStock,
    added: &[(ThingId, String)],
    now: crate::base::clock::Ts,
) -> Result<StockThing, AdministrationError> {
    let (Some((id, _)), Some(thing)) = (added.first(), new.things.first()) else {
        return Err(StorageError::NoRow.into());
    };
    find(tx, scope, thing.kind.class(), *id, now).await
}

/// Adds things within a unit of work, once nothing is in the way.
pub(super) async fn add(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    because: &Because,
    new: &NewStock,
) -> Result<Vec<(ThingId, String)>, AdministrationError> {
    let Some(class) = new.things.first().map(|thing| thing.kind.class()) else { return Ok(Vec::new()) };
    if let Some(pool) = new.pool
        && pools::find(tx, scope, pool).await?.is_none()
    {
        return Err(AdministrationError::invalid("/pool", "there is no pool with this id"));
    }
    let keys: Vec<String> = new.things.iter().map(|thing| thing.key.to_string()).collect();
    free_of(tx, scope, class, &keys).await?;
    if class == Class::Number && new.overlaps == Overlaps::Refused {
        apart(tx, scope, &new.things, &keys).await?;
    }
    needs_are_there(tx, scope, &new.things).await?;
    let incoming: Vec<Incoming<'_>> = new
        .things
        .iter()
        .map(|thing| Incoming { id: ThingId::generate(), thing, pool: new.pool, disabled: new.disabled })
        .collect();
    insert(tx, scope, because, &incoming).await?;
    let ids: Vec<ThingId> = incoming.iter().map(|one| one.id).collect();
    let stirred = Stirred { things: ids.clone(), ..Stirred::default() };
    stirred.settle(tx, scope, terms, because).await?;
    Ok(ids.into_iter().zip(keys).collect())
}

/// Where the keys of a class stand in a body.
const fn pointer(class: Class) -> &'static str {
    match class {
        Class::Number => "/numbers",
        Class::Extension => "/extensions",
        Class::Device => "/user_name",
        Class::Destination | Class::Announcement | Class::Mailbox => "/name",
    }
}

/// Where that which a thing needs stands in a body.
pub(super) const fn pointer_of_need(class: Class) -> &'static str {
    match class {
        Class::Extension => "/number",
        Class::Mailbox => "/answers",
        _ => "/target",
    }
}

/// None of the keys is taken, nor was the name of a device that is gone.
async fn free_of(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    class: Class,
    keys: &[String],
) -> Result<(), AdministrationError> {
    let taken = stock::present(tx, scope, class.name(), keys).await?;
    if !taken.is_empty() {
        return Err(Conflict::Taken { pointer: pointer(class), keys: in_order(keys, taken), ever: false }.into());
    }
    if class == Class::Device {
        let given = devices::names_ever_given(tx, scope, keys).await?;
        if !given.is_empty() {
            return Err(Conflict::Taken { pointer: pointer(class), keys: given, ever: true }.into());
        }
    }
    Ok(())
}

/// Those of the keys that were found, in the order in which they were asked for.
fn in_order(keys: &[String], found: Vec<String>) -> Vec<String> {
    let found: HashSet<String> = found.into_iter().collect();
    keys.iter().filter(|key| found.contains(*key)).cloned().collect()
}

/// No number is the beginning of another in stock, or goes on from one.
async fn apart(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    new: &[NewThing],
    keys: &[String],
) -> Result<(), AdministrationError> {
    let near = near(tx, scope, keys).await?;
    let of_stock = near.iter().filter_map(|key| E164::from_canonical(key));
    let own = new.iter().filter_map(|thing| if let Key::Number(number) = thing.key { Some(number) } else { None });
    // Among themselves the new ones were looked at when they were read.
    match overlap(own.chain(of_stock)) {
        None => Ok(()),
        Some((short, long)) => Err(AdministrationError::invalid(
            pointer(Class::Number),
            format!(
                "{short} is the beginning of {long}: dialled digit by digit, {long} could never be reached; leave one \
                 out, or say that overlapping numbers are meant (allow_overlaps)"
            ),
        )),
    }
}

/// The numbers in stock that one of these goes on from, or that go on from one of these.
pub(super) async fn near(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    keys: &[String],
) -> Result<HashSet<String>, StorageError> {
    // No number is shorter than four digits and a sign.
    let beginnings: BTreeSet<&str> =
        keys.iter().flat_map(|key| (5..key.len()).filter_map(|end| key.get(..end))).collect();
    let beginnings: Vec<String> = beginnings.into_iter().map(str::to_owned).collect();
    let mut near = HashSet::new();
    for some in beginnings.chunks(AT_ONCE) {
        near.extend(stock::present(tx, scope, Class::Number.name(), some).await?);
    }
    for some in keys.chunks(AT_ONCE) {
        near.extend(stock::going_on_from(tx, scope, some).await?);
    }
    Ok(near)
}

/// What the things need is in stock, and whose they are is there.
pub(super) async fn needs_are_there(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    things: &[NewThing],
) -> Result<(), AdministrationError> {
    for class in [Class::Number, Class::Extension, Class::Device, Class::Mailbox] {
        let needed: Vec<(Class, String)> = things
            .iter()
            .filter_map(|thing| Some((thing.kind.class(), thing.details.needs()?)))
            .filter(|(_, key)| key.class() == class)
            .map(|(of, key)| (of, key.to_string()))
            .collect();
        if needed.is_empty() {
            continue;
        }
        let keys: Vec<String> = needed.iter().map(|(_, key)| key.clone()).collect();
        let there: HashSet<String> = stock::present(tx, scope, class.name(), &keys).await?.into_iter().collect();
        if let Some((of, key)) = needed.into_iter().find(|(_, key)| !there.contains(key)) {
            let detail = format!("there is no {} {key} in stock; add it first", noun(class));
            return Err(AdministrationError::invalid(pointer_of_need(of), detail));
        }
    }
    for owner in things.iter().filter_map(|thing| thing.details.owner()) {
        if employee_records::find(tx, scope, owner).await?.is_none() {
            return Err(AdministrationError::invalid("/owner", "there is no employee with this id"));
        }
    }
    Ok(())
}

/// One thing on its way in.
pub(super) struct Incoming<'a> {
    pub(super) id: ThingId,
    pub(super) thing: &'a NewThing,
    pub(super) pool: Option<PoolId>,
    pub(super) disabled: bool,
}

/// Writes the rows, and what tells of them. Whoever was faster with one of the keys makes the unit of work begin again.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    because: &Because,
    incoming: &[Incoming<'_>],
) -> Result<(), AdministrationError> {
    let now = because.at;
    for some in incoming.chunks(AT_ONCE) {
        let texts: Vec<[String; 4]> = some
            .iter()
            .map(|Incoming { thing, .. }| {
                let label = thing.label.as_str();
                [thing.key.to_string(), thing.key.sort_key(), fold(label), thing.details.to_json()]
            })
            .collect();
        let rows: Vec<Row<'_>> = some
            .iter()
            .zip(&texts)
            .map(|(one, [key, sort_key, label_key, details])| Row {
                id: one.id,
                kind: one.thing.kind.name(),
                class: one.thing.kind.class().name(),
                key,
                sort_key,
                pool: one.pool,
                label: one.thing.label.as_str(),
                label_key,
                details,
                needs: needs(one.thing),
                owner: one.thing.details.owner(),
                disabled: one.disabled,
            })
            .collect();
        if things::insert(tx, scope, &rows, now).await?.len() != rows.len() {
            return Err(AdministrationError::Raced);
        }
        let is_device = |one: &&Incoming<'_>| one.thing.kind.class() == Class::Device;
        let names: Vec<(ThingId, &str)> = some
            .iter()
            .zip(&texts)
            .filter(|(one, _)| is_device(one))
            .map(|(one, [key, ..])| (one.id, key.as_str()))
            .collect();
        if !names.is_empty() && devices::give_names(tx, scope, &names, now).await? != names.len() as u64 {
            return Err(AdministrationError::Raced);
        }
        let mut leavings = Leavings::by(scope, because);
        for one in some {
            // Numbers are in nobody's record by themselves.
            let changes = Map::from_iter([("kind".to_owned(), json!([Value::Null, one.thing.kind.name()]))]);
            leavings.record(Action::ThingAdded, Subject::Thing(one.id), changes);
        }
        let ids: Vec<ThingId> = some.iter().map(|one| one.id).collect();
        leavings.tell(About::Tenant, Topic::StockAdded, Map::from_iter([("things".to_owned(), json!(ids))]));
        leavings.write(tx).await?;
    }
    Ok(())
}

/// What a thing needs, as its row says it.
pub(super) fn needs(thing: &NewThing) -> Option<(&'static str, String)> {
    thing.details.needs().map(|key| (key.class().name(), key.to_string()))
}
