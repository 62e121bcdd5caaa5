//! Plans as they are shown: what changes for whom, and for how many.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::ids::EmployeeId;
use crate::domain::grant::diff::{self, Marker};
use crate::domain::grant::document;

/// What kind of change.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanChange {
    /// He loses something, or waits no longer.
    Loses,
    /// Something of his becomes another, or comes from elsewhere.
    Changes,
    /// He gets something.
    Gains,
    /// He waits for something.
    Waits,
}

/// One change for one employee, in words.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanLine {
    /// The user name.
    user_name: String,
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    employee: EmployeeId,
    /// What kind of change.
    change: PlanChange,
    /// What he gets or loses.
    what: String,
    /// Why.
    why: String,
}

/// For how many employees something changes; who gains something and loses something counts as both.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanSummary {
    /// All of them.
    people: usize,
    /// Those who get something.
    gain: usize,
    /// Those who lose something.
    lose: usize,
    /// Those of whom something becomes another.
    change: usize,
    /// Those who wait for something.
    wait: usize,
    /// The same in words.
    text: String,
}

/// Something that a rule names and that is not there yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RulesWarning {
    /// The rule.
    rule: String,
    /// What follows for its members.
    problem: String,
}

impl From<Marker> for PlanChange {
    fn from(marker: Marker) -> Self {
        match marker {
            Marker::Loses => Self::Loses,
            Marker::Changes => Self::Changes,
            Marker::Gains => Self::Gains,
            Marker::Waits => Self::Waits,
        }
    }
}

impl From<PlanChange> for Marker {
    fn from(change: PlanChange) -> Self {
        match change {
            PlanChange::Loses => Self::Loses,
            PlanChange::Changes => Self::Changes,
            PlanChange::Gains => Self::Gains,
            PlanChange::Waits => Self::Waits,
        }
    }
}

impl From<&diff::Line> for PlanLine {
    fn from(line: &diff::Line) -> Self {
        Self {
            user_name: line.user_name.clone(),
            employee: line.employee,
            change: line.marker.into(),
            what: line.what.clone(),
            why: line.why.clone(),
        }
    }
}

impl From<PlanLine> for diff::Line {
    fn from(line: PlanLine) -> Self {
        Self {
            user_name: line.user_name,
            employee: line.employee,
            marker: line.change.into(),
            what: line.what,
            why: line.why,
        }
    }
}

impl PlanSummary {
    /// Of these lines.
    pub fn of(lines: &[diff::Line]) -> Self {
        let tally = diff::Tally::of(lines);
        let diff::Tally { people, gain, lose, change, wait } = tally;
        Self { people, gain, lose, change, wait, text: tally.to_string() }
    }
}

impl From<&document::Warning> for RulesWarning {
    fn from(warning: &document::Warning) -> Self {
        Self { rule: warning.rule.clone(), problem: warning.problem.clone() }
    }
}

/// The lines of a plan.
pub fn lines(lines: &[diff::Line]) -> Vec<PlanLine> {
    lines.iter().map(PlanLine::from).collect()
}
