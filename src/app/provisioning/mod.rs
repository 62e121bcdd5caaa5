//! What an identity provider's request does.

mod stored_user;

pub use stored_user::{StoredUser, UserPage};

use serde_json::Value;

use super::App;
use super::authentication::ProvisioningClient;
use crate::base::ids::EmployeeId;
use crate::scim;
use crate::scim::list::ListQuery;
use crate::storage::StorageError;

/// The request around a use case: what the event and the audit record say of it.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The request id that the caller also gets in his answer.
    pub request_id: String,
}

/// The versions that `If-Match` allows (RFC 7644, section 3.14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// No such header, or `*`.
    Any,
    /// One of these; empty when no entity tag of the header can be ours.
    Versions(Vec<i64>),
}

/// Why a provisioning request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ProvisioningError {
    /// The request itself is at fault.
    #[error(transparent)]
    Invalid(#[from] scim::error::Error),
    /// No such user for this credential.
    #[error("no user {0}")]
    NotFound(String),
    /// The user name belongs to a living employee.
    #[error("the user name is taken")]
    UserNameTaken {
        /// Who has it; `None` when he belongs to another connection.
        holder: Option<EmployeeId>,
        /// Whether the IdP holds him active.
        active: bool,
    },
    /// `If-Match` names another version.
    #[error("the user has version {current}")]
    VersionMismatch {
        /// The version it has.
        current: i64,
    },
    /// The filter would take longer than anybody may compute.
    #[error("the filter takes too long")]
    TooExpensive,
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

/// The use cases of an identity provider.
pub struct Provisioning<'a> {
    app: &'a App,
}

impl App {
    /// What an identity provider may ask for.
    #[must_use]
    pub const fn provisioning(&self) -> Provisioning<'_> {
        Provisioning { app: self }
    }
}

impl Provisioning<'_> {
    /// Makes an employee of a SCIM User, or brings one back (`POST /Users`).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn create_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        body: Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let _ = (client, context, body);
        todo!()
    }

    /// One user by id.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn user(&self, client: &ProvisioningClient, id: &str) -> Result<StoredUser, ProvisioningError> {
        let _ = (client, id);
        todo!()
    }

    /// A page of users.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn list_users(
        &self,
        client: &ProvisioningClient,
        query: &ListQuery<'static>,
    ) -> Result<UserPage, ProvisioningError> {
        let _ = (client, query);
        todo!()
    }

    /// Replaces a user (`PUT`).
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn replace_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
        body: Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let _ = (client, context, id, if_match, body);
        todo!()
    }

    /// Changes a user (`PATCH`); `body` is the whole PatchOp message.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn patch_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
        body: Value,
    ) -> Result<StoredUser, ProvisioningError> {
        let _ = (client, context, id, if_match, body);
        todo!()
    }

    /// Removes a user.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn delete_user(
        &self,
        client: &ProvisioningClient,
        context: &RequestContext,
        id: &str,
        if_match: &IfMatch,
    ) -> Result<(), ProvisioningError> {
        let _ = (client, context, id, if_match);
        todo!()
    }
}
