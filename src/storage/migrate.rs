//! The schema and its history. The same numbers and names stand side by side for both engines; a test says so.

use super::error::{Result, StorageError};
use super::statement::Single;
use super::tx::Tx;

/// One step of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Migration {
    /// Counts from 1 without gaps.
    pub number: i64,
    /// Its name in the file name.
    pub name: &'static str,
    #[serde(skip)]
    pub(super) postgres: &'static str,
    #[serde(skip)]
    pub(super) sqlite: &'static str,
}

macro_rules! migration {
    ($number:literal, $file:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            postgres: include_str!(concat!("../../migrations/postgres/", $file, "_", $name, ".sql")),
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file, "_", $name, ".sql")),
        }
    };
}

/// All steps, in order.
pub(super) const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001", "house"),
    migration!(2, "0002", "groups"),
    migration!(3, "0003", "oauth"),
    migration!(4, "0004", "order_of_arrival"),
    migration!(5, "0005", "credentials"),
    migration!(6, "0006", "grants"),
    migration!(7, "0007", "admin_api"),
    migration!(8, "0008", "turns"),
    migration!(9, "0009", "departed"),
];

/// The table that remembers them; made before anything else. Plain SQL of both engines.
pub(super) const HISTORY: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number     bigint NOT NULL PRIMARY KEY,
    name       text   NOT NULL,
    applied_at bigint NOT NULL
)";

/// How a database stands to this release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// It fits.
    Current,
    /// These steps are missing.
    Behind(Vec<Migration>),
    /// It has a step that this release does not know.
    Newer(i64),
}

impl SchemaState {
    /// Nothing to do, or an error that says what is.
    ///
    /// # Errors
    ///
    /// `Schema`.
    pub fn ready(&self) -> Result<()> {
        match self {
            Self::Current => Ok(()),
            Self::Behind(missing) => Err(StorageError::Schema(format!(
                "the database lacks {} of this release's schema changes; run `deskgate migrate`",
                missing.len()
            ))),
            Self::Newer(number) => Err(StorageError::Schema(format!(
                "the database was migrated by a newer release (schema {number}; this one knows {}); install that release",
                MIGRATIONS.len()
            ))),
        }
    }
}

/// Compares the numbers that a database has with those of this release.
pub(super) fn state(applied: &[i64]) -> SchemaState {
    let newest = MIGRATIONS.last().map_or(0, |last| last.number);
    if let Some(newer) = applied.iter().copied().filter(|number| *number > newest).max() {
        return SchemaState::Newer(newer);
    }
    let missing: Vec<Migration> = MIGRATIONS.iter().filter(|step| !applied.contains(&step.number)).copied().collect();
    if missing.is_empty() { SchemaState::Current } else { SchemaState::Behind(missing) }
}

/// The numbers that a database has; none when it has no history at all.
pub(super) async fn applied(tx: &mut Tx<'_>) -> Result<Vec<i64>> {
    let known = fetch!(opt Single<i64>, tx, {
        pg: "SELECT CAST(1 AS bigint) AS known FROM pg_tables WHERE tablename = 'schema_migrations' AND schemaname = ANY (current_schemas(false))",
        lite: "SELECT 1 AS known FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'"
    })?;
    if known.is_none() {
        return Ok(Vec::new());
    }
    let rows = fetch!(all Single<i64>, tx, "SELECT number FROM schema_migrations ORDER BY number")?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Says that a step has been taken.
pub(super) async fn remember(tx: &mut Tx<'_>, migration: Migration, at_micros: i64) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, $3)",
        migration.number,
        migration.name,
        at_micros
    )?;
    Ok(())
}
