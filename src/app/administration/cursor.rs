//! Pages of lists, and the cursors that lead from one to the next.
//!
//! A cursor holds the key of the last one shown, in an order in which nobody moves. It is sealed as those of SCIM are
//! ([`provisioning`](crate::app::provisioning)), for the tenant, the list and the query it was made for: what others are
//! named is nobody's business, and a cursor that was taken elsewhere leads nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Administration, AdministrationError};
use crate::app::authentication::AdminReader;

/// Counts the forms of a cursor: one of an earlier form does not open.
const FORM: &[u8] = b"admin cursor 1";
/// When it was made.
const TIME_BYTES: usize = 8;
/// The longest cursor that can be ours: the key of a name of 200 characters, folded.
const MAX_CURSOR: usize = 4096;

/// Which page.
#[derive(Debug, Clone)]
pub struct Paging {
    /// How many at most, from 1.
    pub limit: u16,
    /// What the page before gave; nothing: the first page.
    pub cursor: Option<String>,
}

/// One page.
#[derive(Debug, Clone)]
pub struct ListPage<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What asks for the next page; nothing on the last one.
    pub next: Option<String>,
}

/// A walk through one list with one filter.
pub(super) struct Walk {
    context: Vec<u8>,
}

impl Walk {
    /// `list` names the list, `query` what is asked of it.
    pub(super) fn new(reader: &AdminReader, list: &'static str, query: &str) -> Self {
        // The parts of any length stand behind those of a fixed one, and no name of a list holds a blank.
        Self {
            context: [FORM, reader.scope.tenant().uuid().as_bytes(), list.as_bytes(), b" ", query.as_bytes()].concat(),
        }
    }
}

impl Administration<'_> {
    /// Behind which key the page begins; nothing: at the beginning.
    ///
    /// # Errors
    ///
    /// `Cursor` for a text that was not handed out for this walk.
    pub(super) fn begin(&self, walk: &Walk, paging: &Paging) -> Result<Option<String>, AdministrationError> {
        let Some(cursor) = &paging.cursor else { return Ok(None) };
        self.opened(walk, cursor).map(Some).ok_or(AdministrationError::Cursor)
    }

    fn opened(&self, walk: &Walk, cursor: &str) -> Option<String> {
        if cursor.len() > MAX_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (made_at, sealed) = bytes.split_first_chunk::<TIME_BYTES>()?;
        String::from_utf8(self.app.0.cursor_key.open(u64::from_be_bytes(*made_at), &walk.context, sealed)?).ok()
    }

    /// The page of these rows, of which one more than fit were asked for, each with the key it is ordered by.
    pub(super) fn finish<T>(
        &self,
        walk: &Walk,
        paging: &Paging,
        mut rows: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> ListPage<T> {
        let more = rows.len() > usize::from(paging.limit);
        rows.truncate(usize::from(paging.limit));
        let next = rows.last().filter(|_| more).map(|last| {
            let made_at = self.now().micros().to_be_bytes();
            let clear = key(last);
            let sealed = self.app.0.cursor_key.seal(u64::from_be_bytes(made_at), &walk.context, clear.as_bytes());
            URL_SAFE_NO_PAD.encode([&made_at[..], &sealed].concat())
        });
        ListPage { items: rows, next }
    }
}

impl Paging {
    /// How many rows to ask for: one more than fit tells whether there is another page.
    pub(super) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

impl<T> ListPage<T> {
    /// The same page of something else.
    pub(super) fn map<U>(self, make: impl FnMut(T) -> U) -> ListPage<U> {
        ListPage { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}
