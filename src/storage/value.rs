//! Values whose wire form differs between the engines but whose Rust face is one.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Decode, Encode, Postgres, Type};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::base::clock::Ts;
use crate::base::ids::{
    AccessTokenId, AuditId, ClientId, ClientKeyId, ConnectionId, DeskId, EmployeeId, EventId, GrantId, GroupId, PoolId,
    TenantId, ThingId, TokenId,
};

type ArgumentBuffer = <Postgres as sqlx::Database>::ArgumentBuffer;

impl Type<Postgres> for Ts {
    fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
        <OffsetDateTime as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Ts {
    fn encode_by_ref(&self, buffer: &mut ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <OffsetDateTime as Encode<'q, Postgres>>::encode_by_ref(&self.to_offset(), buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Ts {
    fn decode(value: <Postgres as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::from_offset(<OffsetDateTime as Decode<'r, Postgres>>::decode(value)?))
    }
}

impl rusqlite::ToSql for Ts {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.micros().into())
    }
}

impl rusqlite::types::FromSql for Ts {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        value.as_i64().map(Self::from_micros)
    }
}

macro_rules! uuid_on_the_wire {
    ($($id:ty),+) => { $(
        impl Type<Postgres> for $id {
            fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
                <Uuid as Type<Postgres>>::type_info()
            }
        }
        impl<'q> Encode<'q, Postgres> for $id {
            fn encode_by_ref(&self, buffer: &mut ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <Uuid as Encode<'q, Postgres>>::encode_by_ref(&self.uuid(), buffer)
            }
        }
        impl<'r> Decode<'r, Postgres> for $id {
            fn decode(value: <Postgres as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<Uuid as Decode<'r, Postgres>>::decode(value)?.into())
            }
        }
        impl rusqlite::ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(rusqlite::types::ToSqlOutput::Owned(rusqlite::types::Value::Blob(self.uuid().as_bytes().to_vec())))
            }
        }
        impl rusqlite::types::FromSql for $id {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                <Uuid as rusqlite::types::FromSql>::column_result(value).map(Into::into)
            }
        }
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Self::Uuid(Some(id.uuid()))
            }
        }
        impl From<Option<$id>> for Value {
            fn from(id: Option<$id>) -> Self {
                Self::Uuid(id.map(<$id>::uuid))
            }
        }
    )+ };
}
uuid_on_the_wire!(
    TenantId,
    ConnectionId,
    EmployeeId,
    GroupId,
    TokenId,
    ClientId,
    ClientKeyId,
    AccessTokenId,
    EventId,
    AuditId,
    ThingId,
    PoolId,
    GrantId,
    DeskId
);

/// Any number of identifiers in one argument: `uuid[]`, which `unnest` takes apart, / JSON text with a list of
/// hexadecimal texts, which `json_each` and `unhex` do. A statement does not change with their number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids(pub Vec<Uuid>);

impl Ids {
    fn to_json(&self) -> String {
        let texts: Vec<String> = self.0.iter().map(|id| id.simple().to_string()).collect();
        serde_json::Value::from(texts).to_string()
    }
}

impl Type<Postgres> for Ids {
    fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
        <Vec<Uuid> as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Ids {
    fn encode_by_ref(&self, buffer: &mut ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<Uuid> as Encode<'q, Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl rusqlite::ToSql for Ids {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.to_json().into())
    }
}

/// JSON text in one argument: jsonb / TEXT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(pub String);

impl Type<Postgres> for Json {
    fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
        <sqlx::types::Json<&serde_json::value::RawValue> as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Json {
    fn encode_by_ref(&self, buffer: &mut ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(&self.0)?;
        <sqlx::types::Json<&serde_json::value::RawValue> as Encode<'q, Postgres>>::encode(
            sqlx::types::Json(raw),
            buffer,
        )
    }
}

impl rusqlite::ToSql for Json {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// An owned argument, for statements that are put together at run time or carried to another thread.
#[derive(Debug, Clone)]
pub enum Value {
    /// text
    Text(Option<String>),
    /// uuid / BLOB
    Uuid(Option<Uuid>),
    /// bigint / INTEGER
    Int(Option<i64>),
    /// double precision / REAL
    Real(f64),
    /// boolean / INTEGER
    Bool(bool),
    /// timestamptz / INTEGER
    Ts(Option<Ts>),
    /// jsonb / TEXT
    Json(String),
    /// The way to a value within a JSON column: text[] / `$."key"."key"`.
    JsonPath(Vec<String>),
    /// uuid[] / TEXT
    Ids(Ids),
}

impl Value {
    /// Appends the argument to those of a PostgreSQL statement.
    pub(super) fn add_to(self, arguments: &mut sqlx::postgres::PgArguments) -> Result<(), BoxDynError> {
        use sqlx::Arguments as _;
        match self {
            Self::Text(value) => arguments.add(value),
            Self::Uuid(value) => arguments.add(value),
            Self::Int(value) => arguments.add(value),
            Self::Real(value) => arguments.add(value),
            Self::Bool(value) => arguments.add(value),
            Self::Ts(value) => arguments.add(value),
            Self::Json(text) => arguments.add(sqlx::types::Json(serde_json::value::RawValue::from_string(text)?)),
            Self::JsonPath(keys) => arguments.add(keys),
            Self::Ids(ids) => arguments.add(ids),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(value) => value.to_sql(),
            Self::Uuid(value) => value.to_sql(),
            Self::Int(value) => value.to_sql(),
            Self::Real(value) => value.to_sql(),
            Self::Bool(value) => value.to_sql(),
            Self::Ts(value) => value.to_sql(),
            Self::Json(text) => text.to_sql(),
            Self::Ids(ids) => ids.to_sql(),
            Self::JsonPath(keys) => {
                let mut path = String::from("$");
                for key in keys {
                    // Keys come from the schema documents; none of them holds a quotation mark.
                    path.push_str(".\"");
                    path.push_str(key);
                    path.push('"');
                }
                Ok(path.into())
            }
        }
    }
}

macro_rules! value_from {
    ($($type:ty => $variant:ident($wrap:expr)),+ $(,)?) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                #[allow(clippy::redundant_closure_call)]
                Self::$variant(($wrap)(value))
            }
        }
    )+ };
}
value_from!(
    String => Text(Some), Option<String> => Text(|v| v), &str => Text(|v: &str| Some(v.to_owned())),
    i64 => Int(Some), Option<i64> => Int(|v| v), bool => Bool(|v| v), f64 => Real(|v| v),
    Ts => Ts(Some), Option<Ts> => Ts(|v| v), Uuid => Uuid(Some), Ids => Ids(|v| v),
);
