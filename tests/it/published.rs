//! What is published in `schemas/` is what the daemon serves.

use std::collections::BTreeMap;

use deskgate::scim::schema::ResourceType;
use serde_json::Value;

/// The documents by their URN. `common.json` is not published: its attributes belong to every resource (RFC 7643,
/// section 3.1) and stand in no schema.
fn documents() -> BTreeMap<String, Value> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut documents = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") || path.ends_with("common.json") {
            continue;
        }
        let document: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        documents.insert(document["id"].as_str().unwrap().to_owned(), document);
    }
    documents
}

#[test]
fn every_document_belongs_to_a_resource_type() {
    let mut known = Vec::new();
    for kind in [ResourceType::user(), ResourceType::group()] {
        known.push(kind.core.id.clone());
        known.extend(kind.extensions.iter().map(|extension| extension.schema.id.clone()));
    }
    known.sort();
    assert_eq!(documents().into_keys().collect::<Vec<_>>(), known);
}
