//! Writes of groups, and what follows for what their members have.
//!
//! Where the tenant has rules, the unit of work plans for those who came into a group that a rule means, or into one that
//! such a group holds, and for those who went. Without rules a write is the batch it is, under the condition that there
//! are none.

use std::collections::BTreeSet;

use super::nesting::{NotNested, going, ids, nested, write_dissolved, write_nested};
use super::plan::{Moves, Plan};
use crate::app::planning::{self, Terms};
use crate::app::provisioning::trace::Trace;
use crate::app::provisioning::{Provisioning, ProvisioningError};
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::tenant::TenantScope;
use crate::storage::batch::{Batch, Outcome};
use crate::storage::{Ids, StorageError, Tx, group_members, rules};

impl Provisioning<'_> {
    /// Writes a batch about a group and its members. `name` is its folded name where that is new.
    pub(super) async fn write_group(
        &self,
        trace: &Trace<'_>,
        id: GroupId,
        batch: Batch,
        plan: &Plan,
        name: Option<&str>,
    ) -> Result<Outcome, ProvisioningError> {
        let (app, scope) = (&self.app.0, trace.client.scope);
        if app.rule_books.believed(scope).version == 0 {
            if plan.groups.is_empty() {
                return Ok(self.write_unplanned(scope, 0, || batch.clone()).await?);
            }
            let batch = batch.only_where(rules::version_condition(scope, 0));
            let moves = plan.groups.clone();
            let work = async move |tx: &mut Tx<'_>| write_nested(tx, scope, id, batch.clone(), &moves).await;
            let written = nested(app.store.write_in_turn(scope, work).await)?;
            if written == Outcome::Missed {
                self.learn_rules(scope).await?;
            }
            return Ok(written);
        }
        let (books, because) = (app.rule_books.clone(), trace.because());
        let (moved, name) = (plan.clone(), name.map(str::to_owned));
        let work = async move |tx: &mut Tx<'_>| {
            let mut terms = Terms::in_turn(tx, scope, &books).await?;
            let mut concerned = gone(tx, scope, id, &moved).await?;
            write_nested(tx, scope, id, batch.clone(), &moved.groups).await?;
            let newly_meant = match &name {
                Some(name) => planning::bind_to(tx, scope, &terms, &[name.clone()].into()).await?,
                None => BTreeSet::new(),
            };
            if !newly_meant.is_empty() {
                concerned.extend(rules::employees_in(tx, scope, &ids(newly_meant)).await?);
                terms = terms.again(tx, scope, &books).await?;
            } else if rules::mean(tx, scope, id).await? {
                concerned.extend(moved.employees.add.iter().map(|id| EmployeeId::from(*id)));
                concerned.extend(inside(tx, scope, &moved.groups.add).await?);
            }
            let change = planning::Change { concerned, ..planning::Change::default() };
            Ok::<_, NotNested>(planning::settle_first(tx, scope, &terms, change, &because).await?)
        };
        self.finish_planning(trace, app.store.write_locking(work).await).await
    }

    /// Deletes a group.
    pub(super) async fn write_deletion(
        &self,
        trace: &Trace<'_>,
        id: GroupId,
        batch: Batch,
    ) -> Result<Outcome, ProvisioningError> {
        let (app, scope) = (&self.app.0, trace.client.scope);
        if app.rule_books.believed(scope).version == 0 {
            let batch = batch.only_where(rules::version_condition(scope, 0));
            let work = async move |tx: &mut Tx<'_>| write_dissolved(tx, scope, id, batch.clone()).await;
            let written = nested(app.store.write_in_turn(scope, work).await)?;
            if written == Outcome::Missed {
                self.learn_rules(scope).await?;
            }
            return Ok(written);
        }
        let (books, because) = (app.rule_books.clone(), trace.because());
        let work = async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let mut concerned: BTreeSet<EmployeeId> = if rules::mean(tx, scope, id).await? {
                rules::employees_in(tx, scope, &ids([id])).await?.into_iter().collect()
            } else {
                BTreeSet::new()
            };
            let names = planning::names_meant(&terms, id);
            write_dissolved(tx, scope, id, batch.clone()).await?;
            let terms = terms.again(tx, scope, &books).await?;
            // Where names are not unique, another group may have it.
            let newly_meant = planning::bind_to(tx, scope, &terms, &names).await?;
            concerned.extend(rules::employees_in(tx, scope, &ids(newly_meant)).await?);
            let terms = terms.again(tx, scope, &books).await?;
            let change = planning::Change { concerned, ..planning::Change::default() };
            Ok::<_, NotNested>(planning::settle_first(tx, scope, &terms, change, &because).await?)
        };
        self.finish_planning(trace, app.store.write_locking(work).await).await
    }

    /// Plans for those who were too many for the unit of work of the change, before it is answered.
    async fn finish_planning(
        &self,
        trace: &Trace<'_>,
        written: Result<bool, NotNested>,
    ) -> Result<Outcome, ProvisioningError> {
        if matches!(written, Ok(true)) {
            self.app.work_off_apart(trace.client.scope).await;
        }
        nested(written.map(drop))
    }
}

/// Those who are about to go, by themselves or with a group that goes, where a rule means the group or one that holds it.
async fn gone(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: GroupId,
    plan: &Plan,
) -> Result<BTreeSet<EmployeeId>, StorageError> {
    let goes = |moves: &Moves| moves.keep_only.is_some() || !moves.remove.is_empty();
    let mut gone = BTreeSet::new();
    if !(goes(&plan.employees) || goes(&plan.groups)) || !rules::mean(tx, scope, id).await? {
        return Ok(gone);
    }
    if let Some(keep) = &plan.employees.keep_only {
        gone.extend(group_members::employees_besides(tx, scope, id, &Ids(keep.clone())).await?);
    }
    gone.extend(plan.employees.remove.iter().map(|id| EmployeeId::from(*id)));
    if goes(&plan.groups) {
        let groups = going(tx, scope, id, &plan.groups).await?;
        gone.extend(rules::employees_in(tx, scope, &ids(groups)).await?);
    }
    Ok(gone)
}

async fn inside(tx: &mut Tx<'_>, scope: TenantScope, groups: &[uuid::Uuid]) -> Result<Vec<EmployeeId>, StorageError> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    rules::employees_in(tx, scope, &Ids(groups.to_vec())).await
}
