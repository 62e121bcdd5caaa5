//! What holds for every PATCH.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::tests::{message, patch, user};
use super::{apply, changed_paths, parse};
use crate::scim::resource::parse_create;
use crate::scim::schema::ResourceType;
use crate::scim::urn;

fn text() -> impl Strategy<Value = Value> {
    select(vec!["a", "b", "B", "c", "work", "home", ""]).prop_map(Value::from)
}

fn flag() -> impl Strategy<Value = Value> {
    select(vec![json!(true), json!(false), json!("True"), json!(null)])
}

fn element() -> impl Strategy<Value = Value> {
    let part = |value: BoxedStrategy<Value>| proptest::option::of(value);
    (part(text().boxed()), part(text().boxed()), part(text().boxed()), part(flag().boxed())).prop_map(
        |(value, kind, display, primary)| {
            let parts = [("value", value), ("type", kind), ("display", display), ("primary", primary)];
            Value::Object(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
        },
    )
}

fn elements() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::collection::vec(element(), 0..4).prop_map(Value::from),
        1 => element(),
        1 => text(),
        1 => Just(Value::Null),
    ]
}

fn name() -> impl Strategy<Value = Value> {
    (text(), text()).prop_map(|(given, family)| json!({"givenName": given, "familyName": family}))
}

fn users() -> impl Strategy<Value = Map<String, Value>> {
    (elements(), elements(), name(), text()).prop_filter_map("two primaries", |(emails, roles, name, title)| {
        let body = json!({
            "schemas": [urn::USER], "userName": "u", "emails": emails, "roles": roles, "name": name, "title": title,
            "addresses": [{"type": "work", "locality": "a"}],
        });
        parse_create(&body, ResourceType::user()).ok()
    })
}

/// A path of eq filters at most, with a value that may fit it.
fn operations() -> impl Strategy<Value = Value> {
    let verb = select(vec!["add", "Replace", "remove"]);
    let list = select(vec!["emails", "roles", "addresses"]);
    let filter = (select(vec!["type", "value", "display"]), select(vec!["a", "b", "work", "home"]))
        .prop_map(|(name, value)| format!("[{name} eq \"{value}\"]"));
    let filter = prop_oneof![Just(String::new()), filter, Just("[primary eq true]".to_owned())];
    let sub = select(vec!["", "", ".value", ".type", ".display", ".primary"]);
    let value = prop_oneof![elements(), element(), text(), flag()];
    let listed = (verb.clone(), list, filter, sub, value).prop_map(
        |(op, list, filter, sub, value)| json!({"op": op, "path": format!("{list}{filter}{sub}"), "value": value}),
    );
    let single = (verb.clone(), select(vec!["title", "name.givenName", "active", "userName"]), text())
        .prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value}));
    let complex = (verb, select(vec!["name", "name[familyName eq \"a\"].givenName"]), prop_oneof![name(), text()])
        .prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value}));
    let pathless = (select(vec!["add", "replace"]), elements(), name(), text()).prop_map(
        |(op, emails, name, title)| json!({"op": op, "value": {"emails": emails, "name": name, "title": title}}),
    );
    prop_oneof![4 => listed, 1 => single, 1 => complex, 1 => pathless]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_same_operation_twice_changes_nothing_the_second_time(before in users(), operation in operations()) {
        let operations = json!([operation]);
        if let Ok(after) = patch(&before, &operations, ResourceType::user()) {
            prop_assert_eq!(patch(&after, &operations, ResourceType::user()), Ok(after));
        }
    }

    #[test]
    fn a_patch_gives_the_same_resource_or_error_every_time_and_a_canonical_one(
        before in users(),
        operations in prop::collection::vec(operations(), 1..6),
    ) {
        let kind = ResourceType::user();
        let body = message(&json!(operations));
        let untouched = before.clone();
        let after = parse(&body, kind).and_then(|operations| apply(&operations, &before, kind));
        prop_assert_eq!(&before, &untouched);
        prop_assert_eq!(&parse(&body, kind).and_then(|operations| apply(&operations, &before, kind)), &after);
        if let Ok(after) = after {
            // A POST adds `active`; a PATCH may have removed it.
            let mut again = parse_create(&Value::Object(after.clone()), kind).unwrap();
            if !after.contains_key("active") {
                again.remove("active");
            }
            prop_assert_eq!(&again, &after);
            prop_assert_eq!(changed_paths(&before, &after, kind).is_empty(), before == after);
        }
    }

    #[test]
    fn l6_no_message_whatsoever_ends_in_a_panic(
        op in "(?i:add|replace|remove|x)",
        path in "(emails|name|id|urn:ietf:params:scim:schemas:core:2.0:User|members)?(\\[(type|value) (eq|ne|pr) ?\"?a?\"?\\])?(\\.value)?",
        value in elements(),
    ) {
        let body = message(&json!([{"op": op, "path": path, "value": value}]));
        for kind in [ResourceType::user(), ResourceType::group()] {
            if let Ok(operations) = parse(&body, kind) {
                let _ = apply(&operations, &user(&json!({})), kind);
                let _ = apply(&operations, &Map::new(), kind);
            }
        }
    }

    #[test]
    fn odd_stored_values_do_no_harm(
        key in select(vec!["emails", "name", "title", "schemas", urn::ENTERPRISE_USER]),
        odd in prop_oneof![text(), flag(), elements()],
        operation in operations(),
    ) {
        let mut current = user(&json!({}));
        current.insert(key.to_owned(), odd);
        let _ = patch(&current, &json!([operation]), ResourceType::user());
    }
}
