//! What PostgreSQL's planner knows.

use deskgate::base::clock::Ts;
use deskgate::storage::{StorageError, Tx, instance};
use sqlx::{Connection, Executor, PgConnection};

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
