//! `/tenant`: what the tenant says about itself.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Reply, shown};
use super::body::MergePatch;
use super::problem::Problem;
use crate::app::App;
use crate::app::administration::{Answer, Change, OwnTenant};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::domain::tenant::{HandmadeEmployees, TenantSettings};
use crate::http::extract::entity_tags::IfNoneMatch;

/// The tenant of the token.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tenant {
    /// The name.
    name: String,
    /// The customer number of the telephone system.
    customer_number: String,
    /// How employees reach the administrator; goes out with the registration mails of OfficeDesks.
    contact: Contact,
    /// The language of notifications, as a language tag (RFC 5646).
    language: String,
    /// For how many days what somebody held is kept for him before it is free.
    hold_days: i64,
    /// What becomes of an employee made by hand when an identity provider sends his user name.
    handmade_employees: Handmade,
    /// The SIP domain with which its telephones register; the operator sets it, before the first device gets a secret.
    #[schema(required)]
    sip_domain: Option<String>,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

/// What may be set of a tenant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantWrite {
    /// How employees reach the administrator; goes out with the registration mails of OfficeDesks.
    #[serde(default)]
    contact: Contact,
    /// The language of notifications, as a language tag (RFC 5646).
    #[schema(max_length = 35)]
    language: String,
    /// For how many days what somebody held is kept for him before it is free; 0: it is free at once.
    #[schema(minimum = 0, maximum = 3650)]
    hold_days: i64,
    /// What becomes of an employee made by hand when an identity provider sends his user name.
    handmade_employees: Handmade,
}

/// How employees reach the administrator.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// By mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// By telephone, as the administrator writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    phone: Option<String>,
}

/// `keep`: he stays the administrator's, and the provider hears that the name is taken; `adopt`: he becomes the provider's.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Handmade {
    /// He stays the administrator's.
    Keep,
    /// He becomes the provider's.
    Adopt,
}

impl From<&TenantSettings> for TenantWrite {
    fn from(settings: &TenantSettings) -> Self {
        Self {
            contact: Contact { email: settings.contact_email.clone(), phone: settings.contact_phone.clone() },
            language: settings.language.clone(),
            hold_days: settings.hold_days,
            handmade_employees: match settings.handmade_employees {
                HandmadeEmployees::Keep => Handmade::Keep,
                HandmadeEmployees::Adopt => Handmade::Adopt,
            },
        }
    }
}

impl From<TenantWrite> for TenantSettings {
    fn from(write: TenantWrite) -> Self {
        Self {
            contact_email: write.contact.email,
            contact_phone: write.contact.phone,
            language: write.language,
            hold_days: write.hold_days,
            handmade_employees: match write.handmade_employees {
                Handmade::Keep => HandmadeEmployees::Keep,
                Handmade::Adopt => HandmadeEmployees::Adopt,
            },
        }
    }
}

/// A patch of that.
type TenantPatch = MergePatch<TenantWrite>;

fn answer(tenant: &OwnTenant) -> Answer {
    let TenantWrite { contact, language, hold_days, handmade_employees } = (&tenant.settings).into();
    let view = Tenant {
        name: tenant.name.clone(),
        customer_number: tenant.customer_number.clone(),
        contact,
        language,
        hold_days,
        handmade_employees,
        sip_domain: tenant.sip_domain.clone(),
        created_at: tenant.created_at,
    };
    shown(StatusCode::OK, tenant.version, &view)
}

/// The tenant and its settings.
#[utoipa::path(get, path = "/tenant", operation_id = "get_tenant", tag = "tenant",
    responses((status = 200, description = "The tenant", body = Tenant)))]
pub async fn get(reader: AdminReader, has: IfNoneMatch, State(app): State<App>) -> Result<Reply, Problem> {
    let tenant = app.administration().own_tenant(&reader).await?;
    Ok(Reply::found(answer(&tenant), &has))
}

/// Change settings of the tenant.
#[utoipa::path(patch, path = "/tenant", operation_id = "change_tenant", tag = "tenant",
    request_body(content((TenantPatch = "application/merge-patch+json"), (TenantPatch = "application/json"))),
    responses((status = 200, description = "The tenant as it is now", body = Tenant)))]
pub async fn patch(change: Change, State(app): State<App>, patch: TenantPatch) -> Result<Reply, Problem> {
    let wanted = move |tenant: &OwnTenant| patch.apply(&(&tenant.settings).into()).map(TenantSettings::from);
    let tenant = app.administration().change_own_tenant(change, wanted).await?;
    Ok(Reply::new(answer(&tenant)))
}
