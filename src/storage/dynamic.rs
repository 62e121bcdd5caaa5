//! SQL put together at run time: text only ever comes from literals, values only ever become arguments.

use std::ops::ControlFlow;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr};

use super::batch::{Batch, Outcome};
use super::error::{Result, StorageError};
use super::statement::Row;
use super::tx::{Connection, Engine, Tx};
use super::value::Value;

/// A statement under construction.
#[derive(Debug, Clone)]
pub struct Fragment {
    engine: Engine,
    text: String,
    args: Vec<Value>,
}

impl Fragment {
    /// Begins with `head`.
    #[must_use]
    pub fn new(engine: Engine, head: &'static str) -> Self {
        Self { engine, text: head.to_owned(), args: Vec::new() }
    }

    /// Appends text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends the text of the engine at hand.
    pub fn push_either(&mut self, pg: &'static str, lite: &'static str) -> &mut Self {
        self.push(match self.engine {
            Engine::Postgres => pg,
            Engine::Sqlite => lite,
        })
    }

    /// Appends an argument.
    pub fn arg(&mut self, value: impl Into<Value>) -> &mut Self {
        use std::fmt::Write as _;
        self.args.push(value.into());
        let mark = match self.engine {
            Engine::Postgres => '$',
            Engine::Sqlite => '?',
        };
        let _ = write!(self.text, "{mark}{}", self.args.len());
        self
    }
}

/// Fits a text that a [`Fragment`] or a [`Batch`] was made of, both of literals only, to sqlx.
/// The one place where SQL is not a literal.
fn query<T>(
    text: T,
    args: Vec<Value>,
) -> Result<sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>>
where
    AssertSqlSafe<T>: SqlSafeStr,
{
    let mut arguments = sqlx::postgres::PgArguments::default();
    for arg in args {
        arg.add_to(&mut arguments).map_err(|e| StorageError::Postgres(sqlx::Error::Encode(e)))?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
}

/// Runs a composed batch; says how many rows its guard gave.
pub(super) async fn run_batch(connection: &mut sqlx::PgConnection, text: Arc<str>, args: Vec<Value>) -> Result<i64> {
    let row = query(text, args)?.fetch_one(connection).await?;
    Ok(row.try_get::<i64, usize>(0)?)
}

impl Tx<'_> {
    /// Writes a batch within this unit of work.
    ///
    /// # Errors
    ///
    /// `Unique` and `ForeignKey` for broken constraints; those of the database.
    pub async fn run(&mut self, batch: Batch) -> Result<Outcome> {
        let result = match self.connection() {
            Connection::Postgres(connection) => {
                let (text, args) = (batch.postgres_text().into(), batch.into_args());
                run_batch(connection, text, args)
                    .await
                    .map(|hits| if hits == 0 { Outcome::Missed } else { Outcome::Applied })
            }
            Connection::Sqlite(connection) => batch.run_on_sqlite(connection),
        };
        self.noted(result)
    }

    /// Runs a composed query.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn fetch<T: Row>(&mut self, fragment: Fragment) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        let take = |row| {
            rows.push(row);
            ControlFlow::Continue(())
        };
        self.fetch_each(fragment, take).await?;
        Ok(rows)
    }

    /// Runs a composed query and hands over its rows one by one, until `take` has had enough: so many rows as one likes
    /// may be asked for, and only those that are kept take memory.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn fetch_each<T: Row>(
        &mut self,
        fragment: Fragment,
        take: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<()> {
        let result = self.each_unnoted(fragment, take).await;
        self.noted(result)
    }

    async fn each_unnoted<T: Row>(
        &mut self,
        fragment: Fragment,
        mut take: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<()> {
        match self.connection() {
            Connection::Postgres(connection) => {
                let mut rows = query(fragment.text, fragment.args)?.fetch(&mut **connection);
                while let Some(row) = rows.try_next().await? {
                    if take(T::from_postgres(&row)?).is_break() {
                        break;
                    }
                }
                // The rest is on its way already, and who uses the connection next must not find it there.
                while rows.try_next().await?.is_some() {}
            }
            Connection::Sqlite(connection) => {
                let mut prepared = connection.prepare_cached(&fragment.text)?;
                let mut rows = prepared.query(rusqlite::params_from_iter(fragment.args))?;
                while let Some(row) = rows.next()? {
                    if take(T::from_sqlite(row)?).is_break() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}
