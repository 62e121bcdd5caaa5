//! The operator's use cases for OAuth clients (I2).

use std::time::Duration;

use ipnet::IpNet;

use super::App;
use super::tenants::{self, DEFAULT_CONNECTION, TenantError};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{AuditId, ClientId, ClientKeyId};
use crate::base::jws::PublicKey;
use crate::base::secret::{Token, TokenKind};
use crate::domain::audit::{Action, Actor, AuditRecord, Cause, Subject};
use crate::domain::credential::{ClientKeySummary, ClientSummary, TokenState, end_of_rotated};
use crate::domain::tenant::TenantScope;
use crate::storage::clients::{ClientKeyRow, ClientRow, KeptKey, NewClientRow};
use crate::storage::{self, StorageError, Tx, audit};

/// How long an access token may live (I2).
pub const TOKEN_LIFETIMES: std::ops::RangeInclusive<Duration> = Duration::from_hours(1)..=Duration::from_hours(6);
/// How many secrets and public keys of a client may be active: one in use and its successor (I2).
const MAX_ACTIVE: usize = 2;

/// What to make.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// What the administrator calls it.
    pub label: String,
    /// The connection it opens; `None`: `default`.
    pub connection: Option<String>,
    /// What it proves with who it is; `None`: a secret, which is made.
    pub public_keys: Option<Vec<PublicKey>>,
    /// How long its access tokens live.
    pub token_lifetime: Duration,
    /// How long it lives itself; `None`: until it is revoked.
    pub lifetime: Option<Duration>,
    /// From where it may be used; empty: from anywhere.
    pub allow_from: Vec<IpNet>,
    /// Who made it, e.g. the login name of the operator at the shell.
    pub created_by: String,
}

/// A client, and the secret just made for it; the clear text is shown once.
#[derive(Debug)]
pub struct ClientWithSecret {
    /// What is kept of it.
    pub summary: ClientSummary,
    /// The clear text; `None` where the client signs.
    pub secret: Option<Token>,
}

/// Why an operator's command on a client failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// About the tenant.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The label is empty, too long or holds control characters; or a lifetime is out of bounds.
    #[error("{0}")]
    Invalid(String),
    /// No such connection in this tenant.
    #[error("the tenant has no connection named {0:?}")]
    NoConnection(String),
    /// The client would have more than two active secrets or keys.
    #[error("the client {0} would have more than two active secrets or keys")]
    TooMany(ClientId),
    /// The client has been taken back.
    #[error("the client {0} is revoked or has expired")]
    Dead(ClientId),
    /// No such client in this tenant.
    #[error("there is no client {0} in this tenant")]
    NotFound(ClientId),
    /// No such secret or key of this client.
    #[error("the client has no secret or key {0}")]
    NoKey(ClientKeyId),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl App {
    /// Makes a client with scope `scim`.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn create_client(&self, tenant: &str, new: NewClient) -> Result<ClientWithSecret, ClientError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let label = tenants::label("the label of a client", &new.label).map_err(ClientError::Invalid)?;
        if new.lifetime.is_some_and(|lifetime| lifetime.is_zero()) {
            return Err(ClientError::Invalid("the lifetime of a client must be more than nothing".to_owned()));
        }
        if !TOKEN_LIFETIMES.contains(&new.token_lifetime) {
            return Err(ClientError::Invalid("an access token lives from 1 h to 6 h".to_owned()));
        }
        let id = ClientId::generate();
        let (keys, secret) = self.keys_to_keep(id, new.public_keys)?;
        let now = self.0.clock.now();
        let operator = Actor::Operator(new.created_by.clone());
        let connection = fold(new.connection.as_deref().unwrap_or(DEFAULT_CONNECTION).trim());
        let allow_from = new.allow_from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                let connections = storage::tenants::connections(tx, scope).await?;
                let found = connections.iter().find(|found| fold(&found.name) == connection);
                let found = found.ok_or_else(|| ClientError::NoConnection(connection.clone()))?;
                let row = NewClientRow {
                    id,
                    connection: found.id,
                    label: label.clone(),
                    token_lifetime: i64::try_from(new.token_lifetime.as_secs()).unwrap_or(i64::MAX),
                    allow_from: allow_from.clone(),
                    created_by: new.created_by.clone(),
                    created_at: now,
                    expires_at: new.lifetime.map(|lifetime| now.after(lifetime)),
                };
                storage::clients::insert(tx, scope, &row).await?;
                for key in &keys {
                    storage::clients::insert_key(tx, scope, id, ClientKeyId::generate(), key, now).await?;
                }
                audit::insert(tx, scope, &record(id, Action::ClientCreated, operator.clone(), now)).await?;
                Ok::<_, ClientError>(())
            })
            .await?;
        Ok(ClientWithSecret { summary: self.client(scope, id).await?, secret })
    }

    /// The clients of a tenant, newest first, the dead ones too.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn clients(&self, tenant: &str) -> Result<Vec<ClientSummary>, ClientError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        Ok(self.0.store.read(async move |tx: &mut Tx<'_>| summaries(tx, scope).await).await?)
    }

    /// Gives a client another secret, or other public keys. Those that it has end after `overlap`, or sooner if they
    /// would have anyway; what is to end at once is taken back.
    ///
    /// # Errors
    ///
    /// `TooMany` while an earlier rotation is under way; see [`ClientError`].
    pub async fn rotate_client(
        &self,
        tenant: &str,
        id: ClientId,
        public_keys: Option<Vec<PublicKey>>,
        overlap: Duration,
        operator: &str,
    ) -> Result<ClientWithSecret, ClientError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let (new, secret) = self.keys_to_keep(id, public_keys)?;
        let now = self.0.clock.now();
        let operator = Actor::Operator(operator.to_owned());
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                let client = summaries(tx, scope).await?.into_iter().find(|client| client.id == id);
                let client = client.ok_or(ClientError::NotFound(id))?;
                if client.state(now) != TokenState::Active {
                    return Err(ClientError::Dead(id));
                }
                let mut staying = 0;
                for key in &client.keys {
                    if overlap.is_zero() {
                        // Those that have ended by themselves too: access tokens that they opened may be alive.
                        storage::clients::revoke_key(tx, scope, id, key.id, now).await?;
                    } else if key.state(now) == TokenState::Active {
                        staying += 1;
                        let end = end_of_rotated(key.expires_at, now, overlap);
                        storage::clients::end_key(tx, scope, key.id, end).await?;
                    }
                }
                if staying + new.len() > MAX_ACTIVE {
                    return Err(ClientError::TooMany(id));
                }
                for key in &new {
                    storage::clients::insert_key(tx, scope, id, ClientKeyId::generate(), key, now).await?;
                }
                audit::insert(tx, scope, &record(id, Action::ClientRotated, operator.clone(), now)).await?;
                Ok(())
            })
            .await?;
        Ok(ClientWithSecret { summary: self.client(scope, id).await?, secret })
    }

    /// Takes a client back, at once, and with it every access token it has; or one of its secrets or keys, and with
    /// that the access tokens that were asked for with it. Revoking what is revoked succeeds and changes nothing.
    ///
    /// # Errors
    ///
    /// See [`ClientError`].
    pub async fn revoke_client(
        &self,
        tenant: &str,
        id: ClientId,
        key: Option<ClientKeyId>,
        operator: &str,
    ) -> Result<ClientSummary, ClientError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let now = self.0.clock.now();
        let operator = Actor::Operator(operator.to_owned());
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                let revoked = match key {
                    None => storage::clients::revoke(tx, scope, id, now).await?,
                    Some(key) => storage::clients::revoke_key(tx, scope, id, key, now).await?,
                };
                if revoked {
                    audit::insert(tx, scope, &record(id, Action::ClientRevoked, operator.clone(), now)).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await?;
        let client = self.client(scope, id).await?;
        match key.filter(|key| client.keys.iter().all(|known| known.id != *key)) {
            Some(unknown) => Err(ClientError::NoKey(unknown)),
            None => Ok(client),
        }
    }

    async fn client(&self, scope: TenantScope, id: ClientId) -> Result<ClientSummary, ClientError> {
        let all = self.0.store.read(async move |tx: &mut Tx<'_>| summaries(tx, scope).await).await?;
        all.into_iter().find(|client| client.id == id).ok_or(ClientError::NotFound(id))
    }

    fn keys_to_keep(
        &self,
        id: ClientId,
        public_keys: Option<Vec<PublicKey>>,
    ) -> Result<(Vec<KeptKey>, Option<Token>), ClientError> {
        match public_keys {
            None => {
                let secret = Token::generate_kind(TokenKind::ClientSecret)?;
                Ok((vec![KeptKey::Secret(self.0.hash_key.hash(&secret))], Some(secret)))
            }
            Some(keys) if keys.len() > MAX_ACTIVE => Err(ClientError::TooMany(id)),
            Some(keys) => Ok((keys.iter().map(|key| KeptKey::PublicKey(key.to_json())).collect(), None)),
        }
    }
}

/// The clients of a tenant with their secrets and keys.
pub(super) async fn summaries(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<ClientSummary>, StorageError> {
    let mut clients = Vec::new();
    for row in storage::clients::list(tx, scope).await? {
        let keys = storage::clients::keys(tx, scope.tenant(), row.id).await?;
        clients.push(summary(row, &keys));
    }
    Ok(clients)
}

fn summary(row: ClientRow, keys: &[ClientKeyRow]) -> ClientSummary {
    ClientSummary {
        id: row.id,
        label: row.label,
        connection: row.connection,
        scope: row.scope,
        token_lifetime: row.token_lifetime,
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
        last_used_from: row.last_used_from,
        last_refused_at: row.last_refused_at,
        last_refused_for: row.last_refused_for,
        allow_from: super::tokens::networks(&row.allow_from),
        keys: keys.iter().map(key_summary).collect(),
    }
}

fn key_summary(row: &ClientKeyRow) -> ClientKeySummary {
    ClientKeySummary {
        id: row.id,
        kind: if row.secret_hash.is_some() { "secret" } else { "public_key" }.to_owned(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
    }
}

fn record(client: ClientId, action: Action, actor: Actor, at: Ts) -> AuditRecord {
    AuditRecord {
        id: AuditId::generate(),
        at,
        actor,
        cause: Cause::Command,
        action,
        subject: Subject::Client(client),
        changes: serde_json::Map::new(),
    }
}
