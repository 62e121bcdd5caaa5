//! Trouble on our side is told so that a repetition cures it (decision 20).

use sqlx::Executor as _;

use crate::world::daemon::Daemon;
use crate::world::database::Engine;
use crate::world::door::Answer;
use crate::world::idp::{id, user};
use crate::world::rows;

fn is_trouble(answer: &Answer) {
    answer.refused(503, None);
    assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
}

/// Somebody holds what the daemon needs. Once he lets go, the same request goes through, and has been done once.
async fn a_database_that_is_held_is_503(engine: Engine) {
    let daemon = Daemon::with(engine, &[("DESKGATE_DATABASE_UNIT_TIMEOUT", "200ms")]).await;
    let idp = daemon.tenant("acme");
    let created = idp.create(&user("ada")).await;
    match daemon.database.file() {
        Some(path) => {
            let holder = rows::open(path);
            holder.execute_batch("BEGIN IMMEDIATE").unwrap();
            is_trouble(&idp.post("/Users", &user("bo")).await);
            is_trouble(&idp.delete(id(&created)).await);
            idp.get("/Users").await.expect(200);
            holder.execute_batch("ROLLBACK").unwrap();
        }
        None => {
            let mut holder = daemon.database.server().await;
            holder.execute("BEGIN; LOCK TABLE employees IN ACCESS EXCLUSIVE MODE").await.unwrap();
            is_trouble(&idp.post("/Users", &user("bo")).await);
            is_trouble(&idp.delete(id(&created)).await);
            holder.execute("ROLLBACK").await.unwrap();
        }
    }
    assert_eq!(idp.user(id(&created)).await, created);
    idp.create(&user("bo")).await;
    assert_eq!(daemon.database.count("outbox").await, 2);
    assert_eq!(daemon.database.count("audit_records").await, 4, "the tenant, its token and two employees");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decision_20_a_database_that_is_held_is_503_on_sqlite() {
    a_database_that_is_held_is_503(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decision_20_a_database_that_is_held_is_503_on_postgres() {
    a_database_that_is_held_is_503(Engine::Postgres).await;
}
