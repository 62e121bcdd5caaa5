//! Who asks: a program of the tenant's administrators, or the operator at the shell, who may do the same.

use super::Change;
use crate::app::App;
use crate::app::planning::{Because, Word};
use crate::app::provisioning::IfMatch;
use crate::app::tenants::TenantError;
use crate::base::clock::Ts;
use crate::base::ids::TokenId;
use crate::domain::audit::{Actor, Cause};
use crate::domain::tenant::TenantScope;

use super::AdministrationError;

/// Somebody who may change one tenant.
#[derive(Debug, Clone)]
pub struct Author {
    pub(super) scope: TenantScope,
    pub(super) actor: Actor,
    pub(super) cause: Cause,
    if_match: IfMatch,
}

impl Author {
    /// The tenant that he may look at and change.
    #[must_use]
    pub const fn scope(&self) -> TenantScope {
        self.scope
    }

    /// The token he came with, if it is a program.
    pub(super) const fn token(&self) -> Option<TokenId> {
        match self.actor {
            Actor::Token(token) => Some(token),
            Actor::Client(_) | Actor::Operator(_) | Actor::Daemon => None,
        }
    }

    /// As he is named beside what he wrote: `token 0192…`, `operator ada`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.actor.kind(), self.actor.id())
    }

    pub(super) fn because(&self, at: Ts) -> Because {
        Because { at, word: Word { actor: self.actor.clone(), cause: self.cause.clone(), request: None } }
    }

    /// Whether he means this version.
    ///
    /// # Errors
    ///
    /// `VersionMismatch`.
    pub(super) fn check(&self, current: i64) -> Result<(), AdministrationError> {
        if self.if_match.allows(current) { Ok(()) } else { Err(AdministrationError::VersionMismatch { current }) }
    }
}

impl From<Change> for Author {
    fn from(change: Change) -> Self {
        Self {
            scope: change.writer.scope,
            actor: Actor::Token(change.writer.token),
            cause: Cause::Request(change.context.request_id),
            if_match: change.if_match,
        }
    }
}

impl App {
    /// The operator, at work on a tenant that he knows by its name or customer number.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn operator(&self, tenant: &str, login_name: &str) -> Result<Author, TenantError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let actor = Actor::Operator(login_name.to_owned());
        Ok(Author { scope, actor, cause: Cause::Command, if_match: IfMatch::Any })
    }
}
