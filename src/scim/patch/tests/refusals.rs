//! What is refused, and in which words.

use serde_json::{Map, Value, json};

use super::{ENTERPRISE, group, members, message, patch, refused, user};
use crate::scim::error::ScimType;
use crate::scim::patch::{MAX_OPERATIONS, apply, parse};
use crate::scim::schema::ResourceType;
use crate::scim::urn;

#[test]
fn what_cannot_be_done_is_refused_with_the_operation_and_the_reason() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget};
    let two = json!({
        "emails": [{"type": "work", "value": "w@x"}, {"type": "home", "value": "h@x"}], "name": {"familyName": "Lind"},
    });
    for (operation, scim_type, says) in [
        (json!({"op": "remove"}), NoTarget, "remove needs a path"),
        (json!({"op": "remove", "path": "", "value": {"title": null}}), NoTarget, "remove needs a path"),
        (json!({"op": "add", "path": "shoeSize", "value": 1}), InvalidPath, "shoeSize"),
        (json!({"op": "add", "path": 5, "value": 1}), InvalidPath, "path must be a string"),
        (json!({"op": "add", "path": "emails[type eq work].value", "value": 1}), InvalidFilter, ""),
        (json!({"op": "add", "value": {"emails[type eq work].value": 1}}), InvalidFilter, ""),
        (json!({"op": "replace", "path": "title"}), InvalidValue, "value is missing"),
        (json!({"op": "replace", "value": "x"}), InvalidValue, "without a path, value must be an object"),
        (json!({"op": "replace", "value": [{"title": "x"}]}), InvalidValue, "without a path"),
        (json!({"op": "replace", "path": "id", "value": "x"}), Mutability, "id is read-only"),
        (json!({"op": "add", "path": "groups", "value": [{"value": "x"}]}), Mutability, "groups is read-only"),
        (json!({"op": "remove", "path": "groups[value eq \"x\"]"}), Mutability, "groups is read-only"),
        (json!({"op": "add", "path": "schemas", "value": [ENTERPRISE]}), Mutability, "schemas is read-only"),
        (json!({"op": "replace", "path": "meta.created", "value": "x"}), Mutability, "meta.created is read-only"),
        (
            json!({"op": "replace", "path": format!("{}:locked", urn::TELEPHONY_USER), "value": false}),
            Mutability,
            ":locked is read-only",
        ),
        (
            json!({"op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "x"}),
            Mutability,
            "manager.displayName is read-only",
        ),
        (json!({"op": "remove", "path": "userName"}), Mutability, "userName is required and cannot be removed"),
        (json!({"op": "replace", "path": "userName", "value": ""}), InvalidValue, "userName is required: send a value"),
        (json!({"op": "replace", "value": {"userName": null}}), InvalidValue, "userName is required: send a value"),
        (json!({"op": "add", "path": "title", "value": 5}), InvalidValue, "title must be a string"),
        (
            json!({"op": "add", "path": "title", "value": [{"value": "a"}, {"value": "b"}]}),
            InvalidValue,
            "title must be",
        ),
        (json!({"op": "add", "path": "active", "value": "maybe"}), InvalidValue, "active must be true or false"),
        (json!({"op": "add", "path": "name", "value": "Bo"}), InvalidValue, "name must be an object with"),
        (json!({"op": "add", "path": "password", "value": 5}), InvalidValue, "password must be a string"),
        (json!({"op": "add", "path": ENTERPRISE, "value": "x"}), InvalidValue, "must be an object"),
        (json!({"op": "add", "value": {ENTERPRISE: 5}}), InvalidValue, "must be an object"),
        (
            json!({"op": "replace", "path": "name[familyName eq \"x\"].givenName", "value": "x"}),
            NoTarget,
            "values of name",
        ),
        (
            json!({"op": "replace", "path": "emails[type ne \"work\" and type eq \"x\"].value", "value": "x"}),
            NoTarget,
            "only a filter of eq can create one",
        ),
        (
            json!({"op": "add", "path": "emails[value sw \"x\"]", "value": "x"}),
            NoTarget,
            "none of the values of emails",
        ),
        (
            json!({"op": "replace", "path": "phoneNumbers[type eq \"a\" or type eq \"b\"].value", "value": "1"}),
            NoTarget,
            "phoneNumbers",
        ),
        (
            json!({"op": "add", "path": "phoneNumbers[type eq \"a\" and type eq \"b\"].value", "value": "1"}),
            NoTarget,
            "phoneNumbers",
        ),
        (
            json!({"op": "add", "path": "emails", "value": [["x"]]}),
            InvalidValue,
            "emails (element 1) must be an object",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": {"a": 1}}),
            InvalidValue,
            "emails.value must be a string",
        ),
        (json!({"op": "replace", "path": "emails.primary", "value": true}), InvalidValue, "emails gets two primary"),
        (
            json!({"op": "add", "path": "emails",
            "value": [{"value": "1", "primary": true}, {"value": "2", "primary": true}]}),
            InvalidValue,
            "emails has two primary",
        ),
    ] {
        let (keyword, detail) = refused(&two, &json!([{"op": "add", "path": "title", "value": "t"}, operation]));
        assert_eq!(keyword, scim_type, "{operation}: {detail}");
        assert!(detail.starts_with("operation 2: ") && detail.contains(says), "{operation}: {detail}");
    }
}

#[test]
fn two_primary_values_in_one_request_are_refused() {
    let two = json!({"emails": [{"type": "work", "value": "w@x"}, {"type": "home", "value": "h@x"}]});
    let primary =
        |kind: &str| json!({"op": "replace", "path": format!("emails[type eq \"{kind}\"].primary"), "value": true});
    let (scim_type, detail) = refused(&two, &json!([primary("work"), primary("home")]));
    assert_eq!((scim_type, detail.starts_with("operation 2: emails gets two primary")), (ScimType::InvalidValue, true));
    let added = json!({"op": "add", "path": "emails", "value": [{"value": "n@x", "primary": true}]});
    assert_eq!(refused(&two, &json!([primary("work"), added])).0, ScimType::InvalidValue);
    let replaced = json!({"op": "replace", "path": "emails", "value": [{"value": "n@x", "primary": true}]});
    assert_eq!(refused(&two, &json!([replaced, primary("home")])).0, ScimType::InvalidValue);
    for fine in [json!([primary("work"), primary("work")]), json!([primary("work"), replaced])] {
        assert!(patch(&user(&two), &fine, ResourceType::user()).is_ok(), "{fine}");
    }
}

#[test]
fn immutable_sub_attributes_are_set_once_and_members_may_be_sent_again() {
    let kind = ResourceType::group();
    let before = group(&["1", "2"]);
    for (operation, left) in [
        (json!({"op": "add", "path": "members[value eq \"3\"]", "value": {"type": "User"}}), Ok(vec!["1", "2", "3"])),
        (json!({"op": "add", "path": "members[value eq \"1\"].type", "value": "User"}), Ok(vec!["1", "2"])),
        (json!({"op": "replace", "path": "members[value eq \"1\"].value", "value": "1"}), Ok(vec!["1", "2"])),
        (json!({"op": "replace", "path": "members[value eq \"1\"]", "value": {"value": "3"}}), Ok(vec!["3", "2"])),
        (json!({"op": "replace", "path": "members[value eq \"1\"].value", "value": "3"}), Err("members.value cannot")),
        (json!({"op": "remove", "path": "members[value eq \"1\"].value"}), Err("members.value cannot be changed")),
        (
            json!({"op": "replace", "path": "members[value eq \"1\"].display", "value": "x"}),
            Err("members.display is read"),
        ),
        (json!({"op": "add", "path": "members[display eq \"Bo\"].type", "value": "x"}), Err("only a filter of eq")),
    ] {
        match (patch(&before, &json!([operation]), kind), left) {
            (Ok(after), Ok(left)) => assert_eq!(members(&after), left, "{operation}"),
            (Err(error), Err(says)) => assert!(error.detail.contains(says), "{operation}: {error}"),
            (result, left) => panic!("{operation}: {result:?} instead of {left:?}"),
        }
    }
    let sent = |to: &str| json!([{"op": "add", "path": "members", "value": [{"value": "1", "$ref": to}]}]);
    let after = patch(&before, &sent("../1"), kind).unwrap();
    assert_eq!(patch(&after, &sent("https://elsewhere/1"), kind).unwrap(), after, "the first reference stays");
    let removed = patch(&before, &json!([{"op": "remove", "path": "displayName"}]), kind);
    assert_eq!(removed.unwrap_err().scim_type, Some(ScimType::Mutability));
}

#[test]
fn a_message_must_be_built_as_rfc_7644_says() {
    let kind = ResourceType::user();
    let add = json!({"op": "add", "path": "title", "value": "x"});
    let urns = [urn::PATCH_OP];
    for good in [
        json!({"SCHEMAS": [urn::PATCH_OP.to_uppercase()], "operations": [add]}),
        json!({"schemas": urns, "Operations": [add], "more": 1}),
        json!({"schemas": urns, "Operations": [{"op": "Add", "path": null, "name": "addTitle", "value": {"title": 1}}]}),
    ] {
        assert!(parse(&good, kind).is_ok(), "{good}");
    }
    for (bad, says) in [
        (json!([]), "must be a JSON object"),
        (json!({"Operations": [add]}), "schemas is missing"),
        (json!({"schemas": [urn::USER], "Operations": [add]}), "schemas must contain \"urn:ietf:params:scim:api:"),
        (json!({"schemas": urns}), "Operations must be an array"),
        (json!({"schemas": urns, "Operations": add}), "Operations must be an array"),
        (json!({"schemas": urns, "Operations": []}), "Operations is empty"),
        (json!({"schemas": urns, "Operations": [add], "operations": [add]}), "in different letter case"),
        (json!({"schemas": urns, "Operations": [add, 5]}), "operation 2: an operation must be an object"),
        (json!({"schemas": urns, "Operations": [{"path": "title"}]}), "operation 1: op is missing"),
        (json!({"schemas": urns, "Operations": [{"op": 5}]}), "op is missing; send add, replace or remove"),
        (
            json!({"schemas": urns, "Operations": [{"op": "move"}]}),
            "op \"move\" is unknown; send add, replace or remove",
        ),
        (json!({"schemas": urns, "Operations": [{"op": "add", "OP": "add"}]}), "the operation has the key"),
        (
            json!({"schemas": urns, "Operations": [{"op": "add", "value": {"title": "a", "Title": "b"}}]}),
            "the value has the key",
        ),
    ] {
        let error = parse(&bad, kind).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)), "{bad}: {error}");
        assert!(error.detail.contains(says), "{bad}: {error}");
    }
}

#[test]
fn l3_a_thousand_operations_are_taken_and_one_more_is_not() {
    let remove = json!({"op": "remove", "path": "title"});
    assert!(parse(&message(&json!(vec![&remove; MAX_OPERATIONS])), ResourceType::user()).is_ok());
    let error = parse(&message(&json!(vec![&remove; MAX_OPERATIONS + 1])), ResourceType::user()).unwrap_err();
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::TooMany)));
    assert_eq!(error.detail, "Operations has 1001 operations; send at most 1000 in one request");
}

#[test]
fn l3_eight_thousand_members_and_a_thousand_operations_take_no_time() {
    let kind = ResourceType::group();
    let id = |n: usize| format!("{n:036}");
    let list = |range: std::ops::Range<usize>| range.map(|n| json!({"value": id(n), "$ref": null})).collect::<Vec<_>>();
    let start = std::time::Instant::now();
    let all = patch(&group(&[]), &json!([{"op": "Add", "path": "members", "value": list(0..8000)}]), kind).unwrap();
    let more = patch(&all, &json!([{"op": "add", "path": "members", "value": list(4000..12000)}]), kind).unwrap();
    assert_eq!(members(&more).len(), 12_000);
    let less = patch(&more, &json!([{"op": "Remove", "path": "members", "value": list(0..8000)}]), kind).unwrap();
    assert_eq!(members(&less).len(), 4_000);
    let one_by_one: Vec<_> = (0..MAX_OPERATIONS)
        .map(|n| match n % 3 {
            0 => json!({"op": "add", "path": "members", "value": [{"value": id(n)}]}),
            1 => json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(8000 + n))}),
            _ => json!({"op": "remove", "path": "members", "value": [{"value": id(8000 + n)}]}),
        })
        .collect();
    let after = patch(&less, &json!(one_by_one), kind).unwrap();
    assert_eq!(members(&after).len(), 4_000 - 666 + 334);
    // Generous: a debug build on a busy machine. Quadratic work would take minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

fn addresses(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("{n}@contoso.example")).collect()
}

#[test]
fn l3_a_list_does_not_grow_beyond_its_bound() {
    let full = json!({"emails": addresses(0..200)});
    for (operation, accepted) in [
        (json!({"op": "add", "path": "emails", "value": addresses(0..200)}), true),
        (json!({"op": "add", "path": "emails", "value": "q"}), false),
        (json!({"op": "add", "value": {"emails": ["q"]}}), false),
        (json!({"op": "add", "path": "emails[type eq \"work\"].value", "value": "q"}), false),
        (json!({"op": "replace", "path": "emails[value eq \"q\"]", "value": {"type": "work"}}), false),
        (json!({"op": "replace", "path": "emails", "value": addresses(0..201)}), false),
        (json!({"op": "replace", "path": "emails", "value": addresses(200..400)}), true),
        (json!({"op": "remove", "path": "emails", "value": addresses(0..100)}), true),
    ] {
        // The first operation that goes too far ends it, whatever comes behind.
        let operations = json!([operation, {"op": "remove", "path": "emails"}]);
        if accepted {
            assert!(patch(&user(&full), &operations, ResourceType::user()).is_ok(), "{operation}");
        } else {
            let (keyword, detail) = refused(&full, &operations);
            assert_eq!(keyword, ScimType::InvalidValue);
            assert_eq!(detail, "operation 1: emails must not have more than 200 values");
        }
    }
}

/// Each filter is short and each list within its bound; it is their product that costs.
#[test]
fn l3_the_filters_of_one_message_test_only_so_many_values() {
    let full = json!({"emails": addresses(0..200)});
    let any = |terms: usize| vec!["value eq \"q\""; terms].join(" or ");
    let removals = |count: usize, terms: usize| {
        json!(vec![json!({"op": "remove", "path": format!("emails[{}]", any(terms))}); count])
    };
    assert!(patch(&user(&full), &removals(50, 20), ResourceType::user()).is_ok());
    let (keyword, detail) = refused(&full, &removals(200, 60));
    assert_eq!(keyword, ScimType::TooMany);
    // 60 conditions on 200 values: 12,000 tests each, of which 200,000 are carried out.
    assert!(detail.starts_with("operation 17: the filters up to here test the values of emails"), "{detail}");
    assert!(patch(&user(&json!({"emails": addresses(0..5)})), &removals(200, 60), ResourceType::user()).is_ok());
}

#[test]
fn an_immutable_attribute_is_set_once() {
    let core = serde_json::from_value(json!({
        "id": urn::GROUP, "name": "Thing", "description": "x", "attributes": [
            {"name": "serial", "type": "string", "mutability": "immutable"},
            {"name": "parts", "type": "string", "multiValued": true, "mutability": "immutable"},
            {"name": "tags", "type": "string", "multiValued": true},
        ]
    }));
    let like = ResourceType::group();
    let kind = ResourceType { core: core.unwrap(), common: like.common.clone(), extensions: vec![], ..*like };
    let step = |current: &Map<String, Value>, operation: Value| {
        apply(&parse(&message(&json!([operation])), &kind).unwrap(), current, &kind)
    };
    let first =
        step(&Map::new(), json!({"op": "add", "value": {"serial": "1", "parts": "a", "tags": ["x", "X", "y"]}}));
    let first = first.unwrap();
    assert_eq!((&first["parts"], &first["tags"]), (&json!(["a"]), &json!(["x", "y"])));
    for same in
        [json!({"op": "replace", "path": "serial", "value": "1"}), json!({"op": "add", "path": "parts", "value": "A"})]
    {
        assert_eq!(step(&first, same).unwrap(), first);
    }
    for (path, value) in [("serial", "2"), ("serial", ""), ("parts", "b")] {
        let error = step(&first, json!({"op": "add", "path": path, "value": value})).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::Mutability), "{error}");
    }
    let fewer = step(&first, json!({"op": "remove", "path": "tags", "value": ["X"]})).unwrap();
    assert_eq!(fewer["tags"], json!(["y"]));
}
