//! Groups: members, nesting, lists, and many who change one group at once.

mod closure;
mod concurrency;
mod members;
mod nesting;
mod resource;

use serde_json::{Value, json};

use crate::world::door::Answer;
use crate::world::idp::{Idp, PATCH_OP, id};

pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The least that makes a group, with members.
pub fn group(name: &str, members: &[&str]) -> Value {
    let mut group = json!({"schemas": [GROUP], "displayName": name, "externalId": format!("ext-{name}")});
    if !members.is_empty() {
        group["members"] = members.iter().map(|id| json!({"value": id})).collect();
    }
    group
}

pub async fn make(idp: &Idp, name: &str, members: &[&str]) -> String {
    id(&idp.post("/Groups", &group(name, members)).await.expect(201).json()).to_owned()
}

pub async fn patch(idp: &Idp, group: &str, operations: Value) -> Answer {
    let body = json!({"schemas": [PATCH_OP], "Operations": operations}).to_string();
    idp.send("PATCH", &format!("/Groups/{group}"), &[], body).await
}

pub async fn put(idp: &Idp, group: &str, body: &Value) -> Answer {
    idp.send("PUT", &format!("/Groups/{group}"), &[], body.to_string()).await
}

pub async fn get(idp: &Idp, group: &str) -> Value {
    idp.get(&format!("/Groups/{group}")).await.expect(200).json()
}

/// The ids of the members as a `GET` shows them, sorted.
pub async fn members(idp: &Idp, group: &str) -> Vec<String> {
    let shown = get(idp, group).await;
    let mut members: Vec<String> = shown["members"]
        .as_array()
        .map(|members| members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect())
        .unwrap_or_default();
    members.sort();
    members
}

pub fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort();
    ids
}

pub async fn people<const N: usize>(idp: &Idp, names: [&str; N]) -> [String; N] {
    let mut ids = Vec::new();
    for name in names {
        ids.push(id(&idp.create(&crate::world::idp::user(name)).await).to_owned());
    }
    ids.try_into().unwrap()
}

/// The ids in a list.
pub async fn found(idp: &Idp, endpoint: &str, filter: &str) -> Vec<String> {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
    let list = idp.get(&format!("/{endpoint}?{query}")).await.expect(200).json();
    let found: Vec<String> =
        list["Resources"].as_array().unwrap().iter().map(|resource| id(resource).to_owned()).collect();
    assert_eq!(list["totalResults"], found.len(), "{list}");
    found
}
