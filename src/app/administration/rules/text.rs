//! Rules as somebody hands them in, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use super::proposal::{Outlook, propose};
use crate::app::administration::{Administration, AdministrationError};
use crate::app::planning::Words;
use crate::base::clock::Ts;
use crate::base::ids::GroupId;
use crate::domain::grant::RuleBook;
use crate::domain::grant::document::{
    self, DocumentError, DocumentErrors, Known, Mentions, Warning, mentions, warnings,
};
use crate::domain::tenant::TenantScope;
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
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RulesCheck {
    /// All its mistakes; with one of them it cannot be put in force.
    pub errors: Vec<DocumentError>,
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
            Err(AdministrationError::Document(DocumentErrors(errors))) => {
                return Ok(RulesCheck { errors, warnings: Vec::new() });
            }
            Err(error) => return Err(error),
        };
        let books = self.books();
        let warnings = self.app.0.store.read(async move |tx: &mut Tx<'_>| {
            let outlook = Outlook::of(tx, scope, &books, &book).await?;
            let proposal = propose(tx, scope, &outlook, &book).await?;
            missing(tx, scope, &book, &proposal.bindings).await
        });
        Ok(RulesCheck { errors: Vec::new(), warnings: warnings.await? })
    }

    /// The rules that are meant, if they can be read.
    pub(super) async fn readable(&self, scope: TenantScope, rules: RulesText) -> Result<Readable, AdministrationError> {
        let words = Words::default();
        match rules {
            RulesText::Toml(document) => {
                let book = document::parse(&document, &words).map_err(AdministrationError::Document)?;
                Ok(Readable { document, book })
            }
            RulesText::Json(value) => {
                let book = document::parse_json(&value, &words).map_err(AdministrationError::Document)?;
                Ok(Readable { document: document::render(&book), book })
            }
            RulesText::Version(version) => {
                let rules = self.rules_of(scope, version).await?;
                Ok(Readable { document: rules.document, book: rules.book })
            }
        }
    }
}

/// What the rules name and what is not there, or not what it may be taken for; `bindings` say which group each rule means.
pub(super) async fn missing(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    book: &RuleBook,
    bindings: &[(String, GroupId)],
) -> Result<Vec<Warning>, StorageError> {
    let named = mentions(book);
    let bound = Ids(bindings.iter().map(|(_, group)| group.uuid()).collect());
    let today: BTreeMap<GroupId, String> =
        rules::group_names(tx, scope, &bound).await?.into_iter().map(|row| (row.id, row.display_name)).collect();
    let meant = bindings.iter().filter_map(|(rule, group)| Some((rule.clone(), today.get(group)?.clone()))).collect();
    let asked: Vec<&str> = named.groups.iter().map(String::as_str).collect();
    let groups =
        rules::groups_named(tx, scope, &asked).await?.into_iter().map(|group| group.display_name_key).collect();
    let asked: Vec<&str> = named.pools.iter().map(String::as_str).collect();
    let pools = pools::by_names(tx, scope, &asked).await?.into_iter().map(|pool| pool.name_key).collect();
    let asked: Vec<_> = named.things.iter().map(|(kind, key)| (kind.class().name(), key.as_str())).collect();
    let there: BTreeSet<(String, String)> =
        things::by_keys(tx, scope, &asked).await?.into_iter().map(|row| (row.kind, row.key)).collect();
    let is_there = |(kind, key): &&(crate::domain::thing::Kind, String)| {
        there.iter().any(|(of, name)| of == kind.name() && name == key)
    };
    let things = named.things.iter().filter(is_there).cloned().collect();
    Ok(warnings(book, &Known { there: Mentions { groups, pools, things }, meant }))
}
