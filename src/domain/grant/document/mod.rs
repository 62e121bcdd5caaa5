//! The rules of a tenant as one document that people read and write: TOML in files, the same structure as JSON on the
//! wire.
//!
//! ```toml
//! [[rule]]
//! name = "Sales"
//! group = "Sales"                    # the display name of the group in the IdP
//! priority = 10                      # of several numbers that of the rule with the highest is shown; 0 if left out
//! numbers = [{ pool = "berlin" }, "+49 30 1234500", { attribute = 'phoneNumbers[type eq "work"].value' }]
//! extensions = [{ pool = "sales", count = 1, wish = true }]
//! shared_faxes = ["+49 30 1234599"]
//! extension_access = ["201"]
//! permissions = { call_forwarding = "manage", forwarding_reach = "paid", mailboxes = "use" }
//! desks = [{ name = "{given_name} Desktop", fax = true, extensions = "own", devices = ["phone-1"] }]
//! ```
//!
//! Nothing unknown is passed over, and all mistakes are reported together. What a rule names need not be there yet:
//! [`warnings`] says what is not.

mod check;
mod error;
mod node;
mod read;
mod render;
#[cfg(test)]
mod tests;

pub use check::{Known, Mentions, Warning, mentions, warnings};
pub use error::{DocumentError, DocumentErrors, MAX_MISTAKES};
pub use render::render;

use std::collections::BTreeSet;

use read::Bounds;

use super::entitle::MAX_SLOTS;
use super::rule::RuleBook;
use crate::domain::thing::Kind;

/// The longest document that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The most rules in one document.
pub const MAX_RULES: usize = 2_000;
/// The most things of a kind that one entry takes from a pool.
pub const MAX_COUNT: u32 = 100;
/// The longest list in a rule.
pub const MAX_LIST: usize = 1_000;
/// The most that one rule gives one person, of everything together.
pub const MAX_PER_RULE: usize = MAX_SLOTS;
/// The most that all rules together would give somebody who is in every group.
pub const MAX_PER_DOCUMENT: usize = 100_000;
/// The longest name of a rule, group or pool, in characters.
pub const MAX_NAME: usize = 256;
/// The longest path of an attribute, in bytes: what waits by it is found by it, and PostgreSQL has no room for more in the
/// key of an index.
pub const MAX_PATH: usize = 1_000;

/// How the others read what stands in rules.
pub trait Vocabulary {
    /// The key of a thing of that kind, as a person writes it.
    ///
    /// # Errors
    ///
    /// Why it is no key, as a sentence's end that begins with the text: `"20a" is no extension: …`.
    fn key(&self, kind: Kind, text: &str) -> Result<String, String>;

    /// The canonical path of an attribute of the IdP's user.
    ///
    /// # Errors
    ///
    /// Why there is no such attribute.
    fn attribute(&self, path: &str) -> Result<String, String>;
}

/// Reads a document in TOML.
///
/// # Errors
///
/// All its mistakes, from top to bottom, each with its line.
pub fn parse(text: &str, vocabulary: &impl Vocabulary) -> Result<RuleBook, DocumentErrors> {
    if text.len() > MAX_BYTES {
        let problem = format!("the document is longer than {MAX_BYTES} bytes");
        let (line, rule, index, key) = (None, None, None, String::new());
        return Err(DocumentErrors::one(DocumentError { line, rule, index, key, problem }));
    }
    read_toml(text, vocabulary, Bounds::Kept)
}

/// Reads what was put in force, maybe by an earlier release that had other bounds.
///
/// # Errors
///
/// All mistakes of a text that never was in force.
pub fn parse_stored(text: &str, vocabulary: &impl Vocabulary) -> Result<RuleBook, DocumentErrors> {
    read_toml(text, vocabulary, Bounds::Passed)
}

fn read_toml(text: &str, vocabulary: &impl Vocabulary, bounds: Bounds) -> Result<RuleBook, DocumentErrors> {
    let (root, syntax) = node::from_toml(text);
    let (book, mut errors) = read::book(&root, vocabulary, bounds);
    if !syntax.is_empty() {
        // What the rest of a broken line was taken for is not worth a word, nor is what may be missing because of it.
        let broken: BTreeSet<_> = syntax.listed.iter().map(|error| error.line).collect();
        let found = std::mem::replace(&mut errors, syntax);
        errors.more += found.more;
        for error in found.listed {
            if !broken.contains(&error.line) && !error.problem.ends_with(read::MISSING) {
                errors.add(|| error);
            }
        }
    }
    if errors.is_empty() {
        return Ok(book);
    }
    errors.listed.sort_by_key(|error| error.line);
    Err(errors)
}

/// Reads the same structure as JSON.
///
/// # Errors
///
/// All its mistakes.
pub fn parse_json(value: &serde_json::Value, vocabulary: &impl Vocabulary) -> Result<RuleBook, DocumentErrors> {
    let (book, errors) = read::book(&node::from_json(value), vocabulary, Bounds::Kept);
    if errors.is_empty() { Ok(book) } else { Err(errors) }
}

/// The lists of things in a rule, by their keys in the document.
const SECTIONS: [(&str, Kind); 9] = [
    ("numbers", Kind::VoiceNumber),
    ("personal_faxes", Kind::PersonalFax),
    ("shared_faxes", Kind::SharedFax),
    ("conferences", Kind::Conference),
    ("extensions", Kind::Extension),
    ("devices", Kind::Device),
    ("destinations", Kind::Destination),
    ("announcements", Kind::Announcement),
    ("mailboxes", Kind::Mailbox),
];
