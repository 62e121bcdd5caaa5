//! Why somebody has, had or waits for something, and what would take it away.

use std::collections::{BTreeMap, BTreeSet};

use super::{Administration, AdministrationError, desks};
use crate::app::planning::{RuleBooks, Terms, read_grant, read_thing};
use crate::base::caseless::{fold, user_name_key};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::grant::{
    Current, Detail, Explanation, GoneGroup, History, Names, Past, Standing, Stock, WaitsFor, explain,
};
use crate::domain::search::{Order, Predicate, Test, TextTest};
use crate::domain::tenant::TenantScope;
use crate::storage::departed::FormerRow;
use crate::storage::grants::PersonRow;
use crate::storage::{Ids, StorageError, Tx, departed, employee_list, employees, grants, groups, rules, things};

/// So much of what somebody had is told, the latest.
const PAST: i64 = 1_000;
/// So many people who are found under one text are named.
const FOUND: i64 = 10;

/// The answer to "why".
#[derive(Debug, Clone)]
pub struct Why {
    /// Who.
    pub employee: EmployeeId,
    /// His user name.
    pub user_name: String,
    /// When he left; none: he is here.
    pub left_at: Option<Ts>,
    /// Everything he has or waits for, and then what he had, the latest first.
    pub explanations: Vec<Explanation>,
    /// How those who occur in it are called today.
    pub names: Names,
}

impl Administration<'_> {
    /// Explains everything about one employee, also about one who left, while he is remembered.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn why(&self, scope: TenantScope, employee: EmployeeId) -> Result<Why, AdministrationError> {
        let (books, now) = (self.books(), self.now());
        self.app.0.store.read(async move |tx: &mut Tx<'_>| of(tx, scope, &books, employee, now).await).await
    }

    /// Those whom a text may mean: an identifier, a user name, or an e-mail address, letter case aside; those who left where
    /// nobody is here whom it means. At most ten, with their user names.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn find_people(
        &self,
        scope: TenantScope,
        text: &str,
    ) -> Result<Vec<(EmployeeId, String)>, AdministrationError> {
        let text = text.trim().to_owned();
        let found = self.app.0.store.read(async move |tx: &mut Tx<'_>| {
            let named = match EmployeeId::parse(&text) {
                Some(id) => Some(id),
                None => employees::find_holder(tx, scope, &user_name_key(&text)).await?.map(|row| row.id),
            };
            let named = Ids(named.into_iter().map(EmployeeId::uuid).collect());
            let mut found: Vec<_> = grants::people(tx, scope, &named, false)
                .await?
                .into_iter()
                .map(|row| (row.id, row.user_name))
                .collect();
            if found.is_empty() {
                let rows = employee_list::summaries(tx, scope, Some(&has_address(&text)), None, FOUND).await?;
                found.extend(rows.into_iter().map(|row| (row.id, row.user_name)));
            }
            if found.is_empty() {
                let mut gone = departed::by_ids(tx, scope, &named).await?;
                gone.extend(departed::named(tx, scope, &user_name_key(&text), &fold(&text), FOUND).await?);
                found.extend(gone.into_iter().map(|row| (row.id, row.user_name)));
            }
            Ok::<_, StorageError>(found)
        });
        Ok(found.await?)
    }
}

/// One of his e-mail addresses is this.
fn has_address(text: &str) -> Predicate {
    let is_it = Test::Text(TextTest::Compare(Order::Equal, fold(text)));
    Predicate::Any(vec!["emails".to_owned()], Box::new(Predicate::Field(vec!["value".to_owned()], is_it)))
}

async fn of(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    books: &RuleBooks,
    employee: EmployeeId,
    now: Ts,
) -> Result<Why, AdministrationError> {
    let terms = Terms::now(tx, scope, books).await?;
    let ids = Ids(vec![employee.uuid()]);
    let here = grants::people(tx, scope, &ids, false).await?.pop();
    let (user_name, left_at) = if let Some(PersonRow { user_name, .. }) = here {
        (user_name, None)
    } else {
        let gone = departed::by_ids(tx, scope, &ids).await?.pop();
        let FormerRow { user_name, departed_at, .. } = gone.ok_or(AdministrationError::NotFound("employee"))?;
        (user_name, Some(departed_at))
    };
    let mut current: Vec<Current> =
        grants::of_employees(tx, scope, &ids).await?.into_iter().map(read_grant).collect::<Result<_, _>>()?;
    current.extend(desks::made_by_hand(tx, scope, employee).await?);
    let unreadable = |_| StorageError::Unreadable(format!("what {employee} had"));
    let past = grants::past(tx, scope, employee, PAST).await?;
    let past: Vec<Past> =
        past.iter().map(|past| serde_json::from_str(past)).collect::<Result<_, _>>().map_err(unreadable)?;
    let mut names = group_names(tx, scope, &current, &past).await?;
    let awaited = awaited(tx, scope, &current).await?;
    let on_hold = things::held_for(tx, scope, &ids).await?.into_iter();
    let on_hold: BTreeMap<ThingId, Ts> =
        on_hold.filter_map(|row| Some((row.id, row.held_until?))).filter(|(_, end)| *end > now).collect();
    let history = History {
        hold: terms.hold,
        rules: &terms.rules,
        awaited: &awaited,
        past: &past,
        on_hold: &on_hold,
        gone: &names.gone,
    };
    let explanations = explain(&current, history);
    names.employees = user_names(tx, scope, &explanations).await?;
    Ok(Why { employee, user_name, left_at, explanations, names })
}

/// What of the things waited for is in stock.
async fn awaited(tx: &mut Tx<'_>, scope: TenantScope, current: &[Current]) -> Result<Stock, StorageError> {
    let waits = current.iter().filter_map(|row| row.state.wait.as_ref()?.waits_for.as_ref());
    let keys = waits.filter_map(|waits_for| match waits_for {
        WaitsFor::Key { class, key } => Some((class.name(), key.as_str())),
        WaitsFor::Pool { .. } => None,
    });
    let rows = things::by_keys(tx, scope, &keys.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()).await?;
    Ok(Stock::new(rows.into_iter().filter_map(read_thing), []))
}

/// How the groups are called by whose rules he has something, or had it.
async fn group_names(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    current: &[Current],
    past: &[Past],
) -> Result<Names, StorageError> {
    let sources = current.iter().flat_map(|row| &row.state.sources).chain(past.iter().flat_map(|past| &past.sources));
    let lost = past.iter().flat_map(|past| &past.losses).map(|loss| &loss.source);
    let groups: BTreeSet<GroupId> =
        sources.chain(lost).filter_map(|source| source.origin.rule()).map(|(_, group)| group).collect();
    let ids = Ids(groups.into_iter().map(GroupId::uuid).collect());
    let there = rules::group_names(tx, scope, &ids).await?;
    let gone = groups::gone(tx, scope, &ids).await?;
    Ok(Names {
        groups: there.into_iter().map(|row| (row.id, row.display_name)).collect(),
        gone: gone.into_iter().map(|row| (row.id, GoneGroup { name: row.display_name, at: row.gone_at })).collect(),
        employees: BTreeMap::new(),
    })
}

/// The user names of those who have what he waits for, or for whom it is on hold.
async fn user_names(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    explanations: &[Explanation],
) -> Result<BTreeMap<EmployeeId, String>, StorageError> {
    let detail = |one: &Explanation| match &one.standing {
        Standing::Has { waits: Some(waiting), .. } | Standing::Waits(waiting) => waiting.detail.clone(),
        Standing::Has { waits: None, .. } | Standing::Had { .. } => None,
    };
    let people: BTreeSet<EmployeeId> = explanations
        .iter()
        .filter_map(|one| match detail(one)? {
            Detail::HeldBy { employee } | Detail::OnHold { employee, .. } => Some(employee),
            _ => None,
        })
        .collect();
    let ids = Ids(people.into_iter().map(EmployeeId::uuid).collect());
    let gone = departed::by_ids(tx, scope, &ids).await?.into_iter().map(|row| (row.id, row.user_name));
    let here = grants::people(tx, scope, &ids, false).await?.into_iter().map(|row| (row.id, row.user_name));
    Ok(gone.chain(here).collect())
}
