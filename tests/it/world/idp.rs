//! An identity provider: what it may do is what its token opens.

use bytes::Bytes;
use serde_json::{Value, json};

use super::door::{Answer, Door};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const TELEPHONY: &str = "urn:deskgate:params:scim:schemas:extension:telephony:2.0:User";
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BASE: &str = "/scim/v2";

/// An identity provider of one tenant.
#[derive(Clone)]
pub struct Idp {
    pub token: String,
    door: Door,
}

/// The least that makes a user.
pub fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": format!("{name}@x.example"), "externalId": format!("ext-{name}")})
}

/// `one` with the members of `more` in it.
pub fn with(mut one: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object: {more}") };
    one.as_object_mut().expect("an object").extend(more);
    one
}

/// The id of a resource.
pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("every resource has an id")
}

impl Idp {
    pub(super) fn new(token: &str, door: Door) -> Self {
        Self { token: token.to_owned(), door }
    }

    /// The same identity provider with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The address of the SCIM service.
    pub fn base(&self) -> String {
        format!("http://{}{BASE}", self.door.address())
    }

    /// Sends a request with the token; `path` comes after the base URL.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let answer = self.try_send(method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same where the daemon may be gone.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            all.push(("content-type", "application/scim+json"));
        }
        all.extend_from_slice(headers);
        self.door.try_request(method, &format!("{BASE}{path}"), &all, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], body.to_string()).await
    }

    pub async fn put(&self, id: &str, body: &Value) -> Answer {
        self.send("PUT", &format!("/Users/{id}"), &[], body.to_string()).await
    }

    pub async fn delete(&self, id: &str) -> Answer {
        self.send("DELETE", &format!("/Users/{id}"), &[], "").await
    }

    /// `PATCH` of a user with these operations.
    pub async fn patch(&self, id: &str, operations: Value) -> Answer {
        self.send("PATCH", &format!("/Users/{id}"), &[], patch_op(operations)).await
    }

    /// `POST` of a user, who is new or comes back.
    pub async fn create(&self, user: &Value) -> Value {
        self.post("/Users", user).await.expect(201).json()
    }

    /// A user as he is shown now.
    pub async fn user(&self, id: &str) -> Value {
        self.get(&format!("/Users/{id}")).await.expect(200).json()
    }

    /// Everybody whom a filter selects, in a page of a thousand at most.
    pub async fn filter(&self, filter: &str) -> Answer {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .append_pair("count", "1000")
            .finish();
        self.get(&format!("/Users?{query}")).await
    }

    /// The ids of everybody whom a filter selects.
    pub async fn found(&self, filter: &str) -> Vec<String> {
        let list = self.filter(filter).await.expect(200).json();
        let users = list["Resources"].as_array().expect("a list");
        assert_eq!(list["totalResults"], users.len(), "{list}");
        users.iter().map(|user| id(user).to_owned()).collect()
    }
}

/// The body of a `PATCH`.
#[expect(clippy::needless_pass_by_value, reason = "nearly always a literal")]
pub fn patch_op(operations: Value) -> String {
    json!({"schemas": [PATCH_OP], "Operations": operations}).to_string()
}
