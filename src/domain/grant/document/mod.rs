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
pub use error::{DocumentError, DocumentErrors};
pub use render::render;

use super::rule::RuleBook;
use crate::domain::thing::Kind;

/// The longest document that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The most rules in one document.
pub const MAX_RULES: usize = 2_000;
/// The most things of a kind that one entry takes from a pool.
pub const MAX_COUNT: u32 = 100;
/// The longest name of a rule, group or pool, in characters.
pub const MAX_NAME: usize = 256;

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
        return Err(DocumentErrors(vec![DocumentError {
            line: None,
            rule: None,
            index: None,
            key: String::new(),
            problem,
        }]));
    }
    let (root, syntax) = node::from_toml(text);
    let (book, found) = read::book(&root, vocabulary);
    if syntax.is_empty() {
        return found.map_or(Ok(book), Err);
    }
    // What the rest of a broken line was taken for is not worth a word, nor is what may be missing because of it.
    let is_broken = |error: &DocumentError| syntax.iter().any(|other| other.line == error.line);
    let mut errors: Vec<_> = found.into_iter().flat_map(|errors| errors.0).collect();
    errors.retain(|error| !is_broken(error) && !error.problem.ends_with(read::MISSING));
    errors.extend(syntax);
    errors.sort_by_key(|error| error.line);
    Err(DocumentErrors(errors))
}

/// Reads the same structure as JSON.
///
/// # Errors
///
/// All its mistakes.
pub fn parse_json(value: &serde_json::Value, vocabulary: &impl Vocabulary) -> Result<RuleBook, DocumentErrors> {
    let (book, found) = read::book(&node::from_json(value), vocabulary);
    found.map_or(Ok(book), Err)
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
