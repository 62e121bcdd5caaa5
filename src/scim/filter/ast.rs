//! A filter as it was written, before any schema has been looked at.

/// An attribute as named in a filter, a PATCH path or an `attributes` list: optional schema URN, name, sub-attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema URN in front of the last colon, as written.
    pub urn: Option<String>,
    /// The attribute, as written.
    pub name: String,
    /// The sub-attribute behind the dot, as written.
    pub sub: Option<String>,
}

/// A filter expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// Both hold; binds tighter than `or`.
    And(Box<Expression>, Box<Expression>),
    /// At least one holds.
    Or(Box<Expression>, Box<Expression>),
    /// The expression in the parentheses does not hold.
    Not(Box<Expression>),
    /// `attribute pr`.
    Present(AttributePath),
    /// `attribute op value`.
    Compare(AttributePath, Comparison, Literal),
    /// `attribute[expression]`: one and the same element fulfils the whole expression. What may follow the bracket,
    /// `emails[type eq "work"].value eq "…"`, is read as one more condition inside: `[type eq "work" and value eq "…"]`.
    ValuePath(AttributePath, Box<Expression>),
}

/// The comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A comparison value: a JSON scalar (RFC 7644, section 3.4.2.2, `compValue`).
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A number, as written.
    Number(serde_json::Number),
    /// A JSON string, unescaped.
    String(String),
}
