//! The rules of a tenant: looked at, checked, planned, put in force, and taken back.
//!
//! What was put in force stays: each version is kept, and an old one that is wanted again becomes a new one. A plan says
//! what would come of a document, and applying does exactly that, or nothing.

mod apply;
mod plan;
mod proposal;
mod text;

pub use apply::{Applied, Apply};
pub use plan::{PlanChanged, RulesPlan};
pub use text::{RulesCheck, RulesText, RulesVersion};

use super::cursor::Walk;
use super::{Administration, AdministrationError, ListPage, Paging};
use crate::app::authentication::AdminReader;
use crate::app::planning::Words;
use crate::base::clock::Ts;
use crate::domain::grant::{RuleBook, document};
use crate::domain::tenant::TenantScope;
use crate::storage::rules::{self, RuleBookRow};
use crate::storage::{StorageError, Tx};

/// The rules of one version.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Counts from 1; 0: there never were any.
    pub version: i64,
    /// The document as its author wrote it.
    pub document: String,
    /// What it says.
    pub book: RuleBook,
    /// Who put it in force, and when; nobody: there never were any.
    pub put_in_force: Option<(String, Ts)>,
}

const NOT_FOUND: AdministrationError = AdministrationError::NotFound("version of the rules");

impl Administration<'_> {
    /// The rules in force.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn rules(&self, scope: TenantScope) -> Result<Rules, AdministrationError> {
        let find = async move |tx: &mut Tx<'_>| {
            let version = rules::terms(tx, scope).await?.rules_version;
            if version == 0 {
                let (document, book) = (String::new(), RuleBook::default());
                return Ok(Rules { version, document, book, put_in_force: None });
            }
            find(tx, scope, version).await
        };
        self.app.0.store.read(find).await
    }

    /// The rules of one version.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn rules_of(&self, scope: TenantScope, version: i64) -> Result<Rules, AdministrationError> {
        self.app.0.store.point(async move |tx: &mut Tx<'_>| find(tx, scope, version).await).await
    }

    /// The newest versions, without what they say.
    ///
    /// # Errors
    ///
    /// `Storage`.
    pub async fn latest_rules(&self, scope: TenantScope, limit: u16) -> Result<Vec<RulesVersion>, AdministrationError> {
        let rows = self.history(scope, i64::MAX, i64::from(limit)).await?;
        Ok(rows.into_iter().map(RulesVersion::from).collect())
    }

    /// A page of them.
    ///
    /// # Errors
    ///
    /// `Cursor`, `Storage`.
    pub async fn rules_versions(
        &self,
        reader: &AdminReader,
        paging: &Paging,
    ) -> Result<ListPage<RulesVersion>, AdministrationError> {
        let walk = Walk::new(reader, "rules", "");
        let before = self.begin(&walk, paging)?.and_then(|version| version.parse().ok()).unwrap_or(i64::MAX);
        let rows = self.history(reader.scope(), before, paging.rows()).await?;
        Ok(self.finish(&walk, paging, rows, |row| row.version.to_string()).map(RulesVersion::from))
    }

    async fn history(&self, scope: TenantScope, before: i64, limit: i64) -> Result<Vec<RuleBookRow>, StorageError> {
        self.app.0.store.point(async move |tx: &mut Tx<'_>| rules::history(tx, scope, before, limit).await).await
    }
}

async fn find(tx: &mut Tx<'_>, scope: TenantScope, version: i64) -> Result<Rules, AdministrationError> {
    let RuleBookRow { document, author, created_at, .. } = rules::find(tx, scope, version).await?.ok_or(NOT_FOUND)?;
    let unreadable = |_| StorageError::Unreadable(format!("version {version} of the rules"));
    let book = document::parse_stored(&document, &Words::default()).map_err(unreadable)?;
    Ok(Rules { version, document, book, put_in_force: Some((author, created_at)) })
}
