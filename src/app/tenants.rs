//! The operator's use cases for tenants.

use super::App;
use crate::domain::tenant::{Connection, Tenant};
use crate::storage::StorageError;

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
    /// No tenant has the name.
    #[error("there is no tenant named {0:?}")]
    NotFound(String),
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
    /// How many tokens can be used.
    pub active_tokens: u64,
}

impl App {
    /// Makes a tenant with the connection `default`.
    ///
    /// # Errors
    ///
    /// `Invalid`, `NameTaken`, `CustomerNumberTaken`, `Storage`.
    pub async fn create_tenant(&self, name: &str, customer_number: &str) -> Result<Tenant, TenantError> {
        let _ = (name, customer_number);
        todo!()
    }

    /// All tenants by name.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, TenantError> {
        todo!()
    }

    /// One tenant, by name or customer number.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn tenant(&self, name: &str) -> Result<TenantOverview, TenantError> {
        let _ = name;
        todo!()
    }
}
