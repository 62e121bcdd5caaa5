//! Lists and `.search`: pages by position (RFC 7644, section 3.4.2.4) and by cursor (RFC 9865).
//!
//! A cursor goes on behind the place of the last resource shown, in the order of arrival, in which nobody ever moves. So
//! whoever is there and selected for as long as a walk takes is shown in it exactly once, whatever others write
//! meanwhile; by position he may be missed or shown twice, because who goes makes the others close up.

use super::cursor::{Context, List, Position};
use super::groups::StoredGroup;
use super::predicate::{Resource, predicate, sorting};
use super::read::groups_in;
use super::{Provisioning, ProvisioningError, StoredUser};
use crate::app::authentication::ProvisioningClient;
use crate::scim::error::Error;
use crate::scim::list::{ListQuery, Paging};
use crate::scim::projection::Projection;
use crate::storage::listing::{Listed, Page, PageQuery, Start};
use crate::storage::{StorageError, employee_list, group_list};

/// A page of a list (RFC 7644, section 3.4.2): users, and behind them groups.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// How many resources the filter selects; in a walk with cursors, how many it selected when the walk began.
    pub total: u64,
    /// The users of this page.
    pub users: Vec<StoredUser>,
    /// The groups of this page, without their members.
    pub groups: Vec<StoredGroup>,
    /// What asks for the next page of a walk; nothing on the last one, and where nobody asked for cursors.
    pub next_cursor: Option<String>,
}

impl Provisioning<'_> {
    /// A page of users.
    ///
    /// # Errors
    ///
    /// See [`ProvisioningError`]; `invalidCursor` and `expiredCursor` for a cursor that leads nowhere.
    pub async fn list_users(
        &self,
        client: &ProvisioningClient,
        query: &ListQuery<'static>,
        projection: &Projection<'_>,
    ) -> Result<ListPage, ProvisioningError> {
        let mut filling = self.begin(client, List::Users, query)?;
        self.fill_with_users(client, query, projection, &mut filling).await?;
        Ok(self.finish(client, List::Users, query, filling))
    }

    /// A page of groups, without their members.
    ///
    /// # Errors
    ///
    /// As [`list_users`](Self::list_users).
    pub async fn list_groups(
        &self,
        client: &ProvisioningClient,
        query: &ListQuery<'static>,
    ) -> Result<ListPage, ProvisioningError> {
        let mut filling = self.begin(client, List::Groups, query)?;
        self.fill_with_groups(client, query, &mut filling).await?;
        Ok(self.finish(client, List::Groups, query, filling))
    }

    /// A page of users and, behind the last of them, groups. The two queries are one, bound to either type.
    ///
    /// # Errors
    ///
    /// As [`list_users`](Self::list_users).
    pub async fn list_everything(
        &self,
        client: &ProvisioningClient,
        of_users: &ListQuery<'static>,
        projection: &Projection<'_>,
        of_groups: &ListQuery<'static>,
    ) -> Result<ListPage, ProvisioningError> {
        let mut filling = self.begin(client, List::Everything, of_users)?;
        self.fill_with_users(client, of_users, projection, &mut filling).await?;
        self.fill_with_groups(client, of_groups, &mut filling).await?;
        Ok(self.finish(client, List::Everything, of_users, filling))
    }

    fn begin(&self, client: &ProvisioningClient, list: List, query: &ListQuery<'_>) -> Result<Filling, Error> {
        let begin = match &query.paging {
            Paging::Index(position) => Begin::Offset(position.saturating_sub(1)),
            Paging::Cursor { cursor: None, .. } => Begin::Offset(0),
            Paging::Cursor { cursor: Some(cursor), query } => {
                let (key, now) = (&self.app.0.cursor_key, self.app.0.clock.now());
                Begin::Behind(Context::new(client, list, query).open(key, cursor, now)?)
            }
        };
        let total = match begin {
            Begin::Offset(_) => 0,
            Begin::Behind(position) => position.total,
        };
        let page = ListPage { total, users: Vec::new(), groups: Vec::new(), next_cursor: None };
        Ok(Filling { begin, room: i64::try_from(query.count).unwrap_or(i64::MAX), next: None, page })
    }

    async fn fill_with_users(
        &self,
        client: &ProvisioningClient,
        query: &ListQuery<'static>,
        projection: &Projection<'_>,
        filling: &mut Filling,
    ) -> Result<(), ProvisioningError> {
        let Some(part) = filling.part(Resource::User) else { return Ok(()) };
        let (asked, store) = (self.page_query(Resource::User, query, part)?, &self.app.0.store);
        let found = employee_list::page(store, client.scope, client.connection, asked, groups_in(projection)).await;
        let rows = filling.take(Resource::User, found.map_err(too_expensive)?);
        filling.page.users = rows.into_iter().map(StoredUser::from).collect();
        Ok(())
    }

    async fn fill_with_groups(
        &self,
        client: &ProvisioningClient,
        query: &ListQuery<'static>,
        filling: &mut Filling,
    ) -> Result<(), ProvisioningError> {
        let Some(part) = filling.part(Resource::Group) else { return Ok(()) };
        let asked = self.page_query(Resource::Group, query, part)?;
        let found = group_list::page(&self.app.0.store, client.scope, client.connection, asked).await;
        let rows = filling.take(Resource::Group, found.map_err(too_expensive)?);
        filling.page.groups = rows.into_iter().map(StoredGroup::from).collect();
        Ok(())
    }

    /// A list request in terms of the database.
    fn page_query(&self, resource: Resource, query: &ListQuery<'static>, part: Part) -> Result<PageQuery, Error> {
        let base = self.app.scim_base();
        let filter = query.filter.as_ref();
        Ok(PageQuery {
            predicate: filter.map(|filter| predicate(filter, resource, &base)).transpose()?,
            sorting: query.sort.as_ref().map(|key| sorting(key, resource)),
            start: part.start,
            limit: part.limit,
        })
    }

    fn finish(&self, client: &ProvisioningClient, list: List, query: &ListQuery<'_>, filling: Filling) -> ListPage {
        let Filling { next, mut page, .. } = filling;
        // Who wants to know the total alone has no pages to go through.
        if let (Paging::Cursor { query, .. }, Some((resource, after)), 1..) = (&query.paging, next, query.count) {
            let position = Position { resource, after, total: page.total };
            let (key, now) = (&self.app.0.cursor_key, self.app.0.clock.now());
            page.next_cursor = Some(Context::new(client, list, query).seal(key, position, now));
        }
        page
    }
}

/// A page while it is filled, type by type.
struct Filling {
    begin: Begin,
    /// How many resources it still takes.
    room: i64,
    /// Where the next page goes on, once it is certain that there is one.
    next: Option<(Resource, i64)>,
    page: ListPage,
}

/// Where a page begins.
#[derive(Clone, Copy)]
enum Begin {
    /// Behind so many resources.
    Offset(u64),
    /// Where an earlier page ended.
    Behind(Position),
}

/// What is asked of the resources of one type.
#[derive(Clone, Copy)]
struct Part {
    start: Start,
    limit: i64,
}

impl Filling {
    /// What is still to be asked of the resources of a type; of all those before it has been taken.
    fn part(&self, resource: Resource) -> Option<Part> {
        let full = self.next.is_some();
        match self.begin {
            // A full page asks on, for the total.
            Begin::Offset(offset) => {
                let offset = offset.saturating_sub(self.page.total);
                let start = Start::Offset(i64::try_from(offset).unwrap_or(i64::MAX));
                Some(Part { start, limit: if full { 0 } else { self.room } })
            }
            Begin::Behind(_) if full => None,
            Begin::Behind(position) => match (position.resource, resource) {
                (Resource::Group, Resource::User) => None,
                (Resource::User, Resource::Group) => Some(Part { start: Start::After(0), limit: self.room }),
                _ => Some(Part { start: Start::After(position.after), limit: self.room }),
            },
        }
    }

    /// Takes the answer for a type; gives its rows.
    fn take<R: Listed>(&mut self, resource: Resource, found: Page<R>) -> Vec<R> {
        let Page { total, rows, more } = found;
        self.page.total = self.page.total.saturating_add(total.map_or(0, i64::unsigned_abs));
        self.room = self.room.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if more && self.next.is_none() {
            // A page that was full before this type began goes on at its beginning.
            self.next = Some((resource, rows.last().map_or(0, Listed::seq)));
        }
        rows
    }
}

/// What a list that was not finished in time means to who asked for it.
fn too_expensive(error: StorageError) -> ProvisioningError {
    match error {
        StorageError::TimedOut => ProvisioningError::TooExpensive,
        error => ProvisioningError::Storage(error),
    }
}
