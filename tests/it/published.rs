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
