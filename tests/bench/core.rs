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

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use deskgate::app::limits::{ScimLimits, TenantRates};
use deskgate::base::clock::{Clock, Ts};
use deskgate::base::ids::{EmployeeId, GroupId, TenantId, ThingId};
use deskgate::base::secret::{HashKey, Token, TokenKind};
use deskgate::domain::grant::{
    BoundRules, Entry, Facts, Rule, RuleBook, Snapshot, Stock, Thing, ThingRef, needs, plan,
};
use deskgate::domain::office_desk::{Access, DeskOffer, Switches};
use deskgate::domain::permission::{Allowance, Level};
use deskgate::domain::thing::Kind;
use deskgate::scim::filter::{self, bind, matches};
use deskgate::scim::projection::Projection;
use deskgate::scim::schema::ResourceType;
use deskgate::scim::{patch, resource};
use serde_json::{Map, Value, json};
use uuid::Uuid;

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

/// An employee in a group of two rules, who has nothing yet.
fn joiner(n: u128, group: GroupId) -> Facts {
    Facts {
        id: EmployeeId::from(Uuid::from_u128(n)),
        user_name: format!("employee{n}@contoso.example"),
        given_name: Some("Ada".to_owned()),
        family_name: Some(format!("Holm {n}")),
        display_name: None,
        email: None,
        groups: BTreeSet::from([group]),
        sent: BTreeMap::new(),
        current: Vec::new(),
        orders: Vec::new(),
        leaving: false,
    }
}

fn free(n: u128, kind: Kind, pool: &str) -> Thing {
    let key = n.to_string();
    let thing = ThingRef { id: ThingId::from(Uuid::from_u128(n)), kind, name: key.clone(), key };
    let sort_key = format!("{n:020}");
    Thing { thing, sort_key, pool: Some(pool.to_owned()), holder: None, hold: None, disabled: false, leaving: false }
}

/// A plan for one who joins a group and for ten thousand, each with a number, an extension, a desk and two rights; and
/// what has to be loaded for them.
fn plans(c: &mut Criterion) {
    let from_pool = |pool: &str| Entry::FromPool { pool: pool.to_owned(), count: 1, wish: None };
    let rule = |name: &str, kind: Kind| Rule {
        name: name.to_owned(),
        group: "Sales".to_owned(),
        priority: 0,
        things: BTreeMap::from([(kind, vec![from_pool("sales")])]),
        extension_access: Vec::new(),
        permissions: vec![Allowance::CallForwarding(Level::Use), Allowance::Mailboxes(Level::Manage)],
        desks: vec![DeskOffer {
            name: "{given_name} {family_name} Desktop".to_owned(),
            switches: Switches::default(),
            extensions: Access { own: true, listed: BTreeSet::new() },
            devices: Access::default(),
        }],
    };
    let group = GroupId::from(Uuid::from_u128(1));
    let book = RuleBook { rules: vec![rule("Sales", Kind::Extension), rule("Berlin", Kind::VoiceNumber)] };
    let groups = book.rules.iter().map(|rule| (rule.key(), group)).collect();
    let rules = BoundRules::bind(&book, &groups);
    let (names, turns) = (BTreeSet::new(), BTreeMap::new());
    for count in [1, 10_000_u128] {
        let employees: Vec<Facts> = (1..=count).map(|n| joiner(n, group)).collect();
        let numbers = (1..=count).map(|n| free(n, Kind::VoiceNumber, "sales"));
        let extensions = (1..=count).map(|n| free(count + n, Kind::Extension, "sales"));
        let stock = Stock::new(numbers.chain(extensions), ["sales".to_owned()]);
        let snapshot = Snapshot {
            now: Ts::from_micros(0),
            request: Some("request"),
            hold: Duration::from_hours(24 * 90),
            rules: &rules,
            employees: &employees,
            stock: &stock,
            desk_names: &names,
            turns: &turns,
        };
        c.bench_function(&format!("grant/plan/{count}"), |b| b.iter(|| plan(black_box(&snapshot))));
        let nobody = BTreeSet::new();
        c.bench_function(&format!("grant/needs/{count}"), |b| {
            b.iter(|| needs(&rules, black_box(&employees), &nobody, 0));
        });
    }
}

criterion_group!(core, filters, resources, tokens, plans);
criterion_main!(core);
