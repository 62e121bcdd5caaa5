//! Use cases: load, decide, write rows and outbox in one transaction.
//!
//! **Architecture invariant:** no axum types, no SQL, no network calls; the only clock is [`App::now`].

pub mod administration;
pub mod authentication;
pub mod client_authentication;
pub mod clients;
mod credentials;
pub mod employees;
pub mod events;
pub mod expiry;
pub mod groups;
pub mod keys;
pub mod limits;
mod past;
pub(crate) mod planning;
pub mod provisioning;
pub mod sip_domains;
pub mod tenants;
pub mod tokens;
mod turnstile;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use crate::base::clock::Clock;
use crate::base::seal::SealKey;
use crate::base::secret::HashKey;
pub use crate::storage::StorageError;
use crate::storage::{Store, Tx, instance};

pub(crate) use turnstile::apart;

/// How long somebody waits for a place among those who are at something long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything a use case needs, shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    cursor_key: SealKey,
    hash_key: HashKey,
    public_url: String,
    credentials: authentication::Credentials,
    noted_refusals: client_authentication::NotedRefusals,
    /// SCIM requests.
    rates: limits::TenantRates,
    /// Requests for access tokens: whoever provisions at his limit still gets a token, and the other way round.
    token_rates: limits::TenantRates,
    admin_rates: limits::TenantRates,
    tries: limits::Tries,
    first_looks: authentication::FirstLooks,
    refusals: provisioning::RefusalGate,
    rule_books: planning::RuleBooks,
    /// Plans that are only looked at; who writes has turns of his own.
    plans: turnstile::Turnstile,
    /// Photos that are decoded: each takes a processor and some hundred megabytes.
    photos: turnstile::Turnstile,
    /// Files of stock that are read.
    files: turnstile::Turnstile,
    /// Counts changes of members, so that now and then somebody adds up what they leave.
    member_changes: AtomicU32,
}

impl App {
    /// Wires the use cases. `public_url` is the address under which the IdPs reach this daemon, without a final slash,
    /// e.g. `https://scim.example.com`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, hash_key: HashKey, public_url: String) -> Self {
        Self::with_limits(store, clock, hash_key, public_url, limits::ScimLimits::default())
    }

    /// The same with other limits on what a tenant may ask for.
    #[must_use]
    pub fn with_limits(
        store: Store,
        clock: Clock,
        hash_key: HashKey,
        public_url: String,
        limits: limits::ScimLimits,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            cursor_key: hash_key.derive(provisioning::CURSORS),
            hash_key,
            public_url,
            credentials: authentication::Credentials::default(),
            noted_refusals: client_authentication::NotedRefusals::default(),
            rates: limits::TenantRates::new(limits),
            token_rates: limits::TenantRates::new(limits),
            admin_rates: limits::TenantRates::new(limits),
            tries: limits::Tries::default(),
            first_looks: authentication::FirstLooks::default(),
            refusals: provisioning::RefusalGate::default(),
            rule_books: planning::RuleBooks::default(),
            plans: turnstile::Turnstile::new(2, PATIENCE),
            photos: turnstile::Turnstile::new(2, PATIENCE),
            files: turnstile::Turnstile::new(2, PATIENCE),
            member_changes: AtomicU32::new(0),
        }))
    }

    /// The base of every `meta.location`: `{public_url}/scim/v2`.
    #[must_use]
    pub fn scim_base(&self) -> String {
        format!("{}/scim/v2", self.0.public_url)
    }

    /// The base of the admin API: `{public_url}/api/v1`.
    #[must_use]
    pub fn admin_base(&self) -> String {
        format!("{}/api/v1", self.0.public_url)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub async fn ready(&self) -> Result<(), StorageError> {
        self.0.store.point(async move |tx: &mut Tx<'_>| instance::find_secret(tx, "ready").await).await.map(drop)
    }

    /// Finishes what is under way and lets go of the database.
    pub async fn close(&self) {
        self.0.store.close().await;
    }
}
