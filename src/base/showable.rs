//! Characters that no screen shows, or that change how the text around them is shown.
//!
//! Names come from identity providers, files and other people's hands, and stand in terminals, tables and mails beside
//! other text: one that turns the direction round, or breaks the line, makes the rest say something else.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Control characters, line and paragraph ends, and what turns the direction of the text that follows.
#[must_use]
pub fn is_unshowable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with such characters written out: `\u{202e}`.
#[must_use]
pub fn showable(text: &str) -> Cow<'_, str> {
    showable_but(text, &[])
}

/// The same for a text of several lines, which keeps its line ends and tabs.
#[must_use]
pub fn showable_lines(text: &str) -> Cow<'_, str> {
    showable_but(text, &['\n', '\t'])
}

fn showable_but<'t>(text: &'t str, kept: &[char]) -> Cow<'t, str> {
    let is_hidden = |character: char| is_unshowable(character) && !kept.contains(&character);
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            _ = write!(shown, "{}", character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::{showable, showable_lines};

    #[test]
    fn w4_what_no_screen_shows_is_written_out() {
        assert_eq!(showable("Zoë 漢字 \u{1f600}"), "Zoë 漢字 \u{1f600}");
        assert_eq!(showable("a\u{202e}b\u{2028}c\u{1b}[31m\u{85}"), "a\\u{202e}b\\u{2028}c\\u{1b}[31m\\u{85}");
        assert_eq!(showable("a\nb"), "a\\u{a}b");
        assert_eq!(showable_lines("a\n\tb\r"), "a\n\tb\\u{d}");
    }
}
