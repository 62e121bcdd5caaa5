//! Keys under which text is compared without regard to case.
//!
//! Both databases compare these keys byte by byte; neither is trusted to fold case itself (SQLite knows ASCII
//! only, PostgreSQL depends on its locale), and the in-memory filter uses the same two functions.

use std::borrow::Cow;

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::{PrecisFastInvocation, Rules};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The key of an attribute with `caseExact: false`: canonical composition, then full lower case.
///
/// Plain ASCII takes a short cut with the same result. A sigma at the end of a word becomes the common one, so that the
/// key of a part is part of the key of the whole.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    composed(&composed(text).to_lowercase()).replace('ς', "σ")
}

/// Canonical composition. Nearly all text comes composed, and looking costs a fraction of composing.
fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// The key of a `userName`: PRECIS `UsernameCaseMapped` (RFC 8265, section 3.3).
///
/// Names outside the profile's identifier class (a blank in "Jane Doe") occur in directories and are no reason to
/// keep a person from work: they get the profile's mapping rules (width, case, composition) without its class check.
#[must_use]
pub fn user_name_key(user_name: &str) -> String {
    if user_name.is_ascii() {
        return user_name.to_ascii_lowercase();
    }
    match <UsernameCaseMapped as PrecisFastInvocation>::enforce(user_name) {
        Ok(key) => key.into_owned(),
        Err(_) => UsernameCaseMapped::new()
            .width_mapping_rule(user_name)
            .map_or_else(|_| fold(user_name), |narrow| fold(narrow.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, user_name_key};

    #[test]
    fn user_names_meet_under_one_key_whatever_their_case_width_and_composition() {
        for (left, right) in [
            ("Ada@Contoso.example", "ada@contoso.EXAMPLE"),
            ("ZOË@example.com", "zoe\u{308}@example.com"),
            ("Ａｄａ@example.com", "ada@example.com"),
            ("ÅNGSTRÖM", "a\u{30a}ngstro\u{308}m"),
            ("Ａ b", "a B"),
        ] {
            assert_eq!(user_name_key(left), user_name_key(right), "{left} and {right}");
        }
    }

    #[test]
    fn different_names_keep_different_keys() {
        assert_ne!(user_name_key("strasse"), user_name_key("straße"));
        assert_ne!(user_name_key("ada"), user_name_key("adá"));
    }

    #[test]
    fn the_key_of_a_part_is_part_of_the_key_of_the_whole() {
        assert!(fold("ΌΣΟΣ").starts_with(&fold("ΌΣ")));
    }

    #[test]
    fn text_is_composed_before_and_after_its_case_is_folded() {
        assert_eq!(fold("E\u{301}"), "é");
        // Lower case of the dotted capital is two characters, which another mark may follow.
        assert_eq!(fold("İ\u{323}"), fold("i\u{323}\u{307}"));
        assert_eq!(fold("ΌΣ"), fold("ο\u{301}σ"));
    }

    #[test]
    fn folding_is_idempotent() {
        for text in ["İstanbul", "ǅ", "ΌΣΟΣ", "Straße", "e\u{301}"] {
            assert_eq!(fold(&fold(text)), fold(text));
        }
    }
}
