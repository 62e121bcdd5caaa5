//! Provisioning tokens: their keyed hashes and what may be known of them.

use super::credentials::CredentialRow;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TenantId, TokenId};
use crate::domain::credential::TokenScope;
use crate::domain::tenant::TenantScope;

row! {
    /// What a hash leads to.
    #[derive(Debug, Clone)]
    pub struct FoundTokenRow {
        /// The tenant it opens.
        pub tenant_id: TenantId,
        /// The connection it opens, if it opens one.
        pub connection_id: Option<ConnectionId>,
        /// The token.
        pub id: TokenId,
        /// The hash, for a comparison in constant time.
        pub hash: Vec<u8>,
        /// What it may do.
        pub scope: String,
        /// When it dies by itself.
        pub expires_at: Option<Ts>,
        /// When it was taken back.
        pub revoked_at: Option<Ts>,
        /// From where it may be used: networks separated by blanks.
        pub allow_from: String,
    }
}

/// A query without a scope: the credential is what names the tenant (T1).
///
/// # Errors
///
/// Those of the database.
pub async fn find_by_hash(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<FoundTokenRow>> {
    fetch!(
        opt FoundTokenRow,
        tx,
        "SELECT tenant_id, connection_id, id, hash, scope, expires_at, revoked_at, allow_from FROM tokens WHERE hash = $1",
        hash
    )
}

/// The tokens of a tenant, newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn list(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<CredentialRow>> {
    fetch!(
        all CredentialRow,
        tx,
        "SELECT t.id, t.label, c.name AS connection, t.scope, CAST(NULL AS bigint) AS token_lifetime, t.created_by,
                t.created_at, t.expires_at, t.revoked_at, t.last_used_at, t.last_used_from, t.last_refused_at,
                t.last_refused_for, t.allow_from
         FROM tokens t LEFT JOIN connections c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
         WHERE t.tenant_id = $1 ORDER BY t.id DESC",
        scope.tenant()
    )
}

row! {
    /// What a token hands on to its successor.
    #[derive(Debug, Clone)]
    pub struct TokenRow {
        /// The connection it opens, if it opens one.
        pub connection_id: Option<ConnectionId>,
        /// What it opens.
        pub scope: String,
        /// What the administrator calls it.
        pub label: String,
        /// From where it may be used: networks separated by blanks.
        pub allow_from: String,
        /// When it was made.
        pub created_at: Ts,
        /// When it dies by itself.
        pub expires_at: Option<Ts>,
        /// Until when it was made to live.
        pub meant_until: Option<Ts>,
        /// When it was taken back.
        pub revoked_at: Option<Ts>,
    }
}

/// A token of the tenant.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, id: TokenId) -> Result<Option<TokenRow>> {
    fetch!(
        opt TokenRow,
        tx,
        "SELECT connection_id, scope, label, allow_from, created_at, expires_at, meant_until, revoked_at FROM tokens
         WHERE tenant_id = $1 AND id = $2",
        scope.tenant(),
        id
    )
}

/// How many tokens of a connection, or of the tenant itself, can be used at `now`.
///
/// # Errors
///
/// Those of the database.
pub async fn count_active(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    connection: Option<ConnectionId>,
    now: Ts,
) -> Result<i64> {
    let (active,) = fetch!(
        one Single<i64>,
        tx,
        "SELECT count(*) AS active FROM tokens
         WHERE tenant_id = $1 AND connection_id IS NOT DISTINCT FROM $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
        scope.tenant(),
        connection,
        now
    )?;
    Ok(active)
}

/// A token to be kept.
#[derive(Debug, Clone)]
pub struct NewTokenRow {
    /// The identifier.
    pub id: TokenId,
    /// The connection it opens, if it opens one.
    pub connection: Option<ConnectionId>,
    /// What it opens.
    pub scope: TokenScope,
    /// What the administrator calls it.
    pub label: String,
    /// The keyed hash.
    pub hash: [u8; 32],
    /// Networks separated by blanks.
    pub allow_from: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Ts,
    /// When it dies by itself.
    pub expires_at: Option<Ts>,
}

/// Keeps a token.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(tx: &mut Tx<'_>, scope: TenantScope, token: &NewTokenRow) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO tokens (tenant_id, id, connection_id, label, scope, hash, allow_from, created_by, created_at, expires_at,
                             meant_until)
         VALUES ($1, $2, $3, $4, $10, $5, $6, $7, $8, $9, $9)",
        scope.tenant(),
        token.id,
        token.connection,
        &token.label,
        token.hash.as_slice(),
        &token.allow_from,
        &token.created_by,
        token.created_at,
        token.expires_at,
        token.scope.name()
    )?;
    Ok(())
}

/// Takes a token back; `false` when there is none or it was taken back before.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke(tx: &mut Tx<'_>, scope: TenantScope, id: TokenId, at: Ts) -> Result<bool> {
    let touched = exec!(
        tx,
        "UPDATE tokens SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        scope.tenant(),
        id,
        at
    )?;
    Ok(touched == 1)
}

/// Says when a token that can still be used will end, whatever it was made for; `false` when there is none.
///
/// # Errors
///
/// Those of the database.
pub async fn end(tx: &mut Tx<'_>, scope: TenantScope, id: TokenId, end: Ts) -> Result<bool> {
    let touched = exec!(
        tx,
        "UPDATE tokens SET expires_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        scope.tenant(),
        id,
        end
    )?;
    Ok(touched == 1)
}

/// Notes when and why a token was refused last.
///
/// # Errors
///
/// Those of the database.
pub async fn note_refusal(tx: &mut Tx<'_>, scope: TenantScope, id: TokenId, at: Ts, why: &str) -> Result<()> {
    exec!(
        tx,
        "UPDATE tokens SET last_refused_at = $3, last_refused_for = $4
         WHERE tenant_id = $1 AND id = $2 AND (last_refused_at IS NULL OR last_refused_at < $3)",
        scope.tenant(),
        id,
        at,
        why
    )?;
    Ok(())
}

/// Notes when and from where a token was used last.
///
/// # Errors
///
/// Those of the database.
pub async fn note_use(tx: &mut Tx<'_>, scope: TenantScope, id: TokenId, at: Ts, from: &str) -> Result<()> {
    exec!(
        tx,
        "UPDATE tokens SET last_used_at = $3, last_used_from = $4
         WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)",
        scope.tenant(),
        id,
        at,
        from
    )?;
    Ok(())
}
