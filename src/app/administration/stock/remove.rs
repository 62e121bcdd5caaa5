//! Taking things out of stock.
//!
//! What somebody has never moves by itself (`domain.md`), so a thing in use is refused. Where the administrator says that
//! it shall be revoked, everybody who has it is planned anew in the same unit of work: he gets what there is instead, or
//! waits. What is on hold is taken from nobody, but somebody may come back to it: whoever ends that says so first, and knows
//! whose it was.

use serde_json::{Map, Value, json};

use super::change::about;
use super::{Stirred, StockThing, find};
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Change, Conflict};
use crate::app::planning::Terms;
use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::thing::Class;
use crate::storage::stock::{self, UseRow};
use crate::storage::{Ids, Tx, devices};

/// What becomes of those who have a thing that goes out of stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Having {
    /// It stays in stock.
    Refuses,
    /// They lose it.
    Revoke,
}

impl Administration<'_> {
    /// Takes a thing out of stock.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `Storage`; `Conflict` where another thing needs it, where it is on hold, and, unless it
    /// shall be revoked, where somebody has it or a desk may use it.
    pub async fn remove_stock(
        &self,
        change: Change,
        class: Class,
        id: ThingId,
        having: Having,
    ) -> Result<(), AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = find(tx, scope, class, id, now).await?;
            change.check(current.thing.version)?;
            refuse(&current, having, stock::uses(tx, scope, id).await?, now)?;
            let ids = Ids(vec![id.uuid()]);
            let mut leavings = Leavings::new(&change, now);
            let kind = json!([current.thing.kind.name(), Value::Null]);
            leavings.record(Action::ThingRemoved, Subject::Thing(id), Map::from_iter([("kind".to_owned(), kind)]));
            leavings.tell(About::Tenant, Topic::StockRemoved, about(id, &[]));
            leavings.write(tx).await?;
            if class == Class::Device {
                devices::end_names(tx, scope, &ids, now).await?;
            }
            let mut stirred = Stirred::default();
            stirred.concerned.extend(stock::users(tx, scope, &ids).await?);
            stirred.concerned.extend(current.thing.held_for);
            stirred.removed.insert(id);
            Ok(stirred.settle(tx, scope, &terms, &change.because(now)).await?)
        })
        .await
    }
}

fn refuse(current: &StockThing, having: Having, uses: UseRow, now: Ts) -> Result<(), Conflict> {
    if uses.needed_by > 0 {
        return Err(Conflict::InUse(
            "an extension, a mailbox or a destination leads to this or hangs on it; change that first",
        ));
    }
    // Also of what is disabled, which does not end the hold.
    if let Some(until) = current.thing.held_until.filter(|until| *until > now) {
        let whom = current.held_for_name.clone().or(current.thing.held_for.map(|whom| whom.to_string()));
        return Err(Conflict::OnHold { whom, until });
    }
    if having == Having::Revoke {
        return Ok(());
    }
    if uses.employees > 0 {
        return Err(Conflict::InUse(
            "somebody has this; take it from him first, or delete it with ?revoke=true, which takes it from everybody",
        ));
    }
    if uses.desks > 0 {
        return Err(Conflict::InUse(
            "an OfficeDesk may use this; change the desk first, or delete it with ?revoke=true",
        ));
    }
    Ok(())
}
