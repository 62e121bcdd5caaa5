//! Things that get another key or another name keep those who have them.

use super::{read_grant, write};
use crate::base::clock::Ts;
use crate::domain::grant::{Have, ThingRef};
use crate::domain::tenant::TenantScope;
use crate::storage::grants::{self, GrantWrite};
use crate::storage::{Ids, StorageError, Tx};

/// Lets the grants of a thing say what it is called now; `before` is its key until now. Whoever names it in a rule by that
/// key names it no more: that is for the plan that follows.
///
/// # Errors
///
/// Those of the database.
pub(crate) async fn rename(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    thing: &ThingRef,
    before: &str,
    now: Ts,
) -> Result<(), StorageError> {
    let mut renamed = Vec::new();
    for row in grants::of_things(tx, scope, &Ids(vec![thing.id.uuid()])).await? {
        let employee = row.employee_id;
        let mut current = read_grant(row)?;
        current.state.have = Some(Have::Thing(thing.clone()));
        let slot = current.slot.renamed(before, &thing.key);
        renamed.push(GrantWrite {
            id: current.id,
            employee,
            subject: slot.subject(),
            thing: Some((thing.id, slot.is_exclusive())),
            waits_for: current.state.wait.as_ref().map(write::waits_for),
            place: None,
            state: write::json_of(&current.state)?,
            slot: slot.to_string(),
        });
    }
    if !renamed.is_empty() {
        grants::update(tx, scope, &renamed, now).await?;
    }
    Ok(())
}
