//! Profile photos of employees, a row each.

use super::error::Result;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::tenant::TenantScope;

row! {
    /// A photo as it is served.
    #[derive(Clone)]
    pub struct PhotoRow {
        /// The type of the file.
        pub media_type: String,
        /// The file.
        pub image: Vec<u8>,
        /// When it was put there.
        pub updated_at: Ts,
    }
}

/// The photo of an employee.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, employee: EmployeeId) -> Result<Option<PhotoRow>> {
    fetch!(
        opt PhotoRow,
        tx,
        "SELECT media_type, image, updated_at FROM employee_photos WHERE tenant_id = $1 AND employee_id = $2",
        scope.tenant(),
        employee
    )
}

/// Puts a photo in the place of the one that is there.
///
/// # Errors
///
/// `ForeignKey` when the employee is not there, and those of the database.
pub async fn put(tx: &mut Tx<'_>, scope: TenantScope, employee: EmployeeId, photo: &PhotoRow) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO employee_photos (tenant_id, employee_id, media_type, image, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, employee_id) DO UPDATE
         SET media_type = excluded.media_type, image = excluded.image, updated_at = excluded.updated_at",
        scope.tenant(),
        employee,
        photo.media_type.as_str(),
        photo.image.as_slice(),
        photo.updated_at
    )?;
    Ok(())
}

/// Takes a photo away; `false`: there was none.
///
/// # Errors
///
/// Those of the database.
pub async fn delete(tx: &mut Tx<'_>, scope: TenantScope, employee: EmployeeId) -> Result<bool> {
    let gone =
        exec!(tx, "DELETE FROM employee_photos WHERE tenant_id = $1 AND employee_id = $2", scope.tenant(), employee)?;
    Ok(gone > 0)
}
