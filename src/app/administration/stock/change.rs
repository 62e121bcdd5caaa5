//! Changing what is known of a thing, its pool, its name, and what a number is for.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::add::{needs, needs_are_there};
use super::data::as_new;
use super::{Stirred, StockThing, find, noun};
use crate::app::administration::trail::{Leavings, changed};
use crate::app::administration::{Administration, AdministrationError, Change, Conflict};
use crate::app::planning::{self, Terms, read_thing};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{PoolId, ThingId};
use crate::domain::audit::{Action, Subject};
use crate::domain::grant::ThingRef;
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::{Class, NewThing, State};
use crate::storage::stock::{self, StockWrite};
use crate::storage::{Ids, StorageError, Tx, pools, things};

impl Administration<'_> {
    /// Changes a thing to what `wanted` makes of it, and puts it into that pool; it may be asked more than once.
    ///
    /// A number gets another usage only while nobody has it and it is on hold for nobody, and what others lead to or answer
    /// keeps its name.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Invalid`, `Conflict`, `VersionMismatch`, `Storage`, and those of `wanted`.
    pub async fn change_stock(
        &self,
        change: Change,
        class: Class,
        id: ThingId,
        wanted: impl Fn(&StockThing) -> Result<(NewThing, Option<PoolId>), AdministrationError> + Send + Sync + 'static,
    ) -> Result<StockThing, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = find(tx, scope, class, id, now).await?;
            change.check(current.thing.version)?;
            let (wanted, pool) = wanted(&current)?;
            let before = as_new(&current);
            let fields = differing(&before, &wanted, current.thing.pool != pool);
            if fields.is_empty() {
                return Ok(current);
            }
            if let Some(pool) = pool
                && current.thing.pool != Some(pool)
                && pools::find(tx, scope, pool).await?.is_none()
            {
                return Err(AdministrationError::invalid("/pool", "there is no pool with this id"));
            }
            if before.kind != wanted.kind || before.key != wanted.key {
                nobody_minds(tx, scope, &current, &wanted).await?;
            }
            if before.details.needs() != wanted.details.needs() {
                needs_are_there(tx, scope, std::slice::from_ref(&wanted)).await?;
            }
            write(tx, scope, &current, (&wanted, pool), now).await?;
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::ThingChanged, Subject::Thing(id), changed(&fields));
            leavings.tell(About::Tenant, Topic::StockChanged, about(id, &fields));
            leavings.write(tx).await?;
            let mut stirred = Stirred { things: vec![id], ..Stirred::default() };
            if let Some(thing) = thing_ref(tx, scope, id).await? {
                planning::rename(tx, scope, &thing, &before.key.to_string(), now).await?;
            }
            if before.kind != wanted.kind || before.key != wanted.key {
                stirred.keys.push((before.kind, before.key.to_string()));
                let users = stock::users(tx, scope, &Ids(vec![id.uuid()])).await?;
                stirred.concerned = users.into_iter().collect::<BTreeSet<_>>();
            }
            stirred.settle(tx, scope, &terms, &change.because(now)).await?;
            find(tx, scope, class, id, now).await
        })
        .await
    }
}

/// What the thing is called now.
async fn thing_ref(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId) -> Result<Option<ThingRef>, StorageError> {
    let rows = things::by_ids(tx, scope, &Ids(vec![id.uuid()])).await?;
    Ok(rows.into_iter().find_map(read_thing).map(|thing| thing.thing))
}

/// What a message says of a thing that changed.
pub(super) fn about(id: ThingId, fields: &[&str]) -> Map<String, Value> {
    Map::from_iter([("things".to_owned(), json!([id])), ("changed".to_owned(), json!(fields))])
}

/// Another usage or name is in nobody's way.
async fn nobody_minds(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    current: &StockThing,
    wanted: &NewThing,
) -> Result<(), AdministrationError> {
    let uses = stock::uses(tx, scope, current.thing.id).await?;
    if current.thing.kind != wanted.kind {
        if uses.employees > 0 {
            return Err(Conflict::InUse("somebody has this number; its usage can change when nobody has it").into());
        }
        if matches!(current.state, State::Held { .. }) {
            return Err(Conflict::InUse(
                "this number is on hold for whoever had it; free it first, then its usage can change",
            )
            .into());
        }
    }
    if current.thing.key != wanted.key && uses.needed_by > 0 {
        return Err(Conflict::InUse("destinations lead here by this name; change them first").into());
    }
    Ok(())
}

async fn write(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    current: &StockThing,
    (wanted, pool): (&NewThing, Option<PoolId>),
    now: Ts,
) -> Result<(), AdministrationError> {
    let (key, details) = (wanted.key.to_string(), wanted.details.to_json());
    let row = StockWrite {
        kind: wanted.kind.name(),
        key: &key,
        sort_key: &wanted.key.sort_key(),
        pool,
        label: wanted.label.as_str(),
        label_key: &fold(wanted.label.as_str()),
        details: &details,
        needs: needs(wanted),
    };
    match stock::update(tx, scope, (current.thing.id, current.thing.version), &row, now).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(AdministrationError::Raced),
        Err(StorageError::Unique(_)) => Err(name_taken(wanted.kind.class()).into()),
        Err(error) => Err(error.into()),
    }
}

const fn name_taken(class: Class) -> Conflict {
    let what = match class {
        Class::Destination => "another destination",
        Class::Announcement => "another announcement",
        Class::Mailbox => "another mailbox",
        Class::Number | Class::Extension | Class::Device => noun(class),
    };
    Conflict::NameTaken { pointer: "/name", what }
}

fn differing(one: &NewThing, other: &NewThing, another_pool: bool) -> Vec<&'static str> {
    let named = matches!(one.kind.class(), Class::Destination | Class::Announcement | Class::Mailbox);
    let fields = [
        ("usage", one.kind != other.kind),
        (if named { "name" } else { "label" }, one.label != other.label || one.key != other.key),
        ("details", one.details != other.details),
        ("pool", another_pool),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
