//! What a request wants of the members of a group, without the members: they are rows, may be a hundred thousand, and
//! are never loaded to change one.
//!
//! A `PATCH` is read into [`Wishes`]; these name identifiers, and once somebody has looked up what each of them is, they
//! [settle](Wishes::settle) into what becomes of those that are named and of the others. Only the identifier of a member
//! counts: `type` and `$ref` follow from it whatever the request says (providers leave them out, and some send a wrong
//! type), `display` is read-only.
//!
//! | file | subject |
//! |---|---|
//! | `read` | members as they are sent, operations about them |
//! | `select` | `members[…]`: what a path filter may ask |
//! | `settle` | operations in order, reduced to what becomes of whom |

mod read;
mod select;
mod settle;
#[cfg(test)]
mod tests;

pub use read::{separate, take};
pub use settle::{Fate, Settled};

use super::path::Selector;

/// The attribute.
const MEMBERS: &str = "members";

/// What a member may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// `type` is `User`.
    User,
    /// `type` is `Group`.
    Group,
}

impl MemberKind {
    /// The value of `type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// What a request wants of members, in order.
#[derive(Debug, Default)]
pub struct Wishes<'s>(Vec<Wish<'s>>);

/// One operation.
#[derive(Debug)]
struct Wish<'s> {
    /// The operation's place in the message, from 1.
    index: usize,
    what: What<'s>,
}

#[derive(Debug)]
enum What<'s> {
    /// They are in.
    Add(Vec<String>),
    /// They are in and nobody else is.
    Replace(Vec<String>),
    /// They are out.
    Remove(Vec<String>),
    /// Nobody is in.
    RemoveAll,
    /// Whom the filter selects is out, and then these are in.
    Exchange(Selector<'s>, Vec<String>),
}

impl Wishes<'_> {
    /// The wish of a body that names all members: a `PUT`, or a `POST`.
    #[must_use]
    pub fn all(members: Vec<String>) -> Self {
        Self(vec![Wish { index: 1, what: What::Replace(members) }])
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every identifier that a wish names, be it in a list or in a filter; each once, in their order.
    #[must_use]
    pub fn named(&self) -> Vec<&str> {
        let mut named: Vec<&str> = Vec::new();
        for wish in &self.0 {
            match &wish.what {
                What::Add(ids) | What::Replace(ids) | What::Remove(ids) => named.extend(ids.iter().map(String::as_str)),
                What::RemoveAll => {}
                What::Exchange(selector, ids) => {
                    select::named(&selector.expression, &mut named);
                    named.extend(ids.iter().map(String::as_str));
                }
            }
        }
        named.sort_unstable();
        named.dedup();
        named
    }
}
