//! A database for one test: a file of its own, or a schema of its own in the PostgreSQL that the runner started.

use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// The server at `DESKGATE_TEST_POSTGRES`.
    Postgres,
}

/// An empty database; gone when dropped.
pub struct Database {
    /// What `DESKGATE_DATABASE` takes.
    pub url: String,
    kept: Kept,
}

enum Kept {
    Folder(#[expect(dead_code, reason = "holds the folder until the end")] TempDir),
    Schema(String),
}

impl Database {
    /// Makes one.
    pub fn fresh(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = TempDir::with_prefix("deskgate-test.").expect("a temporary folder can be made");
                let url = format!("sqlite:{}", folder.path().join("deskgate.db").display());
                Self { url, kept: Kept::Folder(folder) }
            }
            Engine::Postgres => {
                let schema = unused_name();
                administer(format!("CREATE SCHEMA {schema}"));
                let server = server();
                let joint = if server.contains('?') { '&' } else { '?' };
                let url = format!("{server}{joint}options=-csearch_path%3D{schema}");
                Self { url, kept: Kept::Schema(schema) }
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Kept::Schema(schema) = &self.kept {
            administer(format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

/// The server's URL. There is no skipping: a test that ran on one engine only has not passed.
fn server() -> String {
    std::env::var("DESKGATE_TEST_POSTGRES").expect(
        "DESKGATE_TEST_POSTGRES names no PostgreSQL: run `tests/run test`, or start one with \
         `tests/tools/postgres start FOLDER` and put the URL it prints into that variable",
    )
}

/// A name that no other test, process or earlier run has used.
fn unused_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let unique = uuid::Uuid::new_v4().simple();
    format!("test_{}_{unique}", now.as_secs())
}

/// Runs one statement as the superuser, on a thread of its own: the test may be async or not.
fn administer(statement: String) {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&server()).await?;
            connection.execute(AssertSqlSafe(statement)).await?;
            connection.close().await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })
    });
    if let Err(error) = done.join().expect("the thread does not panic") {
        assert!(std::thread::panicking(), "PostgreSQL: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, Engine};
    use sqlx::{Connection, Executor, PgConnection};

    #[tokio::test]
    async fn two_databases_on_one_server_do_not_see_each_other() {
        let (one, other) = (Database::fresh(Engine::Postgres), Database::fresh(Engine::Postgres));
        let mut connection = PgConnection::connect(&one.url).await.unwrap();
        connection.execute("CREATE TABLE things (id integer)").await.unwrap();
        connection.execute("INSERT INTO things VALUES (1)").await.unwrap();
        connection.close().await.unwrap();

        let mut connection = PgConnection::connect(&other.url).await.unwrap();
        assert!(connection.execute("SELECT id FROM things").await.is_err());
        connection.close().await.unwrap();
    }

    #[test]
    fn a_file_is_gone_with_its_database() {
        let database = Database::fresh(Engine::Sqlite);
        let file = database.url.strip_prefix("sqlite:").unwrap().to_owned();
        std::fs::write(&file, "x").unwrap();
        drop(database);
        assert!(!std::path::Path::new(&file).exists());
    }
}
