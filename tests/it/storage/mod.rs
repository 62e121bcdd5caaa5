//! The store, on both engines: each statement, the unit of work, and what happens when many meet.

mod contention;
mod planner;
mod statements;
mod unit_of_work;

use deskgate::storage::{DatabaseUrl, Store, StoreOptions};

use crate::world::database::{Database, Engine};

/// A migrated store on a database of its own.
pub async fn open(engine: Engine) -> (Database, Store) {
    let database = Database::fresh(engine);
    let url = DatabaseUrl::parse(&database.url).unwrap();
    Store::migrate(&url).await.unwrap();
    let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
    (database, store)
}

/// Runs one test on both engines.
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($store:ident: Store) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($store: deskgate::storage::Store) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let (_database, store) = crate::storage::open(crate::world::database::Engine::Sqlite).await;
                run(store).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let (_database, store) = crate::storage::open(crate::world::database::Engine::Postgres).await;
                run(store).await;
            }
        }
    };
}
pub(crate) use on_both;
