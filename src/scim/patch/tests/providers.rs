//! Conversations as Entra and Okta have them.

use serde_json::{Map, Value, json};

use super::{ENTERPRISE, group, members, patch, patched, refused, user};
use crate::scim::error::ScimType;
use crate::scim::schema::ResourceType;
use crate::scim::urn;

#[test]
fn the_mover_of_entra_comes_one_operation_per_attribute() {
    let before = json!({
        "displayName": "Bo Lind", "name": {"familyName": "Lind", "givenName": "Bo"},
        "emails": [{"type": "work", "value": "bo@contoso.example", "primary": true}],
    });
    let operations = json!([
        {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "77"},
        {"op": "Replace", "path": "displayName", "value": "Bo Lind-Berg"},
        {"op": "Replace", "path": "name.familyName", "value": "Lind-Berg"},
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "bo.lb@contoso.example"},
        {"op": "Add", "path": "title", "value": "Team Lead"},
        {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
        {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+47 22 12 34 56"},
        {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "90012345"},
        {"op": "Add", "path": "addresses[type eq \"work\"].streetAddress", "value": "Storgata 1"},
        {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Oslo"},
        {"op": "Add", "path": "addresses[type eq \"work\"].country", "value": "NO"},
        {"op": "Replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "90054321"},
        {"op": "Remove", "path": "phoneNumbers[type eq \"work\"]"},
        {"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "{\"id\":\"1\"}"},
    ]);
    let expected = json!({
        "displayName": "Bo Lind-Berg", "name": {"familyName": "Lind-Berg", "givenName": "Bo"}, "title": "Team Lead",
        "emails": [{"type": "work", "value": "bo.lb@contoso.example", "primary": true}],
        "phoneNumbers": [{"type": "mobile", "value": "90054321"}],
        "addresses": [{"type": "work", "streetAddress": "Storgata 1", "locality": "Oslo", "country": "NO"}],
        "roles": [{"primary": true, "value": "{\"id\":\"1\"}"}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "77"}},
    });
    assert_eq!(patched(&before, &operations), expected);
    let after = patch(&user(&before), &operations, ResourceType::user()).unwrap();
    assert_eq!(after["schemas"], json!([urn::USER, ENTERPRISE, urn::TELEPHONY_USER]));
}

#[test]
fn the_flag_of_entra_brings_dotted_and_urn_keys_and_whole_extensions() {
    let before = json!({"name": {"familyName": "Lind", "formatted": "B. Lind"}, ENTERPRISE: {"department": "Sales"}});
    let operations = json!([{"op": "replace", "value": {
        "displayName": "Bo L. Berg", "name.givenName": "Bo L.", "NAME.familyName": "Berg",
        (format!("{ENTERPRISE}:employeeNumber")): "1002-B",
        (ENTERPRISE.to_uppercase()): {"division": "North", "manager": {"value": "7"}, "shoeSize": 5},
        "emails[type eq \"work\"].value": "bo@b.example",
        (urn::TELEPHONY_USER): {"locked": true, "requestedExtension": "201"},
    }}]);
    assert_eq!(
        patched(&before, &operations),
        json!({
            "displayName": "Bo L. Berg", "name": {"familyName": "Berg", "givenName": "Bo L.", "formatted": "B. Lind"},
            "emails": [{"type": "work", "value": "bo@b.example"}],
            ENTERPRISE: {
                "employeeNumber": "1002-B", "division": "North", "manager": {"value": "7"}, "department": "Sales",
            },
            urn::TELEPHONY_USER: {"requestedExtension": "201"},
        })
    );
}

#[test]
fn k2_every_form_of_a_deactivation_deactivates() {
    for operation in [
        json!({"op": "Replace", "path": "active", "value": "False"}),
        json!({"op": "Add", "path": "active", "value": "false"}),
        json!({"op": "replace", "path": "active", "value": false}),
        json!({"op": "replace", "value": {"active": false}}),
        json!({"op": "add", "value": {"ACTIVE": "FALSE", "id": "x", "groups": [], "password": "pw"}}),
        json!({"OP": "REPLACE", "Path": format!("{}:active", urn::USER), "Value": [{"$ref": null, "value": "False"}]}),
    ] {
        let before = user(&json!({}));
        let mut expected = before.clone();
        expected["active"] = json!(false);
        let after = patch(&before, &json!([operation]), ResourceType::user()).unwrap();
        assert_eq!(after, expected, "{operation}");
        let back = json!([{"op": "Replace", "path": "active", "value": "True"}]);
        assert_eq!(patch(&after, &back, ResourceType::user()).unwrap(), before);
    }
    let removal = json!([{"op": "remove", "path": "active"}]);
    assert_eq!(patch(&user(&json!({})), &removal, ResourceType::user()).unwrap().get("active"), None);
}

/// A serializer's `null` lets no leaver back in, as in a PUT (decision 4).
#[test]
fn k2_no_blank_value_lets_a_leaver_back_in() {
    for op in ["add", "replace"] {
        for operation in [
            json!({"op": op, "path": "active", "value": null}),
            json!({"op": op, "path": "active", "value": ""}),
            json!({"op": op, "path": "active", "value": []}),
            json!({"op": op, "path": "active", "value": [{"$ref": null, "value": null}]}),
            json!({"op": op, "value": {"active": null}}),
            json!({"op": op, "value": {"active": ""}}),
            json!({"op": op, "value": {urn::USER: {"active": null}}}),
        ] {
            for active in [true, false] {
                let before = user(&json!({"active": active}));
                let after = patch(&before, &json!([operation]), ResourceType::user()).unwrap();
                assert_eq!(after, before, "{operation}");
            }
        }
    }
}

/// An extension's attributes stand under its URN; who takes the core schema's for one more puts its attributes there.
#[test]
fn attributes_may_stand_under_the_urn_of_the_core_schema() {
    let (upper, values) = (urn::USER.to_uppercase(), json!({"title": "x", "name.givenName": "Bo", "id": "1"}));
    for operation in [
        json!({"op": "replace", "value": {urn::USER: values}}),
        json!({"op": "add", "value": {upper: values}}),
        json!({"op": "add", "path": urn::USER, "value": values}),
    ] {
        assert_eq!(patched(&json!({}), &json!([operation])), json!({"title": "x", "name": {"givenName": "Bo"}}));
    }
    let blank = json!([{"op": "replace", "value": {urn::USER: null}}]);
    assert_eq!(patched(&json!({"title": "x"}), &blank), json!({"title": "x"}));
    let (keyword, detail) = refused(&json!({}), &json!([{"op": "add", "value": {urn::USER: "x"}}]));
    assert_eq!(keyword, ScimType::InvalidValue);
    assert!(detail.ends_with("must be an object with the schema's attributes"), "{detail}");
}

#[test]
fn okta_pushes_a_group_with_its_own_id_and_turns_members_over() {
    let kind = ResourceType::group();
    let before = group(&[]);
    let step = |current: &Map<String, Value>, operations: Value| {
        let after = patch(current, &operations, kind).unwrap();
        assert_eq!(patch(&after, &operations, kind).unwrap(), after, "{operations}");
        after
    };
    let one = step(
        &before,
        json!([{"op": "add", "path": "members",
            "value": [{"value": "1", "display": "cy"}, {"value": "2", "display": "di"}, {"value": "1"}]}]),
    );
    assert_eq!(members(&one), ["1", "2"]);
    let two = step(&one, json!([{"op": "replace", "value": {"id": "g", "displayName": "Queue"}}]));
    assert_eq!((members(&two), &two["displayName"]), (vec!["1", "2"], &json!("Queue")));
    let three = step(
        &two,
        json!([{"op": "remove", "path": "members[value eq \"1\"]"},
            {"op": "add", "path": "members", "value": [{"value": "3"}]}]),
    );
    assert_eq!(members(&three), ["2", "3"]);
    let four = step(&three, json!([{"op": "replace", "path": "members", "value": [{"value": "1"}, {"value": "2"}]}]));
    assert_eq!(members(&four), ["1", "2"]);
    let five = step(
        &four,
        json!([{"op": "remove", "path": "members[value eq \"1\"]"},
        {"op": "remove", "path": "members[value eq \"2\"]"}]),
    );
    assert_eq!(five.get("members"), None);
}

#[test]
fn a_removal_with_values_takes_those_and_no_others() {
    let kind = ResourceType::group();
    for (sent, left) in [
        (json!([{"$ref": null, "value": "2"}]), vec!["1", "3"]),
        (json!([{"value": "2", "display": "Bo", "type": "User"}, {"value": "9"}]), vec!["1", "3"]),
        (json!(["1", "3"]), vec!["2"]),
        (json!({"value": "3"}), vec!["1", "2"]),
        (json!("3"), vec!["1", "2"]),
        (json!([]), vec!["1", "2", "3"]),
        (json!([{}]), vec!["1", "2", "3"]),
        (json!([{"$ref": null}, {"value": ""}, null]), vec!["1", "2", "3"]),
        (json!(null), vec![]),
    ] {
        let operations = json!([{"op": "Remove", "path": "members", "value": sent}]);
        let after = patch(&group(&["1", "2", "3"]), &operations, kind).unwrap();
        assert_eq!(members(&after), left, "{operations}");
    }
    assert_eq!(
        patch(&group(&["1"]), &json!([{"op": "remove", "path": "members"}]), kind).unwrap().get("members"),
        None
    );
    let before = json!({
        "emails": [{"value": "a@x", "type": "work"}, {"value": "A@X", "type": "home"}, {"value": "b@x"}],
        "addresses": [{"type": "work", "locality": "Oslo"}, {"type": "home", "locality": "Oslo", "country": "NO"}],
    });
    for (path, sent, left) in [
        (
            "emails",
            json!([{"value": "A@x", "type": "Work"}]),
            json!([{"value": "A@X", "type": "home"}, {"value": "b@x"}]),
        ),
        ("emails", json!(["a@X"]), json!([{"value": "b@x"}])),
        (
            "emails",
            json!([{"value": "b@x", "type": "work"}]),
            json!([{"value": "a@x", "type": "work"}, {"value": "A@X", "type": "home"}]),
        ),
        ("emails", json!([{"type": "home"}]), json!([{"value": "a@x", "type": "work"}, {"value": "b@x"}])),
        ("addresses", json!([{"type": "HOME"}]), json!([{"type": "work", "locality": "Oslo"}])),
        ("addresses", json!({"locality": "oslo", "country": "NO"}), json!([{"type": "work", "locality": "Oslo"}])),
    ] {
        let operations = json!([{"op": "remove", "path": path, "value": sent}]);
        assert_eq!(patched(&before, &operations)[path], left, "{operations}");
    }
}
