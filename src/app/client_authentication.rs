//! The token endpoint's use case (I2): a client proves who it is, and gets an access token.
//!
//! Access tokens are random and looked up, not signed: what is signed cannot be taken back at once, and whoever had a
//! copy of the database, in which the key may lie, could make his own. A thousand live tokens a client are kept; one that
//! asks for a new one with every request loses the oldest, which it has long forgotten.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::App;
use super::authentication::check;
use super::limits::{Guess, TooManyRequests, TooManyTries};
use crate::base::clock::Ts;
use crate::base::ids::{AccessTokenId, ClientId, ClientKeyId};
use crate::base::jws::{self, PublicKey};
use crate::base::recent::Recent;
use crate::base::secret::{Token, TokenKind};
use crate::domain::client_assertion::Claims;
use crate::domain::credential::{Credential, RefusalReason, TokenScope, TokenState};
use crate::domain::tenant::TenantScope;
use crate::storage::clients::{self, ClientKeyRow, FoundClientRow, NewAccessTokenRow};
use crate::storage::{StorageError, Tx};

/// How many access tokens of a client may live at a time.
const MAX_LIVE: i64 = 1000;
/// How long what has ended is kept. An access token that somebody still sends is then known and no guess, and an
/// assertion stays used on a replica whose clock is behind.
const LONG_ENDED: Duration = Duration::from_hours(25);
/// How often the last refusal of a client is noted.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// How many clients' refusals are remembered, twice as many at most.
const REMEMBERED: usize = 4096;

/// What a client proves with who it is.
#[derive(Debug)]
pub enum ClientProof {
    /// `client_secret_basic` (RFC 6749, section 2.3.1).
    Secret {
        /// As it was sent.
        client: String,
        /// As it was sent.
        secret: SecretString,
    },
    /// `private_key_jwt` (RFC 7523; OpenID Connect Core 1.0, section 9).
    Assertion {
        /// The `client_id` beside it, if there is one.
        client: Option<String>,
        /// The signed text.
        assertion: String,
    },
}

/// An access token just made; the clear text is shown once.
#[derive(Debug)]
pub struct IssuedToken {
    /// The clear text.
    pub token: Token,
    /// How long it lives.
    pub lifetime: Duration,
}

/// Why no access token was given.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The client has not proven who it is.
    #[error("the client could not be authenticated")]
    Client,
    /// The client is who it says, with a secret or key that is good no more, or not here. Nobody has guessed; the reason
    /// is for the tenant's own eyes.
    #[error("the client may not have an access token")]
    Refused(RefusalReason),
    /// The client may not ask for this scope.
    #[error("the scope is not known or not for this client")]
    Scope,
    /// Its sender has guessed too often.
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// The tenant asks for more than it may have.
    #[error(transparent)]
    TooManyRequests(#[from] TooManyRequests),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

/// Who has proven that it is one of our clients.
struct Proven {
    client: ClientId,
    scope: TenantScope,
    key: ClientKeyId,
    row: FoundClientRow,
    /// Of an assertion: its name, hashed, and until when that must be remembered.
    assertion: Option<([u8; 32], Ts)>,
}

/// When a client's refusal was noted last.
pub(super) struct NotedRefusals(Mutex<Recent<ClientId, Duration>>);

impl Default for NotedRefusals {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(REMEMBERED, NOTED_EVERY)))
    }
}

impl NotedRefusals {
    fn is_due(&self, client: ClientId, up: Duration) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted.get(&client).is_none_or(|at| up.saturating_sub(*at) >= NOTED_EVERY);
        if due {
            noted.insert(client, up, up);
        }
        due
    }
}

impl App {
    /// Where clients ask for access tokens: `{public_url}/oauth2/token`.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/token", self.0.public_url)
    }

    /// The issuer identifier of RFC 8414: the public URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.public_url
    }

    /// Gives an access token to a client that proves who it is (RFC 6749, section 4.4). `wanted` is the scope it asks
    /// for; without one it gets what it may have.
    ///
    /// # Errors
    ///
    /// See [`IssueError`].
    pub async fn issue_access_token(
        &self,
        proof: ClientProof,
        wanted: Option<&str>,
        peer: IpAddr,
    ) -> Result<IssuedToken, IssueError> {
        let up = self.0.clock.uptime();
        let claims = match &proof {
            ClientProof::Secret { .. } => None,
            ClientProof::Assertion { assertion, .. } => jws::unverified::<Claims>(assertion),
        };
        let named = match &proof {
            ClientProof::Secret { client, .. } => ClientId::parse(client),
            ClientProof::Assertion { client, .. } => {
                let named = claims.as_ref().and_then(Claims::client);
                // Named twice, it is the same client or none.
                named.filter(|named| client.as_ref().is_none_or(|client| *client == named.to_string()))
            }
        };
        if let Some(client) = named {
            self.0.tries.begin_on(client.uuid(), peer, up)?;
        }
        let Some(client) = named else {
            self.0.tries.begin(Guess::Client, peer, up)?;
            return Err(IssueError::Client);
        };
        let proven = {
            // Of a client's requests that come at once, one is looked at after the other: they are not many tries.
            let _turn = self.0.first_looks.turn(client.uuid().as_bytes()).await?;
            self.0.tries.begin(Guess::Client, peer, up)?;
            let proven = self.prove(client, &proof, peer).await;
            if !matches!(proven, Err(IssueError::Client)) {
                self.0.tries.give_back(Guess::Client, peer);
            }
            proven
        };
        let issued = match proven {
            Ok(proven) => self.issue(proven, wanted, peer).await,
            Err(error) => Err(error),
        };
        match &issued {
            Ok(_) => self.0.tries.succeeded_on(client.uuid(), peer),
            Err(IssueError::Client) => self.0.tries.failed_on(client.uuid(), peer, up),
            Err(_) => {}
        }
        issued
    }

    /// Whether `client` has shown that it is it, with a secret or key that is good now.
    async fn prove(&self, client: ClientId, proof: &ClientProof, peer: IpAddr) -> Result<Proven, IssueError> {
        let now = self.0.clock.now();
        let found = self
            .0
            .store
            .point(async move |tx: &mut Tx<'_>| {
                let Some(row) = clients::find_by_id(tx, client).await? else { return Ok(None) };
                let keys = clients::keys_in_question(tx, row.tenant_id, client, now).await?;
                Ok::<_, StorageError>(Some((row, keys)))
            })
            .await?;
        let (row, keys) = found.ok_or(IssueError::Client)?;
        let matching = match proof {
            ClientProof::Secret { secret, .. } => self.matching_secret(secret, &keys).map(|key| (key, None)),
            ClientProof::Assertion { assertion, .. } => {
                matching_key(assertion, &keys, now).map(|(key, claims)| (key, Some(claims)))
            }
        };
        let (key, claims) = matching.ok_or_else(|| refused(client, "no secret or key of the client fits"))?;
        // An assertion for somebody else, or from another time, says nothing about who sends it now.
        let assertion = match claims {
            None => None,
            Some(claims) => {
                let endpoint = self.token_endpoint();
                let end = claims
                    .judge(client, &[&endpoint, self.issuer()], now)
                    .map_err(|error| refused(client, &error.to_string()))?;
                Some((Sha256::digest(claims.jti.as_bytes()).into(), end))
            }
        };
        // From here on the caller is who he says: what is wrong now, his tenant should know.
        let scope = TenantScope::vouched(row.tenant_id);
        let dead = match key.state(now) {
            TokenState::Active => None,
            TokenState::Expired => Some(RefusalReason::Expired),
            TokenState::Revoked => Some(RefusalReason::Revoked),
        };
        let networks = super::credentials::networks(&row.allow_from);
        let client_is_good = check(row.revoked_at.is_some(), row.expires_at, &networks, now, peer);
        if let Some(reason) = dead.or(client_is_good.err()) {
            if self.0.noted_refusals.is_due(client, self.0.clock.uptime()) {
                self.note_refusal_of(scope, Credential::Client(client), reason);
            }
            return Err(IssueError::Refused(reason));
        }
        Ok(Proven { client, scope, key: key.id, row, assertion })
    }

    fn matching_secret<'k>(&self, secret: &SecretString, keys: &'k [ClientKeyRow]) -> Option<&'k ClientKeyRow> {
        let secret = Token::parse(secret.expose_secret(), &self.0.hash_key)?;
        let hash = self.0.hash_key.hash(&secret);
        keys.iter().find(|key| key.secret_hash.as_ref().is_some_and(|kept| bool::from(kept.ct_eq(&hash))))
    }

    async fn issue(&self, proven: Proven, wanted: Option<&str>, peer: IpAddr) -> Result<IssuedToken, IssueError> {
        let Proven { client, scope, key, row, assertion } = proven;
        let scim = TokenScope::Scim.name();
        let mut names = wanted.unwrap_or(scim).split(' ');
        if !names.all(|name| name == scim && row.scope == scim) {
            return Err(IssueError::Scope);
        }
        let rates = &self.0.token_rates;
        rates.admit(&rates.bucket(scope.tenant()), self.0.clock.uptime())?;
        let token = Token::generate(TokenKind::Access, &self.0.hash_key)?;
        let now = self.0.clock.now();
        let lifetime = Duration::from_secs(row.token_lifetime.unsigned_abs());
        let kept = NewAccessTokenRow {
            id: AccessTokenId::generate(),
            client,
            key,
            hash: self.0.hash_key.hash(&token),
            created_at: now,
            expires_at: now.after(lifetime),
        };
        let from = peer.to_canonical().to_string();
        self.0
            .store
            .write(async move |tx: &mut Tx<'_>| {
                if let Some((jti_hash, end)) = assertion {
                    clients::purge_assertions(tx, scope, client, now.before(LONG_ENDED)).await?;
                    if !clients::insert_assertion(tx, scope, client, &jti_hash, end).await? {
                        return Err(refused(client, "the assertion was used before"));
                    }
                }
                clients::purge_access_tokens(tx, scope, client, now.before(LONG_ENDED), MAX_LIVE - 1).await?;
                clients::insert_access_token(tx, scope, &kept).await?;
                clients::note_use(tx, scope, client, now, &from).await?;
                clients::note_key_use(tx, scope, key, now).await?;
                Ok(())
            })
            .await?;
        Ok(IssuedToken { token, lifetime })
    }
}

/// The key that has signed the assertion, whether it is still good or not, and what it has signed. Those that are good
/// are asked first: a dead one may have the name of its successor.
fn matching_key<'k>(assertion: &str, keys: &'k [ClientKeyRow], now: Ts) -> Option<(&'k ClientKeyRow, Claims)> {
    let (good, dead): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.state(now) == TokenState::Active);
    [good, dead].into_iter().find_map(|rows| {
        let parsed = |row: &'k ClientKeyRow| Some((row, PublicKey::from_stored(row.public_key.as_deref()?)?));
        let (rows, public_keys): (Vec<_>, Vec<_>) = rows.into_iter().filter_map(parsed).unzip();
        let (place, claims) = jws::verified(assertion, &public_keys)?;
        Some((*rows.get(place)?, claims))
    })
}

/// Tells the operator why; the client hears only that it was refused.
fn refused(client: ClientId, reason: &str) -> IssueError {
    tracing::info!(client.id = %client, reason, "a client could not be authenticated");
    IssueError::Client
}
