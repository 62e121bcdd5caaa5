//! What the operator can look up about the employees of a tenant.

use super::App;
use super::tenants::TenantError;
use crate::base::caseless::fold;
use crate::base::ids::EmployeeId;
use crate::domain::employee::EmployeeSummary;
use crate::domain::lock::Lock;
use crate::domain::search::{LockKey, Predicate, Test, TextColumn, TextTest};
use crate::storage::Tx;
use crate::storage::employee_list::{SummaryRow, summaries};

/// Which employees.
#[derive(Debug, Clone)]
pub struct EmployeeQuery {
    /// Only those whose user name, name or e-mail address contains this text, letter case aside.
    pub containing: Option<String>,
    /// Only locked ones.
    pub only_locked: bool,
    /// Only those after this one (the last of the page before).
    pub after: Option<EmployeeId>,
    /// How many, at most.
    pub limit: u32,
}

impl App {
    /// The employees of a tenant, in the order in which they came.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Storage`.
    pub async fn employees(&self, tenant: &str, query: EmployeeQuery) -> Result<Vec<EmployeeSummary>, TenantError> {
        let (_, scope) = self.tenant_by_name(tenant).await?;
        let rows = self
            .0
            .store
            .read(async move |tx: &mut Tx<'_>| {
                let predicate = predicate(query.containing.as_deref(), query.only_locked.then_some(true));
                summaries(tx, scope, predicate.as_ref(), query.after, i64::from(query.limit)).await
            })
            .await?;
        Ok(rows.into_iter().map(summary).collect())
    }
}

/// Whose user name, name or address contains the text, letter case aside; who is locked, or is not.
pub(super) fn predicate(text: Option<&str>, locked: Option<bool>) -> Option<Predicate> {
    let locked = locked.map(|locked| {
        let either = Predicate::Or(
            Box::new(Predicate::KeySet(LockKey::Idp)),
            Box::new(Predicate::KeySet(LockKey::Administrator)),
        );
        if locked { either } else { Predicate::Not(Box::new(either)) }
    });
    let containing = text.map(fold).filter(|text| !text.is_empty()).map(|text| containing(&text));
    match (locked, containing) {
        (Some(locked), Some(containing)) => Some(Predicate::And(Box::new(locked), Box::new(containing))),
        (locked, containing) => locked.or(containing),
    }
}

/// The folded text stands in the user name, a name or an e-mail address.
fn containing(text: &str) -> Predicate {
    let field = |keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Predicate::Field(keys, Test::Text(TextTest::Contains(text.to_owned())))
    };
    let names = [field(&["displayName"]), field(&["name", "givenName"]), field(&["name", "familyName"])];
    let address = Predicate::Any(vec!["emails".to_owned()], Box::new(field(&["value"])));
    let user_name = Predicate::Text(TextColumn::UserNameKey, TextTest::Contains(text.to_owned()));
    names.into_iter().chain([address]).fold(user_name, |left, right| Predicate::Or(Box::new(left), Box::new(right)))
}

fn summary(row: SummaryRow) -> EmployeeSummary {
    let full_name = match (row.given_name, row.family_name) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (given, family) => given.or(family),
    };
    let lock = Lock { by_idp: row.idp_locked_at, by_administrator: row.admin_locked_at };
    EmployeeSummary {
        id: row.id,
        user_name: row.user_name,
        external_id: row.external_id,
        name: row.display_name.or(full_name),
        email: row.email,
        locked_by: lock.holders(),
        connection: row.connection,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
