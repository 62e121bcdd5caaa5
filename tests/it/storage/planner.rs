//! What PostgreSQL's planner knows, and what it may choose among.

use deskgate::base::clock::Ts;
use deskgate::storage::{STATEMENTS, StorageError, Tx, instance};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::open;
use crate::world::database::Engine;

/// Until it knows how a table is filled it takes a tenant's identifier for as telling as a user's, and a tenant's first
/// cycle reads everybody to find one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_fills_up_is_known_to_the_planner_before_the_server_looks_by_itself() {
    let (database, store) = open(Engine::Postgres).await;
    let mut server = PgConnection::connect(&database.url).await.unwrap();
    // The server must not do it by itself here.
    server.execute("ALTER TABLE instance_secrets SET (autovacuum_enabled = off)").await.unwrap();
    for number in 0..100 {
        store
            .write(async move |tx: &mut Tx<'_>| {
                instance::insert_secret(tx, &format!("n{number}"), b"", Ts::from_micros(0)).await?;
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
    let known = async {
        loop {
            // -1 until the table has been looked at.
            let (rows,): (f32,) =
                sqlx::query_as("SELECT reltuples FROM pg_class WHERE oid = CAST('instance_secrets' AS regclass)")
                    .fetch_one(&mut server)
                    .await
                    .unwrap();
            if rows >= 100.0 {
                return rows;
            }
            tokio::task::yield_now().await;
        }
    };
    let rows = tokio::time::timeout(std::time::Duration::from_secs(30), known).await.expect("statistics are gathered");
    assert!(rows <= 101.0, "{rows}");
}

/// The plan of a statement about members, made without a look at its arguments, and run: one large group among
/// thousands of small ones, after which the planner takes every group for a small one.
async fn plans(pick: impl Fn(&str) -> bool, members: &str) -> Vec<String> {
    let (database, _store) = open(Engine::Postgres).await;
    let mut server = PgConnection::connect(&database.url).await.unwrap();
    let rows = "CAST(md5('t') AS uuid), CAST(md5('g' || g) AS uuid), CAST(md5('m' || m) AS uuid)";
    let mut plans = Vec::new();
    for table in ["group_members", "group_subgroups"] {
        for statement in [
            // Only the rows of this table matter.
            "SET session_replication_role = replica".to_owned(),
            "SET plan_cache_mode = force_generic_plan".to_owned(),
            format!("INSERT INTO {table} SELECT {rows} FROM generate_series(1, 5000) g, generate_series(1, 3) m"),
            format!("INSERT INTO {table} SELECT {rows} FROM (VALUES (0)) AS one(g), generate_series(1, 10000) m"),
            format!("ANALYZE {table}"),
        ] {
            server.execute(AssertSqlSafe(statement)).await.unwrap();
        }
        let meant = STATEMENTS.iter().find(|sql| sql.pg.starts_with(&format!("DELETE FROM {table} ")) && pick(sql.pg));
        let text = meant.expect("there is such a statement").pg;
        server.execute(AssertSqlSafe(format!("PREPARE {table} AS {text}"))).await.unwrap();
        let members = format!("SELECT CAST(ARRAY(SELECT {members}) AS text)");
        let members: String = server.fetch_one(AssertSqlSafe(members)).await.unwrap().get(0);
        let arguments = format!("CAST(md5('t') AS uuid), CAST(md5('g0') AS uuid), '{members}'");
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) EXECUTE {table} ({arguments})");
        let lines = server.fetch_all(AssertSqlSafe(explain)).await.unwrap();
        plans.push(lines.iter().map(|line| line.get::<String, _>(0)).collect::<Vec<_>>().join("\n"));
    }
    plans
}

/// How many blocks the whole statement looked at.
fn blocks(plan: &str) -> u64 {
    let buffers = plan.lines().find(|line| line.contains("Buffers:")).expect("the plan says it");
    let counts = buffers.split_whitespace().filter_map(|word| word.split_once('=')?.1.parse::<u64>().ok());
    counts.sum()
}

#[tokio::test]
async fn to_take_out_one_member_of_ten_thousand_postgres_looks_at_one() {
    for plan in plans(|sql| !sql.contains("NOT IN"), "CAST(md5('m77') AS uuid)").await {
        assert!(blocks(&plan) < 20, "{plan}");
    }
}

#[tokio::test]
async fn those_who_stay_postgres_compares_by_hash() {
    let kept = "CAST(md5('m' || m) AS uuid) FROM generate_series(1, 9000) m";
    for plan in plans(|sql| sql.contains("NOT IN"), kept).await {
        assert!(plan.contains("hashed SubPlan"), "{plan}");
    }
}

/// An index on the order of arrival alone runs through all tenants. Where one tenant has much of a table the planner takes
/// it for the shortest way to a page, and behind that tenant's last resource it reads everybody else's.
#[tokio::test]
async fn t1_every_index_that_a_list_may_follow_begins_with_the_tenant() {
    let (database, _store) = open(Engine::Postgres).await;
    let mut server = PgConnection::connect(&database.url).await.unwrap();
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT i.indexrelid::regclass::text, a.attname::text FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid IN ('employees'::regclass, 'groups'::regclass)",
    )
    .fetch_all(&mut server)
    .await
    .unwrap();
    assert!(indexes.iter().any(|(index, _)| index == "employees_order"), "{indexes:?}");
    assert!(indexes.iter().all(|(_, column)| column == "tenant_id"), "{indexes:?}");
}

/// Statements on SQLite that look at a tenant's every row of a table that grows with it, and why they may.
const MAY_LOOK_AT_ALL: [(&str, &str); 1] =
    [("SELECT DISTINCT g.employee_id FROM grants g", "a rule that is gone may have given something to anybody")];

/// Where a list and a table are joined, the list comes first: the other way round each of the tenant's rows would be
/// compared with each of the list.
#[tokio::test]
async fn on_sqlite_a_list_is_looked_up_in_a_table_and_never_the_table_in_the_list() {
    let (database, _store) = open(Engine::Sqlite).await;
    let connection = rusqlite::Connection::open(database.url.strip_prefix("sqlite:").unwrap()).unwrap();
    let mut problems = Vec::new();
    let mut looked_at = 0;
    for statement in STATEMENTS.iter().filter(|statement| statement.lite.contains("json_each")) {
        looked_at += 1;
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.lite)).unwrap();
        let none = vec![rusqlite::types::Null; statement.args];
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, String>(3)?));
        let rows: Vec<(i64, String)> =
            plan.query_map(rusqlite::params_from_iter(none), row).unwrap().map(Result::unwrap).collect();
        let grows = |line: &str| {
            ["employees", "things", "grants", "group_members", "group_closure", "employee_keys"]
                .iter()
                .any(|table| line.contains(table))
        };
        // Of those beside each other in a plan, each is gone through for every row of the one before.
        let list_inside = rows.iter().enumerate().any(|(place, (parent, line))| {
            line.starts_with("SCAN ")
                && line.contains(" VIRTUAL TABLE ")
                && rows[..place].iter().any(|(other, before)| other == parent && grows(before))
        });
        let lines: Vec<String> = rows.into_iter().map(|(_, line)| line).collect();
        let whole = list_inside || lines.iter().any(|line| grows(line) && line.ends_with("(tenant_id=?)"));
        let may = MAY_LOOK_AT_ALL.iter().any(|(begin, _)| statement.lite.starts_with(begin));
        if whole && !may {
            problems.push(format!("{}:{}\n{}\n{}", statement.file, statement.line, statement.lite, lines.join("\n")));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(looked_at > 20, "{looked_at}");
}
