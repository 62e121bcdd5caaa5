//! `/preview`: what would come of a change that nobody has made.

use std::collections::BTreeSet;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Reply, told};
use super::body::Command;
use super::plans::{PlanLine, PlanSummary, RulesWarning, lines};
use super::problem::Problem;
use super::rules_document::RulesDocument;
use crate::app::App;
use crate::app::administration::Fault;
use crate::app::administration::preview::{self, Assignment, NewInStock, WhatIf};
use crate::app::administration::rules::RulesText;
use crate::app::authentication::AdminReader;
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::thing::Kind;

/// What might be done: one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewWhat {
    /// Other rules.
    rules: Option<RulesDocument>,
    /// Other rules, as TOML.
    #[schema(max_length = 1_048_576)]
    toml: Option<String>,
    /// People in other groups.
    #[schema(min_items = 1, max_items = 1000)]
    groups: Option<Vec<PreviewAssignment>>,
    /// Another stock.
    stock: Option<PreviewStock>,
}

/// Into which groups somebody comes, and which he leaves; directly, both of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewAssignment {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    employee: EmployeeId,
    /// Where he comes.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 1000)]
    join: BTreeSet<GroupId>,
    /// What he leaves.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 1000)]
    leave: BTreeSet<GroupId>,
}

/// What becomes of the stock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewStock {
    /// What comes.
    #[serde(default)]
    #[schema(max_items = 1000)]
    add: Vec<PreviewThing>,
    /// What is taken out of use. Whoever has it keeps it.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 1000)]
    disable: BTreeSet<ThingId>,
    /// What is put back into use.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 1000)]
    enable: BTreeSet<ThingId>,
    /// What goes, also from those who have it.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 1000)]
    remove: BTreeSet<ThingId>,
}

/// A thing that might be in stock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewThing {
    /// What it is: `voice_number`, `personal_fax`, `shared_fax`, `conference`, `extension`, `device`, `destination`,
    /// `announcement` or `mailbox`.
    #[schema(max_length = 32)]
    kind: String,
    /// What it is found under: a number in any notation, an extension, a SIP user name, a name.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// The name of its pool.
    #[schema(max_length = 256)]
    pool: Option<String>,
}

/// What would come of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// For how many something would change.
    summary: PlanSummary,
    /// What would change for whom, by user name.
    lines: Vec<PlanLine>,
    /// Of rules: what they name and what is not there yet.
    warnings: Vec<RulesWarning>,
}

/// One of the ways to ask.
enum Asked {
    Rules(RulesText),
    WhatIf(WhatIf),
}

impl PreviewWhat {
    fn asked(self) -> Result<Asked, Problem> {
        let Self { rules, toml, groups, stock } = self;
        let rules = rules.map(|RulesDocument(value)| Asked::Rules(RulesText::Json(value)));
        let toml = toml.map(|toml| Asked::Rules(RulesText::Toml(toml)));
        let assignment =
            |one: PreviewAssignment| Assignment { employee: one.employee, join: one.join, leave: one.leave };
        let groups = groups.map(|groups| Asked::WhatIf(WhatIf::Groups(groups.into_iter().map(assignment).collect())));
        let stock = stock.map(|stock| stock.change().map(|stock| Asked::WhatIf(WhatIf::Stock(stock)))).transpose()?;
        let mut said = rules.into_iter().chain(toml).chain(groups).chain(stock);
        match (said.next(), said.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Problem::invalid(vec![Fault::at("", "exactly one of rules, toml, groups or stock is needed")])),
        }
    }
}

impl PreviewStock {
    fn change(self) -> Result<preview::StockChange, Problem> {
        let mut add = Vec::with_capacity(self.add.len());
        let mut faults = Vec::new();
        for (index, thing) in self.add.into_iter().enumerate() {
            if let Some(kind) = Kind::parse(&thing.kind) {
                add.push(NewInStock { kind, key: thing.key, pool: thing.pool });
            } else {
                let known = Kind::ALL.map(Kind::name).join(", ");
                faults.push(Fault::at(format!("/stock/add/{index}/kind"), format!("this is one of {known}")));
            }
        }
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        Ok(preview::StockChange { add, disable: self.disable, enable: self.enable, remove: self.remove })
    }
}

/// What would come of other rules, of people in other groups, or of another stock. Nothing is written.
#[utoipa::path(post, path = "/preview", operation_id = "preview", tag = "rules", request_body = PreviewWhat,
    responses((status = 200, description = "What would come of it", body = Preview)))]
pub async fn preview(
    reader: AdminReader,
    State(app): State<App>,
    Command { body, .. }: Command<PreviewWhat>,
) -> Result<Reply, Problem> {
    let administration = app.administration();
    let (found, warnings) = match body.asked()? {
        Asked::Rules(rules) => {
            let plan = administration.plan_rules(reader.scope(), rules).await?;
            (plan.lines, plan.warnings)
        }
        Asked::WhatIf(what_if) => (administration.preview(reader.scope(), what_if).await?, Vec::new()),
    };
    let warnings = warnings.iter().map(RulesWarning::from).collect();
    let shown = Preview { summary: PlanSummary::of(&found), lines: lines(&found), warnings };
    Ok(Reply::new(told(StatusCode::OK, &shown)))
}
