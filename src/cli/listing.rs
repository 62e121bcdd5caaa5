//! What the commands that list things have in common: a page as a table or as JSON, and where the next one begins.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::output::{Sheet, note, print, print_json};

/// The words of one command.
pub(super) struct Words {
    /// The things, in a sentence and as the key of the JSON document.
    pub(super) things: &'static str,
    /// The key under which the JSON document says where the next page begins.
    pub(super) next: &'static str,
    /// The flag that takes it.
    pub(super) flag: &'static str,
}

/// Prints a page. One that is full may have another behind it, which begins at its last entry.
pub(super) fn show<T: Serialize, I: Display>(
    page: &[T],
    limit: u32,
    json: bool,
    words: &Words,
    id: impl Fn(&T) -> I,
    sheet: impl Fn(&[T]) -> Sheet,
) -> Result<(), Failure> {
    let next = page.last().filter(|_| page.len() == limit as usize).map(|last| id(last).to_string());
    if json {
        let document: Map<String, Value> =
            [(words.things.to_owned(), json!(page)), (words.next.to_owned(), json!(next))].into_iter().collect();
        return print_json(&document);
    }
    if page.is_empty() {
        note(&format!("No {} to show.", words.things));
        return Ok(());
    }
    print(&sheet(page).text())?;
    if let Some(next) = next {
        note(&format!("There may be more: {} {next}", words.flag));
    }
    Ok(())
}
