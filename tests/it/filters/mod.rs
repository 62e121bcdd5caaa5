//! A filter selects in the database exactly whom it selects in memory.

mod generate;

use std::collections::BTreeSet;

use deskgate::app::authentication::ProvisioningClient;
use deskgate::app::provisioning::{IfMatch, ProvisioningError, RequestContext};
use deskgate::scim::filter::{self, bind, matches};
use deskgate::scim::list::{ListQuery, SortKey};
use deskgate::scim::projection::Projection;
use deskgate::scim::schema::ResourceType;
use serde_json::{Map, Value};
use sqlx::{Connection as _, Executor as _};

use self::generate::Generator;
use crate::world::database::Engine;
use crate::world::tenancy::{House, PUBLIC_URL};

/// How many filters each engine is asked.
const CASES: u32 = 100_000;
/// How many users they choose among.
const USERS: usize = 24;

fn context() -> RequestContext {
    RequestContext { request_id: "filters".to_owned() }
}

/// The seed of this run: `DESKGATE_SEED`, else a new one. It is printed when a case fails.
fn seed() -> u64 {
    std::env::var("DESKGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}

async fn populate(house: &House, client: &ProvisioningClient, generator: &mut Generator) -> Vec<Map<String, Value>> {
    let provisioning = house.app.provisioning();
    let mut users = Vec::new();
    while users.len() < USERS {
        house.clock.turn(generator.pause());
        if let Ok(user) = provisioning.create_user(client, &context(), generator.user()).await {
            users.push(user);
        }
    }
    for user in users.iter().step_by(3) {
        house.clock.turn(generator.pause());
        let patch = generator.patch();
        let _ = provisioning.patch_user(client, &context(), &user.id.to_string(), &IfMatch::Any, patch).await;
    }
    lock_some_by_hand(house, users.iter().step_by(5).map(|user| user.id.to_string()).collect()).await;
    let mut shown = Vec::new();
    for user in users {
        let stored = provisioning.user(client, &user.id.to_string(), &Projection::All).await.unwrap();
        let text = stored.to_json(&format!("{PUBLIC_URL}/scim/v2"));
        shown.push(serde_json::from_str(&text).unwrap());
    }
    shown
}

/// The administrator's key, which no request of an identity provider can set.
async fn lock_some_by_hand(house: &House, ids: Vec<String>) {
    match house.database.url.strip_prefix("sqlite:") {
        Some(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            for id in ids {
                let id = uuid::Uuid::parse_str(&id).unwrap();
                let locked =
                    connection.execute("UPDATE employees SET admin_locked_at = 1 WHERE id = ?1", [id.as_bytes()]);
                assert_eq!(locked.unwrap(), 1);
            }
        }
        None => {
            let mut connection = sqlx::PgConnection::connect(&house.database.url).await.unwrap();
            for id in ids {
                let id = uuid::Uuid::parse_str(&id).unwrap();
                let lock = sqlx::query("UPDATE employees SET admin_locked_at = now() WHERE id = $1").bind(id);
                assert_eq!(connection.execute(lock).await.unwrap().rows_affected(), 1);
            }
        }
    }
}

fn ids<'a>(users: impl IntoIterator<Item = &'a Map<String, Value>>) -> BTreeSet<String> {
    users.into_iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

async fn database_and_memory_agree(engine: Engine) {
    let seed = seed();
    println!("DESKGATE_SEED={seed}");
    let mut generator = Generator::new(seed);
    let house = House::open(engine).await;
    let client = house.tenant("acme").await;
    let stranger = house.tenant("other").await;
    let _ = populate(&house, &stranger, &mut Generator::new(seed)).await;
    let users = populate(&house, &client, &mut generator).await;
    generator.learn(&users);
    let (mut selected, mut refused) = (0u32, 0u32);
    for case in 0..CASES {
        let text = generator.filter();
        let Ok(bound) = filter::parse(&text).and_then(|parsed| bind(&parsed, ResourceType::user())) else {
            refused += 1;
            continue;
        };
        let in_memory = ids(users.iter().filter(|user| matches(&bound, user)));
        let query = ListQuery { filter: Some(bound), sort: None, start_index: 1, count: 1000 };
        let page = house.app.provisioning().list_users(&client, &query, &Projection::All).await;
        // Groups are rows, and can be asked for by identifier alone.
        if let (Err(ProvisioningError::Invalid(_)), true) = (&page, text.to_lowercase().contains("groups")) {
            refused += 1;
            continue;
        }
        let page = page.unwrap_or_else(|error| panic!("DESKGATE_SEED={seed}, case {case}: {text}\n{error:?}"));
        let in_database: BTreeSet<String> = page.users.iter().map(|user| user.id.to_string()).collect();
        assert_eq!(in_database, in_memory, "DESKGATE_SEED={seed}, case {case}: {text}");
        assert_eq!(page.total, in_memory.len() as u64, "DESKGATE_SEED={seed}, case {case}: {text}");
        selected += u32::from(!in_memory.is_empty() && in_memory.len() < USERS);
    }
    // Filters that select nobody or everybody, or are refused, show little.
    assert!(selected > CASES / 8, "only {selected} of {CASES} filters select some and not all");
    assert!(refused < CASES / 4, "{refused} of {CASES} filters are refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_selects_whom_memory_selects() {
    database_and_memory_agree(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_selects_whom_memory_selects() {
    database_and_memory_agree(Engine::Postgres).await;
}

async fn both_engines_sort_alike(names: &[&str]) {
    let mut orders = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let house = House::open(engine).await;
        let client = house.tenant("acme").await;
        let users = populate(&house, &client, &mut Generator::new(7)).await;
        let position = |id: &str| users.iter().position(|user| user["id"] == id).unwrap();
        let mut order = Vec::new();
        for (name, descending) in names.iter().flat_map(|name| [(name, false), (name, true)]) {
            let path = deskgate::scim::path::parse_attribute(name).unwrap();
            let attribute = filter::find_attribute(&path, ResourceType::user()).unwrap().comparable().unwrap();
            let sort = Some(SortKey { attribute, descending });
            let query = ListQuery { filter: None, sort, start_index: 1, count: 1000 };
            let page = house.app.provisioning().list_users(&client, &query, &Projection::All).await.unwrap();
            order.push((*name, descending, page.users.iter().map(|u| position(&u.id.to_string())).collect::<Vec<_>>()));
        }
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
    for (name, descending, order) in &orders[0] {
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, (0..USERS).collect::<Vec<_>>(), "{name} {descending}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_sort_alike_with_missing_values_last_and_first_when_descending() {
    both_engines_sort_alike(&[
        "userName",
        "externalId",
        "displayName",
        "name.familyName",
        "active",
        "emails",
        "phoneNumbers.type",
        "meta.created",
        "meta.lastModified",
        "meta.version",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:deskgate:params:scim:schemas:extension:telephony:2.0:User:locked",
    ])
    .await;
}
