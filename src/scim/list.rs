//! What a list request asks for (RFC 7644, sections 3.4.2 and 3.4.3).

use super::filter::Filter;
use super::schema::AttrRef;

/// Resources in a page unless the client says otherwise.
pub const DEFAULT_COUNT: u64 = 100;
/// The largest page; a client that asks for more gets this many (L3).
pub const MAX_COUNT: u64 = 1000;

/// A checked list request.
#[derive(Debug, Clone)]
pub struct ListQuery<'s> {
    /// Which resources; `None`: all.
    pub filter: Option<Filter<'s>>,
    /// In which order; `None`: the order in which they were made.
    pub sort: Option<SortKey<'s>>,
    /// The 1-based position of the first one, at least 1.
    pub start_index: u64,
    /// The size of the page, 0 to [`MAX_COUNT`].
    pub count: u64,
}

/// `sortBy` and `sortOrder` (RFC 7644, section 3.4.2.3).
#[derive(Debug, Clone, Copy)]
pub struct SortKey<'s> {
    /// A comparable attribute: never a complex one (`sortBy=emails` means `emails.value`).
    pub attribute: AttrRef<'s>,
    /// `sortOrder=descending`.
    pub descending: bool,
}
