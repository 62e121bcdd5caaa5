//! Which group each rule means: the one of the name that it gives, from the moment there is one, whatever the identity
//! provider calls it later.

use std::collections::{BTreeMap, BTreeSet};

use super::Terms;
use crate::base::caseless::fold;
use crate::base::ids::GroupId;
use crate::domain::tenant::TenantScope;
use crate::storage::{StorageError, Tx, rules};

/// Binds the rules that mean no group so far to groups of these folded names, the oldest of each name; gives the groups
/// that mean something from now on. The terms know nothing of it before they are [loaded again](Terms::again).
///
/// # Errors
///
/// Those of the database.
pub(crate) async fn bind_to(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    names: &BTreeSet<String>,
) -> Result<BTreeSet<GroupId>, StorageError> {
    let unbound: Vec<(String, String)> = terms
        .rules
        .all()
        .filter(|bound| bound.group.is_none())
        .map(|bound| (bound.key.clone(), fold(&bound.rule.group)))
        .filter(|(_, name)| names.contains(name))
        .collect();
    if unbound.is_empty() {
        return Ok(BTreeSet::new());
    }
    let asked: BTreeSet<&str> = unbound.iter().map(|(_, name)| name.as_str()).collect();
    let mut oldest: BTreeMap<String, GroupId> = BTreeMap::new();
    for group in rules::groups_named(tx, scope, &asked.into_iter().collect::<Vec<_>>()).await? {
        oldest.entry(group.display_name_key).or_insert(group.id);
    }
    let bindings: Vec<(String, GroupId)> =
        unbound.into_iter().filter_map(|(rule, name)| Some((rule, *oldest.get(&name)?))).collect();
    if !bindings.is_empty() {
        rules::bind_also(tx, scope, &bindings).await?;
    }
    Ok(bindings.into_iter().map(|(_, group)| group).collect())
}

/// The folded names of the groups that rules mean which mean this one; what to look for when it goes.
pub(crate) fn names_meant(terms: &Terms, group: GroupId) -> BTreeSet<String> {
    terms.rules.all().filter(|bound| bound.group == Some(group)).map(|bound| fold(&bound.rule.group)).collect()
}
