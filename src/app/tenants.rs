//! The operator's use cases for tenants.

use serde_json::{Map, Value, json};

use super::App;
use crate::base::caseless::fold;
use crate::base::ids::{AuditId, ConnectionId, TenantId};
use crate::base::showable::is_unshowable;
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::group::{GroupNames, GroupPatchResponse, GroupSettings};
use crate::domain::tenant::{Connection, Tenant, TenantScope};
use crate::storage::{StorageError, Tx, audit, groups, tenants, tokens};

/// The connection that every tenant has from the start.
pub(super) const DEFAULT_CONNECTION: &str = "default";

/// Why an operator's command on a tenant failed.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// The name is empty, too long or holds control characters.
    #[error("{0}")]
    Invalid(String),
    /// Another tenant has the name.
    #[error("there is a tenant named {0:?} already")]
    NameTaken(String),
    /// Another tenant has the customer number.
    #[error("there is a tenant with customer number {0} already")]
    CustomerNumberTaken(String),
    /// A tenant is found by either, so the name of one must not be the number of another.
    #[error("{0:?} would be the name of one tenant and the customer number of another")]
    Ambiguous(String),
    /// No tenant has the name.
    #[error("there is no tenant named {0:?}")]
    NotFound(String),
    /// Two groups have one name, so names cannot be unique.
    #[error("two groups are named {0:?}")]
    GroupNameShared(String),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

/// A tenant with what hangs on it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TenantOverview {
    /// The tenant itself.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// Its identity providers.
    pub connections: Vec<Connection>,
    /// How many employees it has.
    pub employees: u64,
    /// How many of them are locked.
    pub locked: u64,
    /// How many groups it has.
    pub groups: u64,
    /// What it says about groups.
    #[serde(flatten)]
    pub group_settings: GroupSettings,
    /// How many tokens can be used.
    pub active_tokens: u64,
}

impl App {
    /// Makes a tenant with the connection `default`.
    ///
    /// # Errors
    ///
    /// `Invalid`, `NameTaken`, `CustomerNumberTaken`, `Ambiguous`, `Storage`.
    pub async fn create_tenant(
        &self,
        name: &str,
        customer_number: &str,
        operator: &str,
    ) -> Result<Tenant, TenantError> {
        let name = label("the name of a tenant", name).map_err(TenantError::Invalid)?;
        let customer_number = label("the customer number", customer_number).map_err(TenantError::Invalid)?;
        let tenant = Tenant { id: TenantId::generate(), name, customer_number, created_at: self.0.clock.now() };
        let operator = Actor::Operator(operator.to_owned());
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                let scope = TenantScope::vouched(tenant.id);
                tenants::insert(tx, &tenant, &fold(&tenant.name)).await.map_err(|error| taken(error, &tenant))?;
                let number_key = fold(&tenant.customer_number);
                if let Some(other) = tenants::find_other(tx, tenant.id, &number_key, &tenant.name).await? {
                    let named = fold(&other.name) == number_key;
                    let text = if named { &tenant.customer_number } else { &tenant.name };
                    return Err(TenantError::Ambiguous(text.clone()));
                }
                let connection = ConnectionId::generate();
                tenants::insert_connection(
                    tx,
                    scope,
                    connection,
                    DEFAULT_CONNECTION,
                    DEFAULT_CONNECTION,
                    tenant.created_at,
                )
                .await?;
                let record = AuditRecord {
                    id: AuditId::generate(),
                    at: tenant.created_at,
                    actor: operator.clone(),
                    cause: Cause::Command,
                    action: Action::TenantCreated,
                    subject: Subject::Tenant(tenant.id),
                    changes: serde_json::Map::new(),
                };
                audit::insert(tx, scope, &record).await?;
                Ok(tenant.clone())
            })
            .await
    }

    /// All tenants by name.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, TenantError> {
        let rows = self.0.store.read(async move |tx: &mut Tx<'_>| tenants::list(tx).await).await?;
        Ok(rows.into_iter().map(tenant_of).collect())
    }

    /// One tenant, by name or customer number.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn tenant(&self, name: &str) -> Result<TenantOverview, TenantError> {
        let row = self.find_tenant(name).await?;
        let (group_settings, scope) = (row.group_settings(), TenantScope::vouched(row.id));
        let now = self.0.clock.now();
        let (connections, headcount, active_tokens) = self
            .0
            .store
            .read(async move |tx: &mut Tx<'_>| {
                let connections = tenants::connections(tx, scope).await?;
                let mut active = tokens::count_active(tx, scope, None, now).await?;
                for connection in &connections {
                    active += tokens::count_active(tx, scope, Some(connection.id), now).await?;
                }
                Ok::<_, StorageError>((connections, tenants::headcount(tx, scope).await?, active))
            })
            .await?;
        Ok(TenantOverview {
            tenant: tenant_of(row),
            connections: connections.into_iter().map(|row| Connection { id: row.id, name: row.name }).collect(),
            employees: headcount.employees.unsigned_abs(),
            locked: headcount.locked.unsigned_abs(),
            groups: headcount.groups.unsigned_abs(),
            group_settings,
            active_tokens: active_tokens.unsigned_abs(),
        })
    }

    /// All tenants with their scopes, for an operator, who may touch every one.
    pub(super) async fn every_tenant(&self) -> Result<Vec<(Tenant, TenantScope)>, TenantError> {
        let tenants = self.tenants().await?;
        Ok(tenants
            .into_iter()
            .map(|tenant| {
                let scope = TenantScope::vouched(tenant.id);
                (tenant, scope)
            })
            .collect())
    }

    /// Changes what a tenant says about groups; `None` leaves a setting as it is. Gives what holds from now on.
    ///
    /// # Errors
    ///
    /// `NotFound`; `GroupNameShared` when names shall be unique and are not; `Storage`.
    pub async fn set_group_settings(
        &self,
        name: &str,
        names: Option<GroupNames>,
        patch_response: Option<GroupPatchResponse>,
        operator: &str,
    ) -> Result<GroupSettings, TenantError> {
        let row = self.find_tenant(name).await?;
        let (before, scope) = (row.group_settings(), TenantScope::vouched(row.id));
        let after = GroupSettings {
            group_names: names.unwrap_or(before.group_names),
            group_patch_response: patch_response.unwrap_or(before.group_patch_response),
        };
        if after == before {
            return Ok(after);
        }
        let record = AuditRecord {
            id: AuditId::generate(),
            at: self.0.clock.now(),
            actor: Actor::Operator(operator.to_owned()),
            cause: Cause::Command,
            action: Action::TenantChanged,
            subject: Subject::Tenant(row.id),
            changes: setting_changes(before, after),
        };
        let written = self
            .0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                if after.group_names != before.group_names {
                    groups::set_names(tx, scope, after.group_names).await?;
                }
                tenants::set_group_patch_response(tx, scope, after.group_patch_response).await?;
                audit::insert(tx, scope, &record).await
            })
            .await;
        match written {
            Ok(()) => Ok(after),
            Err(StorageError::Unique(_)) => {
                let shared =
                    self.0.store.point(async move |tx: &mut Tx<'_>| groups::find_shared_name(tx, scope).await).await?;
                Err(shared.map_or(TenantError::Storage(StorageError::Busy), TenantError::GroupNameShared))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The scope of a tenant for an operator, who may touch every one.
    pub(super) async fn tenant_by_name(&self, name: &str) -> Result<(Tenant, TenantScope), TenantError> {
        let row = self.find_tenant(name).await?;
        let scope = TenantScope::vouched(row.id);
        Ok((tenant_of(row), scope))
    }

    async fn find_tenant(&self, name: &str) -> Result<tenants::TenantRow, TenantError> {
        let key = fold(name.trim());
        let found = self.0.store.point(async move |tx: &mut Tx<'_>| tenants::find(tx, &key, name.trim()).await).await?;
        found.ok_or_else(|| TenantError::NotFound(name.to_owned()))
    }
}

/// Each setting that changed, before and after.
fn setting_changes(before: GroupSettings, after: GroupSettings) -> Map<String, Value> {
    let settings = [
        ("groupNames", before.group_names.name(), after.group_names.name()),
        ("groupPatchResponse", before.group_patch_response.name(), after.group_patch_response.name()),
    ];
    let changed = settings.into_iter().filter(|(_, before, after)| before != after);
    changed.map(|(name, before, after)| (name.to_owned(), json!([before, after]))).collect()
}

fn tenant_of(row: tenants::TenantRow) -> Tenant {
    Tenant { id: row.id, name: row.name, customer_number: row.customer_number, created_at: row.created_at }
}

fn taken(error: StorageError, tenant: &Tenant) -> TenantError {
    match error {
        StorageError::Unique(index) if index.contains("customer_number") => {
            TenantError::CustomerNumberTaken(tenant.customer_number.clone())
        }
        StorageError::Unique(_) => TenantError::NameTaken(tenant.name.clone()),
        error => TenantError::Storage(error),
    }
}

/// Text that an operator gives to a thing: trimmed, 1 to 200 characters, no control characters.
pub(super) fn label(what: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(format!("{what} is empty")),
        201.. => Err(format!("{what} is longer than 200 characters")),
        _ if text.chars().any(is_unshowable) => Err(format!("{what} holds control characters")),
        _ => Ok(text.to_owned()),
    }
}
