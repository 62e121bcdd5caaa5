//! Whose turn it is, where one of a tenant shall do something at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Result, StorageError};
use crate::base::ids::TenantId;
use crate::domain::tenant::TenantScope;

/// One turn a tenant.
pub(crate) struct Turns {
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
    patience: Duration,
}

impl Turns {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { tenants: Mutex::default(), patience }
    }

    /// Waits for the tenant's turn; it ends when the permit is dropped.
    pub(crate) async fn take(&self, scope: TenantScope) -> Result<OwnedSemaphorePermit> {
        let turn = {
            let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            // Turns that nobody holds or waits for need not be remembered.
            if tenants.len() > 1024 {
                tenants.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            Arc::clone(tenants.entry(scope.tenant()).or_insert_with(|| Arc::new(Semaphore::new(1))))
        };
        let permit = tokio::time::timeout(self.patience, turn.acquire_owned()).await;
        permit.map_err(|_| StorageError::Busy)?.map_err(|_| StorageError::Closed)
    }
}
