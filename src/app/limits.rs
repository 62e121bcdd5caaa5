//! How much a tenant may ask for (L4), and how often somebody may guess (L5).
//!
//! Both are counted in this process alone: a tenant that is served by three replicas may ask each of them. Sharing the
//! counts would cost a round trip a request to protect what the round trip itself would use up. Time is that of
//! [`Clock::uptime`](crate::base::clock::Clock::uptime), so a clock that is put right neither opens nor closes a limit.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::base::address::neighbourhood;
use crate::base::bucket::{Bucket, Rate};
use crate::base::ids::TenantId;
use crate::base::recent::Recent;

/// How many SCIM requests of one tenant are answered, and how many requests for access tokens. No setting goes below the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScimLimits {
    /// So many a second for as long as it likes.
    pub rate: u32,
    /// So many at once.
    pub burst: u32,
}

impl Default for ScimLimits {
    fn default() -> Self {
        Self { rate: 25, burst: 200 }
    }
}

/// A tenant asks for more than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tenant sends too many requests")]
pub struct TooManyRequests {
    /// What it may have.
    pub limits: ScimLimits,
    /// When there is room again.
    pub retry_after: Duration,
}

/// The buckets of the tenants (L4). Who comes has authenticated, so there are never more than there are tenants.
#[derive(Debug)]
pub struct TenantRates {
    limits: ScimLimits,
    rate: Rate,
    buckets: Mutex<HashMap<TenantId, Arc<Bucket>>>,
}

impl TenantRates {
    /// All buckets are full.
    #[must_use]
    pub fn new(limits: ScimLimits) -> Self {
        let rate = Rate::new(limits.rate, Duration::from_secs(1), limits.burst);
        Self { limits, rate, buckets: Mutex::default() }
    }

    /// The bucket of a tenant, to be kept with what is known of its credential: then a request needs no table.
    pub fn bucket(&self, tenant: TenantId) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(buckets.entry(tenant).or_default())
    }

    /// Counts one request.
    ///
    /// # Errors
    ///
    /// When the bucket is empty.
    pub fn admit(&self, bucket: &Bucket, now: Duration) -> Result<(), TooManyRequests> {
        bucket.take(self.rate, now).map_err(|retry_after| TooManyRequests { limits: self.limits, retry_after })
    }
}

/// Failed tries of one address (an IPv6 address is one with its /64).
const TRIES_PER_MINUTE: u32 = 20;
/// Failed tries on one account from one address before the delay begins.
const FREE_FAILURES: u32 = 3;
/// The longest delay.
const MAX_DELAY: Duration = Duration::from_mins(1);
/// Addresses and accounts that are remembered; twice as many at most.
const REMEMBERED: usize = 32 * 1024;

/// Somebody guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed tries")]
pub struct TooManyTries {
    /// When the next one will be looked at.
    pub retry_after: Duration,
}

/// What is guessed at. Who fails at one keeps nobody at his address from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guess {
    /// A bearer token.
    Bearer,
    /// The secret or signature of an OAuth client.
    Client,
}

/// The one limiter for guesses at credentials of any kind (L5).
///
/// Two counts. Each address has a bucket of failures at each kind of credential. Each account has a growing delay *for each address*: whoever
/// fails somewhere else delays nobody but himself, so a stranger cannot lock an account. A try is counted when it
/// begins, so that a thousand at once are not all looked at, and given back when it succeeds.
#[derive(Debug)]
pub struct Tries {
    addresses: Mutex<Recent<(IpAddr, Guess), Bucket>>,
    accounts: Mutex<Recent<(Uuid, IpAddr), Streak>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Streak {
    failures: u32,
    until: Duration,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            addresses: Mutex::new(Recent::new(REMEMBERED, Duration::from_mins(1))),
            accounts: Mutex::new(Recent::new(REMEMBERED, Duration::from_mins(10))),
        }
    }
}

impl Tries {
    fn rate() -> Rate {
        Rate::new(TRIES_PER_MINUTE, Duration::from_mins(1), TRIES_PER_MINUTE)
    }

    /// Before a credential of unknown worth from `peer` is looked at.
    ///
    /// # Errors
    ///
    /// When the address has failed too often.
    pub fn begin(&self, guess: Guess, peer: IpAddr, now: Duration) -> Result<(), TooManyTries> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = addresses.entry((neighbourhood(peer), guess), now);
        bucket.take(Self::rate(), now).map_err(|retry_after| TooManyTries { retry_after })
    }

    /// The credential was good, or was not looked at after all.
    pub fn give_back(&self, guess: Guess, peer: IpAddr) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = addresses.get_mut(&(neighbourhood(peer), guess)) {
            bucket.give_back(Self::rate());
        }
    }

    /// Before a credential for `account` from `peer` is looked at.
    ///
    /// # Errors
    ///
    /// When the last failures on this account from this address are too fresh.
    pub fn begin_on(&self, account: Uuid, peer: IpAddr, now: Duration) -> Result<(), TooManyTries> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = accounts.get(&(account, neighbourhood(peer))).map(|streak| streak.until.saturating_sub(now));
        match wait {
            Some(retry_after) if !retry_after.is_zero() => Err(TooManyTries { retry_after }),
            _ => Ok(()),
        }
    }

    /// The credential for `account` was no good.
    pub fn failed_on(&self, account: Uuid, peer: IpAddr, now: Duration) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let streak = accounts.entry((account, neighbourhood(peer)), now);
        streak.failures = streak.failures.saturating_add(1);
        streak.until = now + delay(streak.failures);
    }

    /// The credential for `account` was good: its owner sits at this address.
    pub fn succeeded_on(&self, account: Uuid, peer: IpAddr) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.remove(&(account, neighbourhood(peer)));
    }
}

/// 1 s, 2 s, 4 s, … after the failures that are free.
fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES + 1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs(1u64 << doublings.min(16)).min(MAX_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use uuid::Uuid;

    use super::{Guess, ScimLimits, TenantRates, Tries, delay};
    use crate::base::ids::TenantId;

    const NOON: Duration = Duration::from_hours(12);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn l4_a_tenants_flood_costs_no_other_tenant_a_request() {
        let rates = TenantRates::new(ScimLimits::default());
        let (flooding, quiet) = (rates.bucket(TenantId::generate()), rates.bucket(TenantId::generate()));
        let passed = (0..10_000).filter(|_| rates.admit(&flooding, NOON).is_ok()).count();
        assert_eq!(passed, 200);
        assert!((0..200).all(|_| rates.admit(&quiet, NOON).is_ok()));
        assert_eq!(rates.admit(&flooding, NOON).unwrap_err().limits, ScimLimits { rate: 25, burst: 200 });
    }

    #[test]
    fn l4_all_credentials_of_a_tenant_share_one_bucket() {
        let (rates, tenant) = (TenantRates::new(ScimLimits::default()), TenantId::generate());
        let (one, other) = (rates.bucket(tenant), rates.bucket(tenant));
        let passed = (0..400).filter(|n| rates.admit(if n % 2 == 0 { &one } else { &other }, NOON).is_ok()).count();
        assert_eq!(passed, 200);
    }

    #[test]
    fn l5_twenty_failures_a_minute_and_then_one_every_three_seconds() {
        let tries = Tries::default();
        let guesser = address("2001:db8::1");
        assert_eq!((0..100).filter(|_| tries.begin(Guess::Client, guesser, NOON).is_ok()).count(), 20);
        let refused = tries.begin(Guess::Client, address("2001:db8::dead"), NOON).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(3));
        tries.begin(Guess::Client, address("2001:db8:0:1::1"), NOON).unwrap();
        tries.begin(Guess::Client, guesser, NOON + Duration::from_secs(3)).unwrap();
        tries.begin(Guess::Client, guesser, NOON + Duration::from_secs(3)).unwrap_err();
        let later = NOON + Duration::from_mins(2);
        assert_eq!((0..100).filter(|_| tries.begin(Guess::Client, guesser, later).is_ok()).count(), 20);
    }

    #[test]
    fn l5_who_guesses_at_tokens_keeps_no_client_of_his_address_out() {
        let (tries, shared) = (Tries::default(), address("192.0.2.1"));
        assert_eq!((0..100).filter(|_| tries.begin(Guess::Bearer, shared, NOON).is_ok()).count(), 20);
        assert_eq!((0..100).filter(|_| tries.begin(Guess::Client, shared, NOON).is_ok()).count(), 20);
    }

    #[test]
    fn l5_successes_are_no_tries() {
        let tries = Tries::default();
        for _ in 0..1000 {
            tries.begin(Guess::Client, address("192.0.2.1"), NOON).unwrap();
            tries.give_back(Guess::Client, address("192.0.2.1"));
        }
    }

    #[test]
    fn l5_the_delay_grows_to_a_minute_and_no_further() {
        let seconds: Vec<u64> = (0..14).map(|failures| delay(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(delay(u32::MAX), Duration::from_mins(1));
    }

    #[test]
    fn l5_a_stranger_cannot_lock_an_account() {
        let tries = Tries::default();
        let account = Uuid::from_u128(7);
        let (stranger, owner) = (address("192.0.2.1"), address("198.51.100.1"));
        for _ in 0..100 {
            tries.failed_on(account, stranger, NOON);
        }
        let refused = tries.begin_on(account, stranger, NOON).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_mins(1));
        tries.begin_on(account, owner, NOON).unwrap();
        tries.begin_on(account, stranger, NOON + Duration::from_mins(1)).unwrap();
        tries.succeeded_on(account, stranger);
        tries.failed_on(account, stranger, NOON);
        tries.begin_on(account, stranger, NOON).unwrap();
    }
}
