//! Requests that may be sent again (draft-ietf-httpapi-idempotency-key-header): the first is carried out, every other one
//! with its key gets the first one's answer.
//!
//! The answer is kept in the transaction of the change: there is none without the other. What was refused changed nothing
//! and is not kept; the same key may be sent with a better request.

use std::sync::Arc;
use std::time::Duration;

use super::{AdministrationError, Author, Change};
use crate::app::App;
use crate::base::clock::Ts;
use crate::base::ids::TokenId;
use crate::domain::tenant::TenantScope;
use crate::storage::idempotency::{self, AnsweredRow};
use crate::storage::{StorageError, Tx};

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// How many old answers are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 1000;

/// The key that the sender gave a request, and the request itself, hashed.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The key.
    pub key: String,
    /// What was asked for.
    pub request: [u8; 32],
}

/// An answer as it is sent, and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Where what was made lives.
    pub location: Option<String>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The body.
    pub body: String,
}

/// How what a unit of work gives is answered.
type Render<T> = dyn Fn(&T) -> Answer + Send + Sync;

/// What to keep of a request for when it is sent again.
pub struct Once<T>(Option<(RequestKey, Arc<Render<T>>)>);

impl<T> Once<T> {
    /// Nothing: the sender gave no key.
    #[must_use]
    pub const fn unkept() -> Self {
        Self(None)
    }

    /// The answer that `render` makes, under this key.
    pub fn kept(key: RequestKey, render: impl Fn(&T) -> Answer + Send + Sync + 'static) -> Self {
        Self(Some((key, Arc::new(render))))
    }
}

/// What became of a request.
#[derive(Debug, Clone)]
pub enum Performed<T> {
    /// It was carried out.
    Now(T),
    /// It had been carried out before, and answered so.
    Before(Answer),
}

impl<T> Performed<T> {
    /// What came of it, for whoever asked with [`Once::unkept`].
    #[must_use]
    pub fn unkept(self) -> T {
        match self {
            Self::Now(done) => done,
            Self::Before(_) => unreachable!("nothing was kept"),
        }
    }
}

/// The same in a unit of work of one request.
pub(super) struct Keeping<T> {
    scope: TenantScope,
    /// Whose key it is; the operator at the shell has none.
    token: Option<TokenId>,
    now: Ts,
    once: Once<T>,
}

impl<T> Once<T> {
    /// For a unit of work that makes this change at `now`.
    pub(super) fn keeping(self, change: &Change, now: Ts) -> Keeping<T> {
        Keeping { scope: change.writer.scope, token: Some(change.writer.token), now, once: self }
    }

    /// The same of an author's request.
    pub(super) fn kept_for(self, author: &Author, now: Ts) -> Keeping<T> {
        Keeping { scope: author.scope, token: author.token(), now, once: self }
    }
}

impl<T> Keeping<T> {
    /// What was answered to the same request before; nothing where it has to be carried out.
    ///
    /// # Errors
    ///
    /// `KeyReused`, and those of the database.
    pub(super) async fn answered(&self, tx: &mut Tx<'_>) -> Result<Option<Performed<T>>, AdministrationError> {
        let (Some((RequestKey { key, request }, _)), Some(token)) = (&self.once.0, self.token) else { return Ok(None) };
        // The same request in flight twice waits for its twin's answer.
        idempotency::wait_for_twins(tx, token, key).await?;
        let since = self.now.before(KEPT_FOR);
        let Some(answered) = idempotency::find(tx, self.scope, token, key, since).await? else { return Ok(None) };
        if answered.request_hash != request {
            return Err(AdministrationError::KeyReused);
        }
        Ok(Some(Performed::Before(answer(answered))))
    }

    /// Keeps the answer of what was carried out.
    ///
    /// # Errors
    ///
    /// `Raced` where the same request came in twice at once: this one is taken back, and its next try finds the other's
    /// answer. Those of the database.
    pub(super) async fn keep(&self, tx: &mut Tx<'_>, done: T) -> Result<Performed<T>, AdministrationError> {
        if let (Some((RequestKey { key, request }, render)), Some(token)) = (&self.once.0, self.token) {
            let (row, since) = (row(render(&done), *request), self.now.before(KEPT_FOR));
            if !idempotency::keep(tx, self.scope, (token, key), &row, since, self.now).await? {
                return Err(AdministrationError::Raced);
            }
        }
        Ok(Performed::Now(done))
    }
}

impl App {
    /// Forgets the answers that are kept no longer.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn forget_answers(&self) -> Result<u64, StorageError> {
        let since = self.0.clock.now().before(KEPT_FOR);
        let mut forgotten = 0;
        loop {
            let forget = async move |tx: &mut Tx<'_>| idempotency::forget(tx, since, FORGOTTEN_AT_ONCE).await;
            let some = self.0.store.write(forget).await?;
            forgotten += some;
            if some == 0 {
                return Ok(forgotten);
            }
        }
    }
}

fn row(answer: Answer, request: [u8; 32]) -> AnsweredRow {
    AnsweredRow {
        request_hash: request.to_vec(),
        status: i64::from(answer.status),
        location: answer.location,
        etag: answer.etag,
        body: answer.body,
    }
}

fn answer(row: AnsweredRow) -> Answer {
    Answer { status: u16::try_from(row.status).unwrap_or(200), location: row.location, etag: row.etag, body: row.body }
}
