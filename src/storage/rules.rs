//! The rules of a tenant, a document a version, and which groups they mean.

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::{Ids, Json};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::tenant::TenantScope;

row! {
    /// One version of a tenant's rules.
    #[derive(Debug, Clone)]
    pub struct RuleBookRow {
        /// Counts from 1.
        pub version: i64,
        /// The document as it was applied.
        pub document: String,
        /// Who applied it.
        pub author: String,
        /// When.
        pub created_at: Ts,
    }
}

row! {
    /// A group that a rule means.
    #[derive(Debug, Clone)]
    pub struct BindingRow {
        /// The folded name of the rule.
        pub rule_key: String,
        /// The group.
        pub group_id: GroupId,
    }
}

row! {
    /// What a tenant's plans go by.
    #[derive(Debug, Clone)]
    pub struct TermsRow {
        /// The version of the rules in force, 0 where there are none.
        pub rules_version: i64,
        /// For how many days things are kept for who lost them.
        pub hold_days: i64,
        /// The customer number.
        pub customer_number: String,
        /// How often somebody has planned for the tenant.
        pub turns: i64,
    }
}

/// What plans go by now.
///
/// # Errors
///
/// Those of the database.
pub async fn terms(tx: &mut Tx<'_>, scope: TenantScope) -> Result<TermsRow> {
    fetch!(
        one TermsRow,
        tx,
        "SELECT rules_version, hold_days, customer_number, turns FROM tenants WHERE id = $1",
        scope.tenant()
    )
}

/// The same, for who plans, and counts his turn: until the unit of work has ended, nobody else plans for this tenant. Must
/// be its first statement, so that all later ones see what others planned before.
///
/// # Errors
///
/// Those of the database.
pub async fn terms_in_turn(tx: &mut Tx<'_>, scope: TenantScope) -> Result<TermsRow> {
    fetch!(
        one TermsRow,
        tx,
        "UPDATE tenants SET turns = turns + 1 WHERE id = $1 RETURNING rules_version, hold_days, customer_number, turns",
        scope.tenant()
    )
}

/// The same, for who changes the rules: nobody writes who thinks that there are none, either.
///
/// # Errors
///
/// Those of the database.
pub async fn terms_alone(tx: &mut Tx<'_>, scope: TenantScope) -> Result<TermsRow> {
    fetch!(
        one TermsRow,
        tx,
        {
            pg: "SELECT rules_version, hold_days, customer_number, turns FROM tenants WHERE id = $1 FOR UPDATE",
            lite: "SELECT rules_version, hold_days, customer_number, turns FROM tenants WHERE id = $1"
        },
        scope.tenant()
    )
}

/// Holds while these are the rules in force, and keeps others from changing them until the batch is written.
#[must_use]
pub fn version_condition(scope: TenantScope, version: i64) -> Step {
    step!(
        {
            pg: "SELECT 1 AS hit FROM tenants WHERE id = $1 AND rules_version = $2 FOR KEY SHARE",
            lite: "SELECT 1 AS hit FROM tenants WHERE id = $1 AND rules_version = $2"
        },
        scope.tenant(),
        version
    )
}

/// The document of a version.
///
/// # Errors
///
/// Those of the database.
pub async fn find(tx: &mut Tx<'_>, scope: TenantScope, version: i64) -> Result<Option<RuleBookRow>> {
    fetch!(
        opt RuleBookRow,
        tx,
        "SELECT version, document, author, created_at FROM rule_books WHERE tenant_id = $1 AND version = $2",
        scope.tenant(),
        version
    )
}

/// The newest versions, without their documents, before that one.
///
/// # Errors
///
/// Those of the database.
pub async fn history(tx: &mut Tx<'_>, scope: TenantScope, before: i64, limit: i64) -> Result<Vec<RuleBookRow>> {
    fetch!(
        all RuleBookRow,
        tx,
        "SELECT version, '' AS document, author, created_at FROM rule_books WHERE tenant_id = $1 AND version < $2
         ORDER BY version DESC LIMIT $3",
        scope.tenant(),
        before,
        limit
    )
}

/// Puts a document into force as the next version.
///
/// # Errors
///
/// Those of the database.
pub async fn put_in_force(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    version: i64,
    document: &str,
    author: &str,
    now: Ts,
) -> Result<()> {
    exec!(
        tx,
        "INSERT INTO rule_books (tenant_id, version, document, author, created_at) VALUES ($1, $2, $3, $4, $5)",
        scope.tenant(),
        version,
        document,
        author,
        now
    )?;
    exec!(tx, "UPDATE tenants SET rules_version = $2 WHERE id = $1", scope.tenant(), version)?;
    Ok(())
}

/// Which rule means which group.
///
/// # Errors
///
/// Those of the database.
pub async fn bindings(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<BindingRow>> {
    fetch!(
        all BindingRow,
        tx,
        "SELECT rule_key, group_id FROM rule_bindings WHERE tenant_id = $1 ORDER BY rule_key",
        scope.tenant()
    )
}

/// Takes these bindings for all there are.
///
/// # Errors
///
/// `ForeignKey` where a group is not there, and those of the database.
pub async fn bind(tx: &mut Tx<'_>, scope: TenantScope, bindings: &[(String, GroupId)]) -> Result<()> {
    exec!(tx, "DELETE FROM rule_bindings WHERE tenant_id = $1", scope.tenant())?;
    let bindings: Vec<serde_json::Value> = bindings
        .iter()
        .map(|(rule, group)| serde_json::json!({"rule": rule, "group": group.uuid().simple().to_string()}))
        .collect();
    exec!(
        tx,
        {
            pg: "INSERT INTO rule_bindings (tenant_id, rule_key, group_id)
                 SELECT $1, b.rule, b.grp FROM (SELECT value ->> 'rule' AS rule, CAST(value ->> 'group' AS uuid) AS grp
                     FROM jsonb_array_elements($2)) AS b",
            lite: "INSERT INTO rule_bindings (tenant_id, rule_key, group_id)
                 SELECT $1, value ->> '$.rule', unhex(value ->> '$.group') FROM json_each($2)"
        },
        scope.tenant(),
        Json(serde_json::Value::from(bindings).to_string())
    )?;
    Ok(())
}

/// Binds further rules; who is bound stays so.
///
/// # Errors
///
/// `ForeignKey` where a group is not there, and those of the database.
pub async fn bind_also(tx: &mut Tx<'_>, scope: TenantScope, bindings: &[(String, GroupId)]) -> Result<()> {
    let bindings: Vec<serde_json::Value> = bindings
        .iter()
        .map(|(rule, group)| serde_json::json!({"rule": rule, "group": group.uuid().simple().to_string()}))
        .collect();
    exec!(
        tx,
        {
            pg: "INSERT INTO rule_bindings (tenant_id, rule_key, group_id)
                 SELECT $1, b.rule, b.grp FROM (SELECT value ->> 'rule' AS rule, CAST(value ->> 'group' AS uuid) AS grp
                     FROM jsonb_array_elements($2)) AS b WHERE true ON CONFLICT (tenant_id, rule_key) DO NOTHING",
            lite: "INSERT INTO rule_bindings (tenant_id, rule_key, group_id)
                 SELECT $1, value ->> '$.rule', unhex(value ->> '$.group') FROM json_each($2) WHERE true
                 ON CONFLICT (tenant_id, rule_key) DO NOTHING"
        },
        scope.tenant(),
        Json(serde_json::Value::from(bindings).to_string())
    )?;
    Ok(())
}

/// Whether a rule means this group or one that holds it.
///
/// # Errors
///
/// Those of the database.
pub async fn mean(tx: &mut Tx<'_>, scope: TenantScope, group: GroupId) -> Result<bool> {
    let found = fetch!(
        opt Single<i64>,
        tx,
        "SELECT CAST(1 AS bigint) AS hit FROM group_closure c
         JOIN rule_bindings b ON b.tenant_id = c.tenant_id AND b.group_id = c.ancestor_id
         WHERE c.tenant_id = $1 AND c.descendant_id = $2 LIMIT 1",
        scope.tenant(),
        group
    )?;
    Ok(found.is_some())
}

row! {
    /// A group with its name.
    #[derive(Debug, Clone)]
    pub struct GroupNameRow {
        /// The group.
        pub id: GroupId,
        /// The name.
        pub display_name: String,
    }
}

/// What these groups are called.
///
/// # Errors
///
/// Those of the database.
pub async fn group_names(tx: &mut Tx<'_>, scope: TenantScope, groups: &Ids) -> Result<Vec<GroupNameRow>> {
    fetch!(
        all GroupNameRow,
        tx,
        {
            pg: "SELECT g.id, g.display_name FROM groups g WHERE g.tenant_id = $1 AND g.id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT g.id, g.display_name FROM groups g WHERE g.tenant_id = $1
                 AND g.id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        groups
    )
}

row! {
    /// A group with its folded name.
    #[derive(Debug, Clone)]
    pub struct NamedGroup {
        /// The group.
        pub id: GroupId,
        /// The folded name.
        pub display_name_key: String,
    }
}

/// The groups with these folded names, the oldest first.
///
/// # Errors
///
/// Those of the database.
pub async fn groups_named(tx: &mut Tx<'_>, scope: TenantScope, names: &[&str]) -> Result<Vec<NamedGroup>> {
    fetch!(
        all NamedGroup,
        tx,
        {
            pg: "SELECT g.id, g.display_name_key FROM groups g WHERE g.tenant_id = $1
                 AND g.display_name_key IN (SELECT jsonb_array_elements_text($2)) ORDER BY g.seq",
            lite: "SELECT g.id, g.display_name_key FROM groups g WHERE g.tenant_id = $1
                 AND g.display_name_key IN (SELECT value FROM json_each($2)) ORDER BY g.seq"
        },
        scope.tenant(),
        Json(serde_json::json!(names).to_string())
    )
}

/// Everybody who is in one of these groups, directly or by way of another, in the order of arrival.
///
/// # Errors
///
/// Those of the database.
pub async fn employees_in(tx: &mut Tx<'_>, scope: TenantScope, groups: &Ids) -> Result<Vec<EmployeeId>> {
    let employees = fetch!(
        all Single<EmployeeId>,
        tx,
        {
            pg: "SELECT e.id FROM employees e WHERE e.tenant_id = $1 AND e.id IN (
                     SELECT m.employee_id FROM group_closure c
                     JOIN group_members m ON m.tenant_id = c.tenant_id AND m.group_id = c.descendant_id
                     WHERE c.tenant_id = $1 AND c.ancestor_id = ANY (CAST($2 AS uuid[]))) ORDER BY e.seq",
            lite: "SELECT e.id FROM employees e WHERE e.tenant_id = $1 AND e.id IN (
                     SELECT m.employee_id FROM group_closure c
                     JOIN group_members m ON m.tenant_id = c.tenant_id AND m.group_id = c.descendant_id
                     WHERE c.tenant_id = $1 AND c.ancestor_id IN (SELECT unhex(value) FROM json_each($2))) ORDER BY e.seq"
        },
        scope.tenant(),
        groups
    )?;
    Ok(employees.into_iter().map(|(id,)| id).collect())
}

/// Everybody who has something by one of the rules of these names, as they are written, or waits for it. Looks at everything
/// that anybody in the tenant has.
///
/// # Errors
///
/// Those of the database.
pub async fn employees_given_by(tx: &mut Tx<'_>, scope: TenantScope, names: &[&str]) -> Result<Vec<EmployeeId>> {
    let employees = fetch!(
        all Single<EmployeeId>,
        tx,
        {
            pg: "SELECT DISTINCT g.employee_id FROM grants g WHERE g.tenant_id = $1 AND EXISTS (
                     SELECT 1 FROM jsonb_array_elements(CAST(g.state AS jsonb) -> 'sources') AS s
                     WHERE s ->> 'rule' IN (SELECT jsonb_array_elements_text($2)))",
            lite: "SELECT DISTINCT g.employee_id FROM grants g WHERE g.tenant_id = $1 AND EXISTS (
                     SELECT 1 FROM json_each(g.state, '$.sources') AS s
                     WHERE s.value ->> '$.rule' IN (SELECT value FROM json_each($2)))"
        },
        scope.tenant(),
        Json(serde_json::json!(names).to_string())
    )?;
    Ok(employees.into_iter().map(|(id,)| id).collect())
}

row! {
    /// A place in the list of those to be planned anew.
    #[derive(Debug, Clone)]
    pub struct ReplanRow {
        /// Its place.
        pub position: i64,
        /// Who.
        pub employee_id: EmployeeId,
        /// On whose word, as JSON; not known of old rows.
        pub because: Option<String>,
    }
}

/// The whole list of those to be planned anew, in its order.
///
/// # Errors
///
/// Those of the database.
pub async fn listed_replans(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Vec<ReplanRow>> {
    fetch!(
        all ReplanRow,
        tx,
        "SELECT position, employee_id, because FROM replans WHERE tenant_id = $1 ORDER BY position",
        scope.tenant()
    )
}

/// Adds employees to the list of those to be planned anew, behind who is there already.
///
/// # Errors
///
/// Those of the database.
pub async fn remember_replans(tx: &mut Tx<'_>, scope: TenantScope, employees: &Ids, because: &str) -> Result<()> {
    exec!(
        tx,
        {
            pg: "INSERT INTO replans (tenant_id, employee_id, position, because)
                 SELECT $1, n.id, n.place + (SELECT coalesce(max(position), 0) FROM replans WHERE tenant_id = $1), $3
                 FROM unnest(CAST($2 AS uuid[])) WITH ORDINALITY AS n(id, place) WHERE true
                 ON CONFLICT (tenant_id, employee_id) DO NOTHING",
            lite: "INSERT INTO replans (tenant_id, employee_id, position, because)
                 SELECT $1, unhex(n.value), n.key + 1 + (SELECT coalesce(max(position), 0) FROM replans WHERE tenant_id = $1), $3
                 FROM json_each($2) AS n WHERE true ON CONFLICT (tenant_id, employee_id) DO NOTHING"
        },
        scope.tenant(),
        employees,
        because
    )?;
    Ok(())
}

/// The first of the list, in its order; they leave it when this unit of work is committed.
///
/// # Errors
///
/// Those of the database.
pub async fn take_replans(tx: &mut Tx<'_>, scope: TenantScope, limit: i64) -> Result<Vec<ReplanRow>> {
    let mut taken = fetch!(
        all ReplanRow,
        tx,
        "DELETE FROM replans WHERE tenant_id = $1
         AND position IN (SELECT position FROM replans WHERE tenant_id = $1 ORDER BY position LIMIT $2)
         RETURNING position, employee_id, because",
        scope.tenant(),
        limit
    )?;
    taken.sort_unstable_by_key(|row| row.position);
    Ok(taken)
}

/// Sends the first of the list to its end; gives whom.
///
/// # Errors
///
/// Those of the database.
pub async fn put_off_replan(tx: &mut Tx<'_>, scope: TenantScope) -> Result<Option<EmployeeId>> {
    let put_off = fetch!(
        opt Single<EmployeeId>,
        tx,
        "UPDATE replans SET position = (SELECT max(position) + 1 FROM replans WHERE tenant_id = $1)
         WHERE tenant_id = $1 AND position = (SELECT min(position) FROM replans WHERE tenant_id = $1)
         RETURNING employee_id",
        scope.tenant()
    )?;
    Ok(put_off.map(|(id,)| id))
}

/// Tenants whose list is not empty.
///
/// # Errors
///
/// Those of the database.
pub async fn tenants_to_replan(tx: &mut Tx<'_>) -> Result<Vec<crate::base::ids::TenantId>> {
    let tenants = fetch!(all Single<crate::base::ids::TenantId>, tx, "SELECT DISTINCT tenant_id FROM replans ORDER BY tenant_id")?;
    Ok(tenants.into_iter().map(|(id,)| id).collect())
}
