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
