//! What becomes of the rules in force with other rules: which group each means, and whom that concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::app::planning::{RuleBooks, Terms};
use crate::base::caseless::fold;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::grant::{BoundRules, RuleBook};
use crate::domain::tenant::TenantScope;
use crate::storage::{Ids, StorageError, Tx, rules};

/// How things stand before the change.
#[derive(Debug, Clone)]
pub(super) struct Outlook {
    pub(super) terms: Terms,
    /// Those who have something by a rule that goes, or that is about another group from then on, wherever they are now.
    /// Who looks for them reads everything that anybody has, so it is done before others have to wait.
    pub(super) left_over: BTreeSet<EmployeeId>,
}

impl Outlook {
    pub(super) async fn of(
        tx: &mut Tx<'_>,
        scope: TenantScope,
        books: &RuleBooks,
        book: &RuleBook,
    ) -> Result<Self, StorageError> {
        let terms = Terms::now(tx, scope, books).await?;
        let after: BTreeMap<String, String> = book.rules.iter().map(|rule| (rule.key(), fold(&rule.group))).collect();
        let stays = |key: &String, group: &str| after.get(key).is_some_and(|after| *after == fold(group));
        let going = terms.rules.all().filter(|bound| !stays(&bound.key, &bound.rule.group));
        let going: Vec<&str> = going.map(|bound| bound.rule.name.as_str()).collect();
        let left_over = if going.is_empty() {
            BTreeSet::new()
        } else {
            rules::employees_given_by(tx, scope, &going).await?.into_iter().collect()
        };
        Ok(Self { terms, left_over })
    }
}

/// The rules as they would be.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// What plans would go by.
    pub(super) terms: Terms,
    pub(super) bindings: Vec<(String, GroupId)>,
    /// Those whom the change concerns.
    pub(super) concerned: BTreeSet<EmployeeId>,
}

/// Works out what `book` in the place of the rules in force would mean.
pub(super) async fn propose(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    outlook: &Outlook,
    book: &RuleBook,
) -> Result<Proposal, StorageError> {
    let before = &outlook.terms.rules;
    let bindings = bindings(tx, scope, before, book).await?;
    let after = BoundRules::bind(book, &bindings);
    let groups = before.groups_concerned(&after);
    let mut concerned = outlook.left_over.clone();
    if !groups.is_empty() {
        let groups = Ids(groups.into_iter().map(GroupId::uuid).collect());
        concerned.extend(rules::employees_in(tx, scope, &groups).await?);
    }
    let terms = Terms { version: outlook.terms.version + 1, rules: Arc::new(after), ..outlook.terms.clone() };
    Ok(Proposal { terms, bindings: bindings.into_iter().collect(), concerned })
}

/// Which group each rule means. One that says the same as before means the same group as before, whatever the identity
/// provider calls it today; else it is the group of that name, or the one that another rule means by it.
async fn bindings(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    before: &BoundRules,
    book: &RuleBook,
) -> Result<BTreeMap<String, GroupId>, StorageError> {
    let mut bindings: BTreeMap<String, GroupId> = BTreeMap::new();
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    for rule in &book.rules {
        let name = fold(&rule.group);
        let same = before.find(&rule.name).filter(|bound| fold(&bound.rule.group) == name);
        match same.and_then(|bound| bound.group) {
            Some(group) => _ = bindings.insert(rule.key(), group),
            None => _ = asked.insert(rule.key(), name),
        }
    }
    if asked.is_empty() {
        return Ok(bindings);
    }
    let meant = before.all().filter_map(|bound| Some((fold(&bound.rule.group), bound.group?)));
    let mut by_name: BTreeMap<String, GroupId> = meant.collect();
    let names: BTreeSet<&str> = asked.values().map(String::as_str).collect();
    let mut named = rules::groups_named(tx, scope, &names.into_iter().collect::<Vec<_>>()).await?;
    // Of several with one name the oldest counts, which comes first.
    named.reverse();
    by_name.extend(named.into_iter().map(|group| (group.display_name_key, group.id)));
    bindings.extend(asked.into_iter().filter_map(|(rule, name)| Some((rule, *by_name.get(&name)?))));
    Ok(bindings)
}
