//! Who is calling: a provisioning credential becomes a scope.

use std::net::IpAddr;
use std::sync::Arc;

use super::App;
use crate::base::ids::{ConnectionId, TokenId};
use crate::domain::tenant::TenantScope;
use crate::storage::StorageError;

/// An identity provider that has proven who it is.
#[derive(Debug, Clone)]
pub struct ProvisioningClient {
    pub(super) scope: TenantScope,
    pub(super) connection: ConnectionId,
    pub(super) token: TokenId,
    pub(super) token_label: Arc<str>,
}

impl ProvisioningClient {
    /// The tenant it may touch.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        self.scope
    }
}

/// Why a credential was refused. The caller answers all but `Storage` alike; the reason is for the tenant's own eyes.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// There is no bearer token.
    #[error("the request carries no bearer token")]
    Missing,
    /// No such token, or a text that cannot be one.
    #[error("the bearer token is not known")]
    Unknown,
    /// The token was good once.
    #[error("the bearer token has expired")]
    Expired,
    /// The token was taken back.
    #[error("the bearer token has been revoked")]
    Revoked,
    /// The token is tied to other addresses.
    #[error("the bearer token may not be used from this address")]
    Address,
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl App {
    /// Checks a bearer token that came from `peer`.
    ///
    /// # Errors
    ///
    /// See [`AuthenticationError`].
    pub async fn authenticate(
        &self,
        bearer: Option<&str>,
        peer: IpAddr,
    ) -> Result<ProvisioningClient, AuthenticationError> {
        let _ = (bearer, peer);
        todo!()
    }
}
