//! Who is calling: a credential becomes a scope.
//!
//! A token is looked up by its keyed hash; no password hash is involved, the token itself has 256 random bits. That
//! holds for the tokens that an identity provider keeps (I1) and for the access tokens that its client asks for (I2)
//! alike. What the database said is believed for a second, so that a revoked token is refused everywhere within that
//! time.
//!
//! Whoever guesses gets no look into the database at all, and is told to wait when he has guessed too often (L5): a token
//! shows by its checksum whether it was made here (see [`secret`](crate::base::secret)), and one that was is no guess.
//! Identity providers send for many tenants from the same addresses, and one of them with a wrong token must not keep
//! the others out, not even for the first request that a process sees of them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use subtle::ConstantTimeEq as _;

use super::App;
use super::limits::{Guess, TooManyRequests, TooManyTries};
use crate::base::bucket::Bucket;
use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TokenId};
use crate::base::recent::Recent;
use crate::base::secret::{Token, TokenKind};
use crate::domain::credential::{Credential, RefusalReason, TokenScope};
use crate::domain::tenant::TenantScope;
use crate::storage::clients::{self, FoundAccessTokenRow};
use crate::storage::tokens::{self, FoundTokenRow};
use crate::storage::{StorageError, Tx};

/// How long a look-up is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// How often the last use of a credential is noted, and its last refusal.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// How many credentials are remembered at least, and for how long.
const REMEMBERED: usize = 16 * 1024;
const REMEMBERED_FOR: Duration = Duration::from_mins(10);
/// How many tokens are remembered at least that were made here and are in the database no more, and for how long.
const GONE: usize = 4 * 1024;
const GONE_FOR: Duration = Duration::from_mins(1);
/// An identity provider that has proven who it is.
#[derive(Debug, Clone)]
pub struct ProvisioningClient {
    pub(super) scope: TenantScope,
    pub(super) connection: ConnectionId,
    pub(super) credential: Credential,
    rate: Arc<Bucket>,
}

impl ProvisioningClient {
    /// The tenant it may touch.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        self.scope
    }
}

/// A program of a tenant's administrators that has proven who it is, and may look at everything of the tenant.
#[derive(Debug, Clone)]
pub struct AdminReader {
    pub(super) scope: TenantScope,
    pub(super) token: TokenId,
    rate: Arc<Bucket>,
}

impl AdminReader {
    /// The tenant it may look at.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        self.scope
    }
}

/// One that may change things as well. The right is the type (T3): a use case that writes takes no reader.
#[derive(Debug, Clone)]
pub struct AdminWriter(AdminReader);

impl std::ops::Deref for AdminWriter {
    type Target = AdminReader;

    fn deref(&self) -> &AdminReader {
        &self.0
    }
}

/// What a credential opens.
#[derive(Debug, Clone)]
enum Opens {
    Scim(ProvisioningClient),
    AdminRead(AdminReader),
    AdminWrite(AdminWriter),
    /// Nothing that this release has.
    Nothing,
}

impl Opens {
    fn scim(&self) -> Option<ProvisioningClient> {
        match self {
            Self::Scim(client) => Some(client.clone()),
            Self::AdminRead(_) | Self::AdminWrite(_) | Self::Nothing => None,
        }
    }

    fn reader(&self) -> Option<AdminReader> {
        match self {
            Self::AdminRead(reader) | Self::AdminWrite(AdminWriter(reader)) => Some(reader.clone()),
            Self::Scim(_) | Self::Nothing => None,
        }
    }

    fn writer(&self) -> Option<AdminWriter> {
        match self {
            Self::AdminWrite(writer) => Some(writer.clone()),
            Self::Scim(_) | Self::AdminRead(_) | Self::Nothing => None,
        }
    }
}

/// Why a credential was refused. The caller answers all refusals of a bearer token alike but that of its scope; the
/// reason is for the tenant's own eyes.
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
    /// The token is good, but opens something else.
    #[error("the bearer token opens something else")]
    Scope,
    /// Its sender has guessed too often.
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl From<RefusalReason> for AuthenticationError {
    fn from(reason: RefusalReason) -> Self {
        match reason {
            RefusalReason::Expired => Self::Expired,
            RefusalReason::Revoked => Self::Revoked,
            RefusalReason::Address => Self::Address,
        }
    }
}

/// What the database said about tokens not long ago. Only tokens that were made here get in, so strangers cannot fill it.
pub(super) struct Credentials {
    known: Mutex<Recent<[u8; 32], Known>>,
    /// When they were asked for.
    gone: Mutex<Recent<[u8; 32], Duration>>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            known: Mutex::new(Recent::new(REMEMBERED, REMEMBERED_FOR)),
            gone: Mutex::new(Recent::new(GONE, GONE_FOR)),
        }
    }
}

#[derive(Clone)]
struct Known {
    scope: TenantScope,
    credential: Credential,
    opens: Opens,
    expires_at: Option<Ts>,
    /// When an access token ends as it was meant to, which nobody has to be told.
    lapses_at: Option<Ts>,
    revoked: bool,
    allow_from: Arc<[IpNet]>,
    read_at: Duration,
    noted: Option<(Duration, IpAddr)>,
    refused: Option<Duration>,
}

impl Known {
    fn check(&self, now: Ts, peer: IpAddr) -> Result<(), RefusalReason> {
        check(self.revoked, self.expires_at, &self.allow_from, now, peer)
    }
}

/// Whether a credential that was taken back, ends by itself, and is for some addresses only is good at `now` from `peer`.
pub(super) fn check(
    revoked: bool,
    expires_at: Option<Ts>,
    allow_from: &[IpNet],
    now: Ts,
    peer: IpAddr,
) -> Result<(), RefusalReason> {
    if revoked {
        return Err(RefusalReason::Revoked);
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(RefusalReason::Expired);
    }
    let peer = peer.to_canonical();
    if !allow_from.is_empty() && !allow_from.iter().any(|net| net.contains(&peer)) {
        return Err(RefusalReason::Address);
    }
    Ok(())
}

/// How long somebody waits for his turn.
const TURN_PATIENCE: Duration = Duration::from_secs(5);

/// Whose turn it is to look up a token that nobody here has seen; tokens that share a turn wait for each other.
#[derive(Debug, Default)]
pub(super) struct FirstLooks([tokio::sync::Mutex<()>; 16]);

impl FirstLooks {
    /// Waits for the turn of what has this key; the last byte is the most random one of hashes and identifiers.
    ///
    /// # Errors
    ///
    /// `Busy` when those before take too long.
    pub(super) async fn turn(&self, key: &[u8]) -> Result<tokio::sync::MutexGuard<'_, ()>, StorageError> {
        let [first, ..] = &self.0;
        let turn = key.last().and_then(|byte| self.0.get(usize::from(byte % 16))).unwrap_or(first);
        tokio::time::timeout(TURN_PATIENCE, turn.lock()).await.map_err(|_| StorageError::Busy)
    }
}

impl App {
    /// Checks a bearer token for SCIM that came from `peer`.
    ///
    /// # Errors
    ///
    /// See [`AuthenticationError`].
    pub async fn authenticate(
        &self,
        bearer: Option<&str>,
        peer: IpAddr,
    ) -> Result<ProvisioningClient, AuthenticationError> {
        self.authenticate_for(bearer, peer, Opens::scim).await
    }

    /// Checks a bearer token for looking at what the admin API shows.
    ///
    /// # Errors
    ///
    /// See [`AuthenticationError`].
    pub async fn authenticate_reader(
        &self,
        bearer: Option<&str>,
        peer: IpAddr,
    ) -> Result<AdminReader, AuthenticationError> {
        self.authenticate_for(bearer, peer, Opens::reader).await
    }

    /// Checks a bearer token for changing something through the admin API.
    ///
    /// # Errors
    ///
    /// See [`AuthenticationError`].
    pub async fn authenticate_writer(
        &self,
        bearer: Option<&str>,
        peer: IpAddr,
    ) -> Result<AdminWriter, AuthenticationError> {
        self.authenticate_for(bearer, peer, Opens::writer).await
    }

    async fn authenticate_for<T>(
        &self,
        bearer: Option<&str>,
        peer: IpAddr,
        door: fn(&Opens) -> Option<T>,
    ) -> Result<T, AuthenticationError> {
        let bearer = bearer.ok_or(AuthenticationError::Missing)?;
        let up = self.0.clock.uptime();
        let token = Token::parse(bearer, &self.0.hash_key).filter(|token| token.kind() != TokenKind::ClientSecret);
        let Some(token) = token else { return Err(self.guessed(peer, up)) };
        let hash = self.0.hash_key.hash(&token);
        let known = match self.0.credentials.get(&hash) {
            Some(known) if up.saturating_sub(known.read_at) < BELIEVED => known,
            Some(_) => self.look_up(token.kind(), hash).await?,
            None => self.look_up_first(token.kind(), hash, peer).await?,
        };
        let now = self.0.clock.now();
        if let Err(reason) = known.check(now, peer) {
            if self.0.credentials.refusal_is_to_be_noted(&hash, up) {
                self.note_refusal_of(known.scope, known.credential, reason);
            }
            return Err(reason.into());
        }
        if known.lapses_at.is_some_and(|end| end <= now) {
            return Err(AuthenticationError::Expired);
        }
        let opened = door(&known.opens).ok_or(AuthenticationError::Scope)?;
        if self.0.credentials.use_is_to_be_noted(&hash, peer, up) {
            self.note_use(known.scope, known.credential, peer);
        }
        Ok(opened)
    }

    /// The answer to a bearer token that nobody was ever given, or that is kept no more.
    fn guessed(&self, peer: IpAddr, up: Duration) -> AuthenticationError {
        match self.0.tries.begin(Guess::Bearer, peer, up) {
            Ok(()) => AuthenticationError::Unknown,
            Err(too_many) => too_many.into(),
        }
    }

    /// Counts one request of an identity provider against its tenant's rate (L4).
    ///
    /// # Errors
    ///
    /// When the tenant asks for more than it may have.
    pub fn admit(&self, client: &ProvisioningClient) -> Result<(), TooManyRequests> {
        self.0.rates.admit(&client.rate, self.0.clock.uptime())
    }

    /// Counts one request to the admin API against its tenant's rate, which is another one than that of SCIM (L4).
    ///
    /// # Errors
    ///
    /// When the tenant asks for more than it may have.
    pub fn admit_administrator(&self, reader: &AdminReader) -> Result<(), TooManyRequests> {
        self.0.admin_rates.admit(&reader.rate, self.0.clock.uptime())
    }

    async fn look_up(&self, kind: TokenKind, hash: [u8; 32]) -> Result<Known, AuthenticationError> {
        // From before the question on: what the database says may be old by the time it is heard.
        let asked_at = self.0.clock.uptime();
        let found = match kind {
            TokenKind::Provisioning => {
                let row =
                    self.0.store.point(async move |tx: &mut Tx<'_>| tokens::find_by_hash(tx, &hash).await).await?;
                row.filter(|row| bool::from(row.hash.ct_eq(&hash))).map(|row| self.known_token(&row, asked_at))
            }
            TokenKind::Access => {
                let find = async move |tx: &mut Tx<'_>| clients::find_access_token(tx, &hash).await;
                let row = self.0.store.point(find).await?;
                row.filter(|row| bool::from(row.hash.ct_eq(&hash))).map(|row| self.known_access_token(&row, asked_at))
            }
            TokenKind::ClientSecret => None,
        };
        if let Some(known) = found {
            return Ok(self.0.credentials.keep(hash, known));
        }
        self.0.credentials.forget(hash, asked_at);
        Err(AuthenticationError::Unknown)
    }

    fn known_token(&self, row: &FoundTokenRow, read_at: Duration) -> Known {
        let (scope, credential) = (TenantScope::vouched(row.tenant_id), Credential::Token(row.id));
        let reader = || AdminReader { scope, token: row.id, rate: self.0.admin_rates.bucket(row.tenant_id) };
        let opens = match (TokenScope::parse(&row.scope), row.connection_id) {
            (Some(TokenScope::Scim), Some(connection)) => Opens::Scim(self.provider(scope, connection, credential)),
            (Some(TokenScope::AdminRead), _) => Opens::AdminRead(reader()),
            (Some(TokenScope::AdminWrite), _) => Opens::AdminWrite(AdminWriter(reader())),
            (Some(TokenScope::Scim) | None, _) => Opens::Nothing,
        };
        Known {
            scope,
            credential,
            opens,
            expires_at: row.expires_at,
            lapses_at: None,
            revoked: row.revoked_at.is_some(),
            allow_from: super::credentials::networks(&row.allow_from).into(),
            read_at,
            noted: None,
            refused: None,
        }
    }

    fn known_access_token(&self, row: &FoundAccessTokenRow, read_at: Duration) -> Known {
        let (scope, credential) = (TenantScope::vouched(row.tenant_id), Credential::Client(row.client_id));
        let opens = match TokenScope::parse(&row.scope) {
            Some(TokenScope::Scim) => Opens::Scim(self.provider(scope, row.connection_id, credential)),
            Some(TokenScope::AdminRead | TokenScope::AdminWrite) | None => Opens::Nothing,
        };
        Known {
            scope,
            credential,
            opens,
            expires_at: row.client_expires_at,
            lapses_at: Some(row.expires_at),
            revoked: row.client_revoked_at.is_some() || row.key_revoked_at.is_some(),
            allow_from: super::credentials::networks(&row.allow_from).into(),
            read_at,
            noted: None,
            refused: None,
        }
    }

    fn provider(&self, scope: TenantScope, connection: ConnectionId, credential: Credential) -> ProvisioningClient {
        ProvisioningClient { scope, connection, credential, rate: self.0.rates.bucket(scope.tenant()) }
    }

    /// Looks a token up that nobody here has seen. Of many requests that bring the same one at once, an identity
    /// provider's first, one asks and the others hear what it heard.
    async fn look_up_first(&self, kind: TokenKind, hash: [u8; 32], peer: IpAddr) -> Result<Known, AuthenticationError> {
        let _turn = self.0.first_looks.turn(&hash).await?;
        let up = self.0.clock.uptime();
        if let Some(known) = self.0.credentials.get(&hash).filter(|known| up.saturating_sub(known.read_at) < BELIEVED) {
            return Ok(known);
        }
        if self.0.credentials.is_gone(&hash, up) {
            return Err(self.guessed(peer, up));
        }
        match self.look_up(kind, hash).await {
            Err(AuthenticationError::Unknown) => Err(self.guessed(peer, up)),
            looked_up => looked_up,
        }
    }

    /// Notes the use of a credential beside the request; when that fails, a later request tries again.
    fn note_use(&self, scope: TenantScope, credential: Credential, peer: IpAddr) {
        let (store, now) = (self.0.store.clone(), self.0.clock.now());
        let from = peer.to_canonical().to_string();
        tokio::spawn(async move {
            let noted = store
                .write(async move |tx: &mut Tx<'_>| match credential {
                    Credential::Token(id) => tokens::note_use(tx, scope, id, now, &from).await,
                    Credential::Client(id) => clients::note_use(tx, scope, id, now, &from).await,
                })
                .await;
            if let Err(error) = noted {
                tracing::warn!(credential.id = %credential.uuid(), error = %error, "the use of a credential could not be noted");
            }
        });
    }

    /// Notes beside the request that a credential was refused, for its tenant's eyes (I3).
    pub(super) fn note_refusal_of(&self, scope: TenantScope, credential: Credential, reason: RefusalReason) {
        let (store, now) = (self.0.store.clone(), self.0.clock.now());
        tracing::info!(tenant.id = %scope.tenant(), credential.id = %credential.uuid(), reason = reason.name(), "a credential was refused");
        tokio::spawn(async move {
            let noted = store
                .write(async move |tx: &mut Tx<'_>| match credential {
                    Credential::Token(id) => tokens::note_refusal(tx, scope, id, now, reason.name()).await,
                    Credential::Client(id) => clients::note_refusal(tx, scope, id, now, reason.name()).await,
                })
                .await;
            if let Err(error) = noted {
                tracing::warn!(credential.id = %credential.uuid(), error = %error, "the refusal of a credential could not be noted");
            }
        });
    }
}

impl Credentials {
    fn get(&self, hash: &[u8; 32]) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn keep(&self, hash: [u8; 32], mut known: Known) -> Known {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = all.get(&hash) {
            (known.noted, known.refused) = (before.noted, before.refused);
        }
        all.insert(hash, known.clone(), known.read_at);
        known
    }

    /// The token is in the database no more; no token comes back.
    fn forget(&self, hash: [u8; 32], up: Duration) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash);
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, up, up);
    }

    fn is_gone(&self, hash: &[u8; 32], up: Duration) -> bool {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.get(hash).is_some_and(|at| up.saturating_sub(*at) < GONE_FOR)
    }

    /// Whether a minute has passed since this use was noted, or it comes from elsewhere now; says so once.
    fn use_is_to_be_noted(&self, hash: &[u8; 32], peer: IpAddr, up: Duration) -> bool {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.get_mut(hash) else { return false };
        let due = match known.noted {
            None => true,
            Some((at, from)) => {
                let passed = up.saturating_sub(at);
                passed >= NOTED_EVERY || (from != peer && passed >= BELIEVED)
            }
        };
        if due {
            known.noted = Some((up, peer));
        }
        due
    }

    /// Whether a minute has passed since a refusal was noted; says so once.
    fn refusal_is_to_be_noted(&self, hash: &[u8; 32], up: Duration) -> bool {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.get_mut(hash) else { return false };
        let due = known.refused.is_none_or(|at| up.saturating_sub(at) >= NOTED_EVERY);
        if due {
            known.refused = Some(up);
        }
        due
    }
}
