//! `GET /Users/{id}`, lists and `.search`.

use super::predicate::{Resource, predicate, sorting};
use super::{Provisioning, ProvisioningError, StoredUser, UserPage};
use crate::app::authentication::ProvisioningClient;
use crate::base::ids::EmployeeId;
use crate::scim::list::ListQuery;
use crate::scim::projection::Projection;
use crate::storage::employees::{self, Groups};
use crate::storage::listing::PageQuery;
use crate::storage::{StorageError, Tx, employee_list};

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

    /// A page of users (RFC 7644, section 3.4.2).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn list_users(
        &self,
        client: &ProvisioningClient,
        query: &ListQuery<'static>,
        projection: &Projection<'_>,
    ) -> Result<UserPage, ProvisioningError> {
        let page = self.page_query(Resource::User, query)?;
        let (store, groups) = (&self.app.0.store, groups_in(projection));
        let found = employee_list::page(store, client.scope, client.connection, page, groups).await;
        let page = found.map_err(too_expensive)?;
        Ok(UserPage { total: page.total.unsigned_abs(), users: page.rows.into_iter().map(StoredUser::from).collect() })
    }

    /// A list request in terms of the database.
    pub(super) fn page_query(
        &self,
        resource: Resource,
        query: &ListQuery<'static>,
    ) -> Result<PageQuery, ProvisioningError> {
        let base = self.app.scim_base();
        let filter = query.filter.as_ref();
        Ok(PageQuery {
            predicate: filter.map(|filter| predicate(filter, resource, &base)).transpose()?,
            sorting: query.sort.as_ref().map(|key| sorting(key, resource)),
            offset: i64::try_from(query.start_index.saturating_sub(1)).unwrap_or(i64::MAX),
            limit: i64::try_from(query.count).unwrap_or(i64::MAX),
        })
    }
}

/// What a list that was not finished in time means to who asked for it.
pub(super) fn too_expensive(error: StorageError) -> ProvisioningError {
    match error {
        StorageError::TimedOut => ProvisioningError::TooExpensive,
        error => ProvisioningError::Storage(error),
    }
}

fn groups_in(projection: &Projection<'_>) -> Groups {
    if projection.shows("groups") { Groups::Read } else { Groups::Skip }
}
