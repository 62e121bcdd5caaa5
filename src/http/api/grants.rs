//! `/employees/{id}/grants`: what an employee has and waits for, and giving and taking by hand; `/pending`: everybody who
//! waits.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answered, Page, Reply, page, told};
use super::body::Command;
use super::problem::Problem;
use super::request::{Id, Parameters, TwoIds, paging};
use super::stock::rfc3339_or_null;
use crate::app::App;
use crate::app::administration::grants::{self, Wanted};
use crate::app::administration::{Answer, Change, Fault, ListPage};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GrantId, GroupId, PoolId, ThingId};
use crate::domain::grant::{Have, Origin, Slot, Source};
use crate::domain::permission::{Allowance, Permission};
use crate::domain::thing::Kind;

/// What an employee has or waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grant {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: GrantId,
    /// What it is for: a kind of thing, `extension_access`, `desk_access`, `permission` or `desk`.
    subject: String,
    /// The thing that he has, or the use of it.
    #[schema(required)]
    thing: Option<GrantedThing>,
    /// The permission that he has.
    #[schema(required)]
    permission: Option<GrantedPermission>,
    /// The name of the desk that he has.
    #[schema(required)]
    desk: Option<String>,
    /// Since when he has it.
    #[serde(serialize_with = "rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    since: Option<Ts>,
    /// Why he has nothing here, or not what was wished.
    #[schema(required)]
    waits: Option<Wait>,
    /// Who gives it.
    sources: Vec<GrantSource>,
    /// It is the number that is shown when he calls.
    default_number: bool,
}

/// A thing by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantedThing {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: ThingId,
    /// What it is.
    kind: String,
    /// Its key.
    key: String,
    /// As people call it.
    name: String,
}

/// A permission at a level.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantedPermission {
    /// Which.
    permission: String,
    /// How much of it; the highest of all sources.
    level: String,
}

/// Why somebody waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wait {
    /// The reason: `pool_empty`, `unknown_pool`, `not_in_stock`, `other_kind`, `not_in_pool`, `not_free`, `malformed`,
    /// `too_many`.
    reason: String,
    /// The same in words.
    detail: String,
    /// Since when somebody wants him to have it.
    #[serde(serialize_with = "rfc3339_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    since: Option<Ts>,
}

/// Who gives something.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantSource {
    /// `rule`, `attribute` (a rule, and the identity provider names the thing) or `manual`.
    by: String,
    /// The rule.
    #[schema(required)]
    rule: Option<String>,
    /// The group of the rule.
    #[schema(value_type = Option<uuid::Uuid>, required)]
    group: Option<GroupId>,
    /// The attribute that names the thing.
    #[schema(required)]
    attribute: Option<String>,
    /// The administrator who gave it, by the label of his token.
    #[schema(required)]
    administrator: Option<String>,
    /// Since when.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// The request of the identity provider that brought it.
    #[schema(required)]
    request: Option<String>,
}

impl From<Source> for GrantSource {
    fn from(source: Source) -> Self {
        let none = Self {
            by: String::new(),
            rule: None,
            group: None,
            attribute: None,
            administrator: None,
            at: source.at,
            request: source.request,
        };
        match source.origin {
            Origin::Rule { rule, group } => {
                Self { by: "rule".to_owned(), rule: Some(rule), group: Some(group), ..none }
            }
            Origin::Attribute { rule, group, path } => {
                Self { by: "attribute".to_owned(), rule: Some(rule), group: Some(group), attribute: Some(path), ..none }
            }
            Origin::Manual { administrator } => {
                Self { by: "manual".to_owned(), administrator: Some(administrator), ..none }
            }
        }
    }
}

impl From<grants::Grant> for Grant {
    fn from(grant: grants::Grant) -> Self {
        let waits = grant.state.wait.as_ref().map(|wait| Wait {
            reason: wait.reason.name().to_owned(),
            detail: grant.waits_in_words().unwrap_or_default(),
            since: grant.asked_since(),
        });
        let (mut thing, mut permission, mut desk) = (None, None, None);
        match grant.state.have {
            Some(Have::Thing(has)) => {
                let (id, kind) = (has.id, has.kind.name().to_owned());
                thing = Some(GrantedThing { id, kind, key: has.key, name: has.name });
            }
            Some(Have::Permission(allowance)) => {
                let (which, level) = (allowance.permission().name(), allowance.level());
                permission = Some(GrantedPermission { permission: which.to_owned(), level: level.to_owned() });
            }
            Some(Have::Desk(has)) => desk = Some(has.name),
            None => {}
        }
        Self {
            id: grant.id,
            subject: grant.slot.subject().to_owned(),
            thing,
            permission,
            desk,
            since: grant.state.granted_at,
            waits,
            sources: grant.state.sources.into_iter().map(GrantSource::from).collect(),
            default_number: grant.is_default_number,
        }
    }
}

/// What is given by hand, in one of five forms: `thing`; `kind` and `key`; `kind` and `pool`; `extension_access`;
/// `permission` and `level`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantWrite {
    /// The thing.
    #[schema(value_type = Option<uuid::Uuid>)]
    thing: Option<ThingId>,
    /// The kind of the thing.
    kind: Option<ThingKind>,
    /// The key of the thing, as people write it: a number, an extension's digits, a name.
    #[schema(max_length = 300)]
    key: Option<String>,
    /// The pool of which the lowest free one is given.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// The digits of an extension that he may use, whosever it is.
    #[schema(max_length = 10)]
    extension_access: Option<String>,
    /// The permission.
    permission: Option<PermissionName>,
    /// Its level: `use` or `manage`; of `forwarding_reach`, `paid`.
    #[schema(max_length = 10)]
    level: Option<String>,
    /// If he cannot have it now, he waits for it; without it, that is refused.
    #[serde(default)]
    wait: bool,
}

/// What a thing is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThingKind {
    /// A phone number to call and be called under.
    VoiceNumber,
    /// A fax number that one employee has for himself.
    PersonalFax,
    /// A fax number of a team.
    SharedFax,
    /// A number that leads into a conference.
    Conference,
    /// An internal number.
    Extension,
    /// A SIP account or telephone.
    Device,
    /// Where calls can be sent.
    Destination,
    /// An audio announcement.
    Announcement,
    /// A voice mailbox.
    Mailbox,
}

impl From<ThingKind> for Kind {
    fn from(kind: ThingKind) -> Self {
        match kind {
            ThingKind::VoiceNumber => Self::VoiceNumber,
            ThingKind::PersonalFax => Self::PersonalFax,
            ThingKind::SharedFax => Self::SharedFax,
            ThingKind::Conference => Self::Conference,
            ThingKind::Extension => Self::Extension,
            ThingKind::Device => Self::Device,
            ThingKind::Destination => Self::Destination,
            ThingKind::Announcement => Self::Announcement,
            ThingKind::Mailbox => Self::Mailbox,
        }
    }
}

/// What a permission is about.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionName {
    /// Forwarding calls.
    CallForwarding,
    /// Where they may be forwarded to.
    ForwardingReach,
    /// Mailboxes.
    Mailboxes,
    /// Announcements.
    Announcements,
    /// Destinations of his own.
    OwnDestinations,
}

impl From<PermissionName> for Permission {
    fn from(name: PermissionName) -> Self {
        match name {
            PermissionName::CallForwarding => Self::CallForwarding,
            PermissionName::ForwardingReach => Self::ForwardingReach,
            PermissionName::Mailboxes => Self::Mailboxes,
            PermissionName::Announcements => Self::Announcements,
            PermissionName::OwnDestinations => Self::OwnDestinations,
        }
    }
}

impl GrantWrite {
    /// Which of the five forms it is.
    fn wanted(self) -> Result<Wanted, Problem> {
        let fault = |pointer, detail: &str| Err(Problem::invalid(vec![Fault::at(pointer, detail)]));
        match self {
            Self {
                thing: Some(thing),
                kind: None,
                key: None,
                pool: None,
                extension_access: None,
                permission: None,
                level: None,
                ..
            } => Ok(Wanted::Thing(thing)),
            Self {
                thing: None,
                kind: Some(kind),
                key: Some(key),
                pool: None,
                extension_access: None,
                permission: None,
                level: None,
                ..
            } => Ok(Wanted::Named { kind: kind.into(), key }),
            Self {
                thing: None,
                kind: Some(kind),
                key: None,
                pool: Some(pool),
                extension_access: None,
                permission: None,
                level: None,
                ..
            } => Ok(Wanted::FromPool { kind: kind.into(), pool }),
            Self {
                thing: None,
                kind: None,
                key: None,
                pool: None,
                extension_access: Some(extension),
                permission: None,
                level: None,
                ..
            } => Ok(Wanted::Access(extension)),
            Self {
                thing: None,
                kind: None,
                key: None,
                pool: None,
                extension_access: None,
                permission: Some(permission),
                level: Some(level),
                ..
            } => {
                let permission = Permission::from(permission);
                if let Some(allowance) = Allowance::parse(permission, &level) {
                    Ok(Wanted::Permission(allowance))
                } else {
                    let levels = permission.levels().join(", ");
                    fault("/level", &format!("the levels of {} are {levels}", permission.name()))
                }
            }
            _ => fault(
                "",
                "say what is given in one of these forms: thing; kind and key; kind and pool; extension_access; \
                 permission and level",
            ),
        }
    }
}

/// Everything that an employee has or waits for, also OfficeDesks made by hand.
#[utoipa::path(get, path = "/employees/{id}/grants", operation_id = "list_grants", tag = "grants",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 200, description = "All of it on one page", body = Page<Grant>)))]
pub async fn list(reader: AdminReader, Id(id): Id<EmployeeId>, State(app): State<App>) -> Result<Reply, Problem> {
    let grants = app.administration().grants(&reader, id).await?;
    Ok(page(ListPage { items: grants, next: None }, Grant::from))
}

/// Give an employee something by hand. No identity provider takes it away.
#[utoipa::path(post, path = "/employees/{id}/grants", operation_id = "give_grant", tag = "grants",
    params(("id" = uuid::Uuid, Path, description = "The employee")), request_body = GrantWrite,
    responses((status = 201, description = "What he has now, or waits for", body = Grant)))]
pub async fn give(
    change: Change,
    Id(id): Id<EmployeeId>,
    State(app): State<App>,
    Command { body, key }: Command<GrantWrite>,
) -> Result<Reply, Problem> {
    let base = app.admin_base();
    let answered = Answered::by(key, move |grant: &grants::Grant| Answer {
        location: Some(format!("{base}/employees/{id}/grants/{}", grant.id)),
        ..told(StatusCode::CREATED, &Grant::from(grant.clone()))
    });
    let wait = body.wait;
    let given = app.administration().give(change, id, body.wanted()?, wait, answered.once()).await?;
    Ok(answered.reply(given))
}

/// Take back what was given by hand, also an OfficeDesk made by hand. What rules give besides stays; what rules alone give is refused.
#[utoipa::path(delete, path = "/employees/{id}/grants/{grant}", operation_id = "take_grant", tag = "grants",
    params(("id" = uuid::Uuid, Path, description = "The employee"),
        ("grant" = uuid::Uuid, Path, description = "The grant")),
    responses((status = 204, description = "It is taken back")))]
pub async fn take(
    change: Change,
    TwoIds(id, grant): TwoIds<EmployeeId, GrantId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    app.administration().take(change, id, grant).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody who waits, and what for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingGrant {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    employee: EmployeeId,
    /// His user name.
    user_name: String,
    /// What for: `extension`, `number +49301234500`.
    what: String,
    /// Of which pool, by its name without letter case.
    #[schema(required)]
    pool: Option<String>,
    /// The grant, with the reason and who wants him to have it.
    grant: Grant,
}

impl From<grants::Waiting> for PendingGrant {
    fn from(waiting: grants::Waiting) -> Self {
        let slot = &waiting.grant.slot;
        let pool = match slot {
            Slot::Pool { pool, .. } => Some(pool.clone()),
            _ => None,
        };
        Self {
            employee: waiting.employee,
            user_name: waiting.user_name,
            what: crate::domain::grant::diff::wanted(slot),
            pool,
            grant: waiting.grant.into(),
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PendingQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Everybody who waits for something, the longest first.
#[utoipa::path(get, path = "/pending", operation_id = "list_pending", tag = "grants", params(PendingQuery),
    responses((status = 200, description = "A page of those who wait", body = Page<PendingGrant>)))]
pub async fn pending(
    reader: AdminReader,
    Parameters(query): Parameters<PendingQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let waiting = app.administration().pending(&reader, &paging(query.limit, query.cursor)?).await?;
    Ok(page(waiting, PendingGrant::from))
}
