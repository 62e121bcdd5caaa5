//! JSON bodies: read within their bounds, strictly, and checked against their published schema.

use std::marker::PhantomData;

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{Kind, Problem};
use super::shape::Shape;
use crate::app::administration::{AdministrationError, Fault, RequestKey};
use crate::app::apart;
use crate::base::json;
use crate::http::extract::body::{check_type, read, room};
use crate::http::state::HttpState;

/// draft-ietf-httpapi-idempotency-key-header.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest key.
const MAX_KEY: usize = 255;
/// RFC 7396, section 4.
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// RFC 8259, section 11.
pub const JSON: &str = "application/json";

/// The body of a `POST`, and the key under which its sender may send it again.
#[derive(Debug)]
pub struct Command<T> {
    /// What is asked for.
    pub body: T,
    /// The key.
    pub key: Option<RequestKey>,
}

impl<T: DeserializeOwned + ToSchema + Send + 'static> FromRequest<HttpState> for Command<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (parts, bytes) = bytes(request, state, &[JSON]).await?;
        let key = key(&parts, &bytes)?;
        Ok(Self { body: said(bytes).await?, key })
    }
}

/// A `POST` that says everything in its path, and the key under which its sender may send it again.
#[derive(Debug)]
pub struct BareCommand {
    /// The key.
    pub key: Option<RequestKey>,
}

impl FromRequest<HttpState> for BareCommand {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (parts, bytes) = bytes(request, state, &[JSON]).await?;
        if !bytes.is_empty() && value(&bytes)? != Value::Object(Map::new()) {
            return Err(Problem::invalid(vec![Fault::at("", "this request takes no body")]));
        }
        Ok(Self { key: key(&parts, &bytes)? })
    }
}

/// A JSON merge patch (RFC 7396) of what may be written of a resource.
#[derive(Debug)]
pub struct MergePatch<T> {
    patch: Map<String, Value>,
    of: PhantomData<fn() -> T>,
}

impl<T: ToSchema + 'static> FromRequest<HttpState> for MergePatch<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (_, bytes) = bytes(request, state, &[MERGE_PATCH, JSON]).await?;
        let patch = value(&bytes)?;
        let faults = Shape::of::<Self>().faults(&patch);
        match patch {
            Value::Object(patch) if faults.is_empty() => Ok(Self { patch, of: PhantomData }),
            _ => Err(Problem::invalid(faults)),
        }
    }
}

impl<T: DeserializeOwned + Serialize + ToSchema + 'static> MergePatch<T> {
    /// The resource after the patch.
    ///
    /// # Errors
    ///
    /// `Invalid` where the patch takes away what must be there.
    pub fn apply(&self, current: &T) -> Result<T, AdministrationError> {
        let mut whole = serde_json::to_value(current).unwrap_or_default();
        merge(&mut whole, &self.patch);
        let faults = Shape::of::<T>().faults(&whole);
        if !faults.is_empty() {
            return Err(AdministrationError::Invalid(faults));
        }
        serde_json::from_value(whole)
            .map_err(|error| AdministrationError::Invalid(vec![Fault::at("", error.to_string())]))
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => {
                members.remove(name);
            }
            Value::Object(inner) => merge(members.entry(name.clone()).or_insert(Value::Null), inner),
            value => {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The schema of a patch is that of what it patches, where nothing has to be there, and what need not be there may be
/// null, which takes it away.
impl<T: ToSchema> PartialSchema for MergePatch<T> {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut object)) = T::schema() else { return T::schema() };
        for (name, property) in &mut object.properties {
            if !object.required.contains(name)
                && let RefOr::T(Schema::Object(schema::Object { schema_type, .. })) = property
                && let SchemaType::Type(kind) = schema_type
            {
                *schema_type = SchemaType::from_iter([kind.clone(), Type::Null]);
            }
        }
        object.required.clear();
        RefOr::T(Schema::Object(object))
    }
}

impl<T: ToSchema> ToSchema for MergePatch<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Patch", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// The body of a request of one of these types, as it came.
///
/// # Errors
///
/// What is wrong with it.
pub async fn bytes(request: Request, state: &HttpState, types: &[&str]) -> Result<(Parts, Bytes), Problem> {
    bytes_of_type(request, state, types, state.options.max_body).await
}

/// The body of one of these types, of at most so many bytes.
///
/// # Errors
///
/// What is wrong with it.
pub async fn bytes_of_type(
    request: Request,
    state: &HttpState,
    types: &[&str],
    max: usize,
) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    check_type(&parts.headers, types)?;
    let _room = room(body.size_hint().exact(), max).await?;
    let bytes = read(body, max, state.options.body_timeout).await?;
    Ok((parts, bytes))
}

/// The body as strict JSON.
pub fn value(bytes: &[u8]) -> Result<Value, Problem> {
    json::parse(bytes).map_err(|error| Problem::new(Kind::Malformed, error.to_string()))
}

/// Longer bodies are read on a thread of their own, where they keep nobody waiting.
const READ_AT_ONCE: usize = 64 * 1024;

/// What a body of JSON says, if it has the shape of what it shall be.
///
/// # Errors
///
/// What is wrong with it.
pub async fn said<T: DeserializeOwned + ToSchema + Send + 'static>(bytes: Bytes) -> Result<T, Problem> {
    let read = |bytes: &[u8]| checked(Shape::of::<T>(), value(bytes)?);
    if bytes.len() <= READ_AT_ONCE { read(&bytes) } else { apart(move || read(&bytes)).await }
}

/// What the value says, if it has the shape.
fn checked<T: DeserializeOwned>(shape: &Shape, value: Value) -> Result<T, Problem> {
    let faults = shape.faults(&value);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    // Whatever the schema does not say, the type does.
    serde_json::from_value(value).map_err(|error| Problem::invalid(vec![Fault::at("", error.to_string())]))
}

/// The key under which the sender of this request may send it again.
pub fn key(parts: &Parts, body: &[u8]) -> Result<Option<RequestKey>, Problem> {
    let Some(key) = key_header(&parts.headers)? else { return Ok(None) };
    let mut hash = Sha256::new();
    for part in [parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(body);
    Ok(Some(RequestKey { key, request: hash.finalize().into() }))
}

/// The header's text: a string of RFC 8941 (in quotation marks), as the draft has it, or bare, as most send it.
fn key_header(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let good = (1..=MAX_KEY).contains(&bare.len())
        && bare.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'));
    if !good || values.next().is_some() {
        let detail =
            format!("an Idempotency-Key is one text of at most {MAX_KEY} visible ASCII characters, such as a UUID");
        return Err(Problem::new(Kind::Malformed, detail));
    }
    Ok(Some(bare.to_owned()))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use serde_json::{Value, json};

    use super::{IDEMPOTENCY_KEY, key_header, merge};

    #[test]
    fn a_merge_patch_does_what_the_rfc_says() {
        // RFC 7396, appendix A, as far as the patch is an object.
        for (target, patch, after) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let (mut merged, Value::Object(patch)) = (target, patch) else { unreachable!("patches are objects") };
            merge(&mut merged, &patch);
            assert_eq!(merged, after);
        }
    }

    #[test]
    fn a_key_is_one_visible_text_with_or_without_quotation_marks() {
        let read = |values: &[&str]| {
            let values = values.iter().map(|value| (IDEMPOTENCY_KEY, HeaderValue::from_str(value).unwrap()));
            key_header(&values.collect::<HeaderMap>()).map_err(|_| ())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["\"8e03978e\""]), Ok(Some("8e03978e".to_owned())));
        assert_eq!(read(&["8e03978e"]), Ok(Some("8e03978e".to_owned())));
        for bad in [&[""] as &[&str], &["\"\""], &["a b"], &["a\"b"], &["a", "a"], &[&"x".repeat(256)]] {
            assert_eq!(read(bad), Err(()), "{bad:?}");
        }
    }
}
