//! SIP accounts and their secrets, which are made here, shown once and kept as hashes only (S2).

use secrecy::SecretString;
use serde_json::Map;

use super::add::{add, only};
use super::change::about;
use super::{NewStock, StockThing, find};
use crate::app::administration::trail::Leavings;
use crate::app::administration::{Administration, AdministrationError, Change, Conflict, Once, Performed};
use crate::app::planning::Terms;
use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::base::random;
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::device::{SipDomain, SipSecret};
use crate::domain::thing::{Class, Key};
use crate::storage::{StorageError, Tx, devices};

/// What a telephone has to be told to register.
#[derive(Debug, Clone)]
pub struct SipAccount {
    /// The user name.
    pub user_name: String,
    /// The domain, which is the realm, too.
    pub domain: String,
    /// The secret in clear; here and nowhere else.
    pub secret: SecretString,
}

/// A device with an account that was just made for it.
#[derive(Debug, Clone)]
pub struct DeviceAccount {
    /// The device.
    pub device: StockThing,
    /// The account.
    pub account: SipAccount,
}

impl Administration<'_> {
    /// Adds a device with a secret.
    ///
    /// # Errors
    ///
    /// Those of [`add_stock`](Self::add_stock); `Conflict` while the operator has set no SIP domain.
    pub async fn add_device(
        &self,
        change: Change,
        new: NewStock,
        once: Once<DeviceAccount>,
    ) -> Result<Performed<DeviceAccount>, AdministrationError> {
        let (scope, now, books) = (change.writer.scope, self.now(), self.books());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            let terms = Terms::in_turn(tx, scope, &books).await?;
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let added = add(tx, scope, &terms, &change.because(now), &new).await?;
            let device = only(tx, scope, &new, &added, now).await?;
            let made = with_secret(tx, scope, &device, now).await?;
            keeping.keep(tx, made).await
        })
        .await
    }

    /// Gives a device another secret; with the one before, nobody can register any more.
    ///
    /// # Errors
    ///
    /// `NotFound`, `VersionMismatch`, `KeyReused`, `Storage`; `Conflict` while the operator has set no SIP domain.
    pub async fn renew_secret(
        &self,
        change: Change,
        id: ThingId,
        once: Once<DeviceAccount>,
    ) -> Result<Performed<DeviceAccount>, AdministrationError> {
        let (scope, now) = (change.writer.scope, self.now());
        let keeping = once.keeping(&change, now);
        self.perform(async move |tx: &mut Tx<'_>| {
            if let Some(before) = keeping.answered(tx).await? {
                return Ok(before);
            }
            let current = find(tx, scope, Class::Device, id, now).await?;
            change.check(current.thing.version)?;
            let made = with_secret(tx, scope, &current, now).await?;
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::DeviceSecretMade, Subject::Thing(id), Map::new());
            leavings.tell(About::Tenant, Topic::DeviceSecretMade, about(id, &[]));
            leavings.write(tx).await?;
            keeping.keep(tx, made).await
        })
        .await
    }
}

/// Makes a secret for a device and keeps its hashes.
async fn with_secret(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    device: &StockThing,
    now: Ts,
) -> Result<DeviceAccount, AdministrationError> {
    let domain = devices::domain(tx, scope).await?.and_then(|domain| SipDomain::parse(&domain).ok());
    let domain = domain.ok_or(Conflict::NotSetUp(
        "this tenant has no SIP domain yet, which is part of every secret; the operator sets it: deskgate tenant \
         sip-domain NAME DOMAIN",
    ))?;
    let Key::Device(name) = &device.thing.key else {
        return Err(StorageError::Misuse("a device is found under its SIP user name").into());
    };
    let bytes = random::bytes().map_err(|_| StorageError::Misuse("the system has no randomness"))?;
    let secret = SipSecret::from_random(&bytes);
    devices::set_secret(tx, scope, device.thing.id, &secret.digests(name, &domain), now).await?;
    let account =
        SipAccount { user_name: name.to_string(), domain: domain.as_str().to_owned(), secret: secret.reveal().into() };
    let device = find(tx, scope, Class::Device, device.thing.id, now).await?;
    Ok(DeviceAccount { device, account })
}
