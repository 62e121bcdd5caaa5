//! What an administrator's program asks for through the admin API, and the operator at the shell.
//!
//! A unit of work looks, decides and writes; where it writes over a row, the version that it has read decides whether
//! somebody was faster, and then it starts over. Its audit record, its messages and, where the sender gave the request a
//! key, its answer are written in the same transaction.

mod author;
mod cursor;
mod desks;
pub mod employees;
pub mod grants;
mod once;
mod pools;
pub mod preview;
pub mod rules;
pub mod stock;
mod tenant;
mod trail;
pub mod why;

use std::sync::Arc;

pub use author::Author;
pub use cursor::{ListPage, Paging};
pub use desks::{Desk, DeskData, DeskReach};
pub use once::{Answer, Once, Performed, RequestKey};
pub use pools::{Pool, PoolLevel};
pub use tenant::OwnTenant;

use rules::PlanChanged;

use super::App;
use super::authentication::AdminWriter;
use super::planning::{Because, RuleBooks, Word};
use super::provisioning::{IfMatch, RequestContext};
use crate::base::clock::Ts;
use crate::domain::audit::{Actor, Cause};
use crate::domain::grant::document::DocumentErrors;
use crate::domain::photo::PhotoError;
use crate::domain::thing::audio::AudioError;
use crate::storage::{StorageError, Tx};

/// How often a unit of work is tried when somebody else is faster each time.
const ATTEMPTS: usize = 16;

/// Something that a value of a request must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands in the body, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What to change.
    pub detail: String,
}

impl Fault {
    /// A fault of the value at this place.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// What is asked for does not go together with what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another one has the name.
    #[error("{what} has this name already")]
    NameTaken {
        /// Where the name stands in the body.
        pointer: &'static str,
        /// Who has it, e.g. `another pool`.
        what: &'static str,
    },
    /// These fields are what the employee's identity provider says (T8).
    #[error("the identity provider of this employee says what these fields hold: {}", .0.join(", "))]
    ManagedByIdp(Vec<&'static str>),
    /// A rule gives it, and would give it again.
    #[error("a rule gives this; change the rule")]
    GivenByRule,
    /// Rules give it, and would give it again.
    #[error("{} {} this; take the employee out of the group, or change the rule", .0.join(", "), if .0.len() == 1 { "gives" } else { "give" })]
    GivenByRules(Vec<String>),
    /// Something is still in it, or uses it.
    #[error("{0}")]
    InUse(&'static str),
    /// It is kept for whoever had it.
    #[error("this is on hold for {} until {until}; free it first", .whom.as_deref().unwrap_or("whoever had it"))]
    OnHold {
        /// His user name; his identifier, if he is gone.
        whom: Option<String>,
        /// The end.
        until: Ts,
    },
    /// These keys are taken.
    #[error("{}", taken(.keys, .ever))]
    Taken {
        /// Where they stand in the body.
        pointer: &'static str,
        /// The keys.
        keys: Vec<String>,
        /// They are those of devices that are gone.
        ever: bool,
    },
    /// He cannot have it now.
    #[error("he cannot have this now: {0}")]
    NotFree(String),
    /// He has it already.
    #[error("{0}")]
    HasAlready(&'static str),
    /// Something has to be set up first.
    #[error("{0}")]
    NotSetUp(&'static str),
}

/// So many keys are named.
const NAMED: usize = 20;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the derived Display hands out references")]
fn taken(keys: &[String], ever: &bool) -> String {
    let named: Vec<&str> = keys.iter().take(NAMED).map(String::as_str).collect();
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = if *ever { "was given to a device before, and no name is given twice" } else { "in stock already" };
    format!("{what}: {}{more}", named.join(", "))
}

/// Why a request of an administrator was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    /// Values that cannot be.
    #[error("the request holds values that cannot be")]
    Invalid(Vec<Fault>),
    /// There is no such thing in this tenant.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It does not go together with what is there.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The preconditions name another version.
    #[error("the resource has version {current}")]
    VersionMismatch {
        /// The version it has.
        current: i64,
    },
    /// Rules that cannot be read.
    #[error("{0}")]
    Document(DocumentErrors),
    /// Rules would have other consequences than those that were shown.
    #[error("the plan that was shown is not what would happen now")]
    PlanChanged(Box<PlanChanged>),
    /// The sender gave another request this key before.
    #[error("the key was given to another request")]
    KeyReused,
    /// The cursor is none that was handed out for this query.
    #[error("the cursor leads nowhere")]
    Cursor,
    /// The filter takes longer than anybody may compute.
    #[error("the filter takes too long")]
    TooExpensive,
    /// The file is no photo that can be kept.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// Too many are at something that takes long.
    #[error("others are being served; try again in a moment")]
    Crowded,
    /// The file is no sound that can be one of an announcement.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// Somebody else was faster; the unit of work starts over.
    #[error("somebody else was faster")]
    Raced,
    /// The database did not answer.
    #[error("the database did not answer")]
    Storage(#[from] StorageError),
}

impl AdministrationError {
    /// A fault of one value.
    pub(super) fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::at(pointer, detail)])
    }
}

/// `Ok` where there are no faults.
pub(super) fn sound(faults: Vec<Fault>) -> Result<(), AdministrationError> {
    if faults.is_empty() { Ok(()) } else { Err(AdministrationError::Invalid(faults)) }
}

/// The use cases of an administrator.
pub struct Administration<'a> {
    app: &'a App,
}

impl App {
    /// What an administrator's program may ask for.
    #[must_use]
    pub const fn administration(&self) -> Administration<'_> {
        Administration { app: self }
    }
}

/// One request that changes something.
#[derive(Debug, Clone)]
pub struct Change {
    /// Who.
    pub writer: AdminWriter,
    /// The request around it.
    pub context: RequestContext,
    /// The versions that it may work on.
    pub if_match: IfMatch,
}

impl Change {
    /// Why something follows for what employees have.
    fn because(&self, at: Ts) -> Because {
        let word = Word {
            actor: Actor::Token(self.writer.token),
            cause: Cause::Request(self.context.request_id.clone()),
            request: Some(self.context.request_id.clone()),
        };
        Because { at, word }
    }

    /// Whether this version may be worked on.
    ///
    /// # Errors
    ///
    /// `VersionMismatch`.
    fn check(&self, current: i64) -> Result<(), AdministrationError> {
        if self.if_match.allows(current) { Ok(()) } else { Err(AdministrationError::VersionMismatch { current }) }
    }
}

impl Administration<'_> {
    fn now(&self) -> Ts {
        self.app.0.clock.now()
    }

    fn books(&self) -> RuleBooks {
        self.app.0.rule_books.clone()
    }

    /// Runs a unit of work, again while somebody else is faster. `work` may run more than once.
    async fn perform<T, F>(&self, work: F) -> Result<T, AdministrationError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, AdministrationError> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let work = Arc::new(work);
        for _ in 0..ATTEMPTS {
            let once = Arc::clone(&work);
            match self.app.0.store.write_locking(async move |tx: &mut Tx<'_>| once(tx).await).await {
                Err(AdministrationError::Raced) => {}
                done => return done,
            }
        }
        Err(StorageError::Busy.into())
    }
}
