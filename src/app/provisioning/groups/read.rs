//! `GET /Groups/{id}`; members page by page.

use std::fmt::Write as _;

use serde_json::Value;
use uuid::Uuid;

use super::StoredGroup;
use crate::app::App;
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::{Provisioning, ProvisioningError};
use crate::base::ids::GroupId;
use crate::domain::tenant::TenantScope;
use crate::scim::members::MemberKind;
use crate::storage::group_members::MemberRow;
use crate::storage::{StorageError, Tx, group_members, groups};

/// How many members are read at a time: what an answer holds in memory does not grow with the group.
const PAGE: i64 = 1000;

impl Provisioning<'_> {
    /// One group by id, without its members.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`].
    pub async fn group(&self, client: &ProvisioningClient, id: &str) -> Result<StoredGroup, ProvisioningError> {
        let no_group = || ProvisioningError::NoGroup(id.to_owned());
        let group = GroupId::parse(id).ok_or_else(no_group)?;
        self.find_group(client, group).await?.ok_or_else(no_group)
    }

    pub(super) async fn find_group(
        &self,
        client: &ProvisioningClient,
        id: GroupId,
    ) -> Result<Option<StoredGroup>, StorageError> {
        let found = groups::find(&self.app.0.store, client.scope, client.connection, id).await?;
        Ok(found.map(StoredGroup::from))
    }

    /// The members of a group that was found for this client.
    #[must_use]
    pub fn members(&self, client: &ProvisioningClient, group: &StoredGroup) -> Members {
        Members {
            app: self.app.clone(),
            scope: client.scope,
            group: group.id,
            next: Some((MemberKind::User, Uuid::nil())),
        }
    }
}

/// The members of one group, employees first, by their identifiers. Each page is read when it is asked for, and nothing
/// is held open in between: who comes or goes meanwhile is in it or not.
pub struct Members {
    app: App,
    scope: TenantScope,
    group: GroupId,
    /// Where to go on; nowhere at the end.
    next: Option<(MemberKind, Uuid)>,
}

/// One member as it is shown.
#[derive(Debug, Clone)]
pub struct Member {
    id: Uuid,
    kind: MemberKind,
    display: String,
}

impl Members {
    /// The next members; none at the end.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Vec<Member>, StorageError> {
        while let Some((kind, after)) = self.next {
            let (scope, group) = (self.scope, self.group);
            let rows: Vec<MemberRow> = self
                .app
                .0
                .store
                .point(async move |tx: &mut Tx<'_>| match kind {
                    MemberKind::User => group_members::employees_page(tx, scope, group, after, PAGE).await,
                    MemberKind::Group => group_members::subgroups_page(tx, scope, group, after, PAGE).await,
                })
                .await?;
            let last = rows.last().map_or(after, |row| row.id.uuid());
            let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= PAGE;
            self.next = match (full, kind) {
                (true, _) => Some((kind, last)),
                (false, MemberKind::User) => Some((MemberKind::Group, Uuid::nil())),
                (false, MemberKind::Group) => None,
            };
            if !rows.is_empty() {
                return Ok(rows
                    .into_iter()
                    .map(|row| Member { id: row.id.uuid(), kind, display: row.display })
                    .collect());
            }
        }
        Ok(Vec::new())
    }
}

impl Member {
    /// Appends the element as JSON text, before any projection.
    pub fn push_json(&self, out: &mut String, base: &str) {
        let Self { id, kind, display } = self;
        let kind = kind.name();
        let _ = write!(
            out,
            "{{\"value\":\"{id}\",\"$ref\":{address},\"type\":\"{kind}\",\"display\":{display}}}",
            address = Value::String(format!("{base}/{kind}s/{id}")),
            display = Value::from(display.as_str()),
        );
    }
}
