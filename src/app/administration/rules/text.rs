//! Rules as somebody hands them in, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use super::proposal::{Outlook, propose};
use crate::app::administration::{Administration, AdministrationError};
use crate::app::apart;
use crate::app::planning::Words;
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::PoolId;
use crate::domain::grant::RuleBook;
use crate::domain::grant::document::{self, DocumentErrors, Known, Warning, mentions, warnings};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::Kind;
use crate::storage::rules::{self, RuleBookRow};
use crate::storage::{Ids, StorageError, Tx, pools, things};

/// Which rules are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum RulesText {
    /// These, as TOML.
    Toml(String),
    /// These, as JSON of the same structure.
    Json(serde_json::Value),
    /// Those of that version, to be put in force anew.
    Version(i64),
}

/// Rules that can be read.
#[derive(Debug, Clone)]
pub(super) struct Readable {
    pub(super) document: String,
    pub(super) book: RuleBook,
}

/// One version of the rules, without what it says.
#[derive(Debug, Clone)]
pub struct RulesVersion {
    /// Counts from 1.
    pub version: i64,
    /// Who put it in force.
    pub author: String,
    /// When.
    pub created_at: Ts,
}

/// What is to be said about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesCheck {
    /// All its mistakes; with one of them it cannot be put in force.
    pub errors: DocumentErrors,
    /// What it names and what is not there yet; who shall have something of that waits for it.
    pub warnings: Vec<Warning>,
}

impl From<RuleBookRow> for RulesVersion {
    fn from(row: RuleBookRow) -> Self {
        Self { version: row.version, author: row.author, created_at: row.created_at }
    }
}

impl Administration<'_> {
    /// Everything that is wrong with rules, and everything that they name in vain.
    ///
    /// # Errors
    ///
    /// `NotFound` for a version that there never was; `Storage`.
    pub async fn check_rules(&self, scope: TenantScope, rules: RulesText) -> Result<RulesCheck, AdministrationError> {
        let book = match self.readable(scope, rules).await {
            Ok(readable) => readable.book,
            Err(AdministrationError::Document(errors)) => {
                return Ok(RulesCheck { errors, warnings: Vec::new() });
            }
            Err(error) => return Err(error),
        };
        let books = self.books();
        let warnings = self.app.0.store.read(async move |tx: &mut Tx<'_>| {
            let outlook = Outlook::of(tx, scope, &books, &book).await?;
            let proposal = propose(tx, scope, &outlook, &book).await?;
            missing(tx, scope, &book, proposal.bound()).await
        });
        Ok(RulesCheck { errors: DocumentErrors::default(), warnings: warnings.await? })
    }

    /// The rules that are meant, if they can be read. What was in force once may have been put there by a release with other
    /// bounds, so it is read as if it came anew.
    pub(super) async fn readable(&self, scope: TenantScope, rules: RulesText) -> Result<Readable, AdministrationError> {
        let readable = match rules {
            RulesText::Toml(document) => read(document).await,
            RulesText::Json(value) => apart(move || from_json(&value)).await,
            RulesText::Version(version) => read(self.rules_of(scope, version).await?.document).await,
        };
        readable.map_err(AdministrationError::Document)
    }
}

async fn read(document: String) -> Result<Readable, DocumentErrors> {
    apart(move || Ok(Readable { book: document::parse(&document, &Words::default())?, document })).await
}

fn from_json(value: &serde_json::Value) -> Result<Readable, DocumentErrors> {
    let book = document::parse_json(value, &Words::default())?;
    Ok(Readable { document: document::render(&book), book })
}

/// What the rules name and what is not there; `bound` are the keys of those that mean a group, whatever its name is now.
pub(super) async fn missing(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    book: &RuleBook,
    bound: BTreeSet<String>,
) -> Result<Vec<Warning>, StorageError> {
    let named = mentions(book);
    let meant = book.rules.iter().filter(|rule| bound.contains(&rule.key())).map(|rule| fold(&rule.group));
    let asked: Vec<&str> = named.groups.iter().map(String::as_str).collect();
    let there = rules::groups_named(tx, scope, &asked).await?.into_iter().map(|group| group.display_name_key);
    let groups = there.chain(meant).collect();
    let asked: Vec<&str> = named.pools.iter().map(String::as_str).collect();
    let found = pools::by_names(tx, scope, &asked).await?;
    let other_pools = if found.len() < asked.len() {
        pools::list(tx, scope).await?.into_iter().map(|pool| pool.name_key).collect()
    } else {
        BTreeSet::new()
    };
    let ids = Ids(found.iter().map(|pool| pool.id.uuid()).collect());
    let mut kinds: BTreeMap<PoolId, BTreeSet<Kind>> = BTreeMap::new();
    for row in pools::kinds(tx, scope, &ids).await? {
        kinds.entry(row.pool_id).or_default().extend(Kind::parse(&row.kind));
    }
    let pools = found.into_iter().map(|pool| (pool.name_key, kinds.remove(&pool.id).unwrap_or_default())).collect();
    let asked: Vec<_> = named.things.iter().map(|(kind, key)| (kind.class().name(), key.as_str())).collect();
    let rows = things::by_keys(tx, scope, &asked).await?;
    let there: BTreeSet<(Kind, String)> =
        rows.into_iter().filter_map(|row| Some((Kind::parse(&row.kind)?, row.key))).collect();
    let things = named.things.iter().filter(|thing| there.contains(*thing)).cloned().collect();
    Ok(warnings(book, &Known { groups, pools, other_pools, things }))
}
