//! `GET /Users/{id}`.

use super::{Provisioning, ProvisioningError, StoredUser};
use crate::app::authentication::ProvisioningClient;
use crate::base::ids::EmployeeId;
use crate::scim::projection::Projection;
use crate::storage::employees::{self, Groups};
use crate::storage::{StorageError, Tx};

impl Provisioning<'_> {
    /// One user by id. His groups are read only where the answer shows them.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn user(
        &self,
        client: &ProvisioningClient,
        id: &str,
        projection: &Projection<'_>,
    ) -> Result<StoredUser, ProvisioningError> {
        let not_found = || ProvisioningError::NotFound(id.to_owned());
        let employee = EmployeeId::parse(id).ok_or_else(not_found)?;
        self.find_with(client, employee, groups_in(projection)).await?.ok_or_else(not_found)
    }

    /// One employee with his groups.
    pub(super) async fn find(
        &self,
        client: &ProvisioningClient,
        id: EmployeeId,
    ) -> Result<Option<StoredUser>, StorageError> {
        self.find_with(client, id, Groups::Read).await
    }

    async fn find_with(
        &self,
        client: &ProvisioningClient,
        id: EmployeeId,
        groups: Groups,
    ) -> Result<Option<StoredUser>, StorageError> {
        let (scope, connection) = (client.scope, client.connection);
        let row = self
            .app
            .0
            .store
            .point(async move |tx: &mut Tx<'_>| employees::find(tx, scope, connection, id, groups).await);
        Ok(row.await?.map(StoredUser::from))
    }
}

/// Whether a projection shows the groups of a user.
pub(super) fn groups_in(projection: &Projection<'_>) -> Groups {
    if projection.shows("groups") { Groups::Read } else { Groups::Skip }
}
