//! Who is calling: a provisioning credential becomes a scope.
//!
//! A token is looked up by its keyed hash; no password hash is involved, the token itself has 256 random bits. What the
//! database said is believed for a second, so that a revoked token is refused everywhere within that time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use subtle::ConstantTimeEq as _;

use super::App;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TokenId};
use crate::base::secret::Token;
use crate::domain::tenant::TenantScope;
use crate::storage::tokens::{self, CredentialRow};
use crate::storage::{StorageError, Tx};

/// How long a look-up is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// How often the last use of a token is noted.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// An identity provider that has proven who it is.
#[derive(Debug, Clone)]
pub struct ProvisioningClient {
    pub(super) scope: TenantScope,
    pub(super) connection: ConnectionId,
    pub(super) token: TokenId,
}

impl ProvisioningClient {
    /// The tenant it may touch.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        self.scope
    }
}

/// Why a credential was refused. The caller answers all but `Storage` alike; the reason is for the tenant's own eyes.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// There is no bearer token.
    #[error("the request carries no bearer token")]
    Missing,
    /// No such token, or a text that cannot be one.
    #[error("the bearer token is not known")]
    Unknown,
    /// The token was good once.
    #[error("the bearer token has expired")]
    Expired,
    /// The token was taken back.
    #[error("the bearer token has been revoked")]
    Revoked,
    /// The token is tied to other addresses.
    #[error("the bearer token may not be used from this address")]
    Address,
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

/// What the database said about tokens not long ago. Only tokens that exist get in, so strangers cannot fill it.
#[derive(Default)]
pub(super) struct Credentials(Mutex<HashMap<[u8; 32], Credential>>);

#[derive(Clone)]
struct Credential {
    client: ProvisioningClient,
    expires_at: Option<Ts>,
    revoked: bool,
    allow_from: Arc<[IpNet]>,
    read_at: Instant,
    noted: Option<(Instant, IpAddr)>,
}

impl Credential {
    fn check(&self, now: Ts, peer: IpAddr) -> Result<(), AuthenticationError> {
        if self.revoked {
            return Err(AuthenticationError::Revoked);
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(AuthenticationError::Expired);
        }
        let peer = peer.to_canonical();
        if !self.allow_from.is_empty() && !self.allow_from.iter().any(|net| net.contains(&peer)) {
            return Err(AuthenticationError::Address);
        }
        Ok(())
    }
}

impl App {
    /// Checks a bearer token that came from `peer`.
    ///
    /// # Errors
    ///
    /// See [`AuthenticationError`].
    pub async fn authenticate(
        &self,
        bearer: Option<&str>,
        peer: IpAddr,
    ) -> Result<ProvisioningClient, AuthenticationError> {
        let token = Token::parse(bearer.ok_or(AuthenticationError::Missing)?).ok_or(AuthenticationError::Unknown)?;
        let hash = self.0.hash_key.hash(&token);
        let credential = match self.0.credentials.fresh(&hash) {
            Some(credential) => credential,
            None => self.look_up(hash).await?,
        };
        credential.check(self.0.clock.now(), peer)?;
        if self.0.credentials.is_to_be_noted(&hash, peer) {
            self.note_use(&credential.client, peer);
        }
        Ok(credential.client)
    }

    async fn look_up(&self, hash: [u8; 32]) -> Result<Credential, AuthenticationError> {
        // From before the question on: what the database says may be old by the time it is heard.
        let asked_at = Instant::now();
        let row = self.0.store.point(async move |tx: &mut Tx<'_>| tokens::find_by_hash(tx, &hash).await).await?;
        let row = row.filter(|row| bool::from(row.hash.ct_eq(&hash))).ok_or(AuthenticationError::Unknown)?;
        Ok(self.0.credentials.keep(hash, credential(&row, asked_at)))
    }

    /// Notes the use of a token beside the request; when that fails, the next request tries again.
    fn note_use(&self, client: &ProvisioningClient, peer: IpAddr) {
        let (store, now) = (self.0.store.clone(), self.0.clock.now());
        let (scope, token, from) = (client.scope, client.token, peer.to_canonical().to_string());
        tokio::spawn(async move {
            let noted =
                store.write(async move |tx: &mut Tx<'_>| tokens::note_use(tx, scope, token, now, &from).await).await;
            if let Err(error) = noted {
                tracing::warn!(token.id = %token, error = %error, "the use of a token could not be noted");
            }
        });
    }
}

fn credential(row: &CredentialRow, read_at: Instant) -> Credential {
    Credential {
        client: ProvisioningClient {
            scope: TenantScope::vouched(row.tenant_id),
            connection: row.connection_id,
            token: row.id,
        },
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        allow_from: super::tokens::networks(&row.allow_from).into(),
        read_at,
        noted: None,
    }
}

impl Credentials {
    fn fresh(&self, hash: &[u8; 32]) -> Option<Credential> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(hash).filter(|credential| credential.read_at.elapsed() < BELIEVED).cloned()
    }

    fn keep(&self, hash: [u8; 32], mut credential: Credential) -> Credential {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        credential.noted = known.get(&hash).and_then(|before| before.noted);
        known.insert(hash, credential.clone());
        credential
    }

    /// Whether a minute has passed since this token was noted, or it comes from elsewhere now; says so once.
    fn is_to_be_noted(&self, hash: &[u8; 32], peer: IpAddr) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(credential) = known.get_mut(hash) else { return false };
        let due = match credential.noted {
            None => true,
            Some((at, from)) => at.elapsed() >= NOTED_EVERY || (from != peer && at.elapsed() >= BELIEVED),
        };
        if due {
            credential.noted = Some((Instant::now(), peer));
        }
        due
    }
}
