//! Bodies as identity providers send them, and the rules one by one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{mentions, parse_create, parse_replace};
use crate::scim::error::{Error, ScimType};
use crate::scim::schema::{Mutability, ResourceType};
use crate::scim::urn;

fn user(attributes: Value) -> Value {
    with_schema(urn::USER, attributes)
}

fn with_schema(urn: &str, attributes: Value) -> Value {
    let Value::Object(mut body) = attributes else { panic!("attributes are an object") };
    body.entry("schemas").or_insert_with(|| json!([urn]));
    Value::Object(body)
}

fn named(attributes: Value) -> Value {
    let mut body = user(attributes);
    body["userName"] = json!("ada@example.com");
    body
}

/// What is kept of a user beside its name, `active` and `schemas`.
fn kept(attributes: Value) -> Value {
    let mut resource = parse_create(&named(attributes), ResourceType::user()).unwrap();
    assert_eq!(resource.remove("userName"), Some(json!("ada@example.com")));
    assert_eq!(resource.remove("active"), Some(json!(true)));
    resource.remove("schemas");
    Value::Object(resource)
}

fn refused(attributes: Value) -> (ScimType, String) {
    keyword(parse_create(&named(attributes), ResourceType::user()))
}

fn keyword(result: Result<Map<String, Value>, Error>) -> (ScimType, String) {
    let error = result.unwrap_err();
    assert_eq!(error.status, 400);
    (error.scim_type.unwrap(), error.detail)
}

#[test]
fn the_create_of_entra_becomes_the_canonical_resource() {
    let body = json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER], "externalId": "ext-ada", "userName": "ada@contoso.example",
        "active": "True", "displayName": "Ada Holm",
        "emails": [{"primary": true, "type": "work", "value": "ada@contoso.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Ada Holm", "familyName": "Holm", "givenName": "Ada"}, "roles": [],
        "addresses": null, "title": null, "department": null, "manager": null,
        urn::ENTERPRISE_USER: {"employeeNumber": "1001", "department": "Support"},
    });
    assert_eq!(
        Value::Object(parse_create(&body, ResourceType::user()).unwrap()),
        json!({
            "schemas": [urn::USER, urn::ENTERPRISE_USER, urn::TELEPHONY_USER], "externalId": "ext-ada",
            "userName": "ada@contoso.example", "active": true, "displayName": "Ada Holm",
            "emails": [{"primary": true, "type": "work", "value": "ada@contoso.example"}],
            "name": {"formatted": "Ada Holm", "familyName": "Holm", "givenName": "Ada"},
            urn::ENTERPRISE_USER: {"employeeNumber": "1001", "department": "Support"},
        })
    );
}

#[test]
fn the_profile_push_of_okta_keeps_neither_password_nor_id_nor_groups_nor_empty_names() {
    let sent = json!({
        "schemas": [urn::USER], "id": "made up", "userName": "cy@okta.example",
        "name": {"givenName": "Cyrus", "middleName": "", "familyName": "Dahl"},
        "emails": [{"primary": true, "value": "cy@okta.example", "type": "work", "display": "cy@okta.example"}],
        "locale": "en-US", "groups": [], "password": "Xk3-pw", "active": true, "meta": {"resourceType": "User"},
    });
    let resource = parse_replace(&sent, &Map::new(), ResourceType::user()).unwrap();
    assert_eq!(resource["name"], json!({"givenName": "Cyrus", "familyName": "Dahl"}));
    for gone in ["id", "meta", "groups", "password"] {
        assert_eq!(resource.get(gone), None, "{gone}");
    }
}

#[test]
fn the_template_of_onelogin_may_forget_urn_and_brackets_and_names_the_manager_as_scim_1_did() {
    let block = json!({"department": "Sales", "manager": {"managerId": "77", "displayName": "Bo"}});
    let sent = json!({
        "id": null, "active": "true", "emails": {"value": "a@b.example", "primary": "true"},
        urn::ENTERPRISE_USER.to_uppercase(): block,
    });
    let mut body = named(sent);
    let resource = parse_create(&body, ResourceType::user()).unwrap();
    assert_eq!(resource["active"], json!(true));
    assert_eq!(resource["emails"], json!([{"value": "a@b.example", "primary": true}]));
    assert_eq!(resource[urn::ENTERPRISE_USER], json!({"department": "Sales", "manager": {"value": "77"}}));
    assert_eq!(resource["schemas"], json!([urn::USER, urn::ENTERPRISE_USER, urn::TELEPHONY_USER]));
    body["active"] = json!("");
    assert_eq!(parse_create(&body, ResourceType::user()).unwrap()["active"], json!(true));
}

#[test]
fn groups_carry_foreign_urns_and_bare_members() {
    let body = json!({
        "schemas": [urn::GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "g", "displayName": "PBX Sales",
        "members": ["1", {"value": "2", "$ref": null, "display": "Bo"}, {"value": "2"}, null],
    });
    assert_eq!(
        Value::Object(parse_create(&body, ResourceType::group()).unwrap()),
        json!({
            "schemas": [urn::GROUP], "externalId": "g", "displayName": "PBX Sales",
            "members": [{"value": "1"}, {"value": "2"}],
        })
    );
}

#[test]
fn values_are_kept_in_canonical_form() {
    let enterprise = urn::ENTERPRISE_USER;
    for (sentence, sent, expected) in [
        (
            "names in any letter case",
            json!({"DISPLAYNAME": "A", "Name": {"GIVENNAME": "B"}}),
            json!({"displayName": "A", "name": {"givenName": "B"}}),
        ),
        (
            "what nobody declares is not stored",
            json!({"shoeSize": 43, "name": {"nick": "x"}, "urn:x:y": {"a": 1}}),
            json!({}),
        ),
        (
            "null, empty list and empty string are no value",
            json!({"title": null, "nickName": "", "emails": [], "phoneNumbers": null, "name": {}, "ims": "", "locale": []}),
            json!({}),
        ),
        (
            "an element that says nothing but its kind is no value",
            json!({"phoneNumbers": [{"type": "work", "value": ""}, {"type": "mobile", "value": "1", "primary": false}]}),
            json!({"phoneNumbers": [{"type": "mobile", "value": "1", "primary": false}]}),
        ),
        (
            "booleans may be text in any case",
            json!({"emails": [{"value": "a", "primary": "TRUE"}]}),
            json!({"emails": [{"value": "a", "primary": true}]}),
        ),
        (
            "a list may be one object or one string",
            json!({"emails": {"value": "a"}, "roles": "admin"}),
            json!({"emails": [{"value": "a"}], "roles": [{"value": "admin"}]}),
        ),
        (
            "a bare string in a list is a value",
            json!({"emails": ["a", {"value": "b"}, "a"]}),
            json!({"emails": [{"value": "a"}, {"value": "b"}]}),
        ),
        (
            "a role may be JSON in a string",
            json!({"roles": [{"value": "{\"id\":\"1\"}"}]}),
            json!({"roles": [{"value": "{\"id\":\"1\"}"}]}),
        ),
        (
            "a manager may be a string",
            json!({enterprise: {"manager": "77"}}),
            json!({enterprise: {"manager": {"value": "77"}}}),
        ),
        (
            "a manager may be a list of one",
            json!({enterprise: {"manager": [{"value": "77", "$ref": "../77"}]}}),
            json!({enterprise: {"manager": {"value": "77", "$ref": "../77"}}}),
        ),
        (
            "an empty manager is none",
            json!({enterprise: {"manager": "", "department": "x"}}),
            json!({enterprise: {"department": "x"}}),
        ),
        ("an extension without values is not there", json!({enterprise: {"manager": null}}), json!({})),
        ("a blank extension is not there", json!({enterprise: null}), json!({})),
        (
            "what the server alone knows is ignored",
            json!({urn::TELEPHONY_USER: {"locked": true, "numbers": 7, "requestedExtension": "201"}}),
            json!({urn::TELEPHONY_USER: {"requestedExtension": "201"}}),
        ),
        (
            "certificates are base 64",
            json!({"x509Certificates": [{"value": "QUJD\nQQ=="}]}),
            json!({"x509Certificates": [{"value": "QUJD\nQQ=="}]}),
        ),
        (
            "lines and odd characters of a text are kept as sent",
            json!({"title": " a\tb\u{b} "}),
            json!({"title": " a\tb\u{b} "}),
        ),
        (
            "the bound counts characters, not bytes",
            json!({"locale": "ß".repeat(256)}),
            json!({"locale": "ß".repeat(256)}),
        ),
    ] {
        assert_eq!(kept(sent), expected, "{sentence}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_attribute_and_what_to_send() {
    use ScimType::{InvalidSyntax, InvalidValue};
    let enterprise = urn::ENTERPRISE_USER;
    for (sent, scim_type, says) in [
        (json!({"title": 5}), InvalidValue, "title must be a string"),
        (json!({"title": ["a"]}), InvalidValue, "title must be a string"),
        (json!({"title": {"value": "a"}}), InvalidValue, "title must be a string"),
        (json!({"locale": "x".repeat(257)}), InvalidValue, "locale must not be longer than 256 characters"),
        (json!({"active": "yes"}), InvalidValue, "active must be true or false"),
        (json!({"active": 1}), InvalidValue, "active must be true or false"),
        (json!({"name": "Ada Holm"}), InvalidValue, "name must be an object with formatted, familyName,"),
        (json!({"name": [{"givenName": "a"}, {"givenName": "b"}]}), InvalidValue, "name must be an object"),
        (json!({"name": {"givenName": {"a": 1}}}), InvalidValue, "name.givenName must be a string"),
        (
            json!({"emails": [{"value": "a"}, {"value": true}]}),
            InvalidValue,
            "emails.value (element 2) must be a string",
        ),
        (json!({"emails": [7]}), InvalidValue, "emails.value (element 1) must be a string"),
        (json!({"emails": [["a"]]}), InvalidValue, "emails (element 1) must be an object with value, display,"),
        (json!({"addresses": "Storgata 1"}), InvalidValue, "addresses (element 1) must be an object with formatted,"),
        (
            json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]}),
            InvalidValue,
            "emails has two primary values",
        ),
        (json!({"x509Certificates": [{"value": "not base 64!"}]}), InvalidValue, "must be base 64"),
        (json!({"externalId": "a\nb"}), InvalidValue, "externalId must not contain control characters"),
        (json!({"password": {"a": 1}}), InvalidValue, "password must be a string"),
        (json!({enterprise: "x"}), InvalidValue, "must be an object"),
        (json!({enterprise: {"department": 5}}), InvalidValue, "enterprise:2.0:User:department must be a string"),
        (json!({"title": "a", "Title": "b"}), InvalidSyntax, "the body has the key"),
        (json!({"name": {"givenName": "a", "givenname": "b"}}), InvalidSyntax, "name has the key"),
        (json!({enterprise: {"division": "a", "Division": "b"}}), InvalidSyntax, "in different letter case"),
    ] {
        let (keyword, detail) = refused(sent.clone());
        assert_eq!(keyword, scim_type, "{sent}: {detail}");
        assert!(detail.contains(says), "{sent}: {detail}");
    }
}

#[test]
fn required_attributes_must_have_a_value_without_control_characters() {
    for sent in [json!({}), json!({"userName": null}), json!({"userName": ""}), json!({"userName": " \u{a0}"})] {
        let (scim_type, detail) = keyword(parse_create(&user(sent), ResourceType::user()));
        assert_eq!(scim_type, ScimType::InvalidValue);
        assert_eq!(detail, "userName is required: send a value that is not empty");
    }
    for name in ["ada\nholm", "ada\u{7f}", "a\u{85}b"] {
        let (scim_type, _) = keyword(parse_create(&user(json!({"userName": name})), ResourceType::user()));
        assert_eq!(scim_type, ScimType::InvalidValue);
    }
    let (_, detail) = keyword(parse_create(&with_schema(urn::GROUP, json!({})), ResourceType::group()));
    assert!(detail.starts_with("displayName is required"), "{detail}");
}

#[test]
fn schemas_must_name_the_core_schema_in_any_letter_case() {
    for schemas in [json!([urn::USER.to_uppercase()]), json!([urn::ENTERPRISE_USER, "urn:x", urn::USER, urn::USER])] {
        assert!(parse_create(&named(json!({"schemas": schemas})), ResourceType::user()).is_ok());
    }
    for (schemas, says) in [
        (json!(null), "schemas is missing: send \"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\"]"),
        (json!(urn::USER), "array of strings"),
        (json!([urn::USER, 5]), "array of strings"),
        (json!([]), "schemas must contain \"urn:ietf:params:scim:schemas:core:2.0:User\""),
        (json!([urn::GROUP]), "schemas must contain"),
    ] {
        let (scim_type, detail) = keyword(parse_create(&named(json!({"schemas": schemas})), ResourceType::user()));
        assert_eq!(scim_type, ScimType::InvalidSyntax);
        assert!(detail.contains(says), "{detail}");
    }
    for body in [json!([]), json!("x"), json!(null)] {
        assert_eq!(keyword(parse_create(&body, ResourceType::user())).0, ScimType::InvalidSyntax);
    }
}

#[test]
fn urns_of_scim_1_name_the_schemas_that_took_their_place() {
    let (core, enterprise) = ("urn:scim:schemas:core:1.0", "urn:SCIM:schemas:extension:enterprise:1.0");
    let block = json!({"department": "Sales", "manager": {"managerId": "7", "displayName": "Ada"}});
    let body = named(json!({"schemas": [core, enterprise], enterprise: block}));
    let user = parse_create(&body, ResourceType::user()).unwrap();
    assert_eq!(user["schemas"], json!([urn::USER, urn::ENTERPRISE_USER, urn::TELEPHONY_USER]));
    assert_eq!(user[urn::ENTERPRISE_USER], json!({"department": "Sales", "manager": {"value": "7"}}));
    assert!(parse_create(&json!({"schemas": [core], "displayName": "Sales"}), ResourceType::group()).is_ok());
    // One of the two would be dropped in silence.
    let twice = named(json!({enterprise: {"department": "Sales"}, urn::ENTERPRISE_USER: {"department": "North"}}));
    let (scim_type, detail) = keyword(parse_create(&twice, ResourceType::user()));
    assert_eq!(scim_type, ScimType::InvalidSyntax);
    assert!(detail.ends_with("twice; send it once"), "{detail}");
    // Another version's message about a resource is another message.
    let patch = json!({"schemas": [core], "Operations": [{"op": "add", "path": "title", "value": "x"}]});
    assert!(crate::scim::patch::parse(&patch, ResourceType::user()).is_err());
}

#[test]
fn r1_no_error_repeats_what_was_sent() {
    let secret = "Xk3-\u{1}-".repeat(300);
    for sent in [
        json!({"password": secret}),
        json!({"password": [secret]}),
        json!({"externalId": secret}),
        json!({"active": secret}),
        json!({"name": secret}),
        json!({"emails": [{"value": {"a": secret}}]}),
    ] {
        let (_, detail) = refused(sent);
        assert!(!detail.contains("Xk3") && detail.len() < 300, "{detail}");
    }
}

#[test]
fn a_replace_clears_what_it_omits_but_not_the_lock() {
    let current = parse_create(
        &named(json!({"title": "Agent", "active": false, urn::ENTERPRISE_USER: {"department": "Sales"}})),
        ResourceType::user(),
    )
    .unwrap();
    for (sentence, sent, active) in [
        ("without active it stays", json!({}), json!(false)),
        ("a serializer's null says nothing", json!({"active": null}), json!(false)),
        ("nor does an empty macro", json!({"active": ""}), json!(false)),
        ("true says it", json!({"active": "True"}), json!(true)),
    ] {
        let replaced = parse_replace(&named(sent), &current, ResourceType::user()).unwrap();
        assert_eq!(replaced["active"], active, "{sentence}");
        assert_eq!(replaced.get("title"), None, "{sentence}");
        assert_eq!(replaced.get(urn::ENTERPRISE_USER), None, "{sentence}");
        assert_eq!(replaced["schemas"], json!([urn::USER, urn::TELEPHONY_USER]), "{sentence}");
    }
    let removed = Map::new();
    let replaced = parse_replace(&named(json!({})), &removed, ResourceType::user()).unwrap();
    assert_eq!(replaced.get("active"), None, "decision 4: what was removed stays absent");
    let (scim_type, _) = keyword(parse_replace(&user(json!({})), &current, ResourceType::user()));
    assert_eq!(scim_type, ScimType::InvalidValue);
}

#[test]
fn a_replace_of_a_group_without_members_leaves_them_and_an_empty_list_takes_them() {
    let group = |attributes| with_schema(urn::GROUP, attributes);
    let current =
        parse_create(&group(json!({"displayName": "Old", "members": ["1", "2"]})), ResourceType::group()).unwrap();
    for (sent, members) in [
        (json!({"displayName": "New"}), Some(json!([{"value": "1"}, {"value": "2"}]))),
        (json!({"displayName": "New", "Members": []}), None),
        (json!({"displayName": "New", "members": null}), None),
        (json!({"displayName": "New", "members": [{"value": "3"}]}), Some(json!([{"value": "3"}]))),
    ] {
        let body = group(sent);
        let replaced = parse_replace(&body, &current, ResourceType::group()).unwrap();
        assert_eq!(replaced.get("members").cloned(), members, "{body}");
        assert_eq!(replaced["displayName"], json!("New"));
    }
    assert!(mentions(&json!({"Members": null}), ResourceType::group(), "members"));
    assert!(mentions(&json!({urn::GROUP: {"Members": null}}), ResourceType::group(), "members"));
    assert!(!mentions(&json!({"member": []}), ResourceType::group(), "members"));
}

#[test]
fn attributes_may_stand_under_the_urn_of_the_core_schema() {
    let block =
        json!({"title": "x", "Emails": "a@b", "externalId": "e", "id": "made up", "schemas": [], "shoeSize": 44});
    let expected = json!({"title": "x", "emails": [{"value": "a@b"}], "externalId": "e"});
    assert_eq!(kept(json!({urn::USER: block})), expected);
    assert_eq!(kept(json!({urn::USER.to_uppercase(): block})), expected);
    assert_eq!(kept(json!({urn::USER: null, "title": "x"})), json!({"title": "x"}));
    let (keyword, detail) = refused(json!({urn::USER: "x"}));
    assert_eq!(keyword, ScimType::InvalidValue);
    assert!(detail.ends_with("must be an object with the schema's attributes"), "{detail}");
    let (keyword, detail) = refused(json!({urn::USER: {"Title": "a"}, "title": "b"}));
    assert_eq!(keyword, ScimType::InvalidSyntax);
    assert_eq!(detail, format!("the body has title twice, on its own and under {}; send it once", urn::USER));
    assert_eq!(refused(json!({urn::USER: {"Title": "a", "title": "b"}})).0, ScimType::InvalidSyntax);
    let body = with_schema(urn::GROUP, json!({urn::GROUP: {"displayName": "g", "members": []}}));
    let current = Map::from_iter([("members".to_owned(), json!([{"value": "1"}]))]);
    assert_eq!(parse_replace(&body, &current, ResourceType::group()).unwrap().get("members"), None);
}

/// Every list is bounded but the members of a group, which become rows; what only the server fills needs no bound.
#[test]
fn l2_lists_are_bounded() {
    let many = |count: usize| (0..count).map(|n| json!({"value": format!("QUJD{n:04}")})).collect::<Vec<_>>();
    for attribute in &ResourceType::user().core.attributes {
        let writable = attribute.multi_valued && attribute.mutability == Mutability::ReadWrite;
        if !writable || attribute.sub_attribute("value").is_none() {
            continue;
        }
        let name = attribute.name.as_str();
        assert_eq!(kept(json!({name: many(200)}))[name].as_array().unwrap().len(), 200);
        let (keyword, detail) = refused(json!({name: many(201)}));
        assert_eq!(keyword, ScimType::InvalidValue);
        assert_eq!(detail, format!("{name} must not have more than 200 values"));
    }
    assert!(
        refused(json!({"addresses": (0..201).map(|n| json!({"locality": n.to_string()})).collect::<Vec<_>>()}))
            .1
            .contains("200")
    );
    // What says nothing, or is there twice, is no value.
    assert_eq!(kept(json!({"emails": vec!["a@b"; 300]})), json!({"emails": [{"value": "a@b"}]}));
}

#[test]
fn immutable_attributes_outlast_a_replace_and_refuse_another_value() {
    let mut kind = ResourceType { core: ResourceType::user().core.clone(), ..group_like() };
    let title = kind.core.attributes.iter_mut().find(|attribute| attribute.name == "title").unwrap();
    title.mutability = Mutability::Immutable;
    let current = parse_create(&named(json!({"title": "Agent"})), &kind).unwrap();
    for sent in [json!({}), json!({"title": "Agent"}), json!({"title": null})] {
        assert_eq!(parse_replace(&named(sent), &current, &kind).unwrap()["title"], json!("Agent"));
    }
    let (scim_type, detail) = keyword(parse_replace(&named(json!({"title": "Chief"})), &current, &kind));
    assert_eq!((scim_type, detail.starts_with("title cannot be changed")), (ScimType::Mutability, true));
}

/// A resource type of our own: nothing in `schemas/` is immutable at the top, required in an extension, or a number.
fn group_like() -> ResourceType {
    let group = ResourceType::group();
    ResourceType {
        name: group.name,
        endpoint: group.endpoint,
        description: group.description,
        common: group.common.clone(),
        core: group.core.clone(),
        extensions: vec![],
    }
}

#[test]
fn every_type_of_rfc_7643_is_checked() {
    let mut kind = group_like();
    kind.core = serde_json::from_value(json!({
        "id": urn::GROUP, "name": "Thing", "description": "x", "attributes": [
            {"name": "count", "type": "integer"}, {"name": "ratio", "type": "decimal"},
            {"name": "since", "type": "dateTime"}, {"name": "tags", "type": "string", "multiValued": true},
            {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value", "type": "string"}, {"name": "size", "type": "integer", "required": true}]},
        ]
    }))
    .unwrap();
    for (sent, expected) in [
        (json!({"count": -5, "ratio": 1.5}), Ok(())),
        (json!({"ratio": 3}), Ok(())),
        (json!({"since": "2026-11-21T08:15:30+01:00"}), Ok(())),
        (json!({"tags": ["a", "b"]}), Ok(())),
        (json!({"parts": [{"value": "a", "size": 1}]}), Ok(())),
        (json!({"count": 1.0}), Err("count must be a whole number")),
        (json!({"count": "1"}), Err("count must be a whole number")),
        (json!({"count": u64::MAX}), Err("count must be a whole number")),
        (json!({"ratio": "1"}), Err("ratio must be a number")),
        (json!({"since": "yesterday"}), Err("since must be a date and time")),
        (json!({"tags": [{"value": "a"}]}), Err("tags (element 1) must be a string")),
        (json!({"parts": [{"value": "a"}]}), Err("parts.size is required")),
    ] {
        let body = with_schema(urn::GROUP, sent.clone());
        match (parse_create(&body, &kind), expected) {
            (Ok(mut resource), Ok(())) => {
                resource.remove("schemas");
                assert_eq!(Value::Object(resource), sent, "kept as sent");
            }
            (Err(error), Err(says)) => assert!(error.detail.starts_with(says), "{sent}: {error}"),
            (result, expected) => panic!("{sent}: {result:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn eight_thousand_members_and_as_many_unknown_keys_are_read_at_once() {
    let members: Vec<_> = (0..8000).map(|n| json!({"value": format!("{n:036}"), "$ref": null})).collect();
    let mut body = with_schema(urn::GROUP, json!({"displayName": "All", "members": members}));
    for n in 0..8000 {
        body[format!("key{n}")] = json!(n);
    }
    let resource = parse_create(&body, ResourceType::group()).unwrap();
    assert_eq!(resource["members"].as_array().unwrap().len(), 8000);
}

pub(in crate::scim) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        prop::sample::select(vec!["", "a", "b", "B", "work", "home", "True", "false", "ß\u{7}"]).prop_map(Value::from),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let keys = vec!["value", "Value", "type", "primary", "display", "givenName", "$ref", "managerId", "x"];
    scalar().prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(keys.clone()), inner, 0..4).prop_map(object),
        ]
    })
}

fn object(entries: BTreeMap<&str, Value>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn any_body() -> impl Strategy<Value = Value> {
    let keys = vec![
        "userName",
        "displayName",
        "active",
        "name",
        "emails",
        "roles",
        "addresses",
        "groups",
        "id",
        "password",
        "meta",
        "externalId",
        "members",
        "title",
        "shoeSize",
        urn::ENTERPRISE_USER,
        urn::TELEPHONY_USER,
    ];
    prop::collection::btree_map(prop::sample::select(keys), any_value(), 0..6).prop_map(object)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_canonical_resource_parsed_again_gives_itself(mut body in any_body(), user_name in "[a-c]{1,2}") {
        body["userName"] = json!(user_name);
        body["displayName"] = json!(user_name);
        for (urn, kind) in [(urn::USER, ResourceType::user()), (urn::GROUP, ResourceType::group())] {
            body["schemas"] = json!([urn]);
            if let Ok(resource) = parse_create(&body, kind) {
                let again = Value::Object(resource.clone());
                prop_assert_eq!(&parse_create(&again, kind).unwrap(), &resource);
                prop_assert_eq!(&parse_replace(&again, &resource, kind).unwrap(), &resource);
            }
        }
    }

    #[test]
    fn no_body_whatsoever_ends_in_a_panic(body in any_value()) {
        let _ = parse_create(&body, ResourceType::user());
        let _ = parse_replace(&body, &Map::new(), ResourceType::group());
    }
}
