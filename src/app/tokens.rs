//! The operator's use cases for provisioning tokens (I1).

use std::time::Duration;

use ipnet::IpNet;

use super::App;
use super::credentials::{record, stored, summary};
use super::keys::{self, KeyError};
use super::tenants::{self, DEFAULT_CONNECTION, TenantError};
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TokenId};
use crate::base::secret::{Token, TokenKind};
use crate::domain::audit::{Action, Subject};
use crate::domain::credential::{TokenScope, TokenState, TokenSummary, end_of_rotated};
use crate::domain::tenant::TenantScope;
use crate::storage::{self, StorageError, Tx, audit};

/// What to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it opens.
    pub scope: TokenScope,
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
    /// As many tokens are active as may be.
    #[error("{tenant} has {} active tokens of this kind already; revoke one first", .scope.most_active())]
    TooMany {
        /// The tenant's name.
        tenant: String,
        /// What they open.
        scope: TokenScope,
    },
    /// No such token in this tenant.
    #[error("there is no token {0} in this tenant")]
    NotFound(String),
    /// The token is dead already and cannot have a successor.
    #[error("the token {0} is revoked or has expired")]
    Dead(TokenId),
    /// A token that is made under this key would be refused by the daemon.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl App {
    /// Makes a token: for SCIM one of the tenant's connection `default`, for the admin API one of the tenant itself.
    ///
    /// # Errors
    ///
    /// See [`TokenError`].
    pub async fn create_token(&self, tenant: &str, new: NewToken) -> Result<CreatedToken, TokenError> {
        let (tenant, scope) = self.tenant_by_name(tenant).await?;
        let label = tenants::label("the label of a token", &new.label).map_err(TokenError::Invalid)?;
        if new.lifetime.is_some_and(|lifetime| lifetime.is_zero()) {
            return Err(TokenError::Invalid("the lifetime of a token must be more than nothing".to_owned()));
        }
        let token = Token::generate(TokenKind::Provisioning, &self.0.hash_key)?;
        let now = self.0.clock.now();
        let (hash, key) = (self.0.hash_key.hash(&token), self.0.hash_key.fingerprint());
        let id = TokenId::generate();
        let allow_from = stored(&new.allow_from);
        let rows = self
            .0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                keys::vouch(tx, &key, now).await?;
                let connection = match new.scope {
                    TokenScope::Scim => Some(default_connection(tx, scope).await?),
                    TokenScope::AdminRead | TokenScope::AdminWrite => None,
                };
                if storage::tokens::count_active(tx, scope, connection, now).await? >= new.scope.most_active() {
                    return Err(TokenError::TooMany { tenant: tenant.name.clone(), scope: new.scope });
                }
                let row = storage::tokens::NewTokenRow {
                    id,
                    connection,
                    scope: new.scope,
                    label: label.clone(),
                    hash,
                    allow_from: allow_from.clone(),
                    created_by: new.created_by.clone(),
                    created_at: now,
                    expires_at: new.lifetime.map(|lifetime| now.after(lifetime)),
                };
                storage::tokens::insert(tx, scope, &row).await?;
                audit::insert(tx, scope, &record(Subject::Token(id), Action::TokenCreated, &new.created_by, now))
                    .await?;
                Ok(storage::tokens::list(tx, scope).await?)
            })
            .await?;
        let row = rows.into_iter().find(|row| row.id == id.uuid()).ok_or(StorageError::NoRow)?;
        Ok(CreatedToken { summary: summary(row), token })
    }

    /// Gives a token a successor with the same label and addresses, that lives as long as the old one was made to;
    /// `lifetime` replaces that. The old one ends after `overlap`, or sooner if it would have anyway; at once when that is
    /// nothing.
    ///
    /// # Errors
    ///
    /// `TooMany` while an earlier rotation is under way; see [`TokenError`].
    pub async fn rotate_token(
        &self,
        tenant: &str,
        old: TokenId,
        lifetime: Option<Duration>,
        overlap: Duration,
        operator: &str,
    ) -> Result<CreatedToken, TokenError> {
        let (tenant, scope) = self.tenant_by_name(tenant).await?;
        let token = Token::generate(TokenKind::Provisioning, &self.0.hash_key)?;
        let now = self.0.clock.now();
        let (hash, key) = (self.0.hash_key.hash(&token), self.0.hash_key.fingerprint());
        let id = TokenId::generate();
        let operator = operator.to_owned();
        let rows = self
            .0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                keys::vouch(tx, &key, now).await?;
                let row = storage::tokens::find(tx, scope, old).await?;
                let row = row.ok_or_else(|| TokenError::NotFound(old.to_string()))?;
                if TokenState::of(row.revoked_at, row.expires_at, now) != TokenState::Active {
                    return Err(TokenError::Dead(old));
                }
                let opens = TokenScope::parse(&row.scope).ok_or(StorageError::NoRow)?;
                if overlap.is_zero() {
                    storage::tokens::revoke(tx, scope, old, now).await?;
                } else if storage::tokens::count_active(tx, scope, row.connection_id, now).await? >= opens.most_active()
                {
                    return Err(TokenError::TooMany { tenant: tenant.name.clone(), scope: opens });
                } else {
                    let end = end_of_rotated(row.expires_at, now, overlap);
                    storage::tokens::end(tx, scope, old, end).await?;
                }
                let lifetime = lifetime.or_else(|| row.meant_until.map(|end| row.created_at.until(end)));
                let successor = storage::tokens::NewTokenRow {
                    id,
                    connection: row.connection_id,
                    scope: opens,
                    label: row.label,
                    hash,
                    allow_from: row.allow_from,
                    created_by: operator.clone(),
                    created_at: now,
                    expires_at: lifetime.map(|lifetime| now.after(lifetime)),
                };
                storage::tokens::insert(tx, scope, &successor).await?;
                audit::insert(tx, scope, &record(Subject::Token(old), Action::TokenRotated, &operator, now)).await?;
                audit::insert(tx, scope, &record(Subject::Token(id), Action::TokenCreated, &operator, now)).await?;
                Ok(storage::tokens::list(tx, scope).await?)
            })
            .await?;
        let row = rows.into_iter().find(|row| row.id == id.uuid()).ok_or(StorageError::NoRow)?;
        Ok(CreatedToken { summary: summary(row), token })
    }

    /// The tokens of a tenant, newest first, the dead ones too.
    ///
    /// # Errors
    ///
    /// See [`TokenError`].
    pub async fn tokens(&self, tenant: &str) -> Result<Vec<TokenSummary>, TokenError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let rows = self.0.store.read(async move |tx: &mut Tx<'_>| storage::tokens::list(tx, scope).await).await?;
        Ok(rows.into_iter().map(summary).collect())
    }

    /// Takes a token back, at once. Revoking a revoked token succeeds and changes nothing.
    ///
    /// # Errors
    ///
    /// See [`TokenError`].
    pub async fn revoke_token(&self, tenant: &str, id: TokenId, operator: &str) -> Result<TokenSummary, TokenError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let now = self.0.clock.now();
        let operator = operator.to_owned();
        let rows = self
            .0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                if storage::tokens::revoke(tx, scope, id, now).await? {
                    audit::insert(tx, scope, &record(Subject::Token(id), Action::TokenRevoked, &operator, now)).await?;
                }
                storage::tokens::list(tx, scope).await
            })
            .await?;
        let row =
            rows.into_iter().find(|row| row.id == id.uuid()).ok_or_else(|| TokenError::NotFound(id.to_string()))?;
        Ok(summary(row))
    }

    /// The clock's now, for [`TokenSummary::state`].
    #[must_use]
    pub fn now(&self) -> Ts {
        self.0.clock.now()
    }
}

async fn default_connection(tx: &mut Tx<'_>, scope: TenantScope) -> Result<ConnectionId, StorageError> {
    let connections = storage::tenants::connections(tx, scope).await?;
    let connection = connections.iter().find(|connection| connection.name == DEFAULT_CONNECTION);
    connection.map(|connection| connection.id).ok_or(StorageError::NoRow)
}
