//! What the operator can look up about the employees of a tenant.

use super::App;
use super::tenants::TenantError;
use crate::base::ids::EmployeeId;
use crate::domain::employee::EmployeeSummary;

/// Which employees.
#[derive(Debug, Clone)]
pub struct EmployeeQuery {
    /// Only those whose user name, name or e-mail address contains this text, letter case aside.
    pub containing: Option<String>,
    /// Only locked ones.
    pub only_locked: bool,
    /// Only those after this one (the last of the page before).
    pub after: Option<EmployeeId>,
    /// How many, at most.
    pub limit: u32,
}

impl App {
    /// The employees of a tenant, in the order in which they came.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn employees(&self, tenant: &str, query: EmployeeQuery) -> Result<Vec<EmployeeSummary>, TenantError> {
        let _ = (tenant, query);
        todo!()
    }
}
