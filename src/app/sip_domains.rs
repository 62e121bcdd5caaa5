//! The SIP domain of a tenant's telephones, which the operator sets: it is the realm of every device's secret.

use serde_json::{Map, json};

use super::App;
use super::tenants::TenantError;
use crate::base::ids::AuditId;
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::thing::device::{SipDomain, SipError};
use crate::storage::{StorageError, Tx, audit, devices};

/// Why a SIP domain was not set.
#[derive(Debug, thiserror::Error)]
pub enum SipDomainError {
    /// There is no such tenant.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// It is none.
    #[error(transparent)]
    Invalid(#[from] SipError),
    /// Another tenant has it: a device of the one would be a device of the other.
    #[error("another tenant has the SIP domain {0}")]
    Taken(String),
    /// Secrets were made with another, and would be void.
    #[error("devices of this tenant have secrets that were made with another SIP domain")]
    InUse,
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl App {
    /// Sets the SIP domain of a tenant; gives it as it is kept.
    ///
    /// # Errors
    ///
    /// See [`SipDomainError`].
    pub async fn set_sip_domain(&self, tenant: &str, domain: &str, operator: &str) -> Result<String, SipDomainError> {
        let domain = SipDomain::parse(domain)?.as_str().to_owned();
        let (found, scope) = self.tenant_by_name(tenant).await?;
        let (at, operator, wanted) = (self.0.clock.now(), operator.to_owned(), domain.clone());
        let write = async move |tx: &mut Tx<'_>| {
            let before = devices::domain(tx, scope).await?;
            if before.as_deref() == Some(wanted.as_str()) {
                return Ok(true);
            }
            if !devices::set_domain(tx, scope, &wanted).await? {
                return Ok(false);
            }
            let record = AuditRecord {
                id: AuditId::generate(),
                at,
                actor: Actor::Operator(operator.clone()),
                cause: Cause::Command,
                action: Action::TenantChanged,
                subject: Subject::Tenant(found.id),
                changes: Map::from_iter([("sipDomain".to_owned(), json!([before, wanted]))]),
            };
            audit::insert(tx, scope, &record).await?;
            Ok::<_, StorageError>(true)
        };
        match self.0.store.write(write).await {
            Ok(true) => Ok(domain),
            Ok(false) => Err(SipDomainError::InUse),
            Err(StorageError::Unique(_)) => Err(SipDomainError::Taken(domain)),
            Err(error) => Err(error.into()),
        }
    }
}
