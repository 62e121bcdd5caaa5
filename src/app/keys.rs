//! The key under which tokens are hashed, where no key file holds it.

use zeroize::Zeroizing;

use super::tokens::TokenError;
use crate::base::clock::Ts;
use crate::base::secret::HashKey;
use crate::storage::{StorageError, Store, Tx, instance};

const TOKEN_KEY: &str = "token-hash-key";

/// The key that the database keeps; made at the first call. An operator who wants it outside of the database's dumps
/// configures a key file instead.
///
/// # Errors
///
/// When there is no randomness, or the database does not answer.
pub async fn from_database(store: &Store, now: Ts) -> Result<HashKey, TokenError> {
    let find = async move |tx: &mut Tx<'_>| instance::find_secret(tx, TOKEN_KEY).await;
    if let Some(key) = store.point(find).await? {
        return parse(&Zeroizing::new(key));
    }
    let mut fresh = Zeroizing::new([0u8; 32]);
    getrandom::fill(fresh.as_mut())?;
    let key = store
        .write(async move |tx: &mut Tx<'_>| {
            // Of two that come first at once, one wins and both read the winner's.
            instance::insert_secret(tx, TOKEN_KEY, fresh.as_slice(), now).await?;
            instance::find_secret(tx, TOKEN_KEY).await?.ok_or(StorageError::NoRow)
        })
        .await?;
    parse(&Zeroizing::new(key))
}

fn parse(key: &[u8]) -> Result<HashKey, TokenError> {
    let key: [u8; 32] =
        key.try_into().map_err(|_| TokenError::Invalid("the stored token key is damaged".to_owned()))?;
    Ok(HashKey::new(key))
}
