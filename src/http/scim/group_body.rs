//! The text of groups with their members, made while it leaves: memory does not grow with the group, and no snapshot is
//! held open for a client that reads slowly. What is short leaves in one piece, with its length known beforehand.

use std::collections::VecDeque;
use std::fmt::Write as _;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::error::ScimError;
use super::resource::ListHead;
use crate::app::StorageError;
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::groups::{Members, StoredGroup};
use crate::app::provisioning::{ListPage, ProvisioningError};
use crate::http::state::HttpState;
use crate::scim::list::Paging;
use crate::scim::projection::Projection;

/// What is longer than this leaves in pieces, in bytes.
const ONE_PIECE: usize = 256 * 1024;

/// The body with one group.
pub async fn one(
    client: &ProvisioningClient,
    group: &StoredGroup,
    projection: Projection<'static>,
    state: &HttpState,
) -> Result<Body, ScimError> {
    Text::new(String::new(), client, std::slice::from_ref(group), "", projection, state).into_body().await
}

/// The body with a page of groups; `users` are those of the page, finished.
pub async fn list(
    client: &ProvisioningClient,
    paging: &Paging,
    page: &ListPage,
    users: &[String],
    projection: Projection<'static>,
    state: &HttpState,
) -> Result<Body, ScimError> {
    let head = ListHead {
        total: page.total,
        items: users.len() + page.groups.len(),
        start_index: paging.start_index(),
        next_cursor: page.next_cursor.as_deref(),
    };
    let mut begun = head.to_json();
    begun.push_str(&users.join(","));
    if !users.is_empty() && !page.groups.is_empty() {
        begun.push(',');
    }
    Text::new(begun, client, &page.groups, "]}", projection, state).into_body().await
}

/// Text that is still being made.
struct Text {
    /// What stands in front of the groups, until it has been written.
    head: Option<String>,
    /// Those still to come, without members, each with the way to its members if they are shown.
    groups: VecDeque<(String, Option<Members>)>,
    current: Option<Open>,
    first: bool,
    /// What stands behind the groups, until it has been written.
    tail: Option<&'static str>,
    projection: Projection<'static>,
    base: String,
}

/// A group whose members are being written.
struct Open {
    members: Members,
    begun: bool,
}

impl Text {
    fn new(
        head: String,
        client: &ProvisioningClient,
        groups: &[StoredGroup],
        tail: &'static str,
        projection: Projection<'static>,
        state: &HttpState,
    ) -> Self {
        let provisioning = state.app.provisioning();
        let with_members = projection.shows("members");
        let groups = groups.iter().map(|group| {
            let members = with_members.then(|| provisioning.members(client, group));
            (projection.apply(group.to_json(&state.scim_base)), members)
        });
        Self {
            head: Some(head),
            groups: groups.collect(),
            current: None,
            first: true,
            tail: Some(tail),
            base: state.scim_base.clone(),
            projection,
        }
    }

    /// The whole text if it is short; else what there is so far, and the rest as it is asked for.
    async fn into_body(mut self) -> Result<Body, ScimError> {
        let mut begun = String::new();
        while begun.len() < ONE_PIECE {
            match self.next().await.map_err(ProvisioningError::Storage)? {
                Some(piece) => begun.push_str(&piece),
                None => return Ok(Body::from(begun)),
            }
        }
        let pieces = stream::unfold((Some(begun), self), |(begun, mut text)| async move {
            let piece = match begun {
                Some(begun) => Ok(Some(begun)),
                None => text.next().await,
            };
            // After an error the connection is cut: the client must not take a part for the whole.
            piece.transpose().map(|piece| (piece.map(Bytes::from), (None, text)))
        });
        Ok(Body::from_stream(pieces))
    }

    async fn next(&mut self) -> Result<Option<String>, StorageError> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        if let Some(open) = &mut self.current {
            let members = open.members.next().await?;
            if members.is_empty() {
                let end = if open.begun { "]}" } else { "}" };
                self.current = None;
                return Ok(Some(end.to_owned()));
            }
            let mut piece = String::with_capacity(members.len() * 192 + 16);
            piece.push_str(WRAPPED.0);
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    piece.push(',');
                }
                member.push_json(&mut piece, &self.base);
            }
            piece.push_str(WRAPPED.1);
            let shown = self.projection.apply(piece);
            let Some(shown) = shown.strip_prefix(WRAPPED.0).and_then(|shown| shown.strip_suffix(WRAPPED.1)) else {
                // Nothing of a member is shown, so nothing of any is.
                return Ok(Some(String::new()));
            };
            let before = if std::mem::replace(&mut open.begun, true) { "," } else { ",\"members\":[" };
            return Ok(Some(format!("{before}{shown}")));
        }
        if let Some((group, members)) = self.groups.pop_front() {
            let mut piece = String::with_capacity(group.len() + 1);
            let comma = if std::mem::replace(&mut self.first, false) { "" } else { "," };
            let Some(members) = members else {
                let _ = write!(piece, "{comma}{group}");
                return Ok(Some(piece));
            };
            // The members go in front of the last bracket.
            let _ = write!(piece, "{comma}{}", group.strip_suffix('}').unwrap_or(&group));
            self.current = Some(Open { members, begun: false });
            return Ok(Some(piece));
        }
        Ok(self.tail.take().map(str::to_owned))
    }
}

/// What stands around the elements of a page, so that they can be projected as what they are.
const WRAPPED: (&str, &str) = ("{\"members\":[", "]}");
