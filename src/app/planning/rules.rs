//! The rules in force of each tenant, read once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::vocabulary::Words;
use crate::base::ids::{GroupId, TenantId};
use crate::domain::grant::{BoundRules, RuleBook, document};
use crate::domain::tenant::TenantScope;
use crate::storage::{StorageError, Tx, rules};

/// So many tenants' rules are kept; when there are more, all are forgotten and read again.
const KEPT: usize = 1_000;

/// What was read: the rules of a version with the groups they mean.
#[derive(Debug, Clone)]
struct Read {
    version: i64,
    book: Arc<RuleBook>,
    groups: BTreeMap<String, GroupId>,
    bound: Arc<BoundRules>,
    /// See [`Belief`].
    mind_attributes: bool,
}

/// See the module. A version never changes, so what was read stays true.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleBooks(Arc<Mutex<HashMap<TenantId, Read>>>);

/// What is believed of a tenant's rules before the database is asked; a write goes by it only while it is so
/// ([`version_condition`](rules::version_condition)).
#[derive(Debug, Clone)]
pub(crate) struct Belief {
    /// The version in force; 0: there are no rules.
    pub(crate) version: i64,
    /// Whether something depends on what the identity provider says of a person.
    pub(crate) mind_attributes: bool,
}

impl RuleBooks {
    /// What is believed; that there are no rules, where nothing is known.
    pub(crate) fn believed(&self, scope: TenantScope) -> Belief {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&scope.tenant()).map_or(Belief { version: 0, mind_attributes: false }, |read| Belief {
            version: read.version,
            mind_attributes: read.mind_attributes,
        })
    }

    /// Reads the rules in force, so that they are what is believed.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(crate) async fn learn(&self, tx: &mut Tx<'_>, scope: TenantScope) -> Result<(), StorageError> {
        let version = rules::terms(tx, scope).await?.rules_version;
        self.bound(tx, scope, version).await.map(drop)
    }

    /// The rules of a version, each with the group it means now.
    pub(super) async fn bound(
        &self,
        tx: &mut Tx<'_>,
        scope: TenantScope,
        version: i64,
    ) -> Result<Arc<BoundRules>, StorageError> {
        if version == 0 {
            return Ok(Arc::default());
        }
        let rows = rules::bindings(tx, scope).await?;
        let groups: BTreeMap<String, GroupId> = rows.into_iter().map(|row| (row.rule_key, row.group_id)).collect();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&scope.tenant()).cloned();
        let known = known.filter(|read| read.version == version);
        if let Some(read) = &known
            && read.groups == groups
        {
            return Ok(Arc::clone(&read.bound));
        }
        let book = match known {
            Some(read) => read.book,
            None => Arc::new(self.read(tx, scope, version).await?),
        };
        let bound = Arc::new(BoundRules::bind(&book, &groups));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(
            scope.tenant(),
            Read { version, book, groups, mind_attributes: bound.mind_attributes(), bound: Arc::clone(&bound) },
        );
        Ok(bound)
    }

    async fn read(&self, tx: &mut Tx<'_>, scope: TenantScope, version: i64) -> Result<RuleBook, StorageError> {
        let row = rules::find(tx, scope, version).await?.ok_or(StorageError::NoRow)?;
        // What was put into force was read before; a later release reads no less.
        document::parse_stored(&row.document, &Words::default()).map_err(|_| StorageError::NoRow)
    }
}
