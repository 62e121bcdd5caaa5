//! One SQL text for both engines, registered where it stands, and the macros that run it.
//!
//! The text is a literal with `$1`, `$2`, …; where the dialects differ it is a pair `{pg: "…", lite: "…"}`. Every use
//! registers its statement in [`STATEMENTS`], and one test prepares them all on both engines and compares parameters
//! and column names with each other and with the row type. This replaces `query!`, which serves one engine a crate.

/// A registered statement.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    /// The text for PostgreSQL.
    pub pg: &'static str,
    /// The text for SQLite, with `?1` for `$1`.
    pub lite: &'static str,
    /// How many arguments it takes.
    pub args: usize,
    /// The names of its columns; empty when it gives no rows or a tuple.
    pub columns: &'static [&'static str],
    /// The source file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

/// Every statement of the code base.
#[allow(unsafe_code, reason = "a static in a link section of its own; no unsafe operation")]
#[linkme::distributed_slice]
pub static STATEMENTS: [Sql];

/// A row type, read by column position on both engines.
pub trait Row: Sized {
    /// The names of the columns in order; empty for tuples.
    const COLUMNS: &'static [&'static str];
    /// Reads a PostgreSQL row.
    ///
    /// # Errors
    ///
    /// When a column has another type.
    fn from_postgres(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error>;
    /// Reads a SQLite row.
    ///
    /// # Errors
    ///
    /// When a column has another type.
    fn from_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;
}

/// A row of one column.
pub(super) type Single<A> = (A,);

macro_rules! tuple_row { ($($type:ident $index:tt),+) => {
    impl<$($type),+> Row for ($($type,)+)
    where $($type: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + rusqlite::types::FromSql),+ {
        const COLUMNS: &'static [&'static str] = &[];
        fn from_postgres(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
            use sqlx::Row as _;
            Ok(($(row.try_get::<$type, usize>($index)?,)+))
        }
        fn from_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
            Ok(($(row.get::<usize, $type>($index)?,)+))
        }
    }
}}
tuple_row!(A 0);

/// Declares a row struct with its readers for both engines.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$meta])* $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),+ }
        impl $crate::storage::statement::Row for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
            fn from_postgres(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
                use sqlx::Row as _;
                let mut index = 0usize..;
                Ok(Self { $($field: row.try_get::<$type, usize>(index.next().unwrap_or_default())?),+ })
            }
            fn from_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                let mut index = 0usize..;
                Ok(Self { $($field: row.get::<usize, $type>(index.next().unwrap_or_default())?),+ })
            }
        }
    };
}

/// `$1` → `?1`, at compile time: SQLite takes `$1` for a *named* parameter and numbers it by first use.
#[must_use]
#[expect(clippy::indexing_slicing, reason = "a constant: an index out of bounds would not compile")]
pub const fn question_marks<const N: usize>(sql: &str) -> [u8; N] {
    let bytes = sql.as_bytes();
    let mut out = [0u8; N];
    let mut i = 0;
    while i < N {
        out[i] = if bytes[i] == b'$' && i + 1 < N && bytes[i + 1].is_ascii_digit() { b'?' } else { bytes[i] };
        i += 1;
    }
    out
}

/// Makes and registers a [`Sql`].
macro_rules! sql {
    ({pg: $pg:expr, lite: $lite:expr $(,)?}, $args:expr, $columns:expr) => {{
        const TEXT: &str = $lite;
        const BYTES: [u8; TEXT.len()] = $crate::storage::statement::question_marks::<{ TEXT.len() }>(TEXT);
        const SQL: $crate::storage::statement::Sql = $crate::storage::statement::Sql {
            pg: $pg,
            lite: match std::str::from_utf8(&BYTES) { Ok(text) => text, Err(_) => panic!("ASCII for ASCII") },
            args: $args,
            columns: $columns,
            file: file!(),
            line: line!(),
        };
        #[allow(unsafe_code, reason = "a static in a link section of its own; no unsafe operation")]
        #[linkme::distributed_slice($crate::storage::statement::STATEMENTS)]
        static REGISTERED: $crate::storage::statement::Sql = SQL;
        &REGISTERED
    }};
    (($($composed:tt)+), $args:expr, $columns:expr) => { sql!({pg: $($composed)+, lite: $($composed)+}, $args, $columns) };
    ($sql:expr, $args:expr, $columns:expr) => { sql!({pg: $sql, lite: $sql}, $args, $columns) };
}

macro_rules! count_args {
    () => { 0usize };
    ($head:expr $(, $tail:expr)*) => { 1usize + count_args!($($tail),*) };
}

/// Runs a statement that gives no rows; says how many it touched.
macro_rules! exec {
    ($tx:expr, $sql:tt $(, $arg:expr)* $(,)?) => {{
        let statement = sql!($sql, count_args!($($arg),*), &[]);
        let result = match $tx.connection() {
            $crate::storage::tx::Connection::Postgres(connection) => sqlx::query(statement.pg)$(.bind($arg))*
                .execute(&mut **connection).await.map(|done| done.rows_affected()).map_err($crate::storage::StorageError::from),
            $crate::storage::tx::Connection::Sqlite(connection) => connection.prepare_cached(statement.lite)
                .and_then(|mut prepared| prepared.execute(rusqlite::params![$($arg),*]))
                .map(|touched| touched as u64).map_err($crate::storage::StorageError::from),
        };
        $tx.noted(result)
    }};
}

/// Runs a statement that gives rows: `fetch!(one|opt|all Row, tx, "SELECT …", arg, …)`.
macro_rules! fetch {
    (all $row:ty, $tx:expr, $sql:tt $(, $arg:expr)* $(,)?) => {{
        use $crate::storage::statement::Row as _;
        let statement = sql!($sql, count_args!($($arg),*), <$row as $crate::storage::statement::Row>::COLUMNS);
        let result = match $tx.connection() {
            $crate::storage::tx::Connection::Postgres(connection) => match sqlx::query(statement.pg)$(.bind($arg))*
                .fetch_all(&mut **connection).await {
                Ok(rows) => rows.iter().map(<$row>::from_postgres).collect::<Result<Vec<$row>, _>>().map_err($crate::storage::StorageError::from),
                Err(error) => Err($crate::storage::StorageError::from(error)),
            },
            $crate::storage::tx::Connection::Sqlite(connection) => connection.prepare_cached(statement.lite)
                .and_then(|mut prepared| prepared.query_map(rusqlite::params![$($arg),*], <$row>::from_sqlite)
                    .and_then(|rows| rows.collect::<rusqlite::Result<Vec<$row>>>()))
                .map_err($crate::storage::StorageError::from),
        };
        $tx.noted(result)
    }};
    (opt $row:ty, $tx:expr, $sql:tt $(, $arg:expr)* $(,)?) => {{
        use $crate::storage::statement::Row as _;
        let statement = sql!($sql, count_args!($($arg),*), <$row as $crate::storage::statement::Row>::COLUMNS);
        let result = match $tx.connection() {
            $crate::storage::tx::Connection::Postgres(connection) => match sqlx::query(statement.pg)$(.bind($arg))*
                .fetch_optional(&mut **connection).await {
                Ok(row) => row.as_ref().map(<$row>::from_postgres).transpose().map_err($crate::storage::StorageError::from),
                Err(error) => Err($crate::storage::StorageError::from(error)),
            },
            $crate::storage::tx::Connection::Sqlite(connection) => connection.prepare_cached(statement.lite)
                .and_then(|mut prepared| {
                    let mut rows = prepared.query(rusqlite::params![$($arg),*])?;
                    rows.next()?.map(<$row>::from_sqlite).transpose()
                })
                .map_err($crate::storage::StorageError::from),
        };
        $tx.noted(result)
    }};
    (one $row:ty, $tx:expr, $($rest:tt)+) => {
        fetch!(opt $row, $tx, $($rest)+).and_then(|row| row.ok_or($crate::storage::StorageError::NoRow))
    };
}

/// Makes a step of a [`Batch`](crate::storage::batch::Batch): a statement with owned arguments, run later.
macro_rules! step {
    ($sql:tt $(, $arg:expr)* $(,)?) => {
        $crate::storage::batch::Step::new(
            sql!($sql, count_args!($($arg),*), &[]),
            vec![$($crate::storage::value::Value::from($arg)),*],
        )
    };
}
