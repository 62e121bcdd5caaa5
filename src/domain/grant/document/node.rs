//! A document before anybody has asked what it says, be it TOML or JSON.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{DocumentError, DocumentErrors};

/// A value and its line.
#[derive(Debug)]
pub(super) struct Node {
    pub line: Option<usize>,
    pub value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Truth(bool),
    List(Vec<Node>),
    /// Keys with their lines.
    Table(Vec<(String, Option<usize>, Node)>),
    /// What no key takes, by name.
    Other(&'static str),
}

impl Value {
    /// With its article.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Whole(_) => "a whole number",
            Self::Truth(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(name) => name,
        }
    }
}

/// As much of a text as is TOML, and where it is not.
pub(super) fn from_toml(text: &str) -> (Node, DocumentErrors) {
    let lines = Lines(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect());
    let (table, found) = DeTable::parse_recoverable(text);
    let mut errors = DocumentErrors::default();
    for error in found {
        errors.add(|| DocumentError {
            line: Some(lines.line(error.span().map_or(0, |span| span.start))),
            rule: None,
            index: None,
            key: String::new(),
            problem: format!("this is no TOML: {}", error.message()),
        });
    }
    (Node { line: None, value: lines.table(table.get_ref()) }, errors)
}

/// Where each line ends.
struct Lines(Vec<usize>);

impl Lines {
    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let inner = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                let digits = number.as_str().replace('_', "");
                i64::from_str_radix(&digits, number.radix()).map_or(Value::Other("a number out of range"), Value::Whole)
            }
            DeValue::Boolean(truth) => Value::Truth(*truth),
            DeValue::Array(items) => Value::List(items.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => self.table(table),
            DeValue::Float(_) => Value::Other("a number with decimals"),
            DeValue::Datetime(_) => Value::Other("a time"),
        };
        Node { line: Some(self.line(value.span().start)), value: inner }
    }

    fn table(&self, table: &DeTable<'_>) -> Value {
        let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            (key.get_ref().to_string(), Some(self.line(key.span().start)), self.node(value))
        };
        Value::Table(table.iter().map(entry).collect())
    }
}

/// The same of JSON, which has no lines.
pub(super) fn from_json(value: &serde_json::Value) -> Node {
    use serde_json::Value as Json;
    let inner = match value {
        Json::Null => Value::Other("null"),
        Json::Bool(truth) => Value::Truth(*truth),
        Json::Number(number) => number.as_i64().map_or(Value::Other("a number with decimals"), Value::Whole),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(entries) => {
            Value::Table(entries.iter().map(|(key, value)| (key.clone(), None, from_json(value))).collect())
        }
    };
    Node { line: None, value: inner }
}
