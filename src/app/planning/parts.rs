//! Changes that concern so many that one unit of work for all of them would keep others waiting.
//!
//! The first unit writes the change, plans for as many as may be, and writes down the others; further units plan for
//! these. The list is in the database: whoever starts after a crash goes on with it. Somebody on it who is planned for
//! another reason meanwhile is right already, and planning again changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use super::write::json_of;
use super::{Because, Change, Terms, Word, settle};
use crate::app::App;
use crate::app::tenants::TenantError;
use crate::base::ids::EmployeeId;
use crate::domain::tenant::TenantScope;
use crate::storage::rules::ReplanRow;
use crate::storage::{Grown, Ids, StorageError, Tx, rules};

/// For how many employees one unit of work plans.
pub(crate) const AT_ONCE: usize = 250;
/// Between two units of work, for those who wait in other processes: SQLite has no queue for them.
const GAP: Duration = Duration::from_millis(5);
/// After how many units of work the database looks at what they have brought, and again after twice as many each time.
const FIRST_LOOK: u32 = 4;

/// Plans for the first of those concerned, in the order of their identifiers, and writes down the others. Whether there are
/// others.
///
/// # Errors
///
/// Those of [`settle`].
pub(crate) async fn settle_first(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    terms: &Terms,
    mut change: Change,
    because: &Because,
) -> Result<bool, StorageError> {
    let rest = change.concerned.iter().nth(AT_ONCE).copied().map(|first| change.concerned.split_off(&first));
    if let Some(rest) = &rest {
        let word = json_of(&because.word)?;
        rules::remember_replans(tx, scope, &Ids(rest.iter().map(|id| id.uuid()).collect()), &word).await?;
    }
    settle(tx, scope, terms, change, because).await?;
    Ok(rest.is_some())
}

/// Those on the list in their order, together as long as they are on it on the same word; nobody's word is the daemon's.
fn by_word(listed: Vec<ReplanRow>) -> Vec<(Option<String>, BTreeSet<EmployeeId>)> {
    let mut parts: Vec<(Option<String>, BTreeSet<EmployeeId>)> = Vec::new();
    for row in listed {
        match parts.last_mut() {
            Some((because, people)) if *because == row.because => _ = people.insert(row.employee_id),
            _ => parts.push((row.because, BTreeSet::from([row.employee_id]))),
        }
    }
    parts
}

/// What units of work will plan for, one after the other, when these come behind the list as it is.
pub(crate) async fn parts_to_come(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    others: impl IntoIterator<Item = EmployeeId>,
) -> Result<Vec<BTreeSet<EmployeeId>>, StorageError> {
    let mut list = rules::listed_replans(tx, scope).await?;
    let known: BTreeSet<EmployeeId> = list.iter().map(|row| row.employee_id).collect();
    // Any word that is nobody else's.
    let because = Some(String::new());
    let new = others.into_iter().filter(|employee| !known.contains(employee));
    list.extend(new.map(|employee_id| ReplanRow { position: 0, employee_id, because: because.clone() }));
    let parts = list.chunks(AT_ONCE).flat_map(|part| by_word(part.to_vec()));
    Ok(parts.map(|(_, people)| people).collect())
}

impl App {
    /// Works the list off to its end, also where whoever asked for it goes away meanwhile. What cannot be done now is done
    /// by the clock: the change itself is written, and who is on the list stays there.
    pub(crate) async fn work_off_apart(&self, scope: TenantScope) {
        let app = self.clone();
        let work = tokio::spawn(async move { app.work_off(scope).await });
        let failed = match work.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(error = failed, "planning for those whom a change concerns is put off");
    }

    /// Works off the lists of all tenants: what a process was about to do that ended before it could. Gives for how many
    /// tenants there was something to do.
    ///
    /// # Errors
    ///
    /// Those of the database. One tenant's trouble is told in the log, and keeps no other waiting.
    pub async fn resume_planning(&self) -> Result<usize, TenantError> {
        let tenants = self.0.store.point(async move |tx: &mut Tx<'_>| rules::tenants_to_replan(tx).await).await?;
        if tenants.is_empty() {
            return Ok(0);
        }
        let mut resumed = 0;
        for (tenant, scope) in self.every_tenant().await? {
            if tenants.contains(&tenant.id) {
                self.work_off_apart(scope).await;
                resumed += 1;
            }
        }
        Ok(resumed)
    }

    /// Plans for those on the list, unit of work by unit of work, until nobody is on it. Where a unit fails, the next tries
    /// with fewer; whoever cannot be planned for alone goes to the end of the list, and the others' turn comes.
    ///
    /// # Errors
    ///
    /// Those of the database; who is still on the list stays there.
    pub(crate) async fn work_off(&self, scope: TenantScope) -> Result<(), StorageError> {
        let mut at_once = AT_ONCE;
        let mut put_off = BTreeSet::new();
        let mut done: u32 = 0;
        loop {
            match self.work_off_part(scope, at_once).await {
                Ok(true) => {
                    at_once = AT_ONCE.min(at_once * 2);
                    done += 1;
                    if done >= FIRST_LOOK && done.is_power_of_two() {
                        self.0.store.gather_statistics(Grown::Planned).await;
                    }
                    tokio::time::sleep(GAP).await;
                }
                Ok(false) => return Ok(()),
                Err(_) if at_once > 1 => at_once /= 2,
                Err(error) => {
                    let first = self
                        .0
                        .store
                        .write_locking(async move |tx: &mut Tx<'_>| rules::put_off_replan(tx, scope).await)
                        .await?;
                    let Some(first) = first.filter(|first| put_off.insert(*first)) else { return Err(error) };
                    tracing::error!(error = %error, employee.id = %first, "what somebody should have cannot be planned");
                }
            }
        }
    }

    /// Plans for the first of the list. Whether there was anybody.
    async fn work_off_part(&self, scope: TenantScope, at_once: usize) -> Result<bool, StorageError> {
        let (books, daemon) = (self.0.rule_books.clone(), self.of_itself());
        let work = async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            let listed = rules::take_replans(tx, scope, i64::try_from(at_once).unwrap_or(i64::MAX)).await?;
            let somebody = !listed.is_empty();
            for (word, concerned) in by_word(listed) {
                let because = match word.and_then(|word| serde_json::from_str::<Word>(&word).ok()) {
                    Some(word) => Because { at: daemon.at, word },
                    None => daemon.clone(),
                };
                settle(tx, scope, &terms, Change { concerned, ..Change::default() }, &because).await?;
            }
            Ok::<_, StorageError>(somebody)
        };
        self.0.store.write_locking(work).await
    }
}
