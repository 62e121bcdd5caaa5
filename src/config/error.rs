//! What is wrong with the settings, in words for the operator.

use std::fmt;

use super::key::Origin;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Of the TOML file, from 1; 0: elsewhere.
    line: usize,
    /// File and line, variable or flag.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl ConfigError {
    pub(super) fn new(place: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self { line: 0, place: place.to_string(), problem: problem.into() }
    }

    pub(super) fn at(origin: &Origin, problem: impl Into<String>) -> Self {
        let line = if let Origin::File { line, .. } = origin { *line } else { 0 };
        Self { line, ..Self::new(origin, problem) }
    }

    /// The file's from top to bottom, then the others.
    pub(super) const fn rank(&self) -> (bool, usize) {
        (self.line == 0, self.line)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// All mistakes, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
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

impl std::error::Error for ConfigErrors {}
