//! Pools: named stocks that rules allocate from, and how much is left of them.

use serde_json::{Map, Value, json};

use super::cursor::Walk;
use super::trail::{Leavings, named};
use super::{Administration, AdministrationError, Change, Conflict, ListPage, Once, Paging, Performed};
use crate::app::authentication::AdminReader;
use crate::app::planning::{self, Terms};
use crate::app::tenants::label;
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::PoolId;
use crate::domain::audit::{Action, Subject};
use crate::domain::grant::Wake;
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::TenantScope;
use crate::storage::pools::{self, PoolRow};
use crate::storage::{Ids, StorageError, Tx};

/// A pool and its levels.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The identifier.
    pub id: PoolId,
    /// The name.
    pub name: String,
    /// How much there is, a line for each kind of thing in it.
    pub levels: Vec<PoolLevel>,
    /// Counts the changes of the pool itself.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
    /// When it was changed last.
    pub updated_at: Ts,
}

/// How much there is of one kind of thing. The four states add up to the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolLevel {
    /// The kind, by its name.
    pub kind: String,
    /// How many there are.
    pub total: u64,
    /// How many may be allocated.
    pub free: u64,
    /// How many somebody holds.
    pub assigned: u64,
    /// How many are on hold for whoever held them.
    pub held: u64,
    /// How many nobody may have.
    pub disabled: u64,
}

const NOT_FOUND: AdministrationError = AdministrationError::NotFound("pool");
const NAME_TAKEN: Conflict = Conflict::NameTaken { pointer: "/name", what: "another pool" };

impl Administration<'_> {
    /// The pools of the caller's tenant by name.
    ///
    /// # Errors
    ///
    /// `Cursor`, `Storage`.
    pub async fn pools(&self, reader: &AdminReader, paging: &Paging) -> Result<ListPage<Pool>, AdministrationError> {
        let (scope, limit, now) = (reader.scope, paging.rows(), self.now());
        let walk = Walk::new(reader, "pools", "");
        let behind = self.begin(&walk, paging)?.unwrap_or_default();
        let rows = self
            .app
            .0
            .store
            .read(async move |tx: &mut Tx<'_>| {
                let rows = pools::page(tx, scope, &behind, limit).await?;
                with_levels(tx, scope, rows, now).await
            })
            .await?;
        let page = self.finish(&walk, paging, rows, |(row, _)| row.name_key.clone());
        Ok(page.map(|(row, levels)| pool(row, levels)))
    }

    /// One pool.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn pool(&self, reader: &AdminReader, id: PoolId) -> Result<Pool, AdministrationError> {
        let (scope, now) = (reader.scope, self.now());
        self.app.0.store.read(async move |tx: &mut Tx<'_>| find(tx, scope, id, now).await).await
    }

    /// Makes a pool with nothing in it.
    ///
    /// # Errors
    ///
    /// `Invalid`, `Conflict`, `KeyReused`, `Storage`.
    pub async fn create_pool(
        &self,
        change: Change,
        name: &str,
        once: Once<Pool>,
    ) -> Result<Performed<Pool>, AdministrationError> {
        let (name, scope, now) = (checked(name)?, change.writer.scope, self.now());
        let (id, keeping, books) = (PoolId::generate(), once.keeping(&change, now), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            pools::insert(tx, scope, id, &name, &fold(&name), now).await?.ok_or(NAME_TAKEN)?;
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::PoolCreated, Subject::Pool(id), renamed(None, Some(&name)));
            leavings.tell(About::Tenant, Topic::PoolCreated, about(id));
            leavings.write(tx).await?;
            stir(tx, &change, &terms, &[&fold(&name)], now).await?;
            let now_there = find(tx, scope, id, now).await?;
            keeping.keep(tx, now_there).await
        })
        .await
    }

    /// Gives a pool the name that `wanted` makes of it; it may be asked more than once.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Invalid`, `Conflict`, `VersionMismatch`, `Storage`, and those of `wanted`.
    pub async fn change_pool(
        &self,
        change: Change,
        id: PoolId,
        wanted: impl Fn(&Pool) -> Result<String, AdministrationError> + Send + Sync + 'static,
    ) -> Result<Pool, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = find(tx, scope, id, now).await?;
            change.check(current.version)?;
            let name = checked(&wanted(&current)?)?;
            if name == current.name {
                return Ok(current);
            }
            match pools::rename(tx, scope, (id, current.version), &name, &fold(&name), now).await {
                Ok(true) => {}
                Ok(false) => return Err(AdministrationError::Raced),
                Err(StorageError::Unique(_)) => return Err(NAME_TAKEN.into()),
                Err(error) => return Err(error.into()),
            }
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::PoolChanged, Subject::Pool(id), renamed(Some(&current.name), Some(&name)));
            leavings.tell(About::Tenant, Topic::PoolChanged, {
                let mut payload = about(id);
                payload.extend(named(&["name"]));
                payload
            });
            leavings.write(tx).await?;
            stir(tx, &change, &terms, &[&fold(&current.name), &fold(&name)], now).await?;
            find(tx, scope, id, now).await
        })
        .await
    }

    /// Deletes a pool that has nothing in it.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Conflict`, `VersionMismatch`, `Storage`.
    pub async fn delete_pool(&self, change: Change, id: PoolId) -> Result<(), AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let current = pools::find(tx, scope, id).await?.ok_or(NOT_FOUND)?;
            change.check(current.version)?;
            match pools::delete(tx, scope, id).await {
                Ok(true) => {}
                Ok(false) => return Err(AdministrationError::Raced),
                Err(StorageError::ForeignKey) => {
                    return Err(Conflict::InUse("the pool still has things in it; move or delete them first").into());
                }
                Err(error) => return Err(error.into()),
            }
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::PoolDeleted, Subject::Pool(id), renamed(Some(&current.name), None));
            leavings.tell(About::Tenant, Topic::PoolDeleted, about(id));
            leavings.write(tx).await?;
            stir(tx, &change, &terms, &[&current.name_key], now).await
        })
        .await
    }
}

async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: PoolId, now: Ts) -> Result<Pool, AdministrationError> {
    let row = pools::find(tx, scope, id).await?.ok_or(NOT_FOUND)?;
    let (row, levels) = with_levels(tx, scope, vec![row], now).await?.pop().ok_or(NOT_FOUND)?;
    Ok(pool(row, levels))
}

/// Pools have these folded names now, or no longer: whoever waits for one is looked at anew.
async fn stir(
    tx: &mut Tx<'_>,
    change: &Change,
    terms: &Terms,
    keys: &[&str],
    now: Ts,
) -> Result<(), AdministrationError> {
    let mut wake = Wake::default();
    for key in keys {
        wake.stir_pool(key);
    }
    let woken = planning::Change { wake, ..planning::Change::default() };
    planning::settle(tx, change.writer.scope, terms, woken, &change.because(now)).await?;
    Ok(())
}

async fn with_levels(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    rows: Vec<PoolRow>,
    now: Ts,
) -> Result<Vec<(PoolRow, Vec<pools::PoolLevel>)>, StorageError> {
    let levels = pools::levels(tx, scope, &Ids(rows.iter().map(|row| row.id.uuid()).collect()), now).await?;
    let of = |row: &PoolRow| levels.iter().filter(|level| level.pool_id == row.id).cloned().collect();
    Ok(rows.into_iter().map(|row| (of(&row), row)).map(|(levels, row)| (row, levels)).collect())
}

fn pool(row: PoolRow, levels: Vec<pools::PoolLevel>) -> Pool {
    Pool {
        id: row.id,
        name: row.name,
        levels: levels.into_iter().map(PoolLevel::from).collect(),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

impl From<pools::PoolLevel> for PoolLevel {
    fn from(row: pools::PoolLevel) -> Self {
        Self {
            kind: row.kind,
            total: row.total.unsigned_abs(),
            free: row.free.unsigned_abs(),
            assigned: row.assigned.unsigned_abs(),
            held: row.held.unsigned_abs(),
            disabled: row.disabled.unsigned_abs(),
        }
    }
}

fn checked(name: &str) -> Result<String, AdministrationError> {
    label("the name of a pool", name).map_err(|detail| AdministrationError::invalid("/name", detail))
}

/// The name of a pool is nobody's secret.
fn renamed(before: Option<&str>, after: Option<&str>) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), json!([before, after]))])
}

fn about(id: PoolId) -> Map<String, Value> {
    Map::from_iter([("pool".to_owned(), json!(id))])
}
