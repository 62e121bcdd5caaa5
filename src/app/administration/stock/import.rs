//! A stock from a CSV file: held against what is there, and written as a whole or not at all.
//!
//! One unit of work looks and writes, so that nothing comes between; its statements take a thousand rows each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::Stirred;
use super::add::{AT_ONCE, Incoming, insert, near};
use super::data::random_name;
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Author, Fault, Once, Performed};
use crate::app::apart;
use crate::app::planning::{Because, Terms};
use crate::base::ids::{PoolId, ThingId};
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::import::{CheckOptions, ImportedThing, Known, Mistake, Notice, Report, Sheet};
use crate::domain::thing::text::NameKey;
use crate::domain::thing::{Class, Key, Name, NewThing, NumberingPlan};
use crate::storage::{Grown, StorageError, Tx, devices, pools, stock};

/// From how many things on the database is to look at its tables anew.
const MANY: usize = 1_000;

/// What an import may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// It only looks.
    pub check: bool,
    /// What is not there and may be made, and whether numbers may overlap.
    pub allow: CheckOptions,
}

/// What a file brings, or what is wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// How many lines bring something.
    pub lines: u64,
    /// How many things they bring.
    pub things: usize,
    /// How many of each kind, by its name.
    pub kinds: BTreeMap<&'static str, usize>,
    /// The pools that are made for it.
    pub new_pools: Vec<String>,
    /// What is wrong, by line; the first thousand.
    pub mistakes: Vec<Mistake>,
    /// How many further mistakes there are.
    pub more_mistakes: u64,
    /// What is worth knowing, by line.
    pub notices: Vec<Notice>,
    /// Whether it has been written.
    pub written: bool,
    /// The same in words.
    #[serde(skip)]
    pub text: String,
}

/// Told how many things are written; it may begin anew.
pub type Progress = watch::Sender<usize>;

impl Administration<'_> {
    /// Takes a file into the stock as a whole, and whoever waits for something in it has it with the same answer; or only
    /// looks, or says what is wrong.
    ///
    /// # Errors
    ///
    /// `Invalid` for a file that is not read at all; `Crowded`, `KeyReused`, `Storage`.
    pub async fn import_stock(
        &self,
        author: Author,
        file: Bytes,
        options: ImportOptions,
        once: Once<Imported>,
        progress: Progress,
    ) -> Result<Performed<Imported>, AdministrationError> {
        let (scope, now, books) = (author.scope, self.now(), self.books());
        let sheet = self.read(scope, file).await?;
        if options.check {
            return self.looked(scope, sheet, options).await.map(Performed::Now);
        }
        let (sheet, because) = (Arc::new(sheet), author.because(now));
        let keeping = once.kept_for(&author, now);
        let imported = self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let imported = take(tx, scope, &terms, &because, (&sheet, options), &progress).await?;
            if !imported.written {
                // The same file may be right once something else is mended.
                return Ok(Performed::Now(imported));
            }
            keeping.keep(tx, imported).await
        });
        let imported = imported.await?;
        if matches!(&imported, Performed::Now(Imported { written: true, things: MANY.., .. })) {
            self.app.0.store.gather_statistics(Grown::All).await;
        }
        Ok(imported)
    }

    async fn read(&self, scope: TenantScope, file: Bytes) -> Result<Sheet, AdministrationError> {
        let place = self.app.0.files.enter(scope).await?;
        let read = apart(move || {
            // Whoever sent it may be gone by now; the work goes on, and so does its turn.
            let _place = place;
            Sheet::read(&file, NumberingPlan::default())
        });
        read.await.map_err(|error| AdministrationError::invalid("", error.to_string()))
    }

    async fn looked(
        &self,
        scope: TenantScope,
        sheet: Sheet,
        options: ImportOptions,
    ) -> Result<Imported, AdministrationError> {
        let look = async move |tx: &mut Tx<'_>| {
            let known = known(tx, scope, &sheet).await?;
            Ok::<_, StorageError>(Imported::of(&sheet.clone().check(&known, options.allow), false))
        };
        Ok(self.app.0.store.read(look).await?)
    }
}

impl Imported {
    /// The mistakes, each at its line and column.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let pointer = |mistake: &Mistake| match mistake.column {
            Some(column) => format!("/{}/{column}", mistake.line),
            None => format!("/{}", mistake.line),
        };
        let mut faults: Vec<Fault> =
            self.mistakes.iter().map(|mistake| Fault::at(pointer(mistake), mistake.message.clone())).collect();
        if self.more_mistakes > 0 {
            faults.push(Fault::at("", format!("and {} further mistakes", self.more_mistakes)));
        }
        faults
    }

    fn of(report: &Report, written: bool) -> Self {
        Self {
            lines: report.lines,
            things: report.things.len(),
            kinds: report.counts().into_iter().map(|(kind, count)| (kind.name(), count)).collect(),
            new_pools: report.new_pools.iter().map(|name| name.as_str().to_owned()).collect(),
            mistakes: report.mistakes.clone(),
            more_mistakes: report.more_mistakes,
            notices: report.notices.clone(),
            written,
            text: report.to_string(),
        }
    }
}

/// Checks a sheet against what is there, and writes it if there is nothing wrong with it.
async fn take(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    because: &Because,
    (sheet, options): (&Sheet, ImportOptions),
    progress: &Progress,
) -> Result<Imported, AdministrationError> {
    let known = known(tx, scope, sheet).await?;
    let report = sheet.clone().check(&known, options.allow);
    if !report.is_clean() {
        return Ok(Imported::of(&report, false));
    }
    make_pools(tx, scope, because, &report.new_pools).await?;
    let imported = Imported::of(&report, true);
    let pools = pools_of(tx, scope, &report.things).await?;
    let mut stirred = Stirred::default();
    let mut things = Vec::with_capacity(report.things.len());
    for thing in report.things {
        let pool = thing.pool.as_ref().and_then(|name| pools.get(name.key().as_str()).copied());
        let key = match thing.key {
            Some(key) => key,
            None => Key::Device(random_name()?),
        };
        let disabled = thing.disabled;
        let new = NewThing { kind: thing.kind, key, label: thing.label, details: thing.details };
        things.push((ThingId::generate(), new, pool, disabled));
    }
    let mut done = 0;
    for some in things.chunks(AT_ONCE) {
        let incoming: Vec<Incoming<'_>> = some
            .iter()
            .map(|(id, thing, pool, disabled)| Incoming { id: *id, thing, pool: *pool, disabled: *disabled })
            .collect();
        insert(tx, scope, because, &incoming).await?;
        done += some.len();
        progress.send_replace(done);
    }
    stirred.things = things.iter().map(|(id, ..)| *id).collect();
    stirred.pools = report.new_pools.iter().map(|name| name.key().as_str().to_owned()).collect();
    stirred.settle(tx, scope, terms, because).await?;
    Ok(imported)
}

async fn make_pools(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    because: &Because,
    names: &[Name],
) -> Result<(), AdministrationError> {
    let mut leavings = Leavings::by(scope, because);
    for name in names {
        let id = PoolId::generate();
        if pools::insert(tx, scope, id, name.as_str(), name.key().as_str(), because.at).await?.is_none() {
            return Err(AdministrationError::Raced);
        }
        let changes = Map::from_iter([("name".to_owned(), json!([Value::Null, name.as_str()]))]);
        leavings.record(Action::PoolCreated, Subject::Pool(id), changes);
        leavings.tell(About::Tenant, Topic::PoolCreated, Map::from_iter([("pool".to_owned(), json!(id))]));
    }
    Ok(leavings.write(tx).await?)
}

async fn pools_of(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    things: &[ImportedThing],
) -> Result<HashMap<String, PoolId>, StorageError> {
    let names: HashSet<&str> =
        things.iter().filter_map(|thing| thing.pool.as_ref()).map(|name| name.key().as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Ok(pools::by_names(tx, scope, &names).await?.into_iter().map(|pool| (pool.name_key, pool.id)).collect())
}

/// What is there of that which a sheet speaks of.
async fn known(tx: &mut Tx<'_>, scope: TenantScope, sheet: &Sheet) -> Result<Known, StorageError> {
    let mut by_class: BTreeMap<Class, Vec<String>> = BTreeMap::new();
    for key in sheet.keys() {
        by_class.entry(key.class()).or_default().push(key.to_string());
    }
    let mut known = Known::default();
    for (class, keys) in by_class {
        let canonical = |text: &String| Key::from_canonical(class, text);
        for some in keys.chunks(AT_ONCE) {
            known.keys.extend(stock::present(tx, scope, class.name(), some).await?.iter().filter_map(canonical));
            if class == Class::Device {
                let given = devices::names_ever_given(tx, scope, some).await?;
                known.former_devices.extend(given.iter().filter_map(canonical));
            }
        }
        if class == Class::Number {
            known.keys.extend(near(tx, scope, &keys).await?.iter().filter_map(canonical));
        }
    }
    let named: Vec<String> = sheet.pools().iter().map(|key| key.as_str().to_owned()).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let there = pools::by_names(tx, scope, &named).await?;
    known.pools = there.iter().filter_map(|pool| NameKey::from_canonical(&pool.name_key)).collect();
    Ok(known)
}
