//! What is wrong with a document, in words for its author.

use std::fmt;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DocumentError {
    /// From 1; `None`: the document came as JSON.
    pub line: Option<usize>,
    /// The rule, by name or number.
    pub rule: Option<String>,
    /// Its place among the rules, from 0.
    #[serde(skip)]
    pub index: Option<usize>,
    /// The key within it, e.g. `extensions[0].pool`; may be empty.
    pub key: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl DocumentError {
    /// Where it stands in the document, as a JSON pointer (RFC 6901): `/rule/0/extensions/0/pol`.
    #[must_use]
    pub fn pointer(&self) -> String {
        let mut pointer = self.index.map_or_else(String::new, |index| format!("/rule/{index}"));
        for part in self.key.split(['.', '[']).filter(|part| !part.is_empty()) {
            pointer.push('/');
            pointer.push_str(&part.trim_end_matches(']').replace('~', "~0").replace('/', "~1"));
        }
        pointer
    }
}

impl fmt::Display for DocumentError {
    /// `line 7: rule "Sales": extensions[0].pol: there is no such key; did you mean pool?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(rule) = &self.rule {
            write!(f, "rule {rule}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)
    }
}

/// All mistakes, at least one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DocumentErrors(pub Vec<DocumentError>);

impl fmt::Display for DocumentErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for DocumentErrors {}
