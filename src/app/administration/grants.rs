//! What employees have and wait for, and giving and taking by hand.
//!
//! What is given by hand is a source among others: no identity provider takes it away, and what rules give besides stays
//! when it is taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::Walk;
use super::{Administration, AdministrationError, Change, Conflict, ListPage, Once, Paging, Performed, desks};
use crate::app::authentication::AdminReader;
use crate::app::planning::{self, Terms, read_grant};
use crate::base::clock::Ts;
use crate::base::ids::{DeskId, EmployeeId, GrantId, PoolId, ThingId};
use crate::domain::grant::{Current, Gift, GrantState, Order, Origin, Plan, Share, Slot, default_number, diff};
use crate::domain::permission::Allowance;
use crate::domain::tenant::TenantScope;
use crate::domain::thing::{Class, Details, Key, Kind, NumberingPlan};
use crate::storage::employee_records::{self, EmployeeRecord};
use crate::storage::grants::{self, PersonRow};
use crate::storage::{self, Ids, StorageError, Tx, pools, things, tokens};

/// What an employee has or waits for in one slot.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The identifier.
    pub id: GrantId,
    /// What it is for.
    pub slot: Slot,
    /// What is in it, why he waits, and who gives it.
    pub state: GrantState,
    /// It is the number that is shown when he calls.
    pub is_default_number: bool,
}

/// Somebody who waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Who.
    pub employee: EmployeeId,
    /// His user name.
    pub user_name: String,
    /// For what, and why.
    pub grant: Grant,
}

impl Grant {
    fn of(current: Current, default: Option<ThingId>) -> Self {
        let Current { id, slot, state, .. } = current;
        let thing = state.have.as_ref().and_then(|have| have.thing()).map(|thing| thing.id);
        let is_number = slot.is_exclusive() && slot.kind() == Some(Kind::VoiceNumber);
        Self { id, is_default_number: is_number && thing.is_some() && thing == default, slot, state }
    }

    /// Since when somebody wants him to have it.
    #[must_use]
    pub fn asked_since(&self) -> Option<Ts> {
        self.state.sources.iter().map(|source| source.at).min()
    }

    /// Why he waits, in words.
    #[must_use]
    pub fn waits_in_words(&self) -> Option<String> {
        let words = diff::waits(&self.slot, self.state.wait.as_ref()?, None);
        Some(words.strip_prefix("waits: ").map(str::to_owned).unwrap_or(words))
    }
}

/// What an administrator gives.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// That thing.
    Thing(ThingId),
    /// The thing of that kind and key, as people write it.
    Named {
        /// The kind.
        kind: Kind,
        /// The key.
        key: String,
    },
    /// The next free one of a pool.
    FromPool {
        /// The kind.
        kind: Kind,
        /// The pool.
        pool: PoolId,
    },
    /// The use of an extension that somebody else may hold, by its digits.
    Access(String),
    /// A permission at a level.
    Permission(Allowance),
}

const EMPLOYEE: AdministrationError = AdministrationError::NotFound("employee");
const GRANT: AdministrationError = AdministrationError::NotFound("grant");

impl Administration<'_> {
    /// Everything that an employee has or waits for, also the desks made by hand.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn grants(&self, reader: &AdminReader, employee: EmployeeId) -> Result<Vec<Grant>, AdministrationError> {
        let scope = reader.scope;
        let read = async move |tx: &mut Tx<'_>| {
            let mut all = all(tx, scope, employee).await?;
            let desks = desks::made_by_hand(tx, scope, employee).await?;
            all.extend(desks.into_iter().map(|desk| Grant::of(desk, None)));
            all.sort_by(|one, other| one.slot.cmp(&other.slot));
            Ok(all)
        };
        self.app.0.store.read(read).await
    }

    /// Everybody who waits for something, the longest first.
    ///
    /// # Errors
    ///
    /// `Cursor`, `Storage`.
    pub async fn pending(
        &self,
        reader: &AdminReader,
        paging: &Paging,
    ) -> Result<ListPage<Waiting>, AdministrationError> {
        let (scope, limit) = (reader.scope, paging.rows());
        let walk = Walk::new(reader, "pending", "");
        let behind = match self.begin(&walk, paging)? {
            None => i64::MIN,
            Some(place) => place.parse().map_err(|_| AdministrationError::Cursor)?,
        };
        let read = async move |tx: &mut Tx<'_>| {
            let rows = grants::pending(tx, scope, behind, limit).await?;
            let ids: BTreeSet<EmployeeId> = rows.iter().map(|row| row.employee_id).collect();
            let people = grants::people(tx, scope, &Ids(ids.iter().map(|id| id.uuid()).collect()), false).await?;
            Ok::<_, StorageError>((rows, people))
        };
        let (rows, people) = self.app.0.store.read(read).await?;
        let mut names: BTreeMap<EmployeeId, String> =
            people.into_iter().map(|person| (person.id, person.user_name)).collect();
        let page = self.finish(&walk, paging, rows, |row| row.place.to_string());
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items {
            let employee = row.employee_id;
            let user_name = names.entry(employee).or_default().clone();
            items.push(Waiting { employee, user_name, grant: Grant::of(read_grant(row)?, None) });
        }
        Ok(ListPage { items, next: page.next })
    }

    /// Gives an employee something by hand. What he cannot have now is refused, unless he shall wait for it.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Invalid`, `Conflict`, `VersionMismatch`, `KeyReused`, `Storage`.
    pub async fn give(
        &self,
        change: Change,
        employee: EmployeeId,
        wanted: Wanted,
        wait: bool,
        once: Once<Grant>,
    ) -> Result<Performed<Grant>, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            change.check(find(tx, scope, employee).await?.version)?;
            let gift = gift(tx, scope, &wanted).await?;
            let Some(slot) = gift.slot() else { return Err(GRANT) };
            if has_by_hand(&all(tx, scope, employee).await?, &slot, &gift) {
                return Err(Conflict::HasAlready("he has this by hand already").into());
            }
            let administrator = label_of(tx, &change).await?;
            let order = Order::Give { gift, administrator };
            let plan = settle(tx, &change, &terms, employee, order, now).await?;
            let grants = all(tx, scope, employee).await?;
            let grant = grants.into_iter().find(|grant| grant.slot == slot).ok_or(GRANT)?;
            if grant.state.have.is_none() && !wait {
                return Err(Conflict::NotFree(why_not(&plan, employee, &grant)).into());
            }
            keeping.keep(tx, grant).await
        })
        .await
    }

    /// Takes back what was given by hand, also a desk made by hand; what rules give besides stays.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `Storage`; `Conflict` where rules alone give it.
    pub async fn take(&self, change: Change, employee: EmployeeId, grant: GrantId) -> Result<(), AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            change.check(find(tx, scope, employee).await?.version)?;
            let grants = all(tx, scope, employee).await?;
            let Some(grant) = grants.into_iter().find(|one| one.id == grant) else {
                let desk = storage::desks::find(tx, scope, DeskId::from(grant.uuid())).await?;
                let desk = desk.filter(|desk| desk.employee_id == employee).ok_or(GRANT)?;
                return desks::remove(tx, &change, &terms, desk, now).await;
            };
            let sources = &grant.state.sources;
            if !sources.iter().any(|source| matches!(source.origin, Origin::Manual { .. })) {
                let mut rules: Vec<String> = sources
                    .iter()
                    .filter_map(|source| source.origin.rule())
                    .map(|(rule, _)| format!("rule {rule:?}"))
                    .collect();
                rules.dedup();
                return Err(Conflict::GivenByRules(rules).into());
            }
            settle(tx, &change, &terms, employee, Order::Take(grant.slot), now).await?;
            Ok(())
        })
        .await
    }
}

async fn find(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    employee: EmployeeId,
) -> Result<EmployeeRecord, AdministrationError> {
    employee_records::find(tx, scope, employee).await?.ok_or(EMPLOYEE)
}

/// Everything that an employee has or waits for, by slot.
async fn all(tx: &mut Tx<'_>, scope: TenantScope, employee: EmployeeId) -> Result<Vec<Grant>, AdministrationError> {
    let ids = Ids(vec![employee.uuid()]);
    let person: PersonRow = grants::people(tx, scope, &ids, false).await?.pop().ok_or(EMPLOYEE)?;
    let rows = grants::of_employees(tx, scope, &ids).await?;
    let mut current = rows.into_iter().map(read_grant).collect::<Result<Vec<Current>, _>>()?;
    current.sort_by(|one, other| one.slot.cmp(&other.slot));
    let default = default_number(&current, person.default_number_id);
    Ok(current.into_iter().map(|current| Grant::of(current, default)).collect())
}

async fn settle(
    tx: &mut Tx<'_>,
    change: &Change,
    terms: &Terms,
    employee: EmployeeId,
    order: Order,
    now: Ts,
) -> Result<Plan, StorageError> {
    let planned = planning::Change {
        concerned: BTreeSet::from([employee]),
        orders: BTreeMap::from([(employee, vec![order])]),
        ..planning::Change::default()
    };
    planning::settle(tx, change.writer.scope, terms, planned, &change.because(now)).await
}

/// What is wanted, as plans know it.
async fn gift(tx: &mut Tx<'_>, scope: TenantScope, wanted: &Wanted) -> Result<Gift, AdministrationError> {
    let key = |class: Class, text: &str, pointer: &'static str| {
        let read = Key::parse(class, text, NumberingPlan::default()).map(|key| key.to_string());
        read.map_err(|error| AdministrationError::invalid(pointer, error.to_string()))
    };
    match wanted {
        Wanted::Thing(id) => {
            let row = things::find(tx, scope, *id).await?;
            let row = row.ok_or_else(|| AdministrationError::invalid("/thing", "nothing in stock has this id"))?;
            let unreadable = || StorageError::Unreadable(format!("thing {id}"));
            let kind = Kind::parse(&row.kind).ok_or_else(unreadable)?;
            let details = Details::from_json(kind, &row.details).map_err(|_| unreadable())?;
            if details.owner().is_some() {
                let detail = "this is an employee's own destination, which nobody else can have";
                return Err(AdministrationError::invalid("/thing", detail));
            }
            Ok(Gift::Thing { kind, key: row.key })
        }
        Wanted::Named { kind, key: text } => Ok(Gift::Thing { kind: *kind, key: key(kind.class(), text, "/key")? }),
        Wanted::FromPool { kind, .. } if !kind.is_exclusive() => {
            let detail = "what many may use is given by its name, not from a pool";
            Err(AdministrationError::invalid("/kind", detail))
        }
        Wanted::FromPool { kind, pool } => {
            let row = pools::find(tx, scope, *pool).await?;
            let row = row.ok_or_else(|| AdministrationError::invalid("/pool", "there is no pool with this id"))?;
            Ok(Gift::FromPool { kind: *kind, pool: row.name_key })
        }
        Wanted::Access(text) => Ok(Gift::Access { key: key(Class::Extension, text, "/extension_access")? }),
        Wanted::Permission(allowance) if allowance.is_nothing() => {
            let detail = "everybody has this level anyway; to take a permission back, delete its grant";
            Err(AdministrationError::invalid("/level", detail))
        }
        Wanted::Permission(allowance) => Ok(Gift::Permission(*allowance)),
    }
}

/// Whether the same was given by hand before.
fn has_by_hand(grants: &[Grant], slot: &Slot, gift: &Gift) -> bool {
    let share = match gift {
        Gift::Permission(allowance) => Some(Share::Permission(*allowance)),
        _ => None,
    };
    let Some(grant) = grants.iter().find(|grant| grant.slot == *slot) else { return false };
    let mut sources = grant.state.sources.iter();
    sources.any(|source| matches!(source.origin, Origin::Manual { .. }) && source.share == share)
}

/// Under which name whoever gives it is known.
pub(super) async fn label_of(tx: &mut Tx<'_>, change: &Change) -> Result<String, StorageError> {
    let token = tokens::find(tx, change.writer.scope, change.writer.token).await?;
    Ok(token.map_or_else(|| change.writer.token.to_string(), |token| token.label))
}

/// Why somebody does not get what he was to get, with what is known at the moment.
fn why_not(plan: &Plan, employee: EmployeeId, grant: &Grant) -> String {
    let change = plan.changes().find(|(of, change)| of.employee == employee && change.slot == grant.slot);
    let detail = change.and_then(|(_, change)| change.detail.as_ref());
    let Some(wait) = &grant.state.wait else { return "there is none".to_owned() };
    let words = diff::waits(&grant.slot, wait, detail);
    words.strip_prefix("waits: ").map(str::to_owned).unwrap_or(words)
}
