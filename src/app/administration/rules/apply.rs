//! Putting rules in force: exactly what was planned, or nothing.

use std::sync::Arc;

use serde_json::{Map, json};

use super::plan::{Foreseen, RulesPlan, is_in_force, whole};
use super::proposal::{Outlook, Proposal, propose};
use super::text::{Readable, RulesText};
use crate::app::administration::once::Keeping;
use crate::app::administration::trail::Leavings;
use crate::app::administration::{ATTEMPTS, Administration, AdministrationError, Author, Once, Performed};
use crate::app::planning::{AT_ONCE, Change, RuleBooks, Terms, settle, settle_first};
use crate::base::clock::Ts;
use crate::domain::audit::{Action, Subject};
use crate::domain::grant::{Plan, diff};
use crate::domain::outbox::{About, Topic};
use crate::storage::{StorageError, Tx, rules};

/// What to put in force.
#[derive(Debug, Clone)]
pub struct Apply {
    /// The rules.
    pub rules: RulesText,
    /// The plan that was shown; nothing: whatever comes of it.
    pub fingerprint: Option<String>,
    /// What was shown, so that a refusal can say what is different.
    pub shown: Vec<diff::Line>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The version in force.
    pub version: i64,
    /// These very rules had been in force already.
    pub unchanged: bool,
    /// What changed for whom. For those who are [put off](Self::put_off) it is what was planned.
    pub lines: Vec<diff::Line>,
    /// For how many the rest of the plan is carried out after the first part, part by part.
    pub put_off: usize,
}

/// What is needed to put rules in force.
struct Attempt<'a> {
    author: &'a Author,
    readable: &'a Readable,
    books: &'a RuleBooks,
    outlook: &'a Outlook,
    foreseen: Option<&'a Foreseen>,
    apply: &'a Apply,
    now: Ts,
}

impl Administration<'_> {
    /// Puts rules in force as the next version, and gives and takes what follows. With a fingerprint it does what was
    /// planned, or refuses and says what is different now.
    ///
    /// Where they concern more people than one unit of work plans for, the others are planned for in further ones before
    /// this returns, and others' writes go on in between; whoever changes something of what was planned meanwhile changes
    /// what comes of it.
    ///
    /// # Errors
    ///
    /// `Document`, `PlanChanged`, `VersionMismatch`, `KeyReused`; `NotFound` for a version that there never was; `Storage`.
    pub async fn apply_rules(
        &self,
        author: Author,
        apply: Apply,
        once: Once<Applied>,
    ) -> Result<Performed<Applied>, AdministrationError> {
        let (scope, now) = (author.scope, self.now());
        let readable = self.readable(scope, apply.rules.clone()).await?;
        let keeping = Arc::new(once.kept_for(&author, now));
        for _ in 0..ATTEMPTS {
            let (outlook, foreseen) = self.look_ahead(scope, self.books(), readable.clone(), now).await?;
            let (author, apply, readable) = (author.clone(), apply.clone(), readable.clone());
            let (keeping, books) = (Arc::clone(&keeping), self.books());
            let work = async move |tx: &mut Tx<'_>| {
                let attempt = Attempt {
                    author: &author,
                    readable: &readable,
                    books: &books,
                    outlook: &outlook,
                    foreseen: foreseen.as_ref(),
                    apply: &apply,
                    now,
                };
                attempt.run(tx, &keeping).await
            };
            match self.app.0.store.write_locking(work).await {
                Err(AdministrationError::Raced) => {}
                Ok(Performed::Now(applied)) => {
                    if applied.put_off > 0 {
                        self.app.work_off_apart(scope).await;
                    }
                    return Ok(Performed::Now(applied));
                }
                done => return done,
            }
        }
        Err(StorageError::Busy.into())
    }
}

impl Attempt<'_> {
    /// The first unit of work; `Raced` where things are not as they were when it was looked ahead.
    async fn run(
        &self,
        tx: &mut Tx<'_>,
        keeping: &Keeping<Applied>,
    ) -> Result<Performed<Applied>, AdministrationError> {
        let scope = self.author.scope;
        // Nobody else plans, or writes who thinks that there are no rules.
        let terms = Terms::alone(tx, scope, self.books).await?;
        let version = terms.version;
        if let Some(before) = keeping.answered(tx).await? {
            return Ok(before);
        }
        self.author.check(version)?;
        if version != self.outlook.terms.version {
            return Err(AdministrationError::Raced);
        }
        let outlook = Outlook { terms, left_over: self.outlook.left_over.clone() };
        let proposal = propose(tx, scope, &outlook, &self.readable.book).await?;
        if is_in_force(tx, scope, &outlook, &proposal, &self.readable.document).await? {
            RulesPlan::of(version, &Plan::default()).check(self.apply.fingerprint.as_deref(), &self.apply.shown)?;
            let applied = Applied { version, unchanged: true, lines: Vec::new(), put_off: 0 };
            return keeping.keep(tx, applied).await;
        }
        let planned = self.planned(tx, &outlook.terms, &proposal).await?;
        let next = proposal.terms.version;
        let author = self.author.name();
        rules::put_in_force(tx, scope, next, &self.readable.document, &author, self.now).await?;
        rules::bind(tx, scope, &proposal.bindings).await?;
        let because = self.author.because(self.now);
        let mut leavings = Leavings::by(scope, &because);
        let changes = Map::from_iter([("version".to_owned(), json!([version, next]))]);
        leavings.record(Action::RulesChanged, Subject::Tenant(scope.tenant()), changes);
        let payload = Map::from_iter([("version".to_owned(), json!(next))]);
        leavings.tell(About::Tenant, Topic::RulesChanged, payload);
        leavings.write(tx).await?;

        let many = proposal.concerned.len();
        let change = Change { concerned: proposal.concerned, ..Change::default() };
        let plan = if let Some(planned) = planned {
            settle_first(tx, scope, &proposal.terms, change, &because).await?;
            planned
        } else {
            RulesPlan::of(version, &settle(tx, scope, &proposal.terms, change, &because).await?)
        };
        plan.check(self.apply.fingerprint.as_deref(), &self.apply.shown)?;
        let put_off = many.saturating_sub(AT_ONCE);
        let applied = Applied { version: next, unchanged: false, lines: plan.lines, put_off };
        keeping.keep(tx, applied).await
    }

    /// The whole plan, where one unit of work cannot carry it out: what was foreseen, or, where somebody is to have what
    /// he was shown and something has happened since, what is so now that everybody else has to wait.
    async fn planned(
        &self,
        tx: &mut Tx<'_>,
        before: &Terms,
        proposal: &Proposal,
    ) -> Result<Option<RulesPlan>, StorageError> {
        if proposal.concerned.len() <= AT_ONCE {
            return Ok(None);
        }
        let is_good = |foreseen: &&Foreseen| self.apply.fingerprint.is_none() || foreseen.still_holds(before, proposal);
        if let Some(foreseen) = self.foreseen.filter(is_good) {
            return Ok(Some(foreseen.plan.clone()));
        }
        let plan = whole(tx, self.author.scope, proposal, self.now).await?;
        Ok(Some(RulesPlan::of(before.version, &plan)))
    }
}
