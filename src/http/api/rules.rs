//! `/rules`: what membership of a group gives, as one document; checked, planned, put in force, taken back.

use axum::extract::FromRequestParts;
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answered, Page, Reply, page, shown, tagged, told};
use super::body::{self, Command, JSON};
use super::plans::{PlanLine, PlanSummary, RulesWarning, lines};
use super::problem::{Kind, Problem};
use super::request::{Id, Parameters, paging};
use super::rules_document::RulesDocument;
use crate::app::App;
use crate::app::administration::rules::{self, Applied, Apply, Rules, RulesText};
use crate::app::administration::{Answer, Change, Fault, Once};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::domain::grant::document::DocumentError;
use crate::http::extract::entity_tags::IfNoneMatch;
use crate::http::state::HttpState;

const TOML: &str = "application/toml";

/// One version of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesVersion {
    /// Counts from 1.
    version: i64,
    /// Who put it in force.
    author: String,
    /// When.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

/// One version of the rules, with what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesOfVersion {
    /// Counts from 1.
    version: i64,
    /// Who put it in force.
    author: String,
    /// When.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    /// What it says.
    #[schema(value_type = RulesDocument)]
    rules: serde_json::Value,
    /// The same as its author wrote it.
    toml: String,
}

/// Which rules are meant: one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichRules {
    /// These.
    rules: Option<RulesDocument>,
    /// These, as TOML.
    #[schema(max_length = 1_048_576)]
    toml: Option<String>,
    /// Those of that version.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

/// Rules to be put in force, and what was shown of their consequences.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesApply {
    /// These rules, or those in `toml`.
    rules: Option<RulesDocument>,
    /// These rules, as TOML.
    #[schema(max_length = 1_048_576)]
    toml: Option<String>,
    /// The fingerprint of the plan that was shown: it is done exactly, or refused. Without it: whatever comes of the rules.
    #[schema(max_length = 128)]
    fingerprint: Option<String>,
    /// The lines of that plan, so that a refusal can say what is different now.
    #[serde(default)]
    #[schema(max_items = 20_000)]
    shown: Vec<PlanLine>,
}

/// An earlier version to be put in force anew, and what was shown of its consequences.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesRollBack {
    /// The version.
    #[schema(minimum = 1)]
    version: i64,
    /// The fingerprint of the plan that was shown.
    #[schema(max_length = 128)]
    fingerprint: Option<String>,
    /// The lines of that plan.
    #[serde(default)]
    #[schema(max_items = 20_000)]
    shown: Vec<PlanLine>,
}

/// A mistake in a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesMistake {
    /// The line, from 1; null: the document came as JSON.
    #[schema(required)]
    line: Option<usize>,
    /// The rule, by name or number.
    #[schema(required)]
    rule: Option<String>,
    /// Where it stands, as a JSON pointer (RFC 6901).
    pointer: String,
    /// What is wrong, and what would be right.
    problem: String,
}

/// What is to be said about a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesCheck {
    /// Whether it can be put in force.
    valid: bool,
    /// Its mistakes; the first hundred.
    errors: Vec<RulesMistake>,
    /// How many further mistakes there are.
    more_errors: usize,
    /// What it names and what is not there yet; who shall have something of that waits for it.
    warnings: Vec<RulesWarning>,
}

/// What would come of rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesPlan {
    /// The version in force, which they would follow.
    base: i64,
    /// Names this plan and that version, for whoever applies it.
    fingerprint: String,
    /// These very rules are in force.
    in_force: bool,
    /// For how many something changes.
    summary: PlanSummary,
    /// What changes for whom, by user name.
    lines: Vec<PlanLine>,
    /// What the rules name and what is not there yet.
    warnings: Vec<RulesWarning>,
}

/// What became of rules that were put in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesApplied {
    /// The version in force.
    version: i64,
    /// These very rules had been in force already.
    unchanged: bool,
    /// For how many something changed.
    summary: PlanSummary,
    /// What changed for whom, by user name. For those who are put off it is what was planned.
    lines: Vec<PlanLine>,
    /// For so many the plan is carried out after the first part, in parts.
    put_off: usize,
}

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl From<rules::RulesVersion> for RulesVersion {
    fn from(version: rules::RulesVersion) -> Self {
        Self { version: version.version, author: version.author, created_at: version.created_at }
    }
}

impl From<&DocumentError> for RulesMistake {
    fn from(error: &DocumentError) -> Self {
        let (rule, problem) = (error.rule.clone(), error.problem.clone());
        Self { line: error.line, rule, pointer: error.pointer(), problem }
    }
}

impl From<&rules::RulesPlan> for RulesPlan {
    fn from(plan: &rules::RulesPlan) -> Self {
        Self {
            base: plan.base,
            fingerprint: plan.fingerprint.clone(),
            in_force: plan.in_force,
            summary: PlanSummary::of(&plan.lines),
            lines: lines(&plan.lines),
            warnings: plan.warnings.iter().map(RulesWarning::from).collect(),
        }
    }
}

impl From<&Applied> for RulesApplied {
    fn from(applied: &Applied) -> Self {
        Self {
            version: applied.version,
            unchanged: applied.unchanged,
            summary: PlanSummary::of(&applied.lines),
            lines: lines(&applied.lines),
            put_off: applied.put_off,
        }
    }
}

/// Rules in a body of their own, as TOML or JSON.
#[derive(Debug)]
pub struct RulesBody(RulesText);

impl FromRequest<HttpState> for RulesBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (parts, bytes) = body::bytes(request, state, &[JSON, TOML]).await?;
        if is_toml(&parts.headers) {
            return Ok(Self(RulesText::Toml(text(&bytes)?)));
        }
        let RulesDocument(value) = body::said(bytes).await?;
        Ok(Self(RulesText::Json(value)))
    }
}

/// Rules that are asked about: as TOML, or in JSON that says which.
#[derive(Debug)]
pub struct WhichBody(RulesText);

impl FromRequest<HttpState> for WhichBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (parts, bytes) = body::bytes(request, state, &[JSON, TOML]).await?;
        if is_toml(&parts.headers) {
            return Ok(Self(RulesText::Toml(text(&bytes)?)));
        }
        let which: WhichRules = body::said(bytes).await?;
        let version = which.version.map(RulesText::Version);
        Ok(Self(one_of(which.rules, which.toml, version, "rules, toml or version")?))
    }
}

fn text(bytes: &Bytes) -> Result<String, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::new(Kind::Malformed, "the document is no UTF-8"))?;
    Ok(text.to_owned())
}

fn one_of(
    rules: Option<RulesDocument>,
    toml: Option<String>,
    version: Option<RulesText>,
    names: &str,
) -> Result<RulesText, Problem> {
    let rules = rules.map(|RulesDocument(value)| RulesText::Json(value));
    let mut said = rules.into_iter().chain(toml.map(RulesText::Toml)).chain(version);
    match (said.next(), said.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Problem::invalid(vec![Fault::at("", format!("exactly one of {names} is needed"))])),
    }
}

fn is_toml(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or(JSON);
    essence.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(TOML))
}

/// Whether the client would rather have TOML than JSON: it names it, and JSON not before.
#[derive(Debug, Clone, Copy)]
pub struct WantsToml(bool);

impl<S: Sync> FromRequestParts<S> for WantsToml {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let values = parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut names = values
            .flat_map(|value| value.split(','))
            .filter_map(|range| range.split(';').next().map(|name| name.trim().to_ascii_lowercase()));
        let first = names.find(|name| name == TOML || name == JSON);
        Ok(Self(first.is_some_and(|name| name == TOML)))
    }
}

fn document(rules: &Rules, WantsToml(toml): WantsToml, has: &IfNoneMatch) -> Reply {
    if toml {
        let answer = tagged(StatusCode::OK, rules.version, rules.document.clone());
        return Reply::found(answer, has).of_type(TOML);
    }
    Reply::found(shown(StatusCode::OK, rules.version, &rules.book), has)
}

fn applied(applied: &Applied) -> Answer {
    shown(StatusCode::OK, applied.version, &RulesApplied::from(applied))
}

/// The rules in force; without any, an empty document. The version stands in the entity tag.
#[utoipa::path(get, path = "/rules", operation_id = "get_rules", tag = "rules",
    responses((status = 200, description = "The document in force, as JSON or TOML as the request accepts",
        content((RulesDocument = "application/json"), (String = "application/toml")))))]
pub async fn get(
    reader: AdminReader,
    has: IfNoneMatch,
    wants: WantsToml,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let rules = app.administration().rules(reader.scope()).await?;
    Ok(document(&rules, wants, &has))
}

/// Put rules in force as the next version, whatever comes of them.
#[utoipa::path(put, path = "/rules", operation_id = "put_rules", tag = "rules",
    request_body(content((RulesDocument = "application/json"), (String = "application/toml"))),
    responses((status = 200, description = "What came of it", body = RulesApplied)))]
pub async fn put(change: Change, State(app): State<App>, RulesBody(rules): RulesBody) -> Result<Reply, Problem> {
    let apply = Apply { rules, fingerprint: None, shown: Vec::new() };
    let done = app.administration().apply_rules(change.into(), apply, Once::unkept()).await?.unkept();
    Ok(Reply::new(applied(&done)))
}

/// The versions, the newest first.
#[utoipa::path(get, path = "/rules/versions", operation_id = "list_rules_versions", tag = "rules", params(VersionsQuery),
    responses((status = 200, description = "A page of versions", body = Page<RulesVersion>)))]
pub async fn versions(
    reader: AdminReader,
    Parameters(query): Parameters<VersionsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let versions = app.administration().rules_versions(&reader, &paging(query.limit, query.cursor)?).await?;
    Ok(page(versions, RulesVersion::from))
}

/// One version.
#[utoipa::path(get, path = "/rules/versions/{version}", operation_id = "get_rules_version", tag = "rules",
    params(("version" = i64, Path, description = "The version")),
    responses((status = 200, description = "The version, or its document alone as TOML if the request accepts that",
        content((RulesOfVersion = "application/json"), (String = "application/toml")))))]
pub async fn version(
    reader: AdminReader,
    Id(version): Id<i64>,
    has: IfNoneMatch,
    WantsToml(toml): WantsToml,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let rules = app.administration().rules_of(reader.scope(), version).await?;
    if toml {
        return Ok(document(&rules, WantsToml(true), &has));
    }
    let missing = || Problem::new(Kind::NotFound, "there is no version of the rules with this number");
    let (author, created_at) = rules.put_in_force.ok_or_else(missing)?;
    let whole = RulesOfVersion {
        version,
        author,
        created_at,
        rules: serde_json::to_value(&rules.book).unwrap_or_default(),
        toml: rules.document,
    };
    Ok(Reply::found(shown(StatusCode::OK, version, &whole), &has))
}

/// Look for mistakes in a document, and for what it names in vain. Nothing is written.
#[utoipa::path(post, path = "/rules/check", operation_id = "check_rules", tag = "rules",
    request_body(content((WhichRules = "application/json"), (String = "application/toml"))),
    responses((status = 200, description = "What is to be said about it", body = RulesCheck)))]
pub async fn check(reader: AdminReader, State(app): State<App>, WhichBody(rules): WhichBody) -> Result<Reply, Problem> {
    let check = app.administration().check_rules(reader.scope(), rules).await?;
    let shown = RulesCheck {
        valid: check.errors.is_empty(),
        errors: check.errors.listed.iter().map(RulesMistake::from).collect(),
        more_errors: check.errors.more,
        warnings: check.warnings.iter().map(RulesWarning::from).collect(),
    };
    Ok(Reply::new(told(StatusCode::OK, &shown)))
}

/// What would come of rules: who gains, loses, and waits, and why. Nothing is written.
#[utoipa::path(post, path = "/rules/plan", operation_id = "plan_rules", tag = "rules",
    request_body(content((WhichRules = "application/json"), (String = "application/toml"))),
    responses((status = 200, description = "The plan", body = RulesPlan)))]
pub async fn plan(reader: AdminReader, State(app): State<App>, WhichBody(rules): WhichBody) -> Result<Reply, Problem> {
    let plan = app.administration().plan_rules(reader.scope(), rules).await?;
    Ok(Reply::new(told(StatusCode::OK, &RulesPlan::from(&plan))))
}

/// Put rules in force, if what was planned is what comes of it.
#[utoipa::path(post, path = "/rules/apply", operation_id = "apply_rules", tag = "rules", request_body = RulesApply,
    responses((status = 200, description = "What came of it", body = RulesApplied)))]
pub async fn apply(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<RulesApply>,
) -> Result<Reply, Problem> {
    let rules = one_of(body.rules, body.toml, None, "rules or toml")?;
    let apply = Apply { rules, fingerprint: body.fingerprint, shown: body.shown.into_iter().map(Into::into).collect() };
    let answered = Answered::by(key, applied);
    let done = app.administration().apply_rules(change.into(), apply, answered.once()).await?;
    Ok(answered.reply(done))
}

/// Put the rules of an earlier version in force anew, as the next version.
#[utoipa::path(post, path = "/rules/rollback", operation_id = "roll_rules_back", tag = "rules",
    request_body = RulesRollBack,
    responses((status = 200, description = "What came of it", body = RulesApplied)))]
pub async fn roll_back(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<RulesRollBack>,
) -> Result<Reply, Problem> {
    let rules = RulesText::Version(body.version);
    let apply = Apply { rules, fingerprint: body.fingerprint, shown: body.shown.into_iter().map(Into::into).collect() };
    let answered = Answered::by(key, applied);
    let done = app.administration().apply_rules(change.into(), apply, answered.once()).await?;
    Ok(answered.reply(done))
}
