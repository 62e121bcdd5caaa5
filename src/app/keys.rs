//! The key under which tokens are made and hashed: where no key file holds it, and whether it is still the same one.
//!
//! With another key than before every token that an identity provider keeps is refused, and nobody could say why. So the
//! database remembers the fingerprint of the key under which its tokens were made; the daemon does not start under
//! another, and no command makes tokens under it. When nothing that was made under the old one can be used any more, the
//! daemon takes the new one.

use zeroize::Zeroizing;

use super::App;
use crate::base::clock::Ts;
use crate::base::secret::HashKey;
use crate::storage::{StorageError, Store, Tx, instance};

const TOKEN_KEY: &str = "token-hash-key";
const FINGERPRINT: &str = "token-key-fingerprint";

/// The key that the database keeps; made at the first call. An operator who wants it outside of the database's dumps
/// configures a key file instead.
///
/// # Errors
///
/// When there is no randomness, or the database does not answer.
pub async fn from_database(store: &Store, now: Ts) -> Result<HashKey, KeyError> {
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
            Ok::<_, KeyError>(instance::find_secret(tx, TOKEN_KEY).await?.ok_or(StorageError::NoRow)?)
        })
        .await?;
    parse(&Zeroizing::new(key))
}

fn parse(key: &[u8]) -> Result<HashKey, KeyError> {
    Ok(HashKey::new(key.try_into().map_err(|_| KeyError::Damaged)?))
}

/// What the database knows of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Nothing: it has seen none.
    New,
    /// It is the one under which the tokens here were made.
    Ours,
    /// It is another one. So many tokens and client secrets that can still be used hang on the one before.
    Another(u64),
}

/// Why the key is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Tokens and client secrets hang on another one; so many can still be used.
    #[error("the token key is not the one under which the tokens here were made ({0} of them active)")]
    Another(u64),
    /// What the database keeps is no key.
    #[error("the token key that the database keeps is damaged")]
    Damaged,
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl App {
    /// What the database knows of the key; changes nothing.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn key_state(&self) -> Result<KeyState, StorageError> {
        let (ours, now) = (self.0.hash_key.fingerprint(), self.0.clock.now());
        self.0.store.read(async move |tx: &mut Tx<'_>| state(tx, &ours, now).await).await
    }

    /// Before the daemon starts: the key is ours, or becomes it when nothing hangs on another.
    ///
    /// # Errors
    ///
    /// `Another`, `Storage`.
    pub async fn settle_key(&self) -> Result<(), KeyError> {
        let (ours, now) = (self.0.hash_key.fingerprint(), self.0.clock.now());
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| match state(tx, &ours, now).await? {
                KeyState::Ours => Ok(()),
                KeyState::New | KeyState::Another(0) => Ok(instance::put_secret(tx, FINGERPRINT, &ours, now).await?),
                KeyState::Another(active) => Err(KeyError::Another(active)),
            })
            .await
    }
}

/// Before a token is made under the key with this fingerprint. Unlike the daemon, a command takes no other key's place:
/// one that was given none by mistake would else make tokens that the daemon refuses.
///
/// # Errors
///
/// `Another`, `Storage`.
pub(super) async fn vouch(tx: &mut Tx<'_>, fingerprint: &[u8; 32], now: Ts) -> Result<(), KeyError> {
    match state(tx, fingerprint, now).await? {
        KeyState::Ours => Ok(()),
        KeyState::New => Ok(instance::put_secret(tx, FINGERPRINT, fingerprint, now).await?),
        KeyState::Another(active) => Err(KeyError::Another(active)),
    }
}

async fn state(tx: &mut Tx<'_>, fingerprint: &[u8; 32], now: Ts) -> Result<KeyState, StorageError> {
    Ok(match instance::find_secret(tx, FINGERPRINT).await? {
        None => KeyState::New,
        Some(kept) if kept == fingerprint => KeyState::Ours,
        Some(_) => KeyState::Another(instance::count_active_secrets(tx, now).await?),
    })
}
