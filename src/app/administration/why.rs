//! Why somebody has, had or waits for something, and what would take it away.

use std::collections::{BTreeMap, BTreeSet};

use super::{Administration, AdministrationError};
use crate::app::planning::{RuleBooks, Terms, read_grant, read_thing};
use crate::base::caseless::{fold, user_name_key};
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::grant::{
    Current, Detail, Ending, Explanation, History, Names, Past, Standing, Stock, WaitsFor, explain,
};
use crate::domain::search::{Order, Predicate, Test, TextTest};
use crate::domain::tenant::TenantScope;
use crate::storage::grants::PersonRow;
use crate::storage::{Ids, StorageError, Tx, employee_list, employees, grants, rules, things};

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
    /// Everything he has or waits for, and then what he had, the latest first.
    pub explanations: Vec<Explanation>,
    /// How those who occur in it are called today.
    pub names: Names,
}

impl Administration<'_> {
    /// Explains everything about one employee.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn why(&self, scope: TenantScope, employee: EmployeeId) -> Result<Why, AdministrationError> {
        let books = self.books();
        self.app.0.store.read(async move |tx: &mut Tx<'_>| of(tx, scope, &books, employee).await).await
    }

    /// Those whom a text may mean: an identifier, a user name, or an e-mail address, letter case aside. At most ten, with
    /// their user names.
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
            let by_name = match named {
                Some(id) => grants::people(tx, scope, &Ids(vec![id.uuid()]), false).await?,
                None => Vec::new(),
            };
            if !by_name.is_empty() {
                return Ok::<_, StorageError>(by_name.into_iter().map(|row| (row.id, row.user_name)).collect());
            }
            let rows = employee_list::summaries(tx, scope, Some(&has_address(&text)), None, FOUND).await?;
            Ok(rows.into_iter().map(|row| (row.id, row.user_name)).collect())
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
) -> Result<Why, AdministrationError> {
    let terms = Terms::now(tx, scope, books).await?;
    let ids = Ids(vec![employee.uuid()]);
    let PersonRow { user_name, .. } =
        grants::people(tx, scope, &ids, false).await?.pop().ok_or(AdministrationError::NotFound("employee"))?;
    let current: Vec<Current> =
        grants::of_employees(tx, scope, &ids).await?.into_iter().map(read_grant).collect::<Result<_, _>>()?;
    let unreadable = |_| StorageError::Unreadable(format!("what {employee} had"));
    let past = grants::past(tx, scope, employee, PAST).await?;
    let past: Vec<Past> =
        past.iter().map(|past| serde_json::from_str(past)).collect::<Result<_, _>>().map_err(unreadable)?;
    let awaited = awaited(tx, scope, &current).await?;
    let history = History { hold: terms.hold, rules: &terms.rules, awaited: &awaited, past: &past };
    let explanations = explain(&current, history);
    let names = names(tx, scope, &explanations).await?;
    Ok(Why { employee, user_name, explanations, names })
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

/// How groups and people who occur in explanations are called.
async fn names(tx: &mut Tx<'_>, scope: TenantScope, explanations: &[Explanation]) -> Result<Names, StorageError> {
    let (mut groups, mut people) = (BTreeSet::<GroupId>::new(), BTreeSet::<EmployeeId>::new());
    for one in explanations {
        groups.extend(one.because.iter().filter_map(|because| because.source.origin.rule()).map(|(_, group)| group));
        groups.extend(one.until.iter().filter_map(|ending| match ending {
            Ending::LeavesGroup { group, .. } | Ending::NotSent { group, .. } => Some(*group),
            Ending::TakenByHand => None,
        }));
        let waiting = match &one.standing {
            Standing::Has { waits, .. } => waits.as_ref(),
            Standing::Waits(waiting) => Some(waiting),
            Standing::Had { losses, .. } => {
                groups.extend(losses.iter().filter_map(|loss| loss.source.origin.rule()).map(|(_, group)| group));
                None
            }
        };
        if let Some(Detail::HeldBy { employee } | Detail::OnHold { employee, .. }) =
            waiting.and_then(|waiting| waiting.detail.as_ref())
        {
            people.insert(*employee);
        }
    }
    let ids = Ids(groups.into_iter().map(GroupId::uuid).collect());
    let groups: BTreeMap<_, _> =
        rules::group_names(tx, scope, &ids).await?.into_iter().map(|row| (row.id, row.display_name)).collect();
    let ids = Ids(people.into_iter().map(EmployeeId::uuid).collect());
    let people: BTreeMap<_, _> =
        grants::people(tx, scope, &ids, false).await?.into_iter().map(|row| (row.id, row.user_name)).collect();
    Ok(Names { groups, employees: people })
}
