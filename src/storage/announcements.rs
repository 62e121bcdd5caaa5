//! The sound of announcements.

use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::domain::tenant::TenantScope;

/// Gives an announcement its sound, in the place of the one before.
///
/// # Errors
///
/// `ForeignKey` where the announcement is not there, and those of the database.
pub async fn set_audio(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId, audio: &[u8], now: Ts) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO announcement_audio (tenant_id, thing_id, audio, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, thing_id) DO UPDATE SET audio = excluded.audio, updated_at = excluded.updated_at",
        scope.tenant(),
        id,
        audio,
        now
    )?;
    Ok(())
}

/// The sound of an announcement.
///
/// # Errors
///
/// Those of the database.
pub async fn audio(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId) -> Result<Option<Vec<u8>>> {
    let found = fetch!(
        opt Single<Vec<u8>>,
        tx,
        "SELECT audio FROM announcement_audio WHERE tenant_id = $1 AND thing_id = $2",
        scope.tenant(),
        id
    )?;
    Ok(found.map(|(audio,)| audio))
}

/// Takes the sound of an announcement away.
///
/// # Errors
///
/// Those of the database.
pub async fn delete_audio(tx: &mut Tx<'_>, scope: TenantScope, id: ThingId) -> Result<()> {
    exec!(tx, "DELETE FROM announcement_audio WHERE tenant_id = $1 AND thing_id = $2", scope.tenant(), id)?;
    Ok(())
}
