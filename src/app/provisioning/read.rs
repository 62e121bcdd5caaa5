//! `GET /Users/{id}`, lists and `.search`.

use super::predicate::{predicate, sorting};
use super::{Provisioning, ProvisioningError, StoredUser, UserPage};
use crate::app::authentication::ProvisioningClient;
use crate::base::ids::EmployeeId;
use crate::scim::list::ListQuery;
use crate::storage::employee_list::{self, PageQuery};
use crate::storage::{StorageError, Tx, employees};

impl Provisioning<'_> {
    /// One user by id.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn user(&self, client: &ProvisioningClient, id: &str) -> Result<StoredUser, ProvisioningError> {
        let not_found = || ProvisioningError::NotFound(id.to_owned());
        let employee = EmployeeId::parse(id).ok_or_else(not_found)?;
        self.find(client, employee).await?.ok_or_else(not_found)
    }

    pub(super) async fn find(
        &self,
        client: &ProvisioningClient,
        id: EmployeeId,
    ) -> Result<Option<StoredUser>, StorageError> {
        let (scope, connection) = (client.scope, client.connection);
        let row = self.app.0.store.point(async move |tx: &mut Tx<'_>| employees::find(tx, scope, connection, id).await);
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
    ) -> Result<UserPage, ProvisioningError> {
        let base = self.app.scim_base();
        let page = PageQuery {
            predicate: query.filter.as_ref().map(|filter| predicate(filter, &base)),
            sorting: query.sort.as_ref().map(sorting),
            offset: i64::try_from(query.start_index.saturating_sub(1)).unwrap_or(i64::MAX),
            limit: i64::try_from(query.count).unwrap_or(i64::MAX),
        };
        let found = employee_list::page(&self.app.0.store, client.scope, client.connection, page).await;
        let page = found.map_err(|error| match error {
            StorageError::TimedOut => ProvisioningError::TooExpensive,
            error => ProvisioningError::Storage(error),
        })?;
        Ok(UserPage { total: page.total.unsigned_abs(), users: page.rows.into_iter().map(StoredUser::from).collect() })
    }
}
