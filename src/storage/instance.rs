//! Secrets of the installation itself.

use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use crate::base::clock::Ts;

/// A secret by name.
///
/// # Errors
///
/// Those of the database.
pub async fn find_secret(tx: &mut Tx<'_>, name: &str) -> Result<Option<Vec<u8>>> {
    let row = fetch!(opt Single<Vec<u8>>, tx, "SELECT value FROM instance_secrets WHERE name = $1", name)?;
    Ok(row.map(|(value,)| value))
}

/// Keeps a secret unless there is one of that name.
///
/// # Errors
///
/// Those of the database.
pub async fn insert_secret(tx: &mut Tx<'_>, name: &str, value: &[u8], at: Ts) -> Result<bool> {
    let touched = exec!(
        tx,
        "INSERT INTO instance_secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        name,
        value,
        at
    )?;
    Ok(touched == 1)
}

/// Keeps a secret in place of the one of that name.
///
/// # Errors
///
/// Those of the database.
pub async fn put_secret(tx: &mut Tx<'_>, name: &str, value: &[u8], at: Ts) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO instance_secrets (name, value, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, created_at = EXCLUDED.created_at",
        name,
        value,
        at
    )?;
    Ok(())
}

/// How many tokens and client secrets of all tenants can be used at `now`: what hangs on the token key.
///
/// # Errors
///
/// Those of the database.
pub async fn count_active_secrets(tx: &mut Tx<'_>, now: Ts) -> Result<u64> {
    let (active,) = fetch!(
        one Single<i64>,
        tx,
        "SELECT (SELECT count(*) FROM tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1))
              + (SELECT count(*) FROM client_keys k
                 JOIN clients c ON c.tenant_id = k.tenant_id AND c.id = k.client_id
                 WHERE k.secret_hash IS NOT NULL
                   AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1)
                   AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > $1)) AS active",
        now
    )?;
    Ok(active.unsigned_abs())
}
