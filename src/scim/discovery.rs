//! What the server says about itself (RFC 7643, sections 5 to 7; RFC 7644, section 4; RFC 9865,
//! section 4).
//!
//! Everything follows from the list of [served resource types](served) and the documents in `schemas/`; a resource type
//! added there appears in all three endpoints.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::bulk;
use super::list::{CURSOR_TIMEOUT, DEFAULT_COUNT, MAX_COUNT};
use super::schema::ResourceType;
use super::urn;

/// The keys of the documents in `schemas/` that are ours and that nobody else sees.
const PRIVATE_KEYS: [&str; 3] = ["maxLength", "maxItems", "default"];

/// The documents that can be served, in the order of [`schemas`].
static DOCUMENTS: LazyLock<Vec<Map<String, Value>>> = LazyLock::new(|| {
    [
        include_str!("../../schemas/user.json"),
        include_str!("../../schemas/enterprise_user.json"),
        include_str!("../../schemas/telephony_user.json"),
        include_str!("../../schemas/group.json"),
    ]
    .into_iter()
    .map(|document| {
        let mut document = serde_json::from_str(document).expect("the documents in schemas/ are read by a test");
        remove_private_keys(&mut document);
        document
    })
    .collect()
});

fn remove_private_keys(schema_or_attribute: &mut Map<String, Value>) {
    for key in PRIVATE_KEYS {
        schema_or_attribute.remove(key);
    }
    for list in ["attributes", "subAttributes"] {
        let inner = schema_or_attribute.get_mut(list).and_then(Value::as_array_mut);
        inner.into_iter().flatten().filter_map(Value::as_object_mut).for_each(remove_private_keys);
    }
}

/// The resource types that have an endpoint.
#[must_use]
pub fn served() -> Vec<&'static ResourceType> {
    vec![ResourceType::user(), ResourceType::group()]
}

/// The one resource of `/ServiceProviderConfig`. `base` is the base URL without a final slash, `documentation` the
/// address of a text for the administrator of the identity provider.
#[must_use]
pub fn service_provider_config(base: &str, documentation: Option<&str>) -> Value {
    let mut config = json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": true, "maxOperations": bulk::MAX_OPERATIONS, "maxPayloadSize": bulk::MAX_PAYLOAD},
        "filter": {"supported": true, "maxResults": MAX_COUNT},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
            "cursorTimeout": CURSOR_TIMEOUT.as_secs(),
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token made by the operator, sent in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": true,
            },
            {
                "type": "oauth2",
                "name": "OAuth 2 client credentials",
                "description": "An access token that a client gets for its secret or its signature; where, says \
                                /.well-known/oauth-authorization-server.",
                "specUri": "https://www.rfc-editor.org/info/rfc6749",
                "primary": false,
            },
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    });
    if let (Some(documentation), Some(config)) = (documentation, config.as_object_mut()) {
        config.insert("documentationUri".to_owned(), documentation.into());
    }
    config
}

/// The resources of `/ResourceTypes`, each with its `id`.
#[must_use]
pub fn resource_types(base: &str) -> Vec<(&'static str, Value)> {
    served().into_iter().map(|resource_type| (resource_type.name, describe(resource_type, base))).collect()
}

fn describe(resource_type: &ResourceType, base: &str) -> Value {
    let extensions: Vec<_> = resource_type
        .extensions
        .iter()
        .map(|extension| json!({"schema": extension.schema.id, "required": extension.required}))
        .collect();
    json!({
        "schemas": [urn::RESOURCE_TYPE],
        "id": resource_type.name,
        "name": resource_type.name,
        "endpoint": resource_type.endpoint,
        "description": resource_type.description,
        "schema": resource_type.core.id,
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{}", resource_type.name),
        },
    })
}

/// The resources of `/Schemas`, each with its `id`: the schemas of the served resource types.
#[must_use]
pub fn schemas(base: &str) -> Vec<(&'static str, Value)> {
    let served = served();
    let needed = |id: &str| served.iter().any(|kind| kind.core.id == id || kind.extension(id).is_some());
    DOCUMENTS
        .iter()
        .filter_map(|document| Some((document.get("id")?.as_str()?, document)))
        .filter(|(id, _)| needed(id))
        .map(|(id, document)| {
            let mut schema = document.clone();
            schema.insert("schemas".to_owned(), json!([urn::SCHEMA]));
            let meta = json!({"resourceType": "Schema", "location": format!("{base}/Schemas/{id}")});
            schema.insert("meta".to_owned(), meta);
            (id, Value::Object(schema))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{resource_types, schemas, served, service_provider_config};
    use crate::scim::urn;

    const BASE: &str = "https://scim.example.com/scim/v2";

    #[test]
    fn every_schema_of_a_served_type_is_described_and_no_other() {
        let described: Vec<_> = schemas(BASE).into_iter().map(|(id, _)| id).collect();
        assert_eq!(described, [urn::USER, urn::ENTERPRISE_USER, urn::TELEPHONY_USER, urn::GROUP]);
        for kind in served() {
            assert!(described.contains(&kind.core.id.as_str()));
            assert!(kind.extensions.iter().all(|extension| described.contains(&extension.schema.id.as_str())));
        }
    }

    #[test]
    fn schemas_have_the_form_of_rfc_7643_section_7_and_nothing_of_ours() {
        fn check(attribute: &Value) {
            let object = attribute.as_object().unwrap();
            let name = object["name"].as_str().unwrap();
            for key in ["type", "multiValued", "description", "required", "mutability", "returned", "uniqueness"] {
                assert!(object.contains_key(key), "{name} says nothing of {key}");
            }
            for key in object.keys() {
                assert!(
                    [
                        "name",
                        "type",
                        "multiValued",
                        "description",
                        "required",
                        "canonicalValues",
                        "caseExact",
                        "mutability",
                        "returned",
                        "uniqueness",
                        "referenceTypes",
                        "subAttributes"
                    ]
                    .contains(&key.as_str()),
                    "{name} has a key of ours: {key}"
                );
            }
            match object["type"].as_str().unwrap() {
                "complex" => object["subAttributes"].as_array().unwrap().iter().for_each(check),
                "reference" => assert!(object.contains_key("referenceTypes"), "{name} does not say to what it refers"),
                "string" => assert!(object.contains_key("caseExact"), "{name} does not say whether case counts"),
                _ => {}
            }
        }
        for (id, schema) in schemas(BASE) {
            assert_eq!(schema["schemas"], serde_json::json!([urn::SCHEMA]));
            assert_eq!(schema["id"], id);
            assert_eq!(schema["meta"]["resourceType"], "Schema");
            assert_eq!(schema["meta"]["location"], format!("{BASE}/Schemas/{id}"));
            schema["attributes"].as_array().unwrap().iter().for_each(check);
        }
    }

    #[test]
    fn discovery_holds_no_null() {
        fn check(value: &Value) {
            match value {
                Value::Null => panic!("a null in discovery"),
                Value::Array(list) => list.iter().for_each(check),
                Value::Object(map) => map.values().for_each(check),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        check(&service_provider_config(BASE, None));
        for (_, value) in resource_types(BASE).into_iter().chain(schemas(BASE)) {
            check(&value);
        }
    }

    #[test]
    fn the_service_provider_config_says_what_is_there() {
        insta::assert_json_snapshot!(service_provider_config(BASE, Some("https://docs.example.com/scim")), @r#"
        {
          "authenticationSchemes": [
            {
              "description": "A token made by the operator, sent in the Authorization header.",
              "name": "Bearer token",
              "primary": true,
              "specUri": "https://www.rfc-editor.org/info/rfc6750",
              "type": "oauthbearertoken"
            },
            {
              "description": "An access token that a client gets for its secret or its signature; where, says /.well-known/oauth-authorization-server.",
              "name": "OAuth 2 client credentials",
              "primary": false,
              "specUri": "https://www.rfc-editor.org/info/rfc6749",
              "type": "oauth2"
            }
          ],
          "bulk": {
            "maxOperations": 1000,
            "maxPayloadSize": 4194304,
            "supported": true
          },
          "changePassword": {
            "supported": false
          },
          "documentationUri": "https://docs.example.com/scim",
          "etag": {
            "supported": true
          },
          "filter": {
            "maxResults": 1000,
            "supported": true
          },
          "meta": {
            "location": "https://scim.example.com/scim/v2/ServiceProviderConfig",
            "resourceType": "ServiceProviderConfig"
          },
          "pagination": {
            "cursor": true,
            "cursorTimeout": 3600,
            "defaultPageSize": 100,
            "defaultPaginationMethod": "index",
            "index": true,
            "maxPageSize": 1000
          },
          "patch": {
            "supported": true
          },
          "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
          ],
          "sort": {
            "supported": true
          }
        }
        "#);
    }

    #[test]
    fn the_resource_types_name_endpoint_and_extensions() {
        insta::assert_json_snapshot!(resource_types(BASE), @r#"
        [
          [
            "User",
            {
              "description": "A person with an account: an employee of the telephone system.",
              "endpoint": "/Users",
              "id": "User",
              "meta": {
                "location": "https://scim.example.com/scim/v2/ResourceTypes/User",
                "resourceType": "ResourceType"
              },
              "name": "User",
              "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
              "schemaExtensions": [
                {
                  "required": false,
                  "schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
                },
                {
                  "required": false,
                  "schema": "urn:deskgate:params:scim:schemas:extension:telephony:2.0:User"
                }
              ],
              "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
              ]
            }
          ],
          [
            "Group",
            {
              "description": "A group of the identity provider, on which grants hang.",
              "endpoint": "/Groups",
              "id": "Group",
              "meta": {
                "location": "https://scim.example.com/scim/v2/ResourceTypes/Group",
                "resourceType": "ResourceType"
              },
              "name": "Group",
              "schema": "urn:ietf:params:scim:schemas:core:2.0:Group",
              "schemaExtensions": [],
              "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
              ]
            }
          ]
        ]
        "#);
    }
}
