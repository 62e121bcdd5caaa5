//! Between a SCIM User and an employee: what the telephone side takes from the document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::predicate::EMAIL_KEY;
use crate::base::caseless::{fold, user_name_key};
use crate::domain::employee::{LookupKey, Profile};

/// The typed columns of a canonical User.
pub(in crate::app) fn profile(user: &Map<String, Value>) -> Profile {
    let user_name = text(user.get("userName")).unwrap_or_default();
    let name = |part| user.get("name").and_then(|name| text(name.get(part)));
    Profile {
        user_name_key: user_name_key(&user_name),
        user_name,
        external_id: text(user.get("externalId")),
        display_name: text(user.get("displayName")),
        given_name: name("givenName"),
        family_name: name("familyName"),
        email: letter_address(user),
        language: text(user.get("preferredLanguage")).or_else(|| text(user.get("locale"))),
    }
}

/// Where letters go: the primary address, else the first (decision 17).
fn letter_address(user: &Map<String, Value>) -> Option<String> {
    let addresses = user.get("emails")?.as_array()?;
    let is_primary = |address: &&Value| address.get("primary").and_then(Value::as_bool) == Some(true);
    let chosen = addresses.iter().find(is_primary).or_else(|| addresses.first())?;
    text(chosen.get("value"))
}

/// The keys under which an employee is found besides his columns, each once.
pub(super) fn lookup_keys(user: &Map<String, Value>) -> BTreeSet<LookupKey> {
    let addresses = user.get("emails").and_then(Value::as_array);
    let values = addresses.into_iter().flatten().filter_map(|address| address.get("value")?.as_str());
    values.map(|value| (EMAIL_KEY, fold(value))).collect()
}

/// What the IdP says about `active`: true unless it says otherwise (decision 4).
pub(super) fn is_active(user: &Map<String, Value>) -> bool {
    user.get("active").and_then(Value::as_bool).unwrap_or(true)
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lookup_keys, profile};

    #[test]
    fn letters_go_to_the_primary_address_else_to_the_first() {
        let user = |emails: serde_json::Value| json!({"userName": "a", "emails": emails}).as_object().cloned().unwrap();
        let first = user(json!([{"value": "home@x", "type": "home"}, {"value": "work@x", "type": "work"}]));
        let primary = user(json!([{"value": "home@x"}, {"value": "work@x", "primary": true}]));
        assert_eq!(profile(&first).email.as_deref(), Some("home@x"));
        assert_eq!(profile(&primary).email.as_deref(), Some("work@x"));
        assert_eq!(profile(&user(json!([]))).email, None);
    }

    #[test]
    fn an_address_given_twice_is_one_key() {
        let user =
            json!({"emails": [{"value": "A@x", "type": "work"}, {"value": "a@X", "type": "home"}, {"type": "other"}]});
        assert_eq!(lookup_keys(user.as_object().unwrap()).len(), 1);
    }
}
