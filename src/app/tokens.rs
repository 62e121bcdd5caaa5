//! The operator's use cases for provisioning tokens (I1).

use std::time::Duration;

use ipnet::IpNet;

use super::App;
use super::tenants::TenantError;
use crate::base::ids::TokenId;
use crate::base::secret::Token;
use crate::domain::credential::TokenSummary;
use crate::storage::StorageError;

/// What to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What the administrator calls it.
    pub label: String,
    /// How long it lives; `None`: until it is revoked.
    pub lifetime: Option<Duration>,
    /// From where it may be used; empty: from anywhere.
    pub allow_from: Vec<IpNet>,
    /// Who made it, e.g. the login name of the operator at the shell.
    pub created_by: String,
}

/// A token just made; the clear text is shown once.
#[derive(Debug)]
pub struct CreatedToken {
    /// What is kept of it.
    pub summary: TokenSummary,
    /// The clear text.
    pub token: Token,
}

/// Why an operator's command on a token failed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// About the tenant.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The label is empty, too long or holds control characters; or the lifetime is zero.
    #[error("{0}")]
    Invalid(String),
    /// The connection has two active tokens.
    #[error("the connection has two active tokens already ({0}); revoke one first")]
    TooMany(String),
    /// No such token in this tenant.
    #[error("there is no token {0} in this tenant")]
    NotFound(String),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl App {
    /// Makes a token with scope `scim` for the tenant's connection `default`.
    ///
    /// # Errors
    ///
    /// See [`TokenError`].
    pub async fn create_token(&self, tenant: &str, new: NewToken) -> Result<CreatedToken, TokenError> {
        let _ = (tenant, new);
        todo!()
    }

    /// The tokens of a tenant, newest first, the dead ones too.
    ///
    /// # Errors
    ///
    /// See [`TokenError`].
    pub async fn tokens(&self, tenant: &str) -> Result<Vec<TokenSummary>, TokenError> {
        let _ = tenant;
        todo!()
    }

    /// Takes a token back, at once. Revoking a revoked token succeeds and changes nothing.
    ///
    /// # Errors
    ///
    /// See [`TokenError`].
    pub async fn revoke_token(&self, tenant: &str, id: TokenId) -> Result<TokenSummary, TokenError> {
        let _ = (tenant, id);
        todo!()
    }
}
