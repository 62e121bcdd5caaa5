//! What is known of the employees whom a plan concerns.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::vocabulary::Words;
use super::{Change, Terms};
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::grant::document::Vocabulary as _;
use crate::domain::grant::{Attribute, Current, Facts, Sent, Slot};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::scim::path;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::storage::grants::{self, GrantRow, PersonRow};
use crate::storage::{Ids, StorageError, Tx};

/// What a plan is made from, and what else the rows of those employees say.
pub(super) struct Known {
    pub(super) facts: Vec<Facts>,
    /// The numbers that they chose to show when they call.
    pub(super) chosen_numbers: BTreeMap<EmployeeId, ThingId>,
}

/// Loads those employees who are there.
pub(super) async fn load(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    people: &BTreeSet<EmployeeId>,
    change: &Change,
) -> Result<Known, StorageError> {
    let ids = Ids(people.iter().map(|id| id.uuid()).collect());
    let reads = terms.rules.reads();
    let rows = grants::people(tx, scope, &ids, !reads.is_empty()).await?;
    let mut current: BTreeMap<EmployeeId, Vec<Current>> = BTreeMap::new();
    for row in grants::of_employees(tx, scope, &ids).await? {
        current.entry(row.employee_id).or_default().push(read(row)?);
    }
    let asked = groups_asked_about(terms, current.values().flatten());
    let mut groups: BTreeMap<EmployeeId, BTreeSet<GroupId>> = BTreeMap::new();
    if !asked.is_empty() {
        let asked = Ids(asked.iter().map(|id| id.uuid()).collect());
        for row in grants::groups_of(tx, scope, &ids, &asked).await? {
            groups.entry(row.employee_id).or_default().insert(row.group_id);
        }
    }
    let chosen_numbers = rows.iter().filter_map(|row| Some((row.id, row.default_number_id?))).collect();
    let facts = rows.into_iter().map(|row| Facts {
        sent: sent(&row, &reads),
        groups: groups.remove(&row.id).unwrap_or_default(),
        current: current.remove(&row.id).unwrap_or_default(),
        orders: change.orders.get(&row.id).cloned().unwrap_or_default(),
        leaving: change.leaving.contains(&row.id),
        id: row.id,
        user_name: row.user_name,
        given_name: row.given_name,
        family_name: row.family_name,
        display_name: row.display_name,
        email: row.email,
    });
    Ok(Known { facts: facts.collect(), chosen_numbers })
}

/// The groups that rules mean, and those that they meant when they gave: whether somebody has left one of these is told.
fn groups_asked_about<'c>(terms: &Terms, current: impl Iterator<Item = &'c Current>) -> BTreeSet<GroupId> {
    let sources = current.flat_map(|row| &row.state.sources);
    let meant = sources.filter_map(|source| source.origin.rule()).map(|(_, group)| group);
    terms.rules.all().filter_map(|bound| bound.group).chain(meant).collect()
}

/// A grant as it was written.
#[expect(clippy::needless_pass_by_value, reason = "rows are read once, from the end of a query")]
pub(crate) fn read(row: GrantRow) -> Result<Current, StorageError> {
    let unreadable = |what: &str| StorageError::Unreadable(format!("the {what} of grant {}", row.id));
    Ok(Current {
        id: row.id,
        seq: row.place,
        slot: Slot::parse(&row.slot).ok_or_else(|| unreadable("slot"))?,
        state: serde_json::from_str(&row.state).map_err(|_| unreadable("state"))?,
    })
}

fn sent(row: &PersonRow, reads: &BTreeSet<(Kind, Attribute)>) -> BTreeMap<(Kind, Attribute), Sent> {
    let Some(document) = &row.document else { return BTreeMap::new() };
    let user: Map<String, Value> = serde_json::from_str(document).unwrap_or_default();
    let words = Words::default();
    let read = |(kind, attribute): &(Kind, Attribute)| {
        let text = match attribute {
            Attribute::Requested => requested(&user, *kind)?.to_owned(),
            Attribute::Path(path) => path::parse(path, ResourceType::user()).ok()?.text(&user)?.to_owned(),
        };
        let sent = Sent::read(&text, |text| words.key(*kind, text))?;
        Some(((*kind, attribute.clone()), sent))
    };
    reads.iter().filter_map(read).collect()
}

/// What the IdP asks for in the places that Deskgate's extension has for that.
fn requested(user: &Map<String, Value>, kind: Kind) -> Option<&str> {
    let name = match kind {
        Kind::Extension => "requestedExtension",
        Kind::VoiceNumber => "requestedNumber",
        _ => return None,
    };
    user.get(urn::TELEPHONY_USER)?.get(name)?.as_str()
}
