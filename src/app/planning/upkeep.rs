//! What time does to the stock.

use super::parts::AT_ONCE;
use super::{Because, Change, Terms, Word, settle, stock};
use crate::app::App;
use crate::app::tenants::TenantError;
use crate::base::ids::ThingId;
use crate::domain::audit::{Actor, Cause};
use crate::domain::grant::Wake;
use crate::domain::tenant::TenantScope;
use crate::storage::{Ids, StorageError, Tx, things};

impl App {
    /// Frees the things of all tenants whose hold is over, and gives them to those who wait for them, the oldest first.
    /// Says how many there were.
    ///
    /// # Errors
    ///
    /// Those of the database; what was freed until then is free.
    pub async fn end_holds(&self) -> Result<usize, TenantError> {
        let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let mut count = 0;
        loop {
            let now = self.0.clock.now();
            let over =
                self.0.store.read(async move |tx: &mut Tx<'_>| things::ended_holds(tx, now, limit).await).await?;
            if over.is_empty() {
                return Ok(count);
            }
            let before = count;
            for (tenant, scope) in self.every_tenant().await? {
                let things: Vec<ThingId> =
                    over.iter().filter(|one| one.tenant_id == tenant.id).map(|one| one.id).collect();
                if things.is_empty() {
                    continue;
                }
                match self.end_holds_of(scope, things).await {
                    Ok(ended) => count += ended,
                    Err(error) => {
                        tracing::error!(error = %error, tenant.id = %tenant.id, "holds that are over are not ended");
                    }
                }
            }
            if over.len() < AT_ONCE || count == before {
                return Ok(count);
            }
        }
    }

    async fn end_holds_of(&self, scope: TenantScope, over: Vec<ThingId>) -> Result<usize, StorageError> {
        let (books, because) = (self.0.rule_books.clone(), self.of_itself());
        self.0
            .store
            .write_locking(async move |tx: &mut Tx<'_>| {
                let terms = Terms::in_turn(tx, scope, &books).await?;
                let over = Ids(over.iter().map(|id| id.uuid()).collect());
                let ended = things::end_hold(tx, scope, &over, true, because.at).await?;
                let ids = Ids(ended.iter().map(|id| id.uuid()).collect());
                let mut wake = Wake::default();
                for row in things::by_ids(tx, scope, &ids).await? {
                    if let Some(thing) = stock::read(row) {
                        wake.add_stock(&thing);
                    }
                }
                settle(tx, scope, &terms, Change { wake, ..Change::default() }, &because).await?;
                Ok::<_, StorageError>(ended.len())
            })
            .await
    }

    /// Nobody asked for it.
    pub(super) fn of_itself(&self) -> Because {
        Because { at: self.0.clock.now(), word: Word { actor: Actor::Daemon, cause: Cause::Clock, request: None } }
    }
}
