//! The stock as a list for the operator, and as a CSV file, page by page.

use serde::Serialize;

use super::{StockQuery, StockThing};
use crate::app::App;
use crate::app::administration::Administration;
use crate::app::authentication::AdminReader;
use crate::app::tenants::TenantError;
use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Class;
use crate::domain::thing::export::{Export, Names};
use crate::storage::pools::PoolLevel;
use crate::storage::stock::{self, StockFilter};
use crate::storage::{Ids, StorageError, Tx, pools, things};

/// So many things are read at a time.
const PAGE: i64 = 1_000;

/// A thing as the operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct StockList {
    /// The identifier.
    pub id: ThingId,
    /// The kind.
    pub kind: &'static str,
    /// The number, the digits, the SIP user name, or the name as written.
    pub name: String,
    /// The pool.
    pub pool: Option<String>,
    /// In which state it is.
    pub state: &'static str,
    /// How many employees have it.
    pub holders: u32,
    /// The user name of its holder, or of whom it is on hold for.
    pub whose: Option<String>,
    /// The end of the hold.
    #[serde(serialize_with = "rfc3339")]
    pub held_until: Option<Ts>,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn rfc3339<S: serde::Serializer>(instant: &Option<Ts>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => serializer.collect_str(instant),
        None => serializer.serialize_none(),
    }
}

/// A pool as the operator sees it: a line for each kind in it.
#[derive(Debug, Clone, Serialize)]
pub struct PoolLine {
    /// The pool.
    pub pool: String,
    /// The kind; nothing in an empty pool.
    pub kind: Option<String>,
    /// How many there are.
    pub total: u64,
    /// How many may be allocated.
    pub free: u64,
    /// How many somebody holds.
    pub assigned: u64,
    /// How many are on hold.
    pub held: u64,
    /// How many are out of use.
    pub disabled: u64,
}

/// A stock on its way into a file.
pub struct StockExport {
    app: App,
    scope: TenantScope,
    /// Behind which class and order the next page begins; nothing: there is none.
    behind: Option<(String, String)>,
    export: Export,
}

impl StockExport {
    fn new(app: &App, scope: TenantScope) -> Self {
        Self { app: app.clone(), scope, behind: Some((String::new(), String::new())), export: Export::new() }
    }

    /// The next piece of the file; `None` at its end.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StorageError> {
        let Some((class, order)) = self.behind.take() else { return Ok(None) };
        let (scope, now) = (self.scope, self.app.0.clock.now());
        let read = async move |tx: &mut Tx<'_>| {
            stock::page(tx, scope, &StockFilter::default(), (&class, &order), PAGE, now).await
        };
        let rows = self.app.0.store.read(read).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
        for row in rows {
            let order = row.sort_key.clone();
            let one = StockThing::read(row, now)?;
            let names = Names {
                pool: one.pool_name.as_deref(),
                holder: one.holder_name.as_deref(),
                held_for: one.held_for_name.as_deref(),
            };
            self.export.add(&one.thing, names, one.state);
            self.behind = is_full.then(|| (one.thing.kind.class().name().to_owned(), order));
        }
        Ok(Some(self.export.take()))
    }
}

impl Administration<'_> {
    /// The whole stock of the caller's tenant as a CSV file.
    #[must_use]
    pub fn export_stock(&self, reader: &AdminReader) -> StockExport {
        StockExport::new(self.app, reader.scope)
    }
}

impl App {
    /// The whole stock of a tenant as a CSV file.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn export_stock(&self, tenant: &str) -> Result<StockExport, TenantError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        Ok(StockExport::new(self, scope))
    }

    /// The things of a tenant, of one class or of all, behind that one.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn stock_list(
        &self,
        tenant: &str,
        class: Option<Class>,
        query: &StockQuery,
        after: Option<ThingId>,
        limit: u32,
    ) -> Result<Vec<StockList>, TenantError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let (filter, now) = (query.filter(class), self.0.clock.now());
        let read = async move |tx: &mut Tx<'_>| {
            let place = match after {
                None => (String::new(), String::new()),
                Some(id) => place(tx, scope, id).await?,
            };
            stock::page(tx, scope, &filter, (&place.0, &place.1), i64::from(limit), now).await
        };
        let rows = self.0.store.scan(scope, read).await?;
        let list: Result<Vec<StockList>, StorageError> =
            rows.into_iter().map(|row| Ok(StockList::of(&StockThing::read(row, now)?))).collect();
        Ok(list?)
    }

    /// The pools of a tenant and how much is in them.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn pool_lines(&self, tenant: &str) -> Result<Vec<PoolLine>, TenantError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let now = self.0.clock.now();
        let read = async move |tx: &mut Tx<'_>| {
            let all = pools::list(tx, scope).await?;
            let ids = Ids(all.iter().map(|pool| pool.id.uuid()).collect());
            let levels = pools::levels(tx, scope, &ids, now).await?;
            Ok::<_, StorageError>((all, levels))
        };
        let (all, levels) = self.0.store.read(read).await?;
        let mut lines = Vec::new();
        for pool in all {
            let before = lines.len();
            let own = levels.iter().filter(|level| level.pool_id == pool.id);
            lines.extend(own.map(|level| PoolLine::of(&pool.name, level)));
            if lines.len() == before {
                lines.push(PoolLine::empty(pool.name));
            }
        }
        Ok(lines)
    }
}

/// Behind which class and order a thing stands; the beginning, where it is gone.
async fn place(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId) -> Result<(String, String), StorageError> {
    let row = things::find(tx, scope, id).await?;
    let class = |kind: &str| crate::domain::thing::Kind::parse(kind).map(|kind| kind.class().name().to_owned());
    Ok(row.and_then(|row| Some((class(&row.kind)?, row.sort_key))).unwrap_or_default())
}

impl StockList {
    fn of(one: &StockThing) -> Self {
        let thing = &one.thing;
        let named = matches!(thing.kind.class(), Class::Destination | Class::Announcement | Class::Mailbox);
        Self {
            id: thing.id,
            kind: thing.kind.name(),
            name: if named { thing.label.as_str().to_owned() } else { thing.key.to_string() },
            pool: one.pool_name.clone(),
            state: one.state.name(),
            holders: one.holders,
            whose: one.holder_name.clone().or_else(|| one.held_for_name.clone()),
            held_until: thing.held_until,
        }
    }
}

impl PoolLine {
    fn of(pool: &str, level: &PoolLevel) -> Self {
        Self {
            pool: pool.to_owned(),
            kind: Some(level.kind.clone()),
            total: level.total.unsigned_abs(),
            free: level.free.unsigned_abs(),
            assigned: level.assigned.unsigned_abs(),
            held: level.held.unsigned_abs(),
            disabled: level.disabled.unsigned_abs(),
        }
    }

    const fn empty(pool: String) -> Self {
        Self { pool, kind: None, total: 0, free: 0, assigned: 0, held: 0, disabled: 0 }
    }
}
