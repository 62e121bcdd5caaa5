//! `/employees/{id}/why`: for everything that somebody has, had or waits for, who gave it, and what would take it away.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Reply, told};
use super::problem::Problem;
use super::request::Id;
use crate::app::App;
use crate::app::administration::why;
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::grant::{Because, Cause, Ending, Explanation, Names, Origin, Standing};

/// Why somebody has what he has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    employee: EmployeeId,
    /// His user name.
    user_name: String,
    /// When he left; null: he is here. For a year it is told what he had.
    #[serde(serialize_with = "super::stock::rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    left_at: Option<Ts>,
    /// Everything he has or waits for, and then what he had, the latest first.
    things: Vec<WhyOne>,
}

/// One thing or right, and why it is as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhyOne {
    /// What it is, in words.
    what: String,
    /// The place that it has with him, by which it can be told from others.
    slot: String,
    /// Whether he has it, waits for it, or had it.
    standing: WhyStanding,
    /// Since when he has it, or had it.
    #[schema(required)]
    since: Option<String>,
    /// Until when he had it.
    #[schema(required)]
    until: Option<String>,
    /// Why he waits for it or for better; null: he does not.
    #[schema(required)]
    waits: Option<String>,
    /// Why he lost it, source by source.
    lost: Vec<WhyLoss>,
    /// The request of the identity provider that ended it.
    #[schema(required)]
    ended_by: Option<String>,
    /// Who gives it, or gave it.
    because: Vec<WhySource>,
    /// What would have to happen, all of it, before he loses it or waits no longer.
    ends_when: Vec<WhyEnding>,
    /// For how many days he could have it back after that; null: that makes no sense for what he has.
    #[schema(required)]
    kept_days: Option<u64>,
    /// Until when it is on hold for him, who has lost it; null: it is not.
    #[serde(serialize_with = "super::stock::rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    kept_until: Option<Ts>,
    /// All of it in words, line by line.
    words: Vec<String>,
}

/// How he stands to it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhyStanding {
    /// He has it.
    Has,
    /// He waits for it.
    Waits,
    /// He had it.
    Had,
}

/// A group, as it is called today or was last.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhyGroup {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: GroupId,
    /// The name; null: it is gone, and forgotten.
    #[schema(required)]
    name: Option<String>,
    /// Whether it is gone.
    gone: bool,
}

/// Who gives it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhySource {
    /// The rule; null: an administrator.
    #[schema(required)]
    rule: Option<String>,
    /// The group of the rule.
    #[schema(required)]
    group: Option<WhyGroup>,
    /// The attribute in which the identity provider names it.
    #[schema(required)]
    attribute: Option<String>,
    /// The administrator who gave it.
    #[schema(required)]
    administrator: Option<String>,
    /// When.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// The request of the identity provider that brought it; null: a change of rules or stock, or a command.
    #[schema(required)]
    request: Option<String>,
    /// What the rule says, in words; null: it no longer says so.
    #[schema(required)]
    rule_says: Option<String>,
}

/// A source that gives no longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhyLoss {
    /// Why.
    cause: WhyCause,
    /// The rule; null: an administrator.
    #[schema(required)]
    rule: Option<String>,
    /// The group of the rule.
    #[schema(required)]
    group: Option<WhyGroup>,
}

/// Why a source gives no longer.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyCause {
    /// He is no longer in the group.
    LeftGroup,
    /// The group was deleted.
    GroupGone,
    /// There is no such rule any more.
    RuleGone,
    /// The rule is about another group now.
    OtherGroup,
    /// The rule is about a group that is not there.
    NoGroup,
    /// The rule gives something else now.
    RuleChanged,
    /// The identity provider no longer names it.
    NotSent,
    /// The administrator took it.
    TakenByHand,
    /// The employee was deleted.
    Deleted,
}

/// What would end one source.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhyEnding {
    /// What happens.
    when: WhyEnds,
    /// The rule that would no longer give it.
    #[schema(required)]
    rule: Option<String>,
    /// The group that he would have to leave.
    #[schema(required)]
    group: Option<WhyGroup>,
    /// The attribute that the identity provider would no longer send.
    #[schema(required)]
    attribute: Option<String>,
}

/// What ends a source.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyEnds {
    /// He leaves the group, or the rule no longer gives it.
    LeavesGroup,
    /// The same, or the identity provider names nothing any more.
    NotSent,
    /// An administrator takes it back.
    TakenByHand,
}

impl From<why::Why> for Why {
    fn from(why: why::Why) -> Self {
        let things = why.explanations.iter().map(|one| WhyOne::of(one, &why.names)).collect();
        Self { employee: why.employee, user_name: why.user_name, left_at: why.left_at, things }
    }
}

impl WhyOne {
    fn of(one: &Explanation, names: &Names) -> Self {
        let text = |at: Ts| at.to_string();
        let mut shown = Self {
            what: one.what(),
            slot: one.slot.to_string(),
            standing: WhyStanding::Has,
            since: None,
            until: None,
            waits: None,
            lost: Vec::new(),
            ended_by: None,
            because: one.because.iter().map(|because| WhySource::of(because, names)).collect(),
            ends_when: one.until.iter().map(|ending| WhyEnding::of(ending, names)).collect(),
            kept_days: one.kept_days,
            kept_until: one.kept_until,
            words: one.in_words(names),
        };
        match &one.standing {
            Standing::Has { since, waits, .. } => {
                shown.since = since.map(text);
                shown.waits = waits.as_ref().map(|waiting| waiting.wait.reason.name().to_owned());
            }
            Standing::Waits(waiting) => {
                shown.standing = WhyStanding::Waits;
                shown.waits = Some(waiting.wait.reason.name().to_owned());
            }
            Standing::Had { since, until, request, losses, .. } => {
                shown.standing = WhyStanding::Had;
                (shown.since, shown.until) = (since.map(text), Some(text(*until)));
                shown.ended_by.clone_from(request);
                shown.lost = losses
                    .iter()
                    .map(|loss| {
                        let rule = loss.source.origin.rule();
                        WhyLoss {
                            cause: loss.cause.into(),
                            rule: rule.map(|(rule, _)| rule.to_owned()),
                            group: rule.map(|(_, group)| WhyGroup::of(group, names)),
                        }
                    })
                    .collect();
            }
        }
        shown
    }
}

impl WhyGroup {
    fn of(id: GroupId, names: &Names) -> Self {
        let there = names.groups.get(&id);
        let name = there.or_else(|| names.gone.get(&id).map(|gone| &gone.name)).cloned();
        Self { id, name, gone: there.is_none() }
    }
}

impl WhySource {
    fn of(because: &Because, names: &Names) -> Self {
        let source = &because.source;
        let rule = source.origin.rule();
        let (attribute, administrator) = match &source.origin {
            Origin::Rule { .. } => (None, None),
            Origin::Attribute { path, .. } => (Some(path.clone()), None),
            Origin::Manual { administrator } => (None, Some(administrator.clone())),
        };
        Self {
            rule: rule.map(|(rule, _)| rule.to_owned()),
            group: rule.map(|(_, group)| WhyGroup::of(group, names)),
            attribute,
            administrator,
            at: source.at,
            request: source.request.clone(),
            rule_says: because.rule_says.clone(),
        }
    }
}

impl WhyEnding {
    fn of(ending: &Ending, names: &Names) -> Self {
        let (when, rule, group, attribute) = match ending {
            Ending::LeavesGroup { group, rule } => (WhyEnds::LeavesGroup, Some(rule), Some(group), None),
            Ending::NotSent { group, rule, path } => (WhyEnds::NotSent, Some(rule), Some(group), Some(path)),
            Ending::TakenByHand => (WhyEnds::TakenByHand, None, None, None),
        };
        Self {
            when,
            rule: rule.cloned(),
            group: group.map(|group| WhyGroup::of(*group, names)),
            attribute: attribute.cloned(),
        }
    }
}

impl From<Cause> for WhyCause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::LeftGroup => Self::LeftGroup,
            Cause::GroupGone => Self::GroupGone,
            Cause::RuleGone => Self::RuleGone,
            Cause::OtherGroup => Self::OtherGroup,
            Cause::NoGroup => Self::NoGroup,
            Cause::RuleChanged => Self::RuleChanged,
            Cause::NotSent => Self::NotSent,
            Cause::TakenByHand => Self::TakenByHand,
            Cause::Deleted => Self::Deleted,
        }
    }
}

/// Why an employee has, had or waits for what he does, and what would take it away.
#[utoipa::path(get, path = "/employees/{id}/why", operation_id = "explain_employee", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 200, description = "The explanation", body = Why)))]
pub async fn why(reader: AdminReader, Id(id): Id<EmployeeId>, State(app): State<App>) -> Result<Reply, Problem> {
    let why = app.administration().why(reader.scope(), id).await?;
    Ok(Reply::new(told(StatusCode::OK, &Why::from(why))))
}
