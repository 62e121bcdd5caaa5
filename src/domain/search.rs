//! What is looked for among employees or groups, in terms that a database understands.
//!
//! A SCIM filter becomes a [`Predicate`] before storage sees it. Every leaf is true or false, never unknown: where there
//! is no value, a comparison does not hold and its negation does.

use uuid::Uuid;

use crate::base::clock::Ts;

/// A condition on one employee, or on one group.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Holds for everybody, or for nobody.
    Constant(bool),
    /// Both hold.
    And(Box<Predicate>, Box<Predicate>),
    /// At least one holds.
    Or(Box<Predicate>, Box<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// The identifier is this one.
    Id(Uuid),
    /// A text that stands in a column, or is put together from one.
    Text(TextColumn, TextTest),
    /// An instant that stands in a column.
    Instant(InstantColumn, Order, Ts),
    /// The key of the lock is set.
    KeySet(LockKey),
    /// A value of the search document, or of one element of a list in it: the keys that lead there, and what is asked.
    /// No keys at all: the element itself.
    Field(Vec<String>, Test),
    /// Some element of the list to which the keys lead fulfils the condition, whose fields begin at the element.
    Any(Vec<String>, Box<Predicate>),
    /// An employee whose multi-valued attribute has this key; by index.
    Key(&'static str, String),
    /// A group of which this employee or group is a member; by index.
    Member(Uuid),
    /// A group that has members.
    AnyMember,
    /// An employee who is in this group, directly or through others; by index.
    InGroup(Uuid),
    /// An employee who is in some group.
    InAnyGroup,
}

/// Columns with text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextColumn {
    /// The key of the user name.
    UserNameKey,
    /// The key of a group's name.
    GroupNameKey,
    /// The identifier the IdP gave.
    ExternalId,
    /// The identifier, hyphenated, with something in front (nothing, or the address of all users).
    Id(String),
    /// The entity tag of an employee, `W/"3"`.
    EntityTag,
    /// The entity tag of a group.
    GroupEntityTag,
}

/// Columns with an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstantColumn {
    /// When the employee or group was made.
    Created,
    /// When he was changed last.
    Updated,
    /// When a group or its members were changed last.
    GroupUpdated,
}

/// The keys of the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKey {
    /// The identity provider's.
    Idp,
    /// The administrator's.
    Administrator,
}

/// What may be asked of a value in the search document.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is there.
    Present,
    /// Of text.
    Text(TextTest),
    /// Of a boolean: it is this one.
    Boolean(bool),
    /// Of a whole number (instants are microseconds).
    Integer(Order, i64),
    /// Of a number with decimals.
    Decimal(Order, f64),
}

/// What may be asked of text; compared byte by byte. The text is never empty in the last three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// It stands so to the text.
    Compare(Order, String),
    /// It contains the text.
    Contains(String),
    /// It begins with the text.
    StartsWith(String),
    /// It ends with the text.
    EndsWith(String),
}

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Equal.
    Equal,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
}

/// In which order a list comes. Employees without the value come last, or first when descending; equal ones in the
/// order in which they were made.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorting {
    /// By what.
    pub by: SortBy,
    /// From the greatest to the least.
    pub descending: bool,
}

/// What a list can be sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum SortBy {
    /// A column with text.
    Text(TextColumn),
    /// A column with an instant.
    Instant(InstantColumn),
    /// Whether somebody is locked.
    Locked,
    /// A value of the search document.
    Field(Vec<String>, SortKind),
    /// A value of the primary element of a list in the search document, else of its first.
    Primary {
        /// The keys that lead to the list.
        list: Vec<String>,
        /// The keys that lead from the element to the value; none: the element itself.
        value: Vec<String>,
        /// What the value is.
        kind: SortKind,
    },
}

/// How values of the search document are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKind {
    /// Byte by byte; booleans too (`false` before `true`).
    Text,
    /// As numbers.
    Number,
}
