//! Tenants and their connections.

use super::error::Result;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TenantId};
use crate::domain::group::{GroupNames, GroupPatchResponse, GroupSettings};
use crate::domain::tenant::{HandmadeEmployees, Tenant, TenantScope, TenantSettings};

row! {
    /// One tenant.
    #[derive(Debug, Clone)]
    pub struct TenantRow {
        /// The identifier.
        pub id: TenantId,
        /// The name.
        pub name: String,
        /// The customer number.
        pub customer_number: String,
        /// When it was made.
        pub created_at: Ts,
        /// Whether names of groups are unique.
        pub group_names: String,
        /// What answers a `PATCH` of a group.
        pub group_patch_response: String,
    }
}

impl TenantRow {
    /// What the tenant says about groups.
    #[must_use]
    pub fn group_settings(&self) -> GroupSettings {
        GroupSettings {
            group_names: GroupNames::parse(&self.group_names).unwrap_or(GroupNames::Unique),
            group_patch_response: GroupPatchResponse::parse(&self.group_patch_response)
                .unwrap_or(GroupPatchResponse::None),
        }
    }
}

row! {
    /// One connection.
    #[derive(Debug, Clone)]
    pub struct ConnectionRow {
        /// The identifier.
        pub id: ConnectionId,
        /// The name.
        pub name: String,
    }
}

/// Adds a tenant; a taken name or number is an error of the unique index.
///
/// # Errors
///
/// `Unique`, and those of the database.
pub async fn insert(tx: &mut Tx<'_>, tenant: &Tenant, name_key: &str) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO tenants (id, name, name_key, customer_number, created_at) VALUES ($1, $2, $3, $4, $5)",
        tenant.id,
        &tenant.name,
        name_key,
        &tenant.customer_number,
        tenant.created_at
    )?;
    Ok(())
}

/// All tenants by name.
///
/// # Errors
///
/// Those of the database.
pub async fn list(tx: &mut Tx<'_>) -> Result<Vec<TenantRow>> {
    fetch!(all TenantRow, tx, "SELECT id, name, customer_number, created_at, group_names, group_patch_response FROM tenants ORDER BY name_key")
}

/// The tenant with that name or customer number; the name goes first.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, name_key: &str, customer_number: &str) -> Result<Option<TenantRow>> {
    fetch!(
        opt TenantRow,
        tx,
        "SELECT id, name, customer_number, created_at, group_names, group_patch_response FROM tenants WHERE name_key = $1 OR customer_number = $2
         ORDER BY CASE WHEN name_key = $1 THEN 0 ELSE 1 END LIMIT 1",
        name_key,
        customer_number
    )
}

/// A tenant other than `id` with that name or customer number.
///
/// # Errors
///
/// Those of the database.
pub async fn find_other(
    tx: &mut Tx<'_>,
    id: TenantId,
    name_key: &str,
    customer_number: &str,
) -> Result<Option<TenantRow>> {
    fetch!(
        opt TenantRow,
        tx,
        "SELECT id, name, customer_number, created_at, group_names, group_patch_response FROM tenants
         WHERE id <> $1 AND (name_key = $2 OR customer_number = $3) LIMIT 1",
        id,
        name_key,
        customer_number
    )
}

/// Adds a connection.
///
/// # Errors
///
/// `Unique`, and those of the database.
pub async fn insert_connection(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    id: ConnectionId,
    name: &str,
    name_key: &str,
    at: Ts,
) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO connections (tenant_id, id, name, name_key, created_at) VALUES ($1, $2, $3, $4, $5)",
        scope.tenant(),
        id,
        name,
        name_key,
        at
    )?;
    Ok(())
}

/// The connections of a tenant by name.
///
/// # Errors
///
/// Those of the database.
pub async fn connections(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<ConnectionRow>> {
    fetch!(
        all ConnectionRow,
        tx,
        "SELECT id, name FROM connections WHERE tenant_id = $1 ORDER BY name_key",
        scope.tenant()
    )
}

/// Says what answers a `PATCH` of a group of this tenant.
///
/// # Errors
///
/// Those of the database.
pub async fn set_group_patch_response(tx: &mut Tx<'_>, scope: TenantScope, response: GroupPatchResponse) -> Result<()> {
    exec!(tx, "UPDATE tenants SET group_patch_response = $2 WHERE id = $1", scope.tenant(), response.name())?;
    Ok(())
}

row! {
    /// Numbers about a tenant.
    #[derive(Debug, Clone, Copy)]
    pub struct Headcount {
        /// Employees.
        pub employees: i64,
        /// Locked ones among them.
        pub locked: i64,
        /// Groups.
        pub groups: i64,
    }
}

/// Counts the employees of a tenant.
///
/// # Errors
///
/// Those of the database.
pub async fn headcount(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Headcount> {
    fetch!(
        one Headcount,
        tx,
        "SELECT count(*) AS employees,
                count(CASE WHEN idp_locked_at IS NOT NULL OR admin_locked_at IS NOT NULL THEN 1 END) AS locked,
                (SELECT count(*) FROM groups g WHERE g.tenant_id = $1) AS groups
         FROM employees WHERE tenant_id = $1",
        scope.tenant()
    )
}

row! {
    /// What a tenant's administrators may see and set.
    #[derive(Debug, Clone)]
    pub struct SettingsRow {
        /// The name.
        pub name: String,
        /// The customer number.
        pub customer_number: String,
        /// Where employees reach the administrator.
        pub contact_email: Option<String>,
        /// The same by telephone.
        pub contact_phone: Option<String>,
        /// The language of notifications.
        pub language: String,
        /// The hold, in days.
        pub hold_days: i64,
        /// What becomes of employees made by hand.
        pub handmade_employees: String,
        /// The SIP domain of its telephones, once the operator has set one.
        pub sip_domain: Option<String>,
        /// Counts the changes of settings.
        pub settings_version: i64,
        /// When the tenant was made.
        pub created_at: Ts,
    }
}

impl SettingsRow {
    /// What may be set.
    #[must_use]
    pub fn settings(&self) -> TenantSettings {
        TenantSettings {
            contact_email: self.contact_email.clone(),
            contact_phone: self.contact_phone.clone(),
            language: self.language.clone(),
            hold_days: self.hold_days,
            handmade_employees: HandmadeEmployees::parse(&self.handmade_employees).unwrap_or_default(),
        }
    }
}

/// The settings of the tenant.
///
/// # Errors
///
/// Those of the database.
pub async fn settings(tx: &mut Tx<'_>, scope: TenantScope) -> Result<SettingsRow> {
    fetch!(
        one SettingsRow,
        tx,
        "SELECT name, customer_number, contact_email, contact_phone, language, hold_days, handmade_employees,
                sip_domain, settings_version, created_at FROM tenants WHERE id = $1",
        scope.tenant()
    )
}

/// Writes the settings of the tenant over what they were; `false`: they are not at that version.
///
/// # Errors
///
/// Those of the database.
pub async fn set_settings(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    version: i64,
    settings: &TenantSettings,
) -> Result<bool> {
    let written = exec!(
        tx,
        "UPDATE tenants SET contact_email = $3, contact_phone = $4, language = $5, hold_days = $6, handmade_employees = $7,
             settings_version = settings_version + 1 WHERE id = $1 AND settings_version = $2",
        scope.tenant(),
        version,
        settings.contact_email.as_deref(),
        settings.contact_phone.as_deref(),
        settings.language.as_str(),
        settings.hold_days,
        settings.handmade_employees.name()
    )?;
    Ok(written > 0)
}
