//! Tenants and their connections.

use super::error::Result;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TenantId};
use crate::domain::tenant::{Tenant, TenantScope};

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
    fetch!(all TenantRow, tx, "SELECT id, name, customer_number, created_at FROM tenants ORDER BY name_key")
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
        "SELECT id, name, customer_number, created_at FROM tenants WHERE name_key = $1 OR customer_number = $2
         ORDER BY CASE WHEN name_key = $1 THEN 0 ELSE 1 END LIMIT 1",
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

row! {
    /// Numbers about a tenant.
    #[derive(Debug, Clone, Copy)]
    pub struct Headcount {
        /// Employees.
        pub employees: i64,
        /// Locked ones among them.
        pub locked: i64,
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
                count(CASE WHEN idp_locked_at IS NOT NULL OR admin_locked_at IS NOT NULL THEN 1 END) AS locked
         FROM employees WHERE tenant_id = $1",
        scope.tenant()
    )
}
