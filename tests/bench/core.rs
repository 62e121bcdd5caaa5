//! The pure core: what a request costs before and after the database.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement that cannot be made ends, and figures are for reading"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use deskgate::app::limits::{ScimLimits, TenantRates};
use deskgate::base::clock::Clock;
use deskgate::base::ids::TenantId;
use deskgate::base::secret::{HashKey, Token, TokenKind};
use deskgate::scim::filter::{self, bind, matches};
use deskgate::scim::projection::Projection;
use deskgate::scim::schema::ResourceType;
use deskgate::scim::{patch, resource};
use serde_json::{Map, Value, json};

fn body() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": "ext-ada", "userName": "ada@contoso.example", "active": true, "displayName": "Ada Holm",
        "emails": [{"primary": true, "type": "work", "value": "ada@contoso.example"}],
        "name": {"formatted": "Ada Holm", "familyName": "Holm", "givenName": "Ada"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "1001", "department": "Support"},
    })
}

fn user() -> Map<String, Value> {
    resource::parse_create(&body(), ResourceType::user()).unwrap()
}

fn filters(c: &mut Criterion) {
    let simple = r#"userName eq "ada@contoso.example""#;
    let long = r#"(userName sw "a" or emails[type eq "work" and value co "@x"]) and not (active eq "False") and name.familyName pr"#;
    let user = user();
    for (name, text) in [("simple", simple), ("long", long)] {
        c.bench_function(&format!("filter/parse and bind/{name}"), |b| {
            b.iter(|| bind(&filter::parse(black_box(text)).unwrap(), ResourceType::user()).unwrap());
        });
        let bound = bind(&filter::parse(text).unwrap(), ResourceType::user()).unwrap();
        c.bench_function(&format!("filter/evaluate/{name}"), |b| b.iter(|| matches(black_box(&bound), &user)));
    }
}

fn resources(c: &mut Criterion) {
    let (body, user) = (body(), user());
    let text = body.to_string();
    c.bench_function("json/strict parse", |b| {
        b.iter(|| deskgate::base::json::parse(black_box(text.as_bytes())).unwrap());
    });
    c.bench_function("resource/parse create", |b| {
        b.iter(|| resource::parse_create(black_box(&body), ResourceType::user()).unwrap());
    });
    let message = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
    });
    c.bench_function("patch/parse and apply active", |b| {
        b.iter(|| {
            let operations = patch::parse(black_box(&message), ResourceType::user()).unwrap();
            patch::apply(&operations, &user, ResourceType::user()).unwrap()
        });
    });
    let some = Projection::parse(Some("userName,name.familyName,emails.value"), None, ResourceType::user()).unwrap();
    let stored = Value::Object(user).to_string();
    c.bench_function("projection/three attributes", |b| b.iter(|| some.apply(black_box(stored.clone()))));
}

/// What each request costs before its handler, but for the look into the table of what is known: the bearer token is
/// read and hashed, and the request counted against its tenant's rate.
fn tokens(c: &mut Criterion) {
    let (key, clock) = (HashKey::new([7; 32]), Clock::System);
    let rates = TenantRates::new(ScimLimits { rate: 1_000_000, burst: 1_000_000 });
    let bucket = rates.bucket(TenantId::generate());
    for (name, kind) in [("token/check", TokenKind::Provisioning), ("token/check access token", TokenKind::Access)] {
        let text = Token::generate(kind, &key).unwrap().reveal().to_owned();
        c.bench_function(name, |b| {
            b.iter(|| {
                let _ = black_box(rates.admit(&bucket, clock.uptime()));
                key.hash(&Token::parse(black_box(&text), &key).unwrap())
            });
        });
    }
    c.bench_function("token/limiter alone", |b| b.iter(|| black_box(rates.admit(&bucket, clock.uptime()))));
}

criterion_group!(core, filters, resources, tokens);
criterion_main!(core);
