//! Things that get another key or another name keep those who have them.

use std::collections::BTreeSet;

use super::{read_grant, write};
use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::grant::{Current, Have, ThingRef, united};
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
        current.slot = current.slot.renamed(before, &thing.key);
        renamed.push((employee, current));
    }
    // Who has it may be waiting for one of that name: he has it now, from whoever gives either.
    let people = Ids(renamed.iter().map(|(employee, _)| employee.uuid()).collect());
    let slots: BTreeSet<String> = renamed.iter().map(|(_, current)| current.slot.to_string()).collect();
    let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
    let mut over = Vec::new();
    for row in grants::waiting_in(tx, scope, &people, &slots).await? {
        let employee = row.employee_id;
        let waiting = read_grant(row)?;
        let of_slot = |(of, current): &&mut (EmployeeId, Current)| *of == employee && current.slot == waiting.slot;
        if let Some((_, current)) = renamed.iter_mut().find(of_slot) {
            current.state.sources = united(&current.state.sources, &waiting.state.sources);
            over.push(waiting.id.uuid());
        }
    }
    if !over.is_empty() {
        grants::delete(tx, scope, &Ids(over)).await?;
    }
    let mut rows = Vec::new();
    for (employee, current) in renamed {
        rows.push(GrantWrite {
            id: current.id,
            employee,
            subject: current.slot.subject(),
            thing: Some((thing.id, current.slot.is_exclusive())),
            waits_for: current.state.wait.as_ref().map(write::waits_for),
            place: None,
            state: write::json_of(&current.state)?,
            slot: current.slot.to_string(),
        });
    }
    if !rows.is_empty() {
        grants::update(tx, scope, &rows, now).await?;
    }
    Ok(())
}
