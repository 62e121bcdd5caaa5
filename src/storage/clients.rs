//! OAuth clients of identity providers: what they prove who they are with, and the access tokens they have got.

use super::credentials::CredentialRow;
use super::error::Result;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{AccessTokenId, ClientId, ClientKeyId, ConnectionId, TenantId};
use crate::domain::credential::TokenState;
use crate::domain::tenant::TenantScope;

row! {
    /// What a `client_id` leads to.
    #[derive(Debug, Clone)]
    pub struct FoundClientRow {
        /// The tenant it opens.
        pub tenant_id: TenantId,
        /// What it may ask for.
        pub scope: String,
        /// How long its access tokens live, in seconds.
        pub token_lifetime: i64,
        /// When it dies by itself.
        pub expires_at: Option<Ts>,
        /// When it was taken back.
        pub revoked_at: Option<Ts>,
        /// From where it may be used: networks separated by blanks.
        pub allow_from: String,
    }
}

/// A query without a scope: the credential is what names the tenant (T1). The client has proven nothing yet.
///
/// # Errors
///
/// Those of the database.
pub async fn find_by_id(tx: &mut Tx<'_>, id: ClientId) -> Result<Option<FoundClientRow>> {
    fetch!(
        opt FoundClientRow,
        tx,
        "SELECT tenant_id, scope, token_lifetime, expires_at, revoked_at, allow_from FROM clients WHERE id = $1",
        id
    )
}

row! {
    /// A secret or a public key.
    #[derive(Debug, Clone)]
    pub struct ClientKeyRow {
        /// The identifier.
        pub id: ClientKeyId,
        /// The keyed hash of a secret.
        pub secret_hash: Option<Vec<u8>>,
        /// A public key as a JWK.
        pub public_key: Option<String>,
        /// When it was made.
        pub created_at: Ts,
        /// When it dies by itself.
        pub expires_at: Option<Ts>,
        /// When it was taken back.
        pub revoked_at: Option<Ts>,
        /// When it was used last.
        pub last_used_at: Option<Ts>,
    }
}

impl ClientKeyRow {
    /// Whether the secret or key can be used at `now`.
    #[must_use]
    pub fn state(&self, now: Ts) -> TokenState {
        TokenState::of(self.revoked_at, self.expires_at, now)
    }
}

/// The secrets and public keys of a client, newest first, the dead ones too.
///
/// # Errors
///
/// Those of the database.
pub async fn keys(tx: &mut Tx<'_>, tenant: TenantId, client: ClientId) -> Result<Vec<ClientKeyRow>> {
    fetch!(
        all ClientKeyRow,
        tx,
        "SELECT id, secret_hash, public_key, created_at, expires_at, revoked_at, last_used_at FROM client_keys
         WHERE tenant_id = $1 AND client_id = $2 ORDER BY id DESC",
        tenant,
        client
    )
}

row! {
    /// What the hash of an access token leads to.
    #[derive(Debug, Clone)]
    pub struct FoundAccessTokenRow {
        /// The tenant it opens.
        pub tenant_id: TenantId,
        /// The connection it opens.
        pub connection_id: ConnectionId,
        /// Who asked for it.
        pub client_id: ClientId,
        /// The hash, for a comparison in constant time.
        pub hash: Vec<u8>,
        /// What it may do.
        pub scope: String,
        /// When it dies by itself.
        pub expires_at: Ts,
        /// When its client dies by himself.
        pub client_expires_at: Option<Ts>,
        /// When its client was taken back.
        pub client_revoked_at: Option<Ts>,
        /// When the secret or key it was asked for with was taken back.
        pub key_revoked_at: Option<Ts>,
        /// From where it may be used: networks separated by blanks.
        pub allow_from: String,
    }
}

/// A query without a scope: the credential is what names the tenant (T1).
///
/// # Errors
///
/// Those of the database.
pub async fn find_access_token(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<FoundAccessTokenRow>> {
    fetch!(
        opt FoundAccessTokenRow,
        tx,
        "SELECT a.tenant_id, c.connection_id, a.client_id, a.hash, c.scope, a.expires_at,
                c.expires_at AS client_expires_at, c.revoked_at AS client_revoked_at, k.revoked_at AS key_revoked_at,
                c.allow_from
         FROM access_tokens a
         JOIN clients c ON c.tenant_id = a.tenant_id AND c.id = a.client_id
         JOIN client_keys k ON k.tenant_id = a.tenant_id AND k.id = a.client_key_id
         WHERE a.hash = $1",
        hash
    )
}

/// The clients of a tenant, newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn list(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<CredentialRow>> {
    fetch!(
        all CredentialRow,
        tx,
        "SELECT t.id, t.label, c.name AS connection, t.scope, t.token_lifetime, t.created_by, t.created_at,
                t.expires_at, t.revoked_at, t.last_used_at, t.last_used_from, t.last_refused_at, t.last_refused_for,
                t.allow_from
         FROM clients t JOIN connections c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
         WHERE t.tenant_id = $1 ORDER BY t.id DESC",
        scope.tenant()
    )
}

/// A client to be kept.
#[derive(Debug, Clone)]
pub struct NewClientRow {
    /// The identifier.
    pub id: ClientId,
    /// The connection it opens.
    pub connection: ConnectionId,
    /// What the administrator calls it.
    pub label: String,
    /// How long its access tokens live, in seconds.
    pub token_lifetime: i64,
    /// Networks separated by blanks.
    pub allow_from: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Ts,
    /// When it dies by itself.
    pub expires_at: Option<Ts>,
}

/// Keeps a client with scope `scim`.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, client: &NewClientRow) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO clients (tenant_id, id, connection_id, label, scope, token_lifetime, allow_from, created_by,
                              created_at, expires_at)
         VALUES ($1, $2, $3, $4, 'scim', $5, $6, $7, $8, $9)",
        scope.tenant(),
        client.id,
        client.connection,
        &client.label,
        client.token_lifetime,
        &client.allow_from,
        &client.created_by,
        client.created_at,
        client.expires_at
    )?;
    Ok(())
}

/// The secrets and public keys that a client may mean: those that can be used at `now`, then those made last, four in
/// all. One that has just died is worth knowing, and none makes a request dearer for ever.
///
/// # Errors
///
/// Those of the database.
pub async fn keys_in_question(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    client: ClientId,
    now: Ts,
) -> Result<Vec<ClientKeyRow>> {
    fetch!(
        all ClientKeyRow,
        tx,
        "SELECT id, secret_hash, public_key, created_at, expires_at, revoked_at, last_used_at FROM client_keys
         WHERE tenant_id = $1 AND client_id = $2
         ORDER BY CASE WHEN revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3) THEN 0 ELSE 1 END, id DESC
         LIMIT 4",
        tenant,
        client,
        now
    )
}

/// Forgets the secrets and keys of a client that were dead at `then`, and the access tokens that were asked for with
/// them.
///
/// # Errors
///
/// Those of the database.
pub async fn purge_keys(tx: &mut Tx<'_>, scope: TenantScope, client: ClientId, then: Ts) -> Result<()> {
    exec!(
        tx,
        "DELETE FROM access_tokens WHERE tenant_id = $1 AND client_id = $2 AND client_key_id IN (
             SELECT id FROM client_keys
             WHERE tenant_id = $1 AND client_id = $2 AND (revoked_at <= $3 OR expires_at <= $3))",
        scope.tenant(),
        client,
        then
    )?;
    exec!(
        tx,
        "DELETE FROM client_keys WHERE tenant_id = $1 AND client_id = $2 AND (revoked_at <= $3 OR expires_at <= $3)",
        scope.tenant(),
        client,
        then
    )?;
    Ok(())
}

/// What a client proves with who he is, as it is kept.
#[derive(Debug, Clone)]
pub enum KeptKey {
    /// The keyed hash of a secret.
    Secret([u8; 32]),
    /// A public key as a JWK.
    PublicKey(String),
}

/// Keeps a secret or a public key of a client.
///
/// # Errors
///
/// Those of the database.
pub async fn insert_key(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    client: ClientId,
    id: ClientKeyId,
    key: &KeptKey,
    at: Ts,
) -> Result<()> {
    let (secret_hash, public_key) = match key {
        KeptKey::Secret(hash) => (Some(hash.as_slice()), None),
        KeptKey::PublicKey(jwk) => (None, Some(jwk.as_str())),
    };
    exec!(
        tx,
        "INSERT INTO client_keys (tenant_id, id, client_id, secret_hash, public_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        scope.tenant(),
        id,
        client,
        secret_hash,
        public_key,
        at
    )?;
    Ok(())
}

/// Says when a secret or key that can still be used will end.
///
/// # Errors
///
/// Those of the database.
pub async fn end_key(tx: &mut Tx<'_>, scope: TenantScope, id: ClientKeyId, end: Ts) -> Result<()> {
    exec!(
        tx,
        "UPDATE client_keys SET expires_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        scope.tenant(),
        id,
        end
    )?;
    Ok(())
}

/// Takes a secret or key back; `false` when there is none or it was taken back before.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke_key(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    client: ClientId,
    id: ClientKeyId,
    at: Ts,
) -> Result<bool> {
    let touched = exec!(
        tx,
        "UPDATE client_keys SET revoked_at = $4
         WHERE tenant_id = $1 AND client_id = $2 AND id = $3 AND revoked_at IS NULL",
        scope.tenant(),
        client,
        id,
        at
    )?;
    Ok(touched == 1)
}

/// Takes a client back; `false` when there is none or it was taken back before.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke(tx: &mut Tx<'_>, scope: TenantScope, id: ClientId, at: Ts) -> Result<bool> {
    let touched = exec!(
        tx,
        "UPDATE clients SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        scope.tenant(),
        id,
        at
    )?;
    Ok(touched == 1)
}

/// Notes when and from where a client was used last.
///
/// # Errors
///
/// Those of the database.
pub async fn note_use(tx: &mut Tx<'_>, scope: TenantScope, id: ClientId, at: Ts, from: &str) -> Result<()> {
    exec!(
        tx,
        "UPDATE clients SET last_used_at = $3, last_used_from = $4
         WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)",
        scope.tenant(),
        id,
        at,
        from
    )?;
    Ok(())
}

/// Notes when a client's secret or key was used last.
///
/// # Errors
///
/// Those of the database.
pub async fn note_key_use(tx: &mut Tx<'_>, scope: TenantScope, id: ClientKeyId, at: Ts) -> Result<()> {
    exec!(
        tx,
        "UPDATE client_keys SET last_used_at = $3
         WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)",
        scope.tenant(),
        id,
        at
    )?;
    Ok(())
}

/// Notes when and why a client was refused last.
///
/// # Errors
///
/// Those of the database.
pub async fn note_refusal(tx: &mut Tx<'_>, scope: TenantScope, id: ClientId, at: Ts, why: &str) -> Result<()> {
    exec!(
        tx,
        "UPDATE clients SET last_refused_at = $3, last_refused_for = $4
         WHERE tenant_id = $1 AND id = $2 AND (last_refused_at IS NULL OR last_refused_at < $3)",
        scope.tenant(),
        id,
        at,
        why
    )?;
    Ok(())
}

/// An access token to be kept.
#[derive(Debug, Clone)]
pub struct NewAccessTokenRow {
    /// The identifier.
    pub id: AccessTokenId,
    /// Who asked for it.
    pub client: ClientId,
    /// With what.
    pub key: ClientKeyId,
    /// The keyed hash.
    pub hash: [u8; 32],
    /// When it was made.
    pub created_at: Ts,
    /// When it dies by itself.
    pub expires_at: Ts,
}

/// Keeps an access token.
///
/// # Errors
///
/// Those of the database.
pub async fn insert_access_token(tx: &mut Tx<'_>, scope: TenantScope, token: &NewAccessTokenRow) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO access_tokens (tenant_id, id, client_id, client_key_id, hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        scope.tenant(),
        token.id,
        token.client,
        token.key,
        token.hash.as_slice(),
        token.created_at,
        token.expires_at
    )?;
    Ok(())
}

/// Forgets a client's access tokens that have ended, and of the others all but the `kept` newest.
///
/// # Errors
///
/// Those of the database.
pub async fn purge_access_tokens(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    client: ClientId,
    now: Ts,
    kept: i64,
) -> Result<()> {
    exec!(
        tx,
        "DELETE FROM access_tokens WHERE tenant_id = $1 AND client_id = $2 AND (expires_at <= $3 OR id <= (
             SELECT id FROM access_tokens WHERE tenant_id = $1 AND client_id = $2 ORDER BY id DESC LIMIT 1 OFFSET $4))",
        scope.tenant(),
        client,
        now,
        kept
    )?;
    Ok(())
}

/// Remembers the name of an assertion; `false`: it was used before.
///
/// # Errors
///
/// Those of the database.
pub async fn insert_assertion(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    client: ClientId,
    jti_hash: &[u8],
    expires_at: Ts,
) -> Result<bool> {
    let touched = exec!(
        tx,
        "INSERT INTO client_assertions (tenant_id, client_id, jti_hash, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, client_id, jti_hash) DO NOTHING",
        scope.tenant(),
        client,
        jti_hash,
        expires_at
    )?;
    Ok(touched == 1)
}

/// Forgets the assertions of a client that can no longer be used.
///
/// # Errors
///
/// Those of the database.
pub async fn purge_assertions(tx: &mut Tx<'_>, scope: TenantScope, client: ClientId, now: Ts) -> Result<()> {
    exec!(
        tx,
        "DELETE FROM client_assertions WHERE tenant_id = $1 AND client_id = $2 AND expires_at <= $3",
        scope.tenant(),
        client,
        now
    )?;
    Ok(())
}
