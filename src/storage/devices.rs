//! SIP accounts: the names that were ever given, and the secrets in the forms that a proxy checks (S2).

use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::domain::tenant::TenantScope;
use crate::domain::thing::device::SipDigests;

/// Which of these SIP user names were ever given in this tenant.
///
/// # Errors
///
/// Those of the database.
pub async fn names_ever_given(tx: &mut Tx<'_>, scope: TenantScope, names: &[String]) -> Result<Vec<String>> {
    let given = fetch!(
        all Single<String>,
        tx,
        {
            pg: "SELECT name FROM device_names WHERE tenant_id = $1 AND name IN (SELECT jsonb_array_elements_text($2))",
            lite: "SELECT name FROM device_names WHERE tenant_id = $1 AND name IN (SELECT value FROM json_each($2))"
        },
        scope.tenant(),
        Json(serde_json::json!(names).to_string())
    )?;
    Ok(given.into_iter().map(|(name,)| name).collect())
}

/// Gives names to devices for ever; says how many of them had not been given before.
///
/// # Errors
///
/// Those of the database.
pub async fn give_names(tx: &mut Tx<'_>, scope: TenantScope, names: &[(ThingId, &str)], now: Ts) -> Result<u64> {
    let names: Vec<serde_json::Value> = names
        .iter()
        .map(|(id, name)| serde_json::json!({"thing": id.uuid().simple().to_string(), "name": name}))
        .collect();
    exec!(
        tx,
        {
            pg: "INSERT INTO device_names (tenant_id, name, thing_id, given_at)
                 SELECT $1, n.name, n.thing, $3 FROM jsonb_to_recordset($2) AS n(thing uuid, name text)
                 WHERE true ON CONFLICT DO NOTHING",
            lite: "INSERT INTO device_names (tenant_id, name, thing_id, given_at)
                 SELECT $1, value ->> '$.name', unhex(value ->> '$.thing'), $3 FROM json_each($2)
                 WHERE true ON CONFLICT DO NOTHING"
        },
        scope.tenant(),
        Json(serde_json::Value::from(names).to_string()),
        now
    )
}

/// Remembers that these devices are gone; their names stay given.
///
/// # Errors
///
/// Those of the database.
pub async fn end_names(tx: &mut Tx<'_>, scope: TenantScope, devices: &Ids, now: Ts) -> Result<()> {
    exec!(
        tx,
        {
            pg: "UPDATE device_names SET ended_at = $3 WHERE tenant_id = $1 AND thing_id = ANY (CAST($2 AS uuid[]))",
            lite: "UPDATE device_names SET ended_at = $3 WHERE tenant_id = $1
                 AND thing_id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        devices,
        now
    )?;
    Ok(())
}

/// Gives a device another secret; the one before is void.
///
/// # Errors
///
/// `ForeignKey` where the device is not there, and those of the database.
pub async fn set_secret(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    device: ThingId,
    digests: &SipDigests,
    now: Ts,
) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO device_secrets (tenant_id, thing_id, ha1, ha1b, ha1_sha256, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, thing_id) DO UPDATE
         SET ha1 = excluded.ha1, ha1b = excluded.ha1b, ha1_sha256 = excluded.ha1_sha256, created_at = excluded.created_at",
        scope.tenant(),
        device,
        digests.ha1(),
        digests.ha1b(),
        digests.ha1_sha256(),
        now
    )?;
    Ok(())
}

/// The SIP domain of the tenant, if the operator has set one.
///
/// # Errors
///
/// Those of the database.
pub async fn domain(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Option<String>> {
    let domain =
        fetch!(one Single<Option<String>>, tx, "SELECT sip_domain FROM tenants WHERE id = $1", scope.tenant())?;
    Ok(domain.0)
}

/// Sets the SIP domain of the tenant, unless a secret has been made with another; `false`: one has. One that another tenant
/// has is an error of the index.
///
/// # Errors
///
/// `Unique`, and those of the database.
pub async fn set_domain(tx: &mut Tx<'_>, scope: TenantScope, domain: &str) -> Result<bool> {
    let set = exec!(
        tx,
        "UPDATE tenants SET sip_domain = $2 WHERE id = $1
         AND (sip_domain = $2 OR NOT EXISTS (SELECT 1 FROM device_secrets s WHERE s.tenant_id = $1))",
        scope.tenant(),
        domain
    )?;
    Ok(set > 0)
}
