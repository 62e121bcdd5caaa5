//! A look into the database, past the daemon.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use super::database::Database;

/// The tables that a request of an identity provider writes.
pub const WRITTEN: [&str; 12] = [
    "employees",
    "employee_keys",
    "departed_employees",
    "provisioning_events",
    "audit_records",
    "outbox",
    "employee_counts",
    "groups",
    "group_members",
    "group_subgroups",
    "group_closure",
    "group_changes",
];

impl Database {
    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {table}")).await
    }

    /// The one number that a query gives.
    pub async fn number(&self, sql: &str) -> i64 {
        match self.file() {
            Some(path) => open(path).query_row(sql, [], |row| row.get(0)).unwrap(),
            None => self.server().await.fetch_one(AssertSqlSafe(sql.to_owned())).await.unwrap().get(0),
        }
    }

    /// The texts in the first column of a query.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match self.file() {
            Some(path) => {
                let connection = open(path);
                let mut statement = connection.prepare(sql).unwrap();
                let rows = statement.query_map([], |row| row.get(0)).unwrap();
                rows.map(Result::unwrap).collect()
            }
            None => {
                let rows = self.server().await.fetch_all(AssertSqlSafe(sql.to_owned())).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// Changes rows; gives how many.
    pub async fn execute(&self, sql: &str) -> u64 {
        match self.file() {
            Some(path) => open(path).execute(sql, []).unwrap() as u64,
            None => self.server().await.execute(AssertSqlSafe(sql.to_owned())).await.unwrap().rows_affected(),
        }
    }

    /// Puts employees beside those of the only tenant's only connection, past the daemon: thousands are there at once.
    pub async fn employ(&self, ids: &[String]) {
        for ids in ids.chunks(500) {
            let rows: Vec<String> = ids.iter().map(|id| format!("({}, '{id}')", self.literal(id))).collect();
            let columns = if self.file().is_some() {
                "column1 AS id, column2 AS name"
            } else {
                "CAST(column1 AS uuid) AS id, column2 AS name"
            };
            let now = if self.file().is_some() { "1" } else { "now()" };
            let search = if self.file().is_some() { "'{}'" } else { "CAST('{}' AS jsonb)" };
            let sql = format!(
                "INSERT INTO employees (tenant_id, id, connection_id, user_name, user_name_key, version, created_at, updated_at,
                     document, search)
                 SELECT c.tenant_id, n.id, c.id, n.name, n.name, 1, {now}, {now}, '{{\"userName\":\"x\"}}', {search}
                 FROM connections c, (SELECT {columns} FROM (VALUES {}) AS v) AS n",
                rows.join(", ")
            );
            assert_eq!(self.execute(&sql).await, ids.len() as u64);
        }
    }

    /// Puts empty groups beside those of the only tenant's only connection in the same way.
    pub async fn assemble(&self, ids: &[String]) {
        for ids in ids.chunks(500) {
            let rows: Vec<String> = ids.iter().map(|id| format!("({}, '{id}')", self.literal(id))).collect();
            let (id, now, search) = match self.file() {
                Some(_) => ("column1", "1", "'{}'"),
                None => ("CAST(column1 AS uuid)", "now()", "CAST('{}' AS jsonb)"),
            };
            let values = format!("(SELECT {id} AS id, column2 AS name FROM (VALUES {}) AS v) AS n", rows.join(", "));
            let groups = format!(
                "INSERT INTO groups (tenant_id, id, connection_id, display_name, display_name_key, version, created_at,
                     updated_at, document, search)
                 SELECT c.tenant_id, n.id, c.id, n.name, n.name, 1, {now}, {now}, '{{\"displayName\":\"x\"}}', {search}
                 FROM connections c, {values}"
            );
            assert_eq!(self.execute(&groups).await, ids.len() as u64);
            let closure = format!(
                "INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id)
                 SELECT c.tenant_id, n.id, n.id FROM connections c, {values}"
            );
            assert_eq!(self.execute(&closure).await, ids.len() as u64);
        }
    }

    /// An identifier as a literal of the engine.
    pub fn literal(&self, id: &str) -> String {
        let id = uuid::Uuid::parse_str(id).unwrap();
        if self.file().is_some() { format!("X'{}'", id.simple()) } else { format!("'{id}'") }
    }

    /// The file of SQLite.
    pub fn file(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:")
    }

    /// A connection to PostgreSQL.
    pub async fn server(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Sets or takes the administrator's key, for which there is no public door yet.
    pub async fn set_administrators_key(&self, id: &str, set: bool) {
        let at = match (set, self.file()) {
            (false, _) => "NULL",
            (true, Some(_)) => "1",
            (true, None) => "now()",
        };
        let sql = format!("UPDATE employees SET admin_locked_at = {at} WHERE id = {}", self.literal(id));
        assert_eq!(self.execute(&sql).await, 1);
    }
}

/// A connection beside the daemon's, patient with its commits.
pub fn open(path: &str) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_mins(1)).unwrap();
    connection
}
