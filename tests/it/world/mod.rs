//! What the tests in this folder stand on: databases, daemons, tenants. Nothing here is shared between two tests.

pub mod daemon;
pub mod database;
pub mod door;
pub mod idp;
pub mod program;
pub mod rows;
pub mod signer;
pub mod tenancy;

/// Runs one test on a world of each engine. A world is opened by `World::open(engine)`.
macro_rules! on_each_engine {
    ($(#[$meta:meta])* async fn $name:ident($world:ident: $World:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($world: $World) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($World::open(crate::world::database::Engine::Sqlite).await).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run($World::open(crate::world::database::Engine::Postgres).await).await;
            }
        }
    };
}
pub(crate) use on_each_engine;
