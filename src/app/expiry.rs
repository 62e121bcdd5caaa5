//! Credentials whose end has to be announced (I3).

use super::App;
use super::tenants::TenantError;
use crate::base::clock::Ts;
use crate::domain::credential::{TokenState, announcement_due};
use crate::storage::credentials::CredentialRow;
use crate::storage::{self, StorageError, Tx};

/// A credential that ends soon.
#[derive(Debug, Clone)]
pub struct ExpiringCredential {
    /// The tenant's name.
    pub tenant: String,
    /// `token` or `client`.
    pub kind: &'static str,
    /// The credential's identifier.
    pub id: uuid::Uuid,
    /// What its administrator calls it: for his eyes, not for the log.
    pub label: String,
    /// When it ends.
    pub expires_at: Ts,
    /// The announcement that is due: so many days are left at most.
    pub days: u8,
}

impl App {
    /// The credentials of all tenants whose end is to be announced now, the soonest first.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn expiring_credentials(&self) -> Result<Vec<ExpiringCredential>, TenantError> {
        let now = self.0.clock.now();
        let mut expiring = Vec::new();
        for (tenant, scope) in self.every_tenant().await? {
            let (tokens, clients) = self
                .0
                .store
                .read(async move |tx: &mut Tx<'_>| {
                    Ok::<_, StorageError>((
                        storage::tokens::list(tx, scope).await?,
                        storage::clients::list(tx, scope).await?,
                    ))
                })
                .await?;
            let tokens = tokens.into_iter().map(|row| ("token", row));
            let clients = clients.into_iter().map(|row| ("client", row));
            for (kind, CredentialRow { id, label, revoked_at, expires_at, .. }) in tokens.chain(clients) {
                let active = TokenState::of(revoked_at, expires_at, now) == TokenState::Active;
                if let (true, Some(expires_at), Some(days)) = (active, expires_at, announcement_due(expires_at, now)) {
                    let tenant = tenant.name.clone();
                    expiring.push(ExpiringCredential { tenant, kind, id, label, expires_at, days });
                }
            }
        }
        expiring.sort_by_key(|credential| credential.expires_at);
        Ok(expiring)
    }

    /// Warns in the log of every credential that ends soon, by its identifier (R1); gives their number.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn announce_expiries(&self) -> Result<usize, TenantError> {
        let expiring = self.expiring_credentials().await?;
        for credential in &expiring {
            tracing::warn!(
                credential.id = %credential.id,
                credential.kind = credential.kind,
                expires_at = %credential.expires_at,
                days = credential.days,
                "a credential of an identity provider ends soon; provisioning stops with it"
            );
        }
        Ok(expiring.len())
    }
}
