//! A filter whose attributes were found in the schemas and whose values fit their types.

use super::ast::Comparison;
use crate::base::clock::Ts;
use crate::scim::schema::AttrRef;

/// A filter bound to a resource type. `'s` is the life of the schemas.
///
/// What each means, for a multi-valued attribute outside brackets, is "some element": `emails.value sw "a"` holds when
/// any address starts so, and `emails.value ne "a"` when any element has another address, or none, as
/// `emails[value ne "a"]` does (RFC 7644, section 3.4.2.2: a list matches if one of its values does). Of a single value,
/// of a list of simple values and in brackets, `ne` is the exact opposite of `eq` and therefore holds where there is no
/// value. `eq null` is the opposite of `pr`. An absent boolean equals the default that its schema names.
#[derive(Debug, Clone)]
pub enum Filter<'s> {
    /// Both hold.
    And(Box<Filter<'s>>, Box<Filter<'s>>),
    /// At least one holds.
    Or(Box<Filter<'s>>, Box<Filter<'s>>),
    /// It does not hold.
    Not(Box<Filter<'s>>),
    /// The attribute has a value that is not empty (RFC 7644, table 3).
    Present(AttrRef<'s>),
    /// A value compares so with the operand. `NotEqual` never occurs: it is `Not` of `Equal`, and for a list's
    /// sub-attribute outside brackets that in an `Element`.
    Compare(AttrRef<'s>, Comparison, Operand),
    /// One element of the multi-valued (or the one value of the single-valued) complex attribute fulfils the filter,
    /// whose `AttrRef`s name sub-attributes of that same attribute.
    Element(AttrRef<'s>, Box<Filter<'s>>),
}

/// The right-hand side of a comparison, of the attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Text compared byte by byte; already the key (`base::caseless`) where the attribute is not case-exact.
    Text(String),
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Decimal(f64),
    /// An instant.
    Instant(Ts),
}
