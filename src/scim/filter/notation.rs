//! How syntax trees are written: canonical filter text, which [`parse`](super::parse()) reads back to the same tree.
//!
//! Parentheses stand only where precedence or direction needs them, operators are in lower case, strings are JSON.
//! A filter at the very limits of length or depth may print beyond them.

use std::fmt::{Display, Formatter, Result};

use super::ast::{AttributePath, Comparison, Expression, Literal};

impl Comparison {
    /// All operators that take a value, in the order of RFC 7644, table 3.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The operator in lower case, e.g. `eq`.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// The operator of that name, letter case aside (RFC 7644, section 3.4.2.2); `pr` is not among them.
    #[must_use]
    pub fn from_keyword(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| word.eq_ignore_ascii_case(operator.keyword()))
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.keyword())
    }
}

impl Display for AttributePath {
    /// The attribute notation of RFC 7644, section 3.10, in the letter case in which it was written.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::String(text) => f.write_str(&serde_json::to_string(text).map_err(|_| std::fmt::Error)?),
        }
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            // `and` and `or` are read to the left, so the right side needs parentheses against its like, too.
            Self::And(left, right) => {
                within(f, left, matches!(**left, Self::Or(..)))?;
                f.write_str(" and ")?;
                within(f, right, matches!(**right, Self::Or(..) | Self::And(..)))
            }
            Self::Or(left, right) => {
                within(f, left, false)?;
                f.write_str(" or ")?;
                within(f, right, matches!(**right, Self::Or(..)))
            }
            Self::Not(inside) => write!(f, "not ({inside})"),
            Self::Present(attribute) => write!(f, "{attribute} pr"),
            Self::Compare(attribute, operator, literal) => write!(f, "{attribute} {operator} {literal}"),
            Self::ValuePath(attribute, inside) => write!(f, "{attribute}[{inside}]"),
        }
    }
}

fn within(f: &mut Formatter<'_>, expression: &Expression, parentheses: bool) -> Result {
    if parentheses { write!(f, "({expression})") } else { expression.fmt(f) }
}
