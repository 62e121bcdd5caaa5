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

/// The most mistakes that are told one by one; further ones are counted.
pub const MAX_MISTAKES: usize = 100;

/// All mistakes, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentErrors {
    /// From top to bottom, the first [`MAX_MISTAKES`] that were found.
    pub listed: Vec<DocumentError>,
    /// How many further ones there are.
    pub more: usize,
}

impl DocumentErrors {
    pub(super) fn one(error: DocumentError) -> Self {
        Self { listed: vec![error], more: 0 }
    }

    /// Another mistake. It is put into words only where they are told.
    pub(super) fn add(&mut self, error: impl FnOnce() -> DocumentError) {
        if self.listed.len() < MAX_MISTAKES {
            self.listed.push(error());
        } else {
            self.more += 1;
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// What stands for those that are not told.
    #[must_use]
    pub fn further(&self) -> Option<String> {
        (self.more > 0).then(|| format!("and {} further mistakes", self.more))
    }
}

impl fmt::Display for DocumentErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.listed.iter().map(ToString::to_string).collect();
        lines.extend(self.further());
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for DocumentErrors {}
