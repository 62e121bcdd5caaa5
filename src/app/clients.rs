//! The operator's use cases for OAuth clients (I2).

use std::time::Duration;

use ipnet::IpNet;

use super::App;
use super::credentials::{self, record, stored};
use super::keys::{self, KeyError};
use super::tenants::{self, DEFAULT_CONNECTION, TenantError};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{ClientId, ClientKeyId};
use crate::base::jws::PublicKey;
use crate::base::secret::{Token, TokenKind};
use crate::domain::audit::{Action, Subject};
use crate::domain::credential::{ClientKeySummary, ClientSummary, TokenState, end_of_rotated};
use crate::domain::tenant::TenantScope;
use crate::storage::clients::{ClientKeyRow, KeptKey, NewClientRow};
use crate::storage::{self, StorageError, Tx, audit};

/// How long an access token may live (I2).
pub const TOKEN_LIFETIMES: std::ops::RangeInclusive<Duration> = Duration::from_hours(1)..=Duration::from_hours(6);
/// How many secrets and public keys of a client may be active: one in use and its successor (I2).
const MAX_ACTIVE: usize = 2;
/// How long a dead secret or key is shown, and a dead public key remembered that must not come back.
const DEAD_KEPT: Duration = Duration::from_hours(30 * 24);

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
    /// A public key that the client has, or that is there twice.
    #[error("the client has, or had, a public key that is given to it again")]
    SameKey,
    /// A secret that is made under this key would be refused by the daemon.
    #[error(transparent)]
    Key(#[from] KeyError),
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
        let (now, fingerprint) = (self.0.clock.now(), self.0.hash_key.fingerprint());
        let connection = fold(new.connection.as_deref().unwrap_or(DEFAULT_CONNECTION).trim());
        let allow_from = stored(&new.allow_from);
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
                keep_keys(tx, scope, id, &keys, &fingerprint, now).await?;
                let created = record(Subject::Client(id), Action::ClientCreated, &new.created_by, now);
                audit::insert(tx, scope, &created).await?;
                Ok::<_, ClientError>(())
            })
            .await?;
        Ok(ClientWithSecret { summary: self.client(scope, id).await?, secret })
    }

    /// The clients of a tenant, newest first, the dead ones too; those of their secrets and keys for thirty days.
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
        let (now, fingerprint) = (self.0.clock.now(), self.0.hash_key.fingerprint());
        let operator = operator.to_owned();
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                let client = storage::clients::list(tx, scope).await?.into_iter().find(|client| client.id == id.uuid());
                let client = client.ok_or(ClientError::NotFound(id))?;
                if TokenState::of(client.revoked_at, client.expires_at, now) != TokenState::Active {
                    return Err(ClientError::Dead(id));
                }
                storage::clients::purge_keys(tx, scope, id, now.before(DEAD_KEPT)).await?;
                let mut staying = 0;
                for key in storage::clients::keys(tx, scope.tenant(), id).await? {
                    if new.iter().any(|new| new.is(&key)) {
                        return Err(ClientError::SameKey);
                    }
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
                keep_keys(tx, scope, id, &new, &fingerprint, now).await?;
                let rotated = record(Subject::Client(id), Action::ClientRotated, &operator, now);
                Ok(audit::insert(tx, scope, &rotated).await?)
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
        let operator = operator.to_owned();
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                let revoked = match key {
                    None => storage::clients::revoke(tx, scope, id, now).await?,
                    Some(key) => storage::clients::revoke_key(tx, scope, id, key, now).await?,
                };
                if revoked {
                    audit::insert(tx, scope, &record(Subject::Client(id), Action::ClientRevoked, &operator, now))
                        .await?;
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
        all.into_iter().find(|client| client.credential.id == id).ok_or(ClientError::NotFound(id))
    }

    fn keys_to_keep(
        &self,
        id: ClientId,
        public_keys: Option<Vec<PublicKey>>,
    ) -> Result<(Vec<NewKey>, Option<Token>), ClientError> {
        let Some(keys) = public_keys else {
            let secret = Token::generate(TokenKind::ClientSecret, &self.0.hash_key)?;
            return Ok((vec![NewKey::Secret(self.0.hash_key.hash(&secret))], Some(secret)));
        };
        if keys.len() > MAX_ACTIVE {
            return Err(ClientError::TooMany(id));
        }
        if let [one, other] = keys.as_slice()
            && one.is_same(other)
        {
            return Err(ClientError::SameKey);
        }
        Ok((keys.into_iter().map(NewKey::Public).collect(), None))
    }
}

/// What a client gets to prove who it is with.
enum NewKey {
    /// The keyed hash of a secret.
    Secret([u8; 32]),
    Public(PublicKey),
}

impl NewKey {
    /// Whether it is kept already. Secrets are random; no two are one.
    fn is(&self, row: &ClientKeyRow) -> bool {
        let kept = || PublicKey::from_stored(row.public_key.as_deref()?);
        matches!(self, Self::Public(new) if kept().is_some_and(|kept| kept.is_same(new)))
    }
}

async fn keep_keys(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    client: ClientId,
    new: &[NewKey],
    fingerprint: &[u8; 32],
    now: Ts,
) -> Result<(), ClientError> {
    for key in new {
        let kept = match key {
            NewKey::Secret(hash) => {
                keys::vouch(tx, fingerprint, now).await?;
                KeptKey::Secret(*hash)
            }
            NewKey::Public(key) => KeptKey::PublicKey(key.to_json()),
        };
        storage::clients::insert_key(tx, scope, client, ClientKeyId::generate(), &kept, now).await?;
    }
    Ok(())
}

/// The clients of a tenant with their secrets and keys.
async fn summaries(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<ClientSummary>, StorageError> {
    let mut clients = Vec::new();
    for row in storage::clients::list(tx, scope).await? {
        let token_lifetime = row.token_lifetime.unwrap_or_default();
        let credential = credentials::summary::<ClientId>(row);
        let keys = storage::clients::keys(tx, scope.tenant(), credential.id).await?;
        clients.push(ClientSummary { credential, token_lifetime, keys: keys.iter().map(key_summary).collect() });
    }
    Ok(clients)
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
