//! The tenant's own settings.

use serde_json::{Map, Value, json};

use super::trail::{Leavings, named};
use super::{Administration, AdministrationError, Change, Fault, sound};
use crate::app::authentication::AdminReader;
use crate::base::clock::Ts;
use crate::base::e164::{E164, Region};
use crate::domain::audit::{Action, Subject};
use crate::domain::employee::check_email;
use crate::domain::outbox::{About, Topic};
use crate::domain::tenant::{MAX_HOLD_DAYS, TenantSettings, is_language_tag};
use crate::storage::Tx;
use crate::storage::tenants::{self, SettingsRow};

/// A tenant as its administrators see it.
#[derive(Debug, Clone)]
pub struct OwnTenant {
    /// The name.
    pub name: String,
    /// The customer number of the telephone system.
    pub customer_number: String,
    /// The SIP domain of its telephones, which the operator sets.
    pub sip_domain: Option<String>,
    /// What may be set.
    pub settings: TenantSettings,
    /// Counts the changes of settings.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
}

impl From<SettingsRow> for OwnTenant {
    fn from(row: SettingsRow) -> Self {
        let settings = row.settings();
        Self {
            name: row.name,
            customer_number: row.customer_number,
            sip_domain: row.sip_domain,
            settings,
            version: row.settings_version,
            created_at: row.created_at,
        }
    }
}

impl Administration<'_> {
    /// The tenant of the caller.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn own_tenant(&self, reader: &AdminReader) -> Result<OwnTenant, AdministrationError> {
        let scope = reader.scope;
        let find = async move |tx: &mut Tx<'_>| tenants::settings(tx, scope).await;
        Ok(self.app.0.store.point(find).await?.into())
    }

    /// Changes the settings of the caller's tenant to what `wanted` makes of them; it may be asked more than once.
    ///
    /// # Errors
    ///
    /// `Invalid`, `VersionMismatch`, `Storage`, and those of `wanted`.
    pub async fn change_own_tenant(
        &self,
        change: Change,
        wanted: impl Fn(&OwnTenant) -> Result<TenantSettings, AdministrationError> + Send + Sync + 'static,
    ) -> Result<OwnTenant, AdministrationError> {
        let (scope, now) = (change.writer.scope, self.now());
        self.perform(async move |tx: &mut Tx<'_>| {
            let current = OwnTenant::from(tenants::settings(tx, scope).await?);
            change.check(current.version)?;
            let wanted = wanted(&current)?;
            if wanted == current.settings {
                return Ok(current);
            }
            sound(faults(&wanted))?;
            if !tenants::set_settings(tx, scope, current.version, &wanted).await? {
                return Err(AdministrationError::Raced);
            }
            let (changes, fields) = changes(&current.settings, &wanted);
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::TenantChanged, Subject::Tenant(scope.tenant()), changes);
            leavings.tell(About::Tenant, Topic::TenantChanged, named(&fields));
            leavings.write(tx).await?;
            Ok::<_, AdministrationError>(OwnTenant { settings: wanted, version: current.version + 1, ..current })
        })
        .await
    }
}

fn faults(settings: &TenantSettings) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(Err(detail)) = settings.contact_email.as_deref().map(check_email) {
        faults.push(Fault::at("/contact/email", detail));
    }
    if let Some(Err(error)) = settings.contact_phone.as_deref().map(|phone| E164::parse(phone, Region::default())) {
        faults.push(Fault::at("/contact/phone", error.to_string()));
    }
    if !is_language_tag(&settings.language) {
        faults.push(Fault::at("/language", "this is no language tag; write one such as de, en or de-AT"));
    }
    if !(0..=MAX_HOLD_DAYS).contains(&settings.hold_days) {
        faults.push(Fault::at("/hold_days", format!("a hold lasts from 0 to {MAX_HOLD_DAYS} days")));
    }
    faults
}

/// What changed, for the record and by name. Contact data are personal (R3).
fn changes(before: &TenantSettings, after: &TenantSettings) -> (Map<String, Value>, Vec<&'static str>) {
    let told = |changed: bool| changed.then(|| Value::from("changed"));
    let of = |before: Value, after: Value| (before != after).then(|| json!([before, after]));
    let fields = [
        ("contact.email", told(before.contact_email != after.contact_email)),
        ("contact.phone", told(before.contact_phone != after.contact_phone)),
        ("language", of(json!(before.language), json!(after.language))),
        ("hold_days", of(json!(before.hold_days), json!(after.hold_days))),
        ("handmade_employees", of(json!(before.handmade_employees.name()), json!(after.handmade_employees.name()))),
    ];
    let changed: Vec<_> = fields.into_iter().filter_map(|(name, change)| Some((name, change?))).collect();
    let names = changed.iter().map(|(name, _)| *name).collect();
    (changed.into_iter().map(|(name, change)| (name.to_owned(), change)).collect(), names)
}
