//! Answers to requests that may be sent again, by the key that their sender gave them.

use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use crate::base::clock::Ts;
use crate::base::ids::TokenId;
use crate::domain::tenant::TenantScope;

row! {
    /// A request that was carried out, and its answer.
    #[derive(Debug, Clone)]
    pub struct AnsweredRow {
        /// What was asked for, hashed.
        pub request_hash: Vec<u8>,
        /// The HTTP status.
        pub status: i64,
        /// Where what was made lives.
        pub location: Option<String>,
        /// Its entity tag.
        pub etag: Option<String>,
        /// The body.
        pub body: String,
    }
}

/// Lets no other request of that key go on until the unit of work has ended. SQLite has one writer anyway.
///
/// # Errors
///
/// Those of the database.
pub async fn wait_for_twins(tx: &mut Tx<'_>, token: TokenId, key: &str) -> Result<()> {
    let _turn = fetch!(
        opt Single<i64>,
        tx,
        {
            pg: "SELECT CAST(count(*) AS bigint) AS hits FROM (
                     SELECT pg_advisory_xact_lock(hashtextextended(CAST(CAST($1 AS uuid) AS text) || $2, 0))) AS turn",
            lite: "SELECT 1 AS hits WHERE $1 = $2"
        },
        token,
        key
    )?;
    Ok(())
}

/// The answer that was given to this key since then.
///
/// # Errors
///
/// Those of the database.
pub async fn find(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    token: TokenId,
    key: &str,
    since: Ts,
) -> Result<Option<AnsweredRow>> {
    fetch!(
        opt AnsweredRow,
        tx,
        "SELECT request_hash, status, location, etag, body FROM idempotency_keys
         WHERE tenant_id = $1 AND token_id = $2 AND key = $3 AND created_at > $4",
        scope.tenant(),
        token,
        key,
        since
    )
}

/// Keeps an answer, in place of one that is older than `since`; `false`: one of another request was kept meanwhile.
///
/// # Errors
///
/// Those of the database.
pub async fn keep(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    (token, key): (TokenId, &str),
    answer: &AnsweredRow,
    since: Ts,
    now: Ts,
) -> Result<bool> {
    let kept = fetch!(
        opt Single<String>,
        tx,
        "INSERT INTO idempotency_keys (tenant_id, token_id, key, request_hash, status, location, etag, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, token_id, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status,
             location = excluded.location, etag = excluded.etag, body = excluded.body, created_at = excluded.created_at
         WHERE idempotency_keys.created_at <= $10 RETURNING key",
        scope.tenant(),
        token,
        key,
        answer.request_hash.as_slice(),
        answer.status,
        answer.location.as_deref(),
        answer.etag.as_deref(),
        answer.body.as_str(),
        now,
        since
    )?;
    Ok(kept.is_some())
}

/// Forgets the answers of all tenants that are older than `since`, so many at most; says how many.
///
/// # Errors
///
/// Those of the database.
pub async fn forget(tx: &mut Tx<'_>, since: Ts, limit: i64) -> Result<u64> {
    exec!(
        tx,
        "DELETE FROM idempotency_keys WHERE (tenant_id, token_id, key) IN (
             SELECT tenant_id, token_id, key FROM idempotency_keys WHERE created_at <= $1 ORDER BY created_at LIMIT $2)",
        since,
        limit
    )
}
