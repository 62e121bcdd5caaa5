//! The description of the admin API (`OpenAPI` 3.1), made of the handlers. It is served, and published as
//! `schemas/openapi.json`.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::link::Link;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Paths, Ref, RefOr, Required, Server};
use utoipa::{Modify, OpenApi as _, PartialSchema, ToSchema};

use super::problem::Kind;
use super::stock::{announcements, destinations, devices, extensions, files, holds, mailboxes, numbers};
use super::{desks, employees, grants, photo, pools, preview, rules, tenant, why};
use crate::http::{Right, RouteEntry, table};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Deskgate admin API",
        version = "1",
        description = "What a tenant's administrators see and change: its settings, employees, OfficeDesks and stock. \
                       The tenant is that of the token."
    ),
    paths(
        tenant::get, tenant::patch,
        employees::list, employees::create, employees::get, employees::patch, employees::delete,
        employees::lock, employees::unlock, employees::lock_many, employees::unlock_many, employees::delete_many,
        photo::get, photo::put, photo::delete,
        desks::list, desks::create, desks::get, desks::patch, desks::delete,
        pools::list, pools::create, pools::get, pools::patch, pools::delete,
        numbers::list, numbers::create, numbers::get, numbers::patch, numbers::delete,
        numbers::disable, numbers::enable, numbers::free,
        extensions::list, extensions::create, extensions::get, extensions::patch, extensions::delete,
        extensions::disable, extensions::enable, extensions::free,
        devices::list, devices::create, devices::get, devices::patch, devices::delete,
        devices::disable, devices::enable, devices::free, devices::renew,
        destinations::list, destinations::create, destinations::get, destinations::patch, destinations::delete,
        destinations::disable, destinations::enable,
        announcements::list, announcements::create, announcements::get, announcements::patch, announcements::delete,
        announcements::disable, announcements::enable, announcements::get_audio, announcements::put_audio, announcements::delete_audio,
        mailboxes::list, mailboxes::create, mailboxes::get, mailboxes::patch, mailboxes::delete,
        mailboxes::disable, mailboxes::enable,
        files::import, files::export, holds::list,
        grants::list, grants::give, grants::take, grants::pending,
        rules::get, rules::put, rules::versions, rules::version, rules::check, rules::plan, rules::apply, rules::roll_back,
        preview::preview, why::why,
    ),
    components(schemas(ProblemDetails)),
    tags(
        (name = "tenant", description = "What the tenant says about itself"),
        (name = "employees", description = "The people with an account"),
        (name = "desks", description = "OfficeDesks: restricted accesses with exactly set rights"),
        (name = "pools", description = "Named stocks that rules allocate from"),
        (name = "numbers", description = "Phone numbers of every usage"),
        (name = "extensions", description = "Internal numbers"),
        (name = "devices", description = "SIP accounts and telephones"),
        (name = "destinations", description = "Where calls can be sent"),
        (name = "announcements", description = "Audio announcements"),
        (name = "mailboxes", description = "Voice mailboxes"),
        (name = "stock", description = "The stock as a whole"),
        (name = "grants", description = "What employees have and wait for"),
        (name = "rules", description = "What membership of a group gives, and what would come of it"),
    ),
    modifiers(&Common)
)]
struct Description;

/// A refusal (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct ProblemDetails {
    /// What kind of problem it is: a URN of a closed set.
    r#type: ProblemType,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to change.
    detail: String,
    /// The request, by the id under which the operator finds it in the log.
    instance: String,
    /// The values that cannot be.
    errors: Option<Vec<ProblemError>>,
}

/// The closed set of types.
#[derive(Serialize)]
struct ProblemType;

impl PartialSchema for ProblemType {
    fn schema() -> RefOr<Schema> {
        let types = Kind::ALL.iter().map(|kind| format!("urn:deskgate:problem:{}", kind.name()));
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(types)).into()
    }
}

impl ToSchema for ProblemType {}

/// A value that cannot be.
#[derive(Serialize, ToSchema)]
struct ProblemError {
    /// Where it stands in the body, as a JSON pointer (RFC 6901).
    pointer: String,
    /// What to change.
    detail: String,
}

/// The description.
pub fn document() -> OpenApi {
    Description::openapi()
}

/// The description as it is published: indented, with a line end.
///
/// # Errors
///
/// Those of the serializer; there are none.
pub fn description() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|text| text + "\n")
}

/// `GET /openapi.json`.
pub async fn show() -> Response {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| document().to_json().expect("the description has string keys and no failing serializers"));
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The name of the way to authenticate.
const SCHEME: &str = "token";

/// What stands in the paths under a resource where no entity tag is answered.
const UNTAGGED: [&str; 3] = ["/grants", "/audio", "/why"];

/// What every operation has in common.
struct Common;

impl Modify for Common {
    fn modify(&self, openapi: &mut OpenApi) {
        // Relative to this document, wherever it is served.
        openapi.servers = Some(vec![Server::new(".")]);
        let components = openapi.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token with scope admin:read or admin:write: deskgate token create --scope admin:write",
            ))
            .build();
        components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
        for schema in components.schemas.values_mut() {
            say_what_texts_look_like(schema);
        }
        let rights = rights();
        let links = links(&openapi.paths);
        for (path, item) in &mut openapi.paths.paths {
            if let Some(made) = item.post.as_mut().and_then(|post| post.responses.responses.get_mut("201"))
                && let RefOr::T(made) = made
            {
                made.links.extend(
                    links
                        .iter()
                        .filter(|(of, ..)| of == path)
                        .map(|(_, name, link)| (name.clone(), link.clone().into())),
                );
            }
            // Their bodies may name a version that is not there.
            if let Some(post) = item.post.as_mut().filter(|_| path.starts_with("/rules/")) {
                post.responses.responses.entry("404".to_owned()).or_insert_with(|| problem(404).into());
            }
            let single = path.contains('{') || path == "/tenant" || path == "/rules";
            // Lists and files have no version of their own.
            let tagged = single && !UNTAGGED.iter().any(|part| path.contains(part));
            for (method, operation) in [
                (HttpMethod::Get, &mut item.get),
                (HttpMethod::Post, &mut item.post),
                (HttpMethod::Put, &mut item.put),
                (HttpMethod::Patch, &mut item.patch),
                (HttpMethod::Delete, &mut item.delete),
            ] {
                if let Some(operation) = operation {
                    let name = method_name(&method);
                    let reads = rights.get(&(path.as_str(), name)) == Some(&Right::AdminRead);
                    complete(&method, (single, tagged, reads), operation);
                }
            }
        }
    }
}

/// The right that each route of the API needs, by path and method.
fn rights() -> HashMap<(&'static str, &'static str), Right> {
    let known = |name: &str| METHODS.into_iter().find(|method| *method == name);
    let entry =
        |route: RouteEntry| Some(((route.path.strip_prefix("/api/v1")?, known(route.method.as_str())?), route.right));
    table().into_iter().filter_map(entry).collect()
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn method_name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        _ => "GET",
    }
}

/// What a text of this name looks like wherever one is read. Those who read it refuse others in words; the pattern is for
/// who writes.
const TEXTS: [(&str, &str); 5] = [
    ("name", LINE),
    ("given_name", LINE),
    ("family_name", LINE),
    ("email", r"^[^\s@\x00-\x1F\x7F-\x9F]+@[^\s@.\x00-\x1F\x7F-\x9F]+(\.[^\s@.\x00-\x1F\x7F-\x9F]+)*$"),
    ("language", r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"),
];
/// Not blank, and nothing that could begin another line.
const LINE: &str = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$";

/// Adds the patterns of its texts to a schema of what is read.
fn say_what_texts_look_like(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else { return };
    if !matches!(object.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false))) {
        return;
    }
    for (name, pattern) in TEXTS {
        if let Some(RefOr::T(Schema::Object(text))) = object.properties.get_mut(name) {
            text.pattern = Some(pattern.to_owned());
        }
    }
}

/// What can be asked for next with the `id` of something just made: the path that makes it, a name, and the operation.
fn links(paths: &Paths) -> Vec<(String, String, Link)> {
    let mut links = Vec::new();
    for (path, item) in &paths.paths {
        let Some((made_by, _)) = path.split_once("/{id}") else { continue };
        for operation in [&item.get, &item.post, &item.put, &item.patch, &item.delete].into_iter().flatten() {
            let Some(name) = &operation.operation_id else { continue };
            let link = Link::builder().operation_id(name).parameter("id", made_id(made_by)).build();
            links.push((made_by.to_owned(), name.clone(), link));
        }
    }
    links
}

/// Where the answer to what makes something says its `id`.
fn made_id(path: &str) -> &'static str {
    match path {
        // Several at once.
        "/numbers" | "/extensions" => "$response.body#/things/0/id",
        // With its account.
        "/devices" => "$response.body#/device/id",
        _ => "$response.body#/id",
    }
}

fn complete(method: &HttpMethod, (single, tagged, reads): (bool, bool, bool), operation: &mut Operation) {
    let writes = *method != HttpMethod::Get;
    let scope = if reads { "admin:read" } else { "admin:write" };
    operation.security = Some(vec![SecurityRequirement::new(SCHEME, [scope])]);
    let mut statuses = vec![400, 401, 403, 429, 500, 503];
    if single {
        statuses.push(404);
    }
    if !reads {
        statuses.extend([409, 412]);
    }
    if writes && *method != HttpMethod::Delete {
        statuses.extend([408, 413, 415, 422]);
    }
    for status in statuses {
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| problem(status).into());
    }
    if tagged && *method != HttpMethod::Delete {
        tag_with_version(method, operation);
    }
    // What only reads is never repeated by a key, and never meant for one version.
    let headers = headers(method, if *method == HttpMethod::Get { tagged } else { single });
    for (name, about, pattern) in headers.iter().filter(|_| !writes || !reads) {
        let parameter = ParameterBuilder::new()
            .name(*name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(*about))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).pattern(*pattern)))
            .build();
        operation.parameters.get_or_insert_default().push(parameter.into());
    }
}

/// A header by name, what it does, and what its value looks like.
type Header = (&'static str, &'static str, Option<&'static str>);

/// The headers that requests of this method may have.
fn headers(method: &HttpMethod, single: bool) -> &'static [Header] {
    const IF_MATCH: Header = ("If-Match", "Only if the resource has this entity tag", None);
    const ONCE: Header = (
        "Idempotency-Key",
        "The same request with the same key is carried out once in 24 hours, and answered alike",
        Some(r#"^("[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$"#),
    );
    match (method, single) {
        (HttpMethod::Get, true) => &[("If-None-Match", "Only if the resource has another entity tag", None)],
        (HttpMethod::Post, true) => &[IF_MATCH, ONCE],
        (HttpMethod::Post, false) => &[ONCE],
        (HttpMethod::Patch | HttpMethod::Delete | HttpMethod::Put, _) => &[IF_MATCH],
        _ => &[],
    }
}

/// What shows one resource says its entity tag, and nothing more to who has it.
fn tag_with_version(method: &HttpMethod, operation: &mut Operation) {
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            let tag = HeaderBuilder::new().schema(Some(text())).description(Some("The entity tag")).build();
            response.headers.insert("ETag".to_owned(), tag.into());
        }
    }
    if *method == HttpMethod::Get {
        let unchanged = ResponseBuilder::new().description("The client has it as it is").build();
        operation.responses.responses.entry("304".to_owned()).or_insert(unchanged.into());
    }
}

fn problem(status: u16) -> Described {
    let kinds = Kind::ALL.iter().filter(|kind| kind.status() == status);
    let titles: Vec<_> = kinds.map(|kind| kind.title()).collect();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(titles.join("; ")).content("application/problem+json", content).build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::document;
    use crate::http::api::shape::KEYWORDS;
    use crate::http::table;

    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

    fn described() -> Value {
        serde_json::to_value(document()).unwrap()
    }

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let routes: BTreeSet<_> = table()
            .into_iter()
            .filter_map(|route| Some((route.path.strip_prefix("/api/v1")?, route.method.as_str().to_lowercase())))
            .filter(|(path, _)| *path != "/openapi.json")
            .map(|(path, method)| (path.to_owned(), method))
            .collect();
        let description = described();
        let paths = description["paths"].as_object().unwrap();
        let operations: BTreeSet<_> = paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone())))
            .filter(|(_, method)| METHODS.contains(&method.as_str()))
            .collect();
        assert_eq!(operations, routes);
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let description = described();
        let items = description["paths"].as_object().unwrap().values();
        let names: Vec<_> = items
            .flat_map(|item| METHODS.iter().filter_map(|method| item.get(method)?.get("operationId")?.as_str()))
            .collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    /// What refuses bodies must know every keyword of their schemas.
    #[test]
    fn schemas_use_no_keyword_that_is_not_checked() {
        fn walk(schema: &Value, strange: &mut BTreeSet<String>) {
            let Some(members) = schema.as_object() else { return };
            strange.extend(members.keys().filter(|key| !KEYWORDS.contains(&key.as_str())).cloned());
            for property in
                members.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.values())
            {
                walk(property, strange);
            }
            members.get("items").into_iter().for_each(|items| walk(items, strange));
            for choice in members.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
                walk(choice, strange);
            }
        }
        let mut strange = BTreeSet::new();
        for schema in described()["components"]["schemas"].as_object().unwrap().values() {
            walk(schema, &mut strange);
        }
        assert_eq!(strange, BTreeSet::new());
    }
}
