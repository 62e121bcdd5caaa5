//! The reduction against a naive set, and what is refused.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Fate, MemberKind, Wishes, separate};
use crate::scim::error::{Error, ScimType};
use crate::scim::patch;
use crate::scim::schema::ResourceType;
use crate::scim::urn;

fn wishes(operations: &Value) -> Result<(Wishes<'static>, usize), Error> {
    let body = json!({"schemas": [urn::PATCH_OP], "Operations": operations});
    let (wishes, others) = separate(patch::parse(&body, ResourceType::group())?)?;
    Ok((wishes, others.len()))
}

/// What a name is in these tests: `u…` are users, `g…` are groups, all others are nobody.
fn kind(id: &str) -> Option<MemberKind> {
    match id.as_bytes().first() {
        Some(b'u') => Some(MemberKind::User),
        Some(b'g') => Some(MemberKind::Group),
        _ => None,
    }
}

/// The members after the wishes.
fn after(wishes: &Wishes<'_>, before: &BTreeSet<String>) -> BTreeSet<String> {
    let settled = wishes.settle(kind).unwrap();
    let stays = |id: &String| match settled.named.get(id) {
        Some(Fate::In | Fate::Stay) => true,
        Some(Fate::Out) => false,
        None => match kind(id) {
            Some(MemberKind::User) => settled.other_users_stay,
            _ => settled.other_groups_stay,
        },
    };
    let came = settled.named.iter().filter(|(_, fate)| **fate == Fate::In).map(|(id, _)| id);
    before.iter().filter(|id| stays(id)).chain(came).cloned().collect()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn members_come_and_go_in_every_form_that_providers_send() {
    let before = set(&["u1", "u2", "g1"]);
    for (operations, expected) in [
        // Entra, with and without its flag
        (
            json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u3"}]}]),
            set(&["g1", "u1", "u2", "u3"]),
        ),
        (json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "u2"}]}]), set(&["g1", "u1"])),
        (json!([{"op": "remove", "path": "members[value eq \"u2\"]"}]), set(&["g1", "u1"])),
        // Okta
        (
            json!([{"op": "remove", "path": "members[value eq \"u1\"]"}, {"op": "add", "path": "members", "value": [{"value": "u3", "display": "c"}]}]),
            set(&["g1", "u2", "u3"]),
        ),
        (json!([{"op": "replace", "path": "members", "value": [{"value": "u3"}]}]), set(&["u3"])),
        (json!([{"op": "replace", "value": {"id": "x", "members": [{"value": "u3"}]}}]), set(&["u3"])),
        // JumpCloud: a plain list of texts; Microsoft's sample: one bare member
        (json!([{"op": "remove", "path": "members", "value": ["u1", "u2"]}]), set(&["g1"])),
        (json!([{"op": "add", "path": "members", "value": "u3"}]), set(&["g1", "u1", "u2", "u3"])),
        (json!([{"op": "remove", "path": "members", "value": {"value": "u1"}}]), set(&["g1", "u2"])),
        // Everybody, nobody
        (json!([{"op": "remove", "path": "members"}]), set(&[])),
        (json!([{"op": "remove", "path": "members", "value": []}]), before.clone()),
        (json!([{"op": "add", "path": "members", "value": []}]), before.clone()),
        (json!([{"op": "replace", "path": "members", "value": []}]), set(&[])),
        (json!([{"op": "replace", "path": "members", "value": null}]), set(&[])),
        (
            json!([{"op": "add", "value": {"members": [{"value": "u3", "type": "Group"}]}}]),
            set(&["g1", "u1", "u2", "u3"]),
        ),
        (
            json!([{"op": "add", "value": {"urn:ietf:params:scim:schemas:core:2.0:Group:members": [{"value": "u3"}]}}]),
            set(&["g1", "u1", "u2", "u3"]),
        ),
        (
            json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": [{"value": "u3"}]}]),
            set(&["g1", "u1", "u2", "u3"]),
        ),
        // Filters
        (json!([{"op": "remove", "path": "members[value eq \"u1\" or value eq \"u2\"]"}]), set(&["g1"])),
        (json!([{"op": "remove", "path": "members[type eq \"Group\"]"}]), set(&["u1", "u2"])),
        (json!([{"op": "remove", "path": "members[type eq \"user\"]"}]), set(&["g1"])),
        (json!([{"op": "remove", "path": "members[not (value eq \"u1\")]"}]), set(&["u1"])),
        (json!([{"op": "remove", "path": "members[type eq \"User\" and value ne \"u1\"]"}]), set(&["g1", "u1"])),
        (json!([{"op": "remove", "path": "members[value pr]"}]), set(&[])),
        (
            json!([{"op": "replace", "path": "members[value eq \"u1\"]", "value": {"value": "u3"}}]),
            set(&["g1", "u2", "u3"]),
        ),
        (json!([{"op": "replace", "path": "members[value eq \"u1\"]", "value": []}]), set(&["g1", "u2"])),
        (
            json!([{"op": "add", "path": "members[value eq \"u3\"]", "value": {"display": "c"}}]),
            set(&["g1", "u1", "u2", "u3"]),
        ),
    ] {
        let (wishes, others) = wishes(&operations).unwrap_or_else(|error| panic!("{operations}: {error}"));
        assert_eq!((after(&wishes, &before), others), (expected, 0), "{operations}");
    }
}

#[test]
fn what_is_not_about_members_is_left_to_others() {
    let operations = json!([
        {"op": "replace", "value": {"displayName": "x", "members": [{"value": "u1"}], "externalId": "y"}},
        {"op": "add", "path": "members", "value": "u2"},
    ]);
    let (wishes, others) = wishes(&operations).unwrap();
    assert_eq!((wishes.named(), others), (vec!["u1", "u2"], 2));
}

#[test]
fn what_names_nobody_or_asks_for_more_is_refused() {
    for (operation, scim_type) in [
        (json!({"op": "add", "path": "members", "value": [{"display": "x"}]}), ScimType::InvalidValue),
        (json!({"op": "add", "path": "members", "value": [7]}), ScimType::InvalidValue),
        (json!({"op": "add", "path": "members", "value": [{"value": {"x": 1}}]}), ScimType::InvalidValue),
        (json!({"op": "replace", "path": "members.value", "value": "u1"}), ScimType::Mutability),
        (json!({"op": "remove", "path": "members[value eq \"u1\"].value"}), ScimType::Mutability),
        (json!({"op": "remove", "path": "members[display eq \"x\"]"}), ScimType::InvalidFilter),
        (json!({"op": "remove", "path": "members[value sw \"u\"]"}), ScimType::InvalidFilter),
        (
            json!({"op": "replace", "path": "members[type eq \"User\"]", "value": {"display": "x"}}),
            ScimType::InvalidValue,
        ),
    ] {
        let error = wishes(&json!([operation])).unwrap_err();
        assert_eq!(error.scim_type, Some(scim_type), "{operation}: {error}");
        assert!(error.detail.starts_with("operation 1: "), "{error}");
    }
}

#[test]
fn l3_eight_thousand_members_and_many_operations_take_no_time() {
    let many: Vec<Value> = (0..8_000).map(|number| json!({"value": format!("u{number}")})).collect();
    let mut operations = vec![json!({"op": "add", "path": "members", "value": many})];
    operations
        .extend((0..999).map(|number| json!({"op": "remove", "path": format!("members[value eq \"u{number}\"]")})));
    let began = std::time::Instant::now();
    let (wishes, _) = wishes(&json!(operations)).unwrap();
    assert_eq!(after(&wishes, &BTreeSet::new()).len(), 8_000 - 999);
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn l3_filters_over_many_names_are_counted() {
    let many: Vec<Value> = (0..8_000).map(|number| json!({"value": format!("u{number}")})).collect();
    let mut operations = vec![json!({"op": "add", "path": "members", "value": many})];
    let filter = vec!["value ne \"x\""; 60].join(" and ");
    operations.extend((0..999).map(|_| json!({"op": "remove", "path": format!("members[{filter}]")})));
    let (wishes, _) = wishes(&json!(operations)).unwrap();
    assert_eq!(wishes.settle(kind).unwrap_err().scim_type, Some(ScimType::TooMany));
}

/// One operation and what it does to a set.
#[derive(Debug, Clone)]
enum Model {
    Add(Vec<String>),
    Replace(Vec<String>),
    Remove(Vec<String>),
    RemoveAll,
    RemoveOne(String),
    RemoveTwo(String, String),
    RemoveKind(&'static str),
    RemoveAllBut(String),
    Exchange(String, String),
}

impl Model {
    fn operation(&self) -> Value {
        let list = |ids: &[String]| json!(ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>());
        match self {
            Self::Add(ids) => json!({"op": "add", "path": "members", "value": list(ids)}),
            Self::Replace(ids) => json!({"op": "replace", "value": {"members": list(ids)}}),
            Self::Remove(ids) => json!({"op": "remove", "path": "members", "value": list(ids)}),
            Self::RemoveAll => json!({"op": "remove", "path": "members"}),
            Self::RemoveOne(id) => json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}),
            Self::RemoveTwo(one, two) => {
                json!({"op": "remove", "path": format!("members[value eq \"{one}\" or value eq \"{two}\"]")})
            }
            Self::RemoveKind(kind) => json!({"op": "remove", "path": format!("members[type eq \"{kind}\"]")}),
            Self::RemoveAllBut(id) => json!({"op": "remove", "path": format!("members[value ne \"{id}\"]")}),
            Self::Exchange(one, other) => {
                json!({"op": "replace", "path": format!("members[value eq \"{one}\"]"), "value": {"value": other}})
            }
        }
    }

    fn apply(&self, members: &mut BTreeSet<String>) {
        match self {
            Self::Add(ids) => members.extend(ids.iter().cloned()),
            Self::Replace(ids) => *members = ids.iter().cloned().collect(),
            Self::Remove(ids) => members.retain(|id| !ids.contains(id)),
            Self::RemoveAll => members.clear(),
            Self::RemoveOne(id) => members.retain(|member| member != id),
            Self::RemoveTwo(one, two) => members.retain(|member| member != one && member != two),
            Self::RemoveKind(name) => members.retain(|member| kind(member).is_none_or(|kind| kind.name() != *name)),
            Self::RemoveAllBut(id) => members.retain(|member| member == id),
            Self::Exchange(one, other) => {
                members.retain(|member| member != one);
                members.insert(other.clone());
            }
        }
    }
}

fn id() -> impl Strategy<Value = String> {
    (prop::bool::ANY, 0..6u8).prop_map(|(user, number)| format!("{}{number}", if user { 'u' } else { 'g' }))
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(id(), 0..4)
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![
        ids().prop_map(Model::Add),
        ids().prop_map(Model::Replace),
        ids().prop_map(Model::Remove),
        Just(Model::RemoveAll),
        id().prop_map(Model::RemoveOne),
        (id(), id()).prop_map(|(one, two)| Model::RemoveTwo(one, two)),
        prop_oneof![Just("User"), Just("Group")].prop_map(Model::RemoveKind),
        id().prop_map(Model::RemoveAllBut),
        (id(), id()).prop_map(|(one, other)| Model::Exchange(one, other)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn operations_do_to_members_what_they_do_to_a_set(
        before in prop::collection::btree_set(id(), 0..8),
        models in prop::collection::vec(model(), 1..8),
    ) {
        let operations: Vec<Value> = models.iter().map(Model::operation).collect();
        let (wishes, _) = wishes(&json!(operations)).unwrap();
        let mut expected = before.clone();
        for model in &models {
            model.apply(&mut expected);
        }
        prop_assert_eq!(after(&wishes, &before), expected);
    }
}
