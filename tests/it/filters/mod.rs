//! A filter selects in the database exactly the users, or the groups, that it selects in memory.

mod generate;

use std::collections::BTreeSet;

use deskgate::app::authentication::ProvisioningClient;
use deskgate::app::provisioning::{IfMatch, ProvisioningError, RequestContext};
use deskgate::scim::filter::{self, bind, matches};
use deskgate::scim::list::{ListQuery, Paging, SortKey};
use deskgate::scim::projection::Projection;
use deskgate::scim::schema::ResourceType;
use serde_json::{Map, Value};
use sqlx::{Connection as _, Executor as _};

use self::generate::Generator;
use crate::world::database::Engine;
use crate::world::tenancy::{House, PUBLIC_URL};

/// How many filters on users each engine is asked.
const CASES: u32 = 80_000;
/// How many on groups.
const GROUP_CASES: u32 = 20_000;
/// How many users or groups they choose among.
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

/// Groups with users and groups in them, some of them changed later.
async fn gather(house: &House, client: &ProvisioningClient, generator: &mut Generator) -> Vec<Map<String, Value>> {
    let provisioning = house.app.provisioning();
    let mut those = Vec::new();
    while those.len() < 6 {
        if let Ok(user) = provisioning.create_user(client, &context(), generator.user()).await {
            those.push(user.id.to_string());
        }
    }
    let users = those.clone();
    let mut groups = Vec::new();
    while groups.len() < USERS {
        house.clock.turn(generator.pause());
        if let Ok(group) = provisioning.create_group(client, &context(), generator.group(&those)).await {
            groups.push(group.id.to_string());
            those.push(group.id.to_string());
        }
    }
    for id in groups.iter().step_by(2) {
        house.clock.turn(generator.pause());
        let patch = generator.group_patch(&users);
        provisioning.patch_group(client, &context(), id, &IfMatch::Any, patch).await.unwrap();
    }
    let base = format!("{PUBLIC_URL}/scim/v2");
    let mut shown = Vec::new();
    for id in groups {
        let stored = provisioning.group(client, &id).await.unwrap();
        let mut group: Map<String, Value> = serde_json::from_str(&stored.to_json(&base)).unwrap();
        let mut members = provisioning.members(client, &stored);
        let mut listed: Vec<Value> = Vec::new();
        loop {
            let page = members.next().await.unwrap();
            if page.is_empty() {
                break;
            }
            for member in page {
                let mut text = String::new();
                member.push_json(&mut text, &base);
                listed.push(serde_json::from_str(&text).unwrap());
            }
        }
        if !listed.is_empty() {
            group.insert("members".to_owned(), Value::from(listed));
        }
        shown.push(group);
    }
    shown
}

/// Asks filter after filter of both, and compares; `ask` gives the ids that the database selects, and how many it says
/// they are. What is kept as `rows` can be asked for by identifier alone.
async fn agree(
    generator: &mut Generator,
    (seed, cases): (u64, u32),
    (resource, rows): (&'static ResourceType, &str),
    shown: &[Map<String, Value>],
    ask: impl AsyncFn(ListQuery<'static>) -> Result<(BTreeSet<String>, u64), ProvisioningError>,
) {
    generator.learn(shown);
    let (mut selected, mut refused) = (0u32, 0u32);
    for case in 0..cases {
        let text = generator.filter();
        let Ok(bound) = filter::parse(&text).and_then(|parsed| bind(&parsed, resource)) else {
            refused += 1;
            continue;
        };
        let in_memory = ids(shown.iter().filter(|shown| matches(&bound, shown)));
        let asked = ask(ListQuery { filter: Some(bound), sort: None, paging: Paging::Index(1), count: 1000 }).await;
        if let (Err(ProvisioningError::Invalid(_)), true) = (&asked, text.to_lowercase().contains(rows)) {
            refused += 1;
            continue;
        }
        let (in_database, total) =
            asked.unwrap_or_else(|error| panic!("DESKGATE_SEED={seed}, case {case}: {text}\n{error:?}"));
        assert_eq!(in_database, in_memory, "DESKGATE_SEED={seed}, case {case}: {text}");
        assert_eq!(total, in_memory.len() as u64, "DESKGATE_SEED={seed}, case {case}: {text}");
        selected += u32::from(!in_memory.is_empty() && in_memory.len() < shown.len());
    }
    // Filters that select nobody or everybody, or are refused, show little.
    assert!(selected > cases / 8, "only {selected} of {cases} filters select some and not all");
    assert!(refused < cases / 4, "{refused} of {cases} filters are refused");
}

async fn database_and_memory_agree_on_users(engine: Engine) {
    let seed = seed();
    println!("DESKGATE_SEED={seed}");
    let user = ResourceType::user();
    let mut generator = Generator::new(seed, user);
    let house = House::open(engine).await;
    let client = house.tenant("acme").await;
    let stranger = house.tenant("other").await;
    let _ = populate(&house, &stranger, &mut Generator::new(seed, user)).await;
    let users = populate(&house, &client, &mut generator).await;
    agree(&mut generator, (seed, CASES), (user, "groups"), &users, async |query| {
        let page = house.app.provisioning().list_users(&client, &query, &Projection::All).await?;
        Ok((page.users.iter().map(|user| user.id.to_string()).collect(), page.total))
    })
    .await;
}

async fn database_and_memory_agree_on_groups(engine: Engine) {
    let seed = seed();
    println!("DESKGATE_SEED={seed}");
    let group = ResourceType::group();
    let mut generator = Generator::new(seed, group);
    let house = House::open(engine).await;
    let client = house.tenant("acme").await;
    let stranger = house.tenant("other").await;
    let _ = gather(&house, &stranger, &mut Generator::new(seed, group)).await;
    let groups = gather(&house, &client, &mut generator).await;
    agree(&mut generator, (seed, GROUP_CASES), (group, "members"), &groups, async |query| {
        let page = house.app.provisioning().list_groups(&client, &query).await?;
        Ok((page.groups.iter().map(|group| group.id.to_string()).collect(), page.total))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_selects_whom_memory_selects() {
    database_and_memory_agree_on_users(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_selects_whom_memory_selects() {
    database_and_memory_agree_on_users(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_selects_the_groups_that_memory_selects() {
    database_and_memory_agree_on_groups(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_selects_the_groups_that_memory_selects() {
    database_and_memory_agree_on_groups(Engine::Postgres).await;
}

async fn both_engines_sort_alike(names: &[&str]) {
    let mut orders = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let house = House::open(engine).await;
        let client = house.tenant("acme").await;
        let users = populate(&house, &client, &mut Generator::new(7, ResourceType::user())).await;
        let position = |id: &str| users.iter().position(|user| user["id"] == id).unwrap();
        let mut order = Vec::new();
        for (name, descending) in names.iter().flat_map(|name| [(name, false), (name, true)]) {
            let path = deskgate::scim::path::parse_attribute(name).unwrap();
            let attribute = filter::find_attribute(&path, ResourceType::user()).unwrap().comparable().unwrap();
            let sort = Some(SortKey { attribute, descending });
            let query = ListQuery { filter: None, sort, paging: Paging::Index(1), count: 1000 };
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
