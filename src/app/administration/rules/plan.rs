//! What would come of rules: who gains, loses, and waits, and why.

use super::proposal::{Outlook, Proposal, propose};
use super::text::{Readable, RulesText, missing};
use crate::app::administration::{Administration, AdministrationError};
use crate::app::planning::{AT_ONCE, Change, RuleBooks, Terms, parts_to_come, rehearse};
use crate::base::clock::Ts;
use crate::domain::grant::document::Warning;
use crate::domain::grant::{Plan, Rehearsal, diff};
use crate::domain::tenant::TenantScope;
use crate::storage::{Grown, StorageError, Store, Tx, rules};

/// From how many concerned on the database looks at its tables before it is asked about all of them.
const MANY: usize = 1_000;

/// What would come of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesPlan {
    /// The version in force, which they would follow.
    pub base: i64,
    /// Names this plan and that version: who applies with it does exactly this.
    pub fingerprint: String,
    /// What changes for whom.
    pub lines: Vec<diff::Line>,
    /// What the rules name and what is not there yet.
    pub warnings: Vec<Warning>,
    /// These very rules are in force.
    pub in_force: bool,
}

/// What has changed since a plan was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChanged {
    /// The version on which it was based; `None`: its fingerprint is none of ours.
    pub shown_base: Option<i64>,
    /// The version in force now.
    pub base: i64,
    /// What names the plan as it is now.
    pub fingerprint: String,
    /// What was shown and would not happen any more; nothing, where it is not known what was shown.
    pub gone: Vec<diff::Line>,
    /// What would happen and was not shown; everything, where that is not known.
    pub new: Vec<diff::Line>,
}

impl PlanChanged {
    /// What has changed, as far as it can be told from what was shown.
    #[must_use]
    pub fn since(&self) -> String {
        match self.shown_base {
            Some(version) if version == self.base => {
                "the same rules are in force, but people, groups or stock have changed".to_owned()
            }
            Some(version) => format!("version {} of the rules is in force instead of {version}", self.base),
            None => "the fingerprint is none that was handed out".to_owned(),
        }
    }
}

impl Administration<'_> {
    /// What would come of rules. Nothing is written, and nobody waits for it.
    ///
    /// # Errors
    ///
    /// `Document`; `NotFound` for a version that there never was; `Storage`.
    pub async fn plan_rules(&self, scope: TenantScope, rules: RulesText) -> Result<RulesPlan, AdministrationError> {
        let readable = self.readable(scope, rules).await?;
        let _place = self.app.0.plans.enter(scope).await?;
        let (books, now, store) = (self.books(), self.now(), self.app.0.store.clone());
        Ok(self
            .app
            .0
            .store
            .survey(async move |tx: &mut Tx<'_>| {
                let outlook = Outlook::of(tx, scope, &books, &readable.book).await?;
                let proposal = propose(tx, scope, &outlook, &readable.book).await?;
                get_known(&store, &proposal).await;
                let plan = whole(tx, scope, &proposal, now).await?;
                let in_force = is_in_force(tx, scope, &outlook, &proposal, &readable.document).await?;
                let warnings = missing(tx, scope, &readable.book, &proposal.bindings).await?;
                Ok::<_, StorageError>(RulesPlan { warnings, in_force, ..RulesPlan::of(outlook.terms.version, &plan) })
            })
            .await?)
    }

    /// What is worked out before others have to wait: how things stand, and the whole plan where one unit of work cannot
    /// carry it out.
    pub(super) async fn look_ahead(
        &self,
        scope: TenantScope,
        books: RuleBooks,
        readable: Readable,
        now: Ts,
    ) -> Result<(Outlook, Option<Foreseen>), AdministrationError> {
        let _place = self.app.0.plans.enter(scope).await?;
        let store = self.app.0.store.clone();
        let look = async move |tx: &mut Tx<'_>| {
            let outlook = Outlook::of(tx, scope, &books, &readable.book).await?;
            let proposal = propose(tx, scope, &outlook, &readable.book).await?;
            let foreseen = if proposal.concerned.len() > AT_ONCE {
                get_known(&store, &proposal).await;
                let plan = whole(tx, scope, &proposal, now).await?;
                Some(Foreseen { plan: RulesPlan::of(outlook.terms.version, &plan), proposal })
            } else {
                None
            };
            Ok::<_, StorageError>((outlook, foreseen))
        };
        Ok(self.app.0.store.survey(look).await?)
    }
}

/// A plan that was made while others went on.
#[derive(Debug)]
pub(super) struct Foreseen {
    pub(super) plan: RulesPlan,
    proposal: Proposal,
}

impl Foreseen {
    /// Whether nothing has happened since that it depends on: nobody planned, and the rules mean the same groups with the
    /// same people. Attributes are minded from now on only by rules that did not do so before: then nobody can say.
    pub(super) fn still_holds(&self, before: &Terms, proposal: &Proposal) -> bool {
        self.proposal.terms.turns == before.turns
            && self.proposal.bindings == proposal.bindings
            && self.proposal.concerned == proposal.concerned
            && (before.rules.mind_attributes() || !proposal.terms.rules.mind_attributes())
    }
}

impl RulesPlan {
    /// What comes of a plan on the ground of that version.
    pub(super) fn of(base: i64, plan: &Plan) -> Self {
        let lines = diff::lines(plan);
        let fingerprint = format!("{base}-{}", diff::fingerprint(&lines));
        Self { base, fingerprint, lines, warnings: Vec::new(), in_force: false }
    }

    /// Whether it is the one that was shown under this fingerprint.
    ///
    /// # Errors
    ///
    /// `PlanChanged`, which says what is different from what was shown.
    pub fn check(&self, fingerprint: Option<&str>, shown: &[diff::Line]) -> Result<(), AdministrationError> {
        let Some(fingerprint) = fingerprint.filter(|fingerprint| *fingerprint != self.fingerprint) else {
            return Ok(());
        };
        let (gone, new) = diff::differences(shown, &self.lines);
        let shown_base = fingerprint.split_once('-').and_then(|(version, _)| version.parse().ok());
        let (base, fingerprint) = (self.base, self.fingerprint.clone());
        Err(AdministrationError::PlanChanged(Box::new(PlanChanged { shown_base, base, fingerprint, gone, new })))
    }
}

/// Whether nothing at all would change.
pub(super) async fn is_in_force(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    outlook: &Outlook,
    proposal: &Proposal,
    document: &str,
) -> Result<bool, StorageError> {
    if outlook.terms.version == 0 || outlook.terms.rules != proposal.terms.rules {
        return Ok(false);
    }
    Ok(rules::find(tx, scope, outlook.terms.version).await?.is_some_and(|row| row.document == document))
}

/// Where many are concerned, the planner of the database gets to know them first.
async fn get_known(store: &Store, proposal: &Proposal) {
    if proposal.concerned.len() >= MANY {
        store.gather_statistics(Grown::Planned).await;
    }
}

/// The plan for everybody, in the parts in which it will be carried out: those whom one unit of work plans for, then the
/// others behind those who are on the list already.
pub(super) async fn whole(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    proposal: &Proposal,
    now: Ts,
) -> Result<Plan, StorageError> {
    let mut first = proposal.concerned.clone();
    let others = first.iter().nth(AT_ONCE).copied().map(|other| first.split_off(&other));
    let mut parts = vec![first];
    if let Some(others) = others {
        parts.extend(parts_to_come(tx, scope, others).await?);
    }
    let mut all = Vec::new();
    let mut rehearsal = Rehearsal::default();
    for concerned in parts {
        let change = Change { concerned, ..Change::default() };
        all.push(rehearse(tx, scope, &proposal.terms, &mut rehearsal, change, now).await?);
    }
    Ok(Plan::joined(all))
}
