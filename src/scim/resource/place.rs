//! Where in a resource a value stands, for the sentence that refuses it.

use std::fmt;

use crate::scim::error::Error;
use crate::scim::schema::{AttrRef, Attribute};

/// An attribute, and which element of its list is meant.
#[derive(Debug, Clone, Copy)]
pub struct Place<'s> {
    at: AttrRef<'s>,
    element: Option<usize>,
}

impl<'s> Place<'s> {
    /// The attribute as a whole.
    pub const fn of(at: AttrRef<'s>) -> Self {
        Self { at, element: None }
    }

    /// The attribute whose values are meant.
    pub fn target(self) -> &'s Attribute {
        self.at.target()
    }

    /// One of its sub-attributes.
    pub const fn sub(self, sub: &'s Attribute) -> Self {
        Self { at: AttrRef { sub: Some(sub), ..self.at }, ..self }
    }

    /// The element at that position, from 0.
    pub const fn element(self, position: usize) -> Self {
        Self { element: Some(position), ..self }
    }

    /// 400 `invalidValue`: the place, then what is wrong and what to send.
    pub fn refuse(self, what: impl fmt::Display) -> Error {
        Error::invalid_value(format!("{self} {what}"))
    }
}

impl fmt::Display for Place<'_> {
    /// `emails.value (element 2)`: people count from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(f)?;
        self.element.map_or(Ok(()), |position| write!(f, " (element {})", position.saturating_add(1)))
    }
}
