//! Who is in which group, a row each: changing one reads and writes nothing of the others.

use serde_json::json;

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::Ids;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::outbox::Topic;
use crate::domain::tenant::TenantScope;

/// How many members one message names at most.
pub const NAMED_IN_MESSAGE: usize = 1000;

/// The statements that employees in groups and groups in groups have in common: only the names of table and column differ.
macro_rules! members {
    ($(#[$about:meta])* $kind:ident in $table:literal by $member:literal, told as $told:literal) => {
        $(#[$about])*
        pub mod $kind {
            use super::NAMED_IN_MESSAGE;
            use crate::base::clock::Ts;
            use crate::base::ids::GroupId;
            use crate::domain::outbox::Topic;
            use crate::domain::tenant::TenantScope;
            use crate::storage::batch::Step;
            use crate::storage::value::Ids;

            /// Puts them into a group; who is in it already stays. Somebody who is not there at all is an error of the
            /// foreign key.
            #[must_use]
            pub fn add_step(scope: TenantScope, group: GroupId, members: Ids) -> Step {
                step!(
                    {
                        pg: concat!("INSERT INTO ", $table, " (tenant_id, group_id, ", $member, ")
                             SELECT $1, $2, n.id FROM unnest(CAST($3 AS uuid[])) AS n(id) WHERE true ON CONFLICT DO NOTHING"),
                        lite: concat!("INSERT INTO ", $table, " (tenant_id, group_id, ", $member, ")
                             SELECT $1, $2, unhex(n.value) FROM json_each($3) AS n WHERE true ON CONFLICT DO NOTHING")
                    },
                    scope.tenant(),
                    group,
                    members
                )
            }

            /// Takes them out of a group.
            #[must_use]
            pub fn remove_step(scope: TenantScope, group: GroupId, members: Ids) -> Step {
                // Each row is looked up by its key: where most groups are small, PostgreSQL would rather read a whole one
                // and compare, and read all of a large one to take out one.
                step!(
                    {
                        pg: concat!("DELETE FROM ", $table, " WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
                             SELECT (SELECT m.ctid FROM ", $table, " m
                                 WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.", $member, " = n.id)
                             FROM unnest(CAST($3 AS uuid[])) AS n(id)))"),
                        lite: concat!("DELETE FROM ", $table, " WHERE tenant_id = $1 AND group_id = $2
                             AND ", $member, " IN (SELECT unhex(value) FROM json_each($3))")
                    },
                    scope.tenant(),
                    group,
                    members
                )
            }

            /// Takes all out of a group but these.
            #[must_use]
            pub fn keep_step(scope: TenantScope, group: GroupId, members: Ids) -> Step {
                step!(
                    {
                        pg: concat!("DELETE FROM ", $table, " WHERE tenant_id = $1 AND group_id = $2
                             AND ", $member, " NOT IN (SELECT n.id FROM unnest(CAST($3 AS uuid[])) AS n(id))"),
                        lite: concat!("DELETE FROM ", $table, " WHERE tenant_id = $1 AND group_id = $2
                             AND ", $member, " NOT IN (SELECT unhex(value) FROM json_each($3))")
                    },
                    scope.tenant(),
                    group,
                    members
                )
            }

            /// Tells of all whom [`keep_step`] takes out, or who go with the group, a message for so many; goes in front.
            #[must_use]
            pub fn tell_others_step(scope: TenantScope, group: GroupId, keep: Ids, topic: Topic, at: Ts) -> Step {
                step!(
                    {
                        pg: concat!("INSERT INTO outbox (tenant_id, group_id, topic, payload, created_at)
                             SELECT $1, $2, $4, CAST(json_build_object('members', json_build_object('", $told, "', o.ids)) AS text), $5
                             FROM (SELECT json_agg(l.id ORDER BY l.id) AS ids FROM (
                                 SELECT ", $member, " AS id, (row_number() OVER (ORDER BY ", $member, ") - 1) / $6 AS part
                                 FROM ", $table, " WHERE tenant_id = $1 AND group_id = $2
                                 AND ", $member, " NOT IN (SELECT n.id FROM unnest(CAST($3 AS uuid[])) AS n(id))) AS l
                             GROUP BY l.part) AS o WHERE true"),
                        lite: concat!("INSERT INTO outbox (tenant_id, group_id, topic, payload, created_at)
                             SELECT $1, $2, $4, json_object('members', json_object('", $told, "', json(o.ids))), $5
                             FROM (SELECT json_group_array(l.id ORDER BY l.id) AS ids FROM (
                                 SELECT lower(substr(hex(", $member, "), 1, 8) || '-' || substr(hex(", $member, "), 9, 4) || '-'
                                         || substr(hex(", $member, "), 13, 4) || '-' || substr(hex(", $member, "), 17, 4) || '-'
                                         || substr(hex(", $member, "), 21)) AS id,
                                     (row_number() OVER (ORDER BY ", $member, ") - 1) / $6 AS part
                                 FROM ", $table, " WHERE tenant_id = $1 AND group_id = $2
                                 AND ", $member, " NOT IN (SELECT unhex(value) FROM json_each($3))) AS l
                             GROUP BY l.part) AS o WHERE true")
                    },
                    scope.tenant(),
                    group,
                    keep,
                    topic.name(),
                    at,
                    i64::try_from(NAMED_IN_MESSAGE).unwrap_or(i64::MAX)
                )
            }
        }
    };
}

members! {
    /// Employees in groups.
    employees in "group_members" by "employee_id", told as "removed"
}
members! {
    /// Groups in groups.
    subgroups in "group_subgroups" by "subgroup_id", told as "groupsRemoved"
}

/// Tells each group that holds one of its end; goes in front of the deletion.
#[must_use]
pub fn tell_holders_step(scope: TenantScope, group: GroupId, at: Ts) -> Step {
    let payload = json!({"changed": ["members"], "members": {"groupsRemoved": [group.uuid()]}});
    step!(
        "INSERT INTO outbox (tenant_id, group_id, topic, payload, created_at)
         SELECT s.tenant_id, s.group_id, $3, $4, $5 FROM group_subgroups s WHERE s.tenant_id = $1 AND s.subgroup_id = $2",
        scope.tenant(),
        group,
        Topic::Changed.name(),
        payload.to_string(),
        at
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

/// The employees who are in a group itself and are none of these.
///
/// # Errors
///
/// Those of the database.
pub async fn employees_besides(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    group: GroupId,
    these: &Ids,
) -> Result<Vec<EmployeeId>> {
    let found = fetch!(
        all Single<EmployeeId>,
        tx,
        {
            pg: "SELECT employee_id FROM group_members WHERE tenant_id = $1 AND group_id = $2
                 AND employee_id NOT IN (SELECT n.id FROM unnest(CAST($3 AS uuid[])) AS n(id))",
            lite: "SELECT employee_id FROM group_members WHERE tenant_id = $1 AND group_id = $2
                 AND employee_id NOT IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        group,
        these
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
