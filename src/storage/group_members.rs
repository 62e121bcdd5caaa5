//! Who is in which group, a row each: changing one reads and writes nothing of the others.

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::Ids;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::outbox::Topic;
use crate::domain::tenant::TenantScope;

/// How many employees one message names at most.
pub const NAMED_IN_MESSAGE: usize = 1000;

/// Puts employees into a group; who is in it already stays. Somebody who is not there at all is an error of the foreign
/// key.
#[must_use]
pub fn add_employees_step(scope: TenantScope, group: GroupId, employees: Ids) -> Step {
    step!(
        {
            pg: "INSERT INTO group_members (tenant_id, group_id, employee_id)
                 SELECT $1, $2, n.id FROM unnest(CAST($3 AS uuid[])) AS n(id) WHERE true ON CONFLICT DO NOTHING",
            lite: "INSERT INTO group_members (tenant_id, group_id, employee_id)
                 SELECT $1, $2, unhex(n.value) FROM json_each($3) AS n WHERE true ON CONFLICT DO NOTHING"
        },
        scope.tenant(),
        group,
        employees
    )
}

/// Takes employees out of a group.
#[must_use]
pub fn remove_employees_step(scope: TenantScope, group: GroupId, employees: Ids) -> Step {
    step!(
        {
            pg: "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2 AND employee_id = ANY (CAST($3 AS uuid[]))",
            lite: "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2
                 AND employee_id IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        group,
        employees
    )
}

/// Takes all employees out of a group but these.
#[must_use]
pub fn keep_employees_step(scope: TenantScope, group: GroupId, employees: Ids) -> Step {
    step!(
        {
            pg: "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2 AND employee_id <> ALL (CAST($3 AS uuid[]))",
            lite: "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2
                 AND employee_id NOT IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        group,
        employees
    )
}

/// Tells of everybody whom [`keep_employees_step`] takes out, a message for so many; goes in front of it.
#[must_use]
pub fn tell_others_step(scope: TenantScope, group: GroupId, keep: Ids, topic: Topic, at: Ts) -> Step {
    step!(
        {
            pg: "INSERT INTO outbox (tenant_id, group_id, topic, payload, created_at)
                 SELECT $1, $2, $4, CAST(json_build_object('members', json_build_object('removed', o.ids)) AS text), $5 FROM (
                     SELECT json_agg(l.employee_id ORDER BY l.employee_id) AS ids FROM (
                         SELECT employee_id, (row_number() OVER (ORDER BY employee_id) - 1) / $6 AS part FROM group_members
                         WHERE tenant_id = $1 AND group_id = $2 AND employee_id <> ALL (CAST($3 AS uuid[]))) AS l
                     GROUP BY l.part) AS o WHERE true",
            lite: "INSERT INTO outbox (tenant_id, group_id, topic, payload, created_at)
                 SELECT $1, $2, $4, json_object('members', json_object('removed', json(o.ids))), $5 FROM (
                     SELECT json_group_array(l.id ORDER BY l.id) AS ids FROM (
                         SELECT lower(substr(hex(employee_id), 1, 8) || '-' || substr(hex(employee_id), 9, 4) || '-'
                                 || substr(hex(employee_id), 13, 4) || '-' || substr(hex(employee_id), 17, 4) || '-'
                                 || substr(hex(employee_id), 21)) AS id,
                             (row_number() OVER (ORDER BY employee_id) - 1) / $6 AS part FROM group_members
                         WHERE tenant_id = $1 AND group_id = $2
                         AND employee_id NOT IN (SELECT unhex(value) FROM json_each($3))) AS l
                     GROUP BY l.part) AS o WHERE true"
        },
        scope.tenant(),
        group,
        keep,
        topic.name(),
        at,
        i64::try_from(NAMED_IN_MESSAGE).unwrap_or(i64::MAX)
    )
}

/// Puts groups into a group.
#[must_use]
pub fn add_groups_step(scope: TenantScope, group: GroupId, groups: Ids) -> Step {
    step!(
        {
            pg: "INSERT INTO group_subgroups (tenant_id, group_id, subgroup_id)
                 SELECT $1, $2, n.id FROM unnest(CAST($3 AS uuid[])) AS n(id) WHERE true ON CONFLICT DO NOTHING",
            lite: "INSERT INTO group_subgroups (tenant_id, group_id, subgroup_id)
                 SELECT $1, $2, unhex(n.value) FROM json_each($3) AS n WHERE true ON CONFLICT DO NOTHING"
        },
        scope.tenant(),
        group,
        groups
    )
}

/// Takes groups out of a group.
#[must_use]
pub fn remove_groups_step(scope: TenantScope, group: GroupId, groups: Ids) -> Step {
    step!(
        {
            pg: "DELETE FROM group_subgroups WHERE tenant_id = $1 AND group_id = $2 AND subgroup_id = ANY (CAST($3 AS uuid[]))",
            lite: "DELETE FROM group_subgroups WHERE tenant_id = $1 AND group_id = $2
                 AND subgroup_id IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        group,
        groups
    )
}

/// Takes all groups out of a group but these.
#[must_use]
pub fn keep_groups_step(scope: TenantScope, group: GroupId, groups: Ids) -> Step {
    step!(
        {
            pg: "DELETE FROM group_subgroups WHERE tenant_id = $1 AND group_id = $2 AND subgroup_id <> ALL (CAST($3 AS uuid[]))",
            lite: "DELETE FROM group_subgroups WHERE tenant_id = $1 AND group_id = $2
                 AND subgroup_id NOT IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        group,
        groups
    )
}

/// Counts a change of the members of one group.
#[must_use]
pub fn count_change_step(scope: TenantScope, group: GroupId, at: Ts) -> Step {
    step!(
        {
            pg: "INSERT INTO group_changes (tenant_id, group_id, changes, changed_at) SELECT $1, $2, 1, $3 WHERE true",
            lite: "INSERT INTO group_changes (tenant_id, group_id, changes, changed_at) SELECT $1, $2, 1, $3 WHERE true
                 ON CONFLICT (tenant_id, group_id) DO UPDATE SET changes = changes + 1, changed_at = max(changed_at, $3)"
        },
        scope.tenant(),
        group,
        at
    )
}

/// Counts a change of every group that an employee is in, who is about to be deleted.
#[must_use]
pub fn count_leaving_step(scope: TenantScope, employee: EmployeeId, at: Ts) -> Step {
    step!(
        {
            pg: "INSERT INTO group_changes (tenant_id, group_id, changes, changed_at)
                 SELECT m.tenant_id, m.group_id, 1, $3 FROM group_members m WHERE m.tenant_id = $1 AND m.employee_id = $2",
            lite: "INSERT INTO group_changes (tenant_id, group_id, changes, changed_at)
                 SELECT m.tenant_id, m.group_id, 1, $3 FROM group_members m WHERE m.tenant_id = $1 AND m.employee_id = $2
                 ON CONFLICT (tenant_id, group_id) DO UPDATE SET changes = changes + 1, changed_at = max(changed_at, $3)"
        },
        scope.tenant(),
        employee,
        at
    )
}

/// Counts a change of every group that a group is in, which is about to be deleted.
#[must_use]
pub fn count_dissolving_step(scope: TenantScope, group: GroupId, at: Ts) -> Step {
    step!(
        {
            pg: "INSERT INTO group_changes (tenant_id, group_id, changes, changed_at)
                 SELECT s.tenant_id, s.group_id, 1, $3 FROM group_subgroups s WHERE s.tenant_id = $1 AND s.subgroup_id = $2",
            lite: "INSERT INTO group_changes (tenant_id, group_id, changes, changed_at)
                 SELECT s.tenant_id, s.group_id, 1, $3 FROM group_subgroups s WHERE s.tenant_id = $1 AND s.subgroup_id = $2
                 ON CONFLICT (tenant_id, group_id) DO UPDATE SET changes = changes + 1, changed_at = max(changed_at, $3)"
        },
        scope.tenant(),
        group,
        at
    )
}

row! {
    /// How many members a group has.
    #[derive(Debug, Clone, Copy)]
    pub struct MemberCounts {
        /// Employees.
        pub employees: i64,
        /// Groups.
        pub groups: i64,
    }
}

/// Counts the members of a group; the one thing here whose cost grows with the group.
///
/// # Errors
///
/// Those of the database.
pub async fn counts(tx: &mut Tx<'_>, scope: TenantScope, group: GroupId) -> Result<MemberCounts> {
    fetch!(
        one MemberCounts,
        tx,
        "SELECT (SELECT count(*) FROM group_members m WHERE m.tenant_id = $1 AND m.group_id = $2) AS employees,
                (SELECT count(*) FROM group_subgroups s WHERE s.tenant_id = $1 AND s.group_id = $2) AS groups",
        scope.tenant(),
        group
    )
}

row! {
    /// One member as it is shown.
    #[derive(Debug, Clone)]
    pub struct MemberRow {
        /// The identifier, of an employee or of a group.
        pub id: EmployeeId,
        /// The name to show.
        pub display: String,
    }
}

/// The employees in a group by their identifiers, from behind `after` on.
///
/// # Errors
///
/// Those of the database.
pub async fn employees_page(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    group: GroupId,
    after: uuid::Uuid,
    limit: i64,
) -> Result<Vec<MemberRow>> {
    fetch!(
        all MemberRow,
        tx,
        "SELECT m.employee_id AS id, COALESCE(e.display_name, e.given_name || ' ' || e.family_name, e.user_name) AS display
         FROM group_members m JOIN employees e ON e.tenant_id = m.tenant_id AND e.id = m.employee_id
         WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.employee_id > $3 ORDER BY m.employee_id LIMIT $4",
        scope.tenant(),
        group,
        EmployeeId::from(after),
        limit
    )
}

/// The groups in a group by their identifiers, from behind `after` on.
///
/// # Errors
///
/// Those of the database.
pub async fn subgroups_page(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    group: GroupId,
    after: uuid::Uuid,
    limit: i64,
) -> Result<Vec<MemberRow>> {
    fetch!(
        all MemberRow,
        tx,
        "SELECT s.subgroup_id AS id, g.display_name AS display
         FROM group_subgroups s JOIN groups g ON g.tenant_id = s.tenant_id AND g.id = s.subgroup_id
         WHERE s.tenant_id = $1 AND s.group_id = $2 AND s.subgroup_id > $3 ORDER BY s.subgroup_id LIMIT $4",
        scope.tenant(),
        group,
        GroupId::from(after),
        limit
    )
}

/// The groups that hold a group at whatever depth, itself among them.
///
/// # Errors
///
/// Those of the database.
pub async fn ancestors(tx: &mut Tx<'_>, scope: TenantScope, group: GroupId) -> Result<Vec<GroupId>> {
    let rows = fetch!(
        all Single<GroupId>,
        tx,
        "SELECT ancestor_id FROM group_closure WHERE tenant_id = $1 AND descendant_id = $2 ORDER BY ancestor_id",
        scope.tenant(),
        group
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many groups these hold at whatever depth, themselves among them; one that several hold counts for each.
///
/// # Errors
///
/// Those of the database.
pub async fn descendants(tx: &mut Tx<'_>, scope: TenantScope, subgroups: &Ids) -> Result<i64> {
    let row = fetch!(
        one Single<i64>,
        tx,
        {
            pg: "SELECT count(*) AS held FROM group_closure WHERE tenant_id = $1 AND ancestor_id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT count(*) AS held FROM group_closure
                 WHERE tenant_id = $1 AND ancestor_id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        subgroups
    )?;
    Ok(row.0)
}

/// Works out anew what these groups hold.
///
/// # Errors
///
/// Those of the database.
pub async fn rebuild_closure(tx: &mut Tx<'_>, scope: TenantScope, of: &Ids) -> Result<()> {
    exec!(
        tx,
        {
            pg: "DELETE FROM group_closure WHERE tenant_id = $1 AND ancestor_id = ANY (CAST($2 AS uuid[]))",
            lite: "DELETE FROM group_closure WHERE tenant_id = $1 AND ancestor_id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        of
    )?;
    exec!(
        tx,
        {
            pg: "WITH RECURSIVE held (ancestor_id, id) AS (
                     SELECT n.id, n.id FROM unnest(CAST($2 AS uuid[])) AS n(id)
                     UNION SELECT h.ancestor_id, s.subgroup_id FROM held h
                     JOIN group_subgroups s ON s.tenant_id = $1 AND s.group_id = h.id)
                 INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id) SELECT $1, id, ancestor_id FROM held",
            lite: "WITH RECURSIVE held (ancestor_id, id) AS (
                     SELECT unhex(n.value), unhex(n.value) FROM json_each($2) AS n
                     UNION SELECT h.ancestor_id, s.subgroup_id FROM held h
                     JOIN group_subgroups s ON s.tenant_id = $1 AND s.group_id = h.id)
                 INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id) SELECT $1, id, ancestor_id FROM held"
        },
        scope.tenant(),
        of
    )?;
    Ok(())
}

/// A new group holds itself.
#[must_use]
pub fn hold_itself_step(scope: TenantScope, group: GroupId) -> Step {
    step!(
        "INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id) SELECT $1, $2, $2 WHERE true",
        scope.tenant(),
        group
    )
}
