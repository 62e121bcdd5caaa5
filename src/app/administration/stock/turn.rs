//! Taking things out of use and putting them back, and ending their hold.

use serde_json::Map;

use super::change::about;
use super::{Stirred, StockThing, find};
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Change, Once, Performed};
use crate::app::planning::Terms;
use crate::base::ids::ThingId;
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::thing::Class;
use crate::storage::{Ids, Tx, stock, things};

impl Administration<'_> {
    /// Takes a thing out of use, or puts it back. Whoever has it keeps it; nobody gets it while it is out of use.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `KeyReused`, `Storage`.
    pub async fn set_in_use(
        &self,
        change: Change,
        class: Class,
        id: ThingId,
        in_use: bool,
        once: Once<StockThing>,
    ) -> Result<Performed<StockThing>, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let current = find(tx, scope, class, id, now).await?;
            change.check(current.thing.version)?;
            if current.thing.disabled_at.is_none() == in_use {
                return keeping.keep(tx, current).await;
            }
            if !stock::set_disabled(tx, scope, (id, current.thing.version), !in_use, now).await? {
                return Err(AdministrationError::Raced);
            }
            let action = if in_use { Action::ThingEnabled } else { Action::ThingDisabled };
            let mut leavings = Leavings::new(&change, now);
            leavings.record(action, Subject::Thing(id), Map::new());
            leavings.tell(About::Tenant, Topic::StockChanged, about(id, &["disabled"]));
            leavings.write(tx).await?;
            let stirred = Stirred { things: vec![id], ..Stirred::default() };
            stirred.settle(tx, scope, &terms, &change.because(now)).await?;
            let now_there = find(tx, scope, class, id, now).await?;
            keeping.keep(tx, now_there).await
        })
        .await
    }

    /// Ends the hold of a thing: it is free at once, and goes to whoever waits for it longest. One that is on hold for
    /// nobody stays as it is.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `Storage`.
    pub async fn end_hold(&self, change: Change, class: Class, id: ThingId) -> Result<(), AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = find(tx, scope, class, id, now).await?;
            change.check(current.thing.version)?;
            if things::end_hold(tx, scope, &Ids(vec![id.uuid()]), false, now).await?.is_empty() {
                return Ok(());
            }
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::ThingFreed, Subject::Thing(id), Map::new());
            leavings.tell(About::Tenant, Topic::StockChanged, about(id, &["hold"]));
            leavings.write(tx).await?;
            let stirred = Stirred { things: vec![id], ..Stirred::default() };
            Ok(stirred.settle(tx, scope, &terms, &change.because(now)).await?)
        })
        .await
    }
}
