//! Work that takes a processor or much memory for long: a few at a time, and one of a tenant, so that no tenant keeps the
//! others waiting.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::administration::AdministrationError;
use crate::domain::tenant::TenantScope;
use crate::storage::Turns;

/// See the module.
pub(crate) struct Turnstile {
    tenants: Turns,
    places: Arc<Semaphore>,
    patience: Duration,
}

/// A place in it, until it is dropped.
pub(crate) struct Place {
    _tenant: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Turnstile {
    /// So many places, for each of which one waits so long.
    pub(crate) fn new(places: usize, patience: Duration) -> Self {
        Self { tenants: Turns::new(patience), places: Arc::new(Semaphore::new(places)), patience }
    }

    /// Waits until none of the tenant and few of others are at it.
    ///
    /// # Errors
    ///
    /// `Crowded`, where that takes too long.
    pub(crate) async fn enter(&self, scope: TenantScope) -> Result<Place, AdministrationError> {
        let crowded = |_| AdministrationError::Crowded;
        let tenant = self.tenants.take(scope).await.map_err(crowded)?;
        let place = tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| AdministrationError::Crowded)?.map_err(|_| AdministrationError::Crowded)?;
        Ok(Place { _tenant: tenant, _place: place })
    }
}

/// Does what takes a processor for long on a thread of its own, where it keeps nobody waiting.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Turnstile;
    use crate::base::ids::TenantId;
    use crate::domain::tenant::TenantScope;

    #[tokio::test]
    async fn one_tenant_has_one_place_and_leaves_the_others_to_others() {
        let turnstile = Turnstile::new(2, Duration::from_millis(1));
        let [acme, contoso, fabrikam] = [(); 3].map(|()| TenantScope::vouched(TenantId::generate()));
        let first = turnstile.enter(acme).await.unwrap();
        assert!(turnstile.enter(acme).await.is_err(), "he is at it already");
        let second = turnstile.enter(contoso).await.unwrap();
        assert!(turnstile.enter(fabrikam).await.is_err(), "all places are taken");
        drop(first);
        turnstile.enter(fabrikam).await.unwrap();
        drop(second);
        turnstile.enter(acme).await.unwrap();
    }
}
