//! Every registered statement is prepared on both engines. This replaces what a macro would check at compile time for
//! one engine only.

use deskgate::storage::STATEMENTS;
use sqlx::{Column, Connection, Either, Executor, SqlSafeStr, Statement};

use super::open;
use crate::world::database::Engine;

#[tokio::test]
async fn every_statement_is_prepared_on_both_engines_with_equal_parameters_and_columns() {
    let (lite_database, _lite) = open(Engine::Sqlite).await;
    let (pg_database, _pg) = open(Engine::Postgres).await;
    let lite = rusqlite::Connection::open(lite_database.url.strip_prefix("sqlite:").unwrap()).unwrap();
    let mut pg = sqlx::PgConnection::connect(&pg_database.url).await.unwrap();
    let mut problems = Vec::new();
    for statement in STATEMENTS {
        let at = format!("{}:{}", statement.file, statement.line);
        let prepared = match (&mut pg).prepare(statement.pg.into_sql_str()).await {
            Ok(prepared) => prepared,
            Err(error) => {
                problems.push(format!("{at}: PostgreSQL refuses it: {error}\n{}", statement.pg));
                continue;
            }
        };
        let lite = match lite.prepare(statement.lite) {
            Ok(prepared) => prepared,
            Err(error) => {
                problems.push(format!("{at}: SQLite refuses it: {error}\n{}", statement.lite));
                continue;
            }
        };
        let pg_parameters = match prepared.parameters() {
            Some(Either::Left(types)) => types.len(),
            Some(Either::Right(count)) => count,
            None => 0,
        };
        let pg_columns: Vec<&str> = prepared.columns().iter().map(Column::name).collect();
        if pg_parameters != statement.args || lite.parameter_count() != statement.args {
            problems.push(format!(
                "{at}: {} arguments, PostgreSQL wants {pg_parameters}, SQLite {}",
                statement.args,
                lite.parameter_count()
            ));
        }
        if pg_columns != lite.column_names() {
            problems.push(format!("{at}: columns {pg_columns:?} against {:?}", lite.column_names()));
        }
        if !statement.columns.is_empty() && pg_columns != statement.columns {
            problems.push(format!("{at}: columns {pg_columns:?}, the row type has {:?}", statement.columns));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(STATEMENTS.len() > 25, "only {} statements are registered", STATEMENTS.len());
}
