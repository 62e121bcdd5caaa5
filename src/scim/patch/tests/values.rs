//! What add, replace and remove do to single and multiple values.

use serde_json::{Value, json};

use super::{ENTERPRISE, patch, patched, user};
use crate::scim::patch::changed_paths;
use crate::scim::schema::ResourceType;
use crate::scim::urn;

#[test]
fn single_values_are_added_replaced_and_removed() {
    let manager = format!("{ENTERPRISE}:manager");
    let by = json!({ENTERPRISE: {"manager": {"value": "7", "$ref": "../7"}, "department": "Sales"}});
    let with = |manager: Value| json!({ENTERPRISE: {"manager": manager, "department": "Sales"}});
    let unmanaged = json!({ENTERPRISE: {"department": "Sales"}});
    let named = json!({"name": {"givenName": "Bo", "familyName": "Lind"}});
    for (sentence, before, operation, expected) in [
        ("add sets", json!({}), json!({"op": "add", "path": "title", "value": "x"}), json!({"title": "x"})),
        (
            "add replaces",
            json!({"title": "y"}),
            json!({"op": "add", "path": "title", "value": "x"}),
            json!({"title": "x"}),
        ),
        ("replace adds", json!({}), json!({"op": "replace", "path": "TITLE", "value": "x"}), json!({"title": "x"})),
        (
            "an old dialect wraps the value",
            json!({}),
            json!({"op": "replace", "path": "title", "value": [{"$ref": null, "value": "x"}]}),
            json!({"title": "x"}),
        ),
        ("remove removes", json!({"title": "y"}), json!({"op": "remove", "path": "title"}), json!({})),
        ("what is gone can be removed", json!({}), json!({"op": "remove", "path": "title"}), json!({})),
        ("null removes", json!({"title": "y"}), json!({"op": "replace", "path": "title", "value": null}), json!({})),
        (
            "an empty string removes",
            json!({"title": "y"}),
            json!({"op": "add", "path": "title", "value": ""}),
            json!({}),
        ),
        (
            "a password is taken and forgotten",
            json!({}),
            json!({"op": "replace", "path": "password", "value": "pw"}),
            json!({}),
        ),
        ("there is no password to remove", json!({}), json!({"op": "remove", "path": "password"}), json!({})),
        (
            "add merges a complex value",
            named.clone(),
            json!({"op": "add", "path": "name", "value": {"familyName": "Berg", "middleName": "A"}}),
            json!({"name": {"givenName": "Bo", "familyName": "Berg", "middleName": "A"}}),
        ),
        (
            "replace leaves unnamed sub-attributes alone",
            named.clone(),
            json!({"op": "replace", "path": "name", "value": {"familyName": "Berg", "givenName": null}}),
            json!({"name": {"familyName": "Berg"}}),
        ),
        (
            "nothing named, nothing changed",
            named.clone(),
            json!({"op": "replace", "path": "name", "value": {"x": 1}}),
            named.clone(),
        ),
        ("a blank removes the whole", named.clone(), json!({"op": "replace", "path": "name", "value": ""}), json!({})),
        (
            "a sub-attribute is removed",
            named.clone(),
            json!({"op": "remove", "path": "name.givenName"}),
            json!({"name": {"familyName": "Lind"}}),
        ),
        (
            "with its last part goes the whole",
            json!({"name": {"givenName": "Bo"}}),
            json!({"op": "replace", "path": "name.givenName", "value": ""}),
            json!({}),
        ),
        (
            "a filter may stand behind a single value",
            named.clone(),
            json!({"op": "replace", "path": "name[familyName eq \"lind\"].givenName", "value": "B"}),
            json!({"name": {"givenName": "B", "familyName": "Lind"}}),
        ),
        (
            "or describe it",
            json!({}),
            json!({"op": "add", "path": "name[familyName eq \"Lind\"].givenName", "value": "B"}),
            json!({"name": {"givenName": "B", "familyName": "Lind"}}),
        ),
        (
            "what it does not select stays",
            named.clone(),
            json!({"op": "remove", "path": "name[familyName eq \"x\"].givenName"}),
            named,
        ),
        (
            "a manager is a string",
            json!({}),
            json!({"op": "Add", "path": manager, "value": "9"}),
            json!({ENTERPRISE: {"manager": {"value": "9"}}}),
        ),
        (
            "a new manager takes no old reference along",
            by.clone(),
            json!({"op": "Replace", "path": manager, "value": "9"}),
            with(json!({"value": "9"})),
        ),
        (
            "the same manager keeps it",
            by.clone(),
            json!({"op": "Replace", "path": manager, "value": {"value": "7"}}),
            by.clone(),
        ),
        (
            "a manager is an object",
            by.clone(),
            json!({"op": "replace", "path": manager, "value": {"value": "9", "$ref": "../9", "displayName": "x"}}),
            with(json!({"value": "9", "$ref": "../9"})),
        ),
        (
            "a manager is a list of one",
            by.clone(),
            json!({"op": "Add", "path": manager, "value": [{"$ref": "../9", "value": "9"}]}),
            with(json!({"value": "9", "$ref": "../9"})),
        ),
        (
            "a manager has an id of another name",
            by.clone(),
            json!({"op": "replace", "path": manager, "value": {"managerId": "9"}}),
            with(json!({"value": "9"})),
        ),
        (
            "a manager is his value",
            by.clone(),
            json!({"op": "replace", "path": format!("{manager}.value"), "value": "9"}),
            with(json!({"value": "9"})),
        ),
        (
            "an empty manager is none",
            by.clone(),
            json!({"op": "Replace", "path": manager, "value": ""}),
            unmanaged.clone(),
        ),
        (
            "nor is one without value",
            by.clone(),
            json!({"op": "remove", "path": format!("{manager}.value")}),
            unmanaged,
        ),
        (
            "a whole extension is merged",
            by.clone(),
            json!({"op": "add", "path": ENTERPRISE, "value": {"manager": null, "division": "N", "foo": 1}}),
            json!({ENTERPRISE: {"division": "N", "department": "Sales"}}),
        ),
        ("a whole extension is removed", by.clone(), json!({"op": "remove", "path": ENTERPRISE}), json!({})),
        ("also by a blank", by.clone(), json!({"op": "replace", "value": {ENTERPRISE: null}}), json!({})),
        (
            "unknown keys without a path are ignored",
            json!({}),
            json!({"op": "add", "value": {"shoeSize": 1, "a b": 2, "manager": "7", "urn:x:y": 3, "name.nick": "B",
                "meta.version": "1", "schemas": ["x"]}}),
            json!({}),
        ),
    ] {
        assert_eq!(patched(&before, &json!([operation])), expected, "{sentence}: {operation}");
    }
}

#[test]
fn multiple_values_are_added_replaced_and_removed() {
    let work = json!({"type": "work", "value": "w@x"});
    let home = json!({"type": "home", "value": "h@x", "primary": true});
    for (sentence, emails, operation, expected) in [
        ("add appends", json!([work]), json!({"op": "add", "path": "emails", "value": [home]}), json!([work, home])),
        (
            "add takes one object",
            json!([work]),
            json!({"op": "add", "path": "emails", "value": home}),
            json!([work, home]),
        ),
        (
            "add takes a bare string",
            json!([work]),
            json!({"op": "add", "path": "emails", "value": "b@x"}),
            json!([work, {"value": "b@x"}]),
        ),
        (
            "add without a path appends too",
            json!([work]),
            json!({"op": "add", "value": {"emails": [home]}}),
            json!([work, home]),
        ),
        (
            "what is there is not added again",
            json!([work, home]),
            json!({"op": "add", "path": "emails", "value": [{"type": "WORK", "value": "w@x"}, {"value": "h@x"}]}),
            json!([{"type": "WORK", "value": "w@x"}, home]),
        ),
        (
            "more about what is there is merged",
            json!([work]),
            json!({"op": "add", "path": "emails", "value": [{"type": "work", "value": "w@x", "display": "W"}]}),
            json!([{"type": "work", "value": "w@x", "display": "W"}]),
        ),
        (
            "a type for what had none is merged",
            json!([{"value": "w@x"}]),
            json!({"op": "add", "path": "emails", "value": [work, home]}),
            json!([work, home]),
        ),
        (
            "the same value of another type is another",
            json!([work]),
            json!({"op": "add", "path": "emails", "value": [{"type": "home", "value": "w@x"}]}),
            json!([work, {"type": "home", "value": "w@x"}]),
        ),
        (
            "a value without a type takes no other's place",
            json!([]),
            json!({"op": "add", "path": "emails", "value": [work, {"value": "w@x"}, {"type": "home", "value": "w@x"}]}),
            json!([work, {"type": "home", "value": "w@x"}]),
        ),
        (
            "nothing added, nothing changed",
            json!([work]),
            json!({"op": "add", "path": "emails", "value": []}),
            json!([work]),
        ),
        (
            "replace replaces all",
            json!([work]),
            json!({"op": "replace", "path": "emails", "value": [home]}),
            json!([home]),
        ),
        (
            "a blank replaces with none",
            json!([work]),
            json!({"op": "replace", "path": "emails", "value": []}),
            json!(null),
        ),
        ("remove removes all", json!([work, home]), json!({"op": "remove", "path": "emails"}), json!(null)),
        (
            "remove with a filter removes those",
            json!([work, home]),
            json!({"op": "remove", "path": "emails[type eq \"WORK\"]"}),
            json!([home]),
        ),
        (
            "a removal may be repeated",
            json!([home]),
            json!({"op": "remove", "path": "emails[type eq \"work\"]"}),
            json!([home]),
        ),
        (
            "a sub-attribute of those is removed",
            json!([work, home]),
            json!({"op": "remove", "path": "emails[type eq \"home\"].primary"}),
            json!([work, {"type": "home", "value": "h@x"}]),
        ),
        (
            "a sub-attribute of all is removed",
            json!([work, home]),
            json!({"op": "remove", "path": "emails.type"}),
            json!([{"value": "w@x"}, {"value": "h@x", "primary": true}]),
        ),
        (
            "without value and label an element is nothing",
            json!([{"type": "work", "value": "w@x", "display": "W"}, home]),
            json!({"op": "remove", "path": "emails[type eq \"work\"].value"}),
            json!([home]),
        ),
        (
            "a blank value removes it as well",
            json!([work, home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": ""}),
            json!([home]),
        ),
        (
            "a blank for what is not there makes nothing",
            json!([home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": null}),
            json!([home]),
        ),
        (
            "add to those merges",
            json!([work, home]),
            json!({"op": "add", "path": "emails[type eq \"work\"]", "value": {"display": "W"}}),
            json!([{"type": "work", "value": "w@x", "display": "W"}, home]),
        ),
        (
            "replace of those replaces them whole, but for what the filter says",
            json!([{"type": "work", "value": "w@x", "display": "W"}, home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "n@x"}}),
            json!([{"type": "work", "value": "n@x"}, home]),
        ),
        (
            "also by a bare string or a list of one",
            json!([work]),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": [{"value": "n@x"}]}),
            json!([{"type": "work", "value": "n@x"}]),
        ),
        (
            "several of them become one",
            json!([work, {"type": "work", "value": "v@x"}, home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": "n@x"}),
            json!([{"type": "work", "value": "n@x"}, home]),
        ),
        (
            "a blank for those removes them",
            json!([work, home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": null}),
            json!([home]),
        ),
        (
            "so does a blank value in an object",
            json!([work, home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": ""}}),
            json!([home]),
        ),
        (
            "an object that names nothing changes nothing",
            json!([work]),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"foo": 1}}),
            json!([work]),
        ),
        (
            "what no filter of eq selects is made",
            json!([home]),
            json!({"op": "replace", "path": "emails[type eq \"work\" and display eq \"W\"].value", "value": "w@x"}),
            json!([home, {"type": "work", "display": "W", "value": "w@x"}]),
        ),
        (
            "as a whole, too",
            json!(null),
            json!({"op": "add", "path": "emails[type eq \"work\"]", "value": "w@x"}),
            json!([work]),
        ),
        (
            "without a filter all are meant",
            json!([work, home]),
            json!({"op": "replace", "path": "emails.display", "value": "D"}),
            json!([{"type": "work", "value": "w@x", "display": "D"},
                {"type": "home", "value": "h@x", "primary": true, "display": "D"}]),
        ),
        (
            "and one is made when there is none",
            json!(null),
            json!({"op": "add", "path": "emails.value", "value": "w@x"}),
            json!([{"value": "w@x"}]),
        ),
        (
            "a new type is not made anew the second time",
            json!([work]),
            json!({"op": "replace", "path": "emails[type eq \"work\"].type", "value": "other"}),
            json!([{"type": "other", "value": "w@x"}]),
        ),
        (
            "a label may outlive its value when it is named",
            json!([work]),
            json!({"op": "add", "path": "emails[value eq \"w@x\"]", "value": {"display": "W", "value": ""}}),
            json!([{"type": "work", "display": "W"}]),
        ),
        (
            "other operators change what they select",
            json!([work, home]),
            json!({"op": "replace", "path": "emails[value sw \"w\"].display", "value": "D"}),
            json!([{"type": "work", "value": "w@x", "display": "D"}, home]),
        ),
        (
            "a new primary value demotes the old",
            json!([work, home]),
            json!({"op": "replace", "path": "emails[type eq \"work\"].primary", "value": "True"}),
            json!([{"type": "work", "value": "w@x", "primary": true},
                {"type": "home", "value": "h@x", "primary": false}]),
        ),
        (
            "also one that is added",
            json!([home]),
            json!({"op": "add", "path": "emails", "value": [{"value": "n@x", "primary": true}]}),
            json!([{"type": "home", "value": "h@x", "primary": false}, {"value": "n@x", "primary": true}]),
        ),
        (
            "or named by the filter that makes it",
            json!([work]),
            json!({"op": "add", "path": "emails[primary eq true].value", "value": "n@x"}),
            json!([work, {"value": "n@x", "primary": true}]),
        ),
    ] {
        let after = patched(&json!({"emails": emails}), &json!([operation]));
        assert_eq!(after.get("emails").cloned().unwrap_or_default(), expected, "{sentence}: {operation}");
    }
}

#[test]
fn several_operations_with_one_filter_mean_one_element() {
    let operations = json!([
        {"op": "Add", "path": "addresses[type eq \"work\"].primary", "value": "True"},
        {"op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": "Oslo"},
        {"op": "Add", "path": "addresses[Type eq \"WORK\"].country", "value": "NO"},
        {"op": "Add", "path": "addresses[type eq \"other\"].formatted", "value": "Bergen"},
    ]);
    assert_eq!(
        patched(&json!({}), &operations),
        json!({"addresses": [
            {"type": "work", "primary": true, "locality": "Oslo", "country": "NO"},
            {"type": "other", "formatted": "Bergen"},
        ]})
    );
}

#[test]
fn operations_run_in_order() {
    let operations = json!([
        {"op": "add", "path": "title", "value": "a"},
        {"op": "remove", "path": "title"},
        {"op": "add", "path": "nickName", "value": "b"},
        {"op": "remove", "path": "emails"},
        {"op": "add", "path": "emails", "value": [{"value": "b@x", "primary": true}]},
        {"op": "replace", "path": "emails", "value": [{"value": "c@x", "primary": true}]},
    ]);
    assert_eq!(
        patched(&json!({"emails": ["a@x"]}), &operations),
        json!({"nickName": "b", "emails": [{"value": "c@x", "primary": true}]})
    );
}

#[test]
fn changed_paths_name_what_differs_and_nothing_else() {
    let before = user(&json!({
        "name": {"givenName": "Bo", "familyName": "Lind"}, "emails": ["a@x"], "title": "x",
        ENTERPRISE: {"department": "Sales", "manager": {"value": "7"}},
    }));
    let operations = json!([
        {"op": "replace", "value": {"name.familyName": "Berg", "displayName": "Bo", "active": "False", "title": "x"}},
        {"op": "add", "path": "emails", "value": "b@x"},
        {"op": "replace", "path": "externalId", "value": "e"},
        {"op": "remove", "path": format!("{ENTERPRISE}:manager")},
        {"op": "add", "path": format!("{}:requestedExtension", urn::TELEPHONY_USER), "value": "201"},
    ]);
    let mut after = patch(&before, &operations, ResourceType::user()).unwrap();
    let expected = [
        "name.familyName",
        "displayName",
        "active",
        "emails",
        "externalId",
        &format!("{ENTERPRISE}:manager.value"),
        &format!("{}:requestedExtension", urn::TELEPHONY_USER),
    ];
    assert_eq!(changed_paths(&before, &after, ResourceType::user()), expected);
    assert_eq!(changed_paths(&after, &before, ResourceType::user()), expected);
    assert!(changed_paths(&before, &before, ResourceType::user()).is_empty());
    after = before.clone();
    after.insert("meta".into(), json!({"version": "2"}));
    assert!(changed_paths(&before, &after, ResourceType::user()).is_empty());
}
