//! What is remembered of those who left, of what people had, and of groups that are gone; and for how long.

use std::time::Duration;

use super::App;
use crate::storage::{StorageError, Tx, departed, grants, groups};

/// Who left and what anybody had is remembered for a year, as audit records are (R2); whoever is on hold longer, as long
/// as that.
const REMEMBERED_FOR: Duration = Duration::from_hours(24 * 365);
/// So much is forgotten in one unit of work.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

impl App {
    /// Forgets what is remembered no longer; says how much it was.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn forget_the_past(&self) -> Result<u64, StorageError> {
        let now = self.0.clock.now();
        let since = now.before(REMEMBERED_FOR);
        let mut forgotten = 0;
        loop {
            let forget = async move |tx: &mut Tx<'_>| {
                let people = departed::forget(tx, since, now, FORGOTTEN_AT_ONCE).await?;
                let things = grants::forget_past(tx, since, FORGOTTEN_AT_ONCE).await?;
                Ok::<_, StorageError>(people + things + groups::forget_gone(tx, since, FORGOTTEN_AT_ONCE).await?)
            };
            let some = self.0.store.write(forget).await?;
            forgotten += some;
            if some == 0 {
                return Ok(forgotten);
            }
        }
    }
}
