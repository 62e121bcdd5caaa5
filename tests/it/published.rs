//! What is published in `schemas/` is what the daemon serves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use deskgate::scim::discovery;
use deskgate::scim::schema::ResourceType;
use serde_json::{Map, Value};

const BASE: &str = "https://deskgate.example/scim/v2";

/// The documents by their URN. `common.json` is not published: its attributes belong to every resource (RFC 7643,
/// section 3.1) and stand in no schema.
fn documents() -> BTreeMap<String, Map<String, Value>> {
    let mut documents = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json")
            || path.ends_with("common.json")
            || path.ends_with("openapi.json")
        {
            continue;
        }
        let document: Map<String, Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        documents.insert(document["id"].as_str().unwrap().to_owned(), document);
    }
    documents
}

/// These are ours and nobody else's.
fn without_private_keys(mut part: Map<String, Value>) -> Map<String, Value> {
    for key in ["maxLength", "maxItems", "default"] {
        part.remove(key);
    }
    for list in ["attributes", "subAttributes"] {
        for attribute in part.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            *attribute = Value::Object(without_private_keys(attribute.as_object().unwrap().clone()));
        }
    }
    part
}

#[test]
fn the_description_of_the_admin_api_is_the_one_that_is_published() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/openapi.json");
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        published == deskgate::http::description().unwrap(),
        "schemas/openapi.json is not what the handlers say; publish it: cargo run -- openapi > schemas/openapi.json"
    );
}

#[test]
fn every_document_belongs_to_a_resource_type() {
    let mut known = BTreeSet::new();
    for kind in [ResourceType::user(), ResourceType::group()] {
        known.insert(kind.core.id.clone());
        known.extend(kind.extensions.iter().map(|extension| extension.schema.id.clone()));
    }
    assert_eq!(documents().into_keys().collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_served_schema_is_its_document_word_for_word() {
    let documents = documents();
    let served = discovery::schemas(BASE);
    assert!(!served.is_empty());
    for (id, schema) in served {
        let mut schema = schema.as_object().unwrap().clone();
        // What every resource has is no part of the document.
        for key in ["schemas", "meta"] {
            assert!(schema.remove(key).is_some(), "{id} has no {key}");
        }
        assert_eq!(schema, without_private_keys(documents[id].clone()), "{id}");
    }
}

#[test]
fn every_served_resource_type_has_its_schemas_served() {
    let served: BTreeSet<_> = discovery::schemas(BASE).into_iter().map(|(id, _)| id).collect();
    for kind in discovery::served() {
        let ids = std::iter::once(kind.core.id.as_str()).chain(kind.extensions.iter().map(|e| e.schema.id.as_str()));
        for id in ids {
            assert!(served.contains(id), "{id} of {}", kind.name);
        }
    }
}

/// Every list in a schema, with what it refers to, that does not say how long it may be.
fn unbounded_lists(all: &Value, schema: &Value, place: &str, seen: &mut BTreeSet<String>, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        if seen.insert(name.to_owned()) {
            unbounded_lists(all, &all["components"]["schemas"][name], name, seen, found);
        }
        return;
    }
    let is_list =
        schema["type"] == "array" || schema["type"].as_array().is_some_and(|types| types.contains(&"array".into()));
    // The bytes of a file, which the description has no better word for.
    let is_file =
        schema["items"]["format"] == "binary" || schema["items"]["format"] == "int32" && place.ends_with("/audio");
    if is_list && !is_file && schema["maxItems"].is_null() {
        found.push(place.to_owned());
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        for choice in schema[keyword].as_array().into_iter().flatten() {
            unbounded_lists(all, choice, place, seen, found);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        unbounded_lists(all, property, &format!("{place}.{name}"), seen, found);
    }
    for inner in ["items", "additionalProperties"] {
        if schema[inner].is_object() {
            unbounded_lists(all, &schema[inner], &format!("{place}[]"), seen, found);
        }
    }
}

#[test]
fn l2_every_list_in_a_request_says_how_long_it_may_be() {
    let all: Value = serde_json::from_str(&deskgate::http::description().unwrap()).unwrap();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for (path, methods) in all["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for content in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                let place = format!("{method} {path}");
                unbounded_lists(&all, &content.1["schema"], &place, &mut seen, &mut found);
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert_eq!(found, Vec::<String>::new());
}
