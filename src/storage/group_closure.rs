//! Which group holds which, at whatever depth: a row for each pair, each group with itself among them, so that all
//! groups of a person are one join. Whoever changes which groups are in which keeps it closed.

use super::batch::Step;
use super::error::Result;
use super::statement::Single;
use super::tx::Tx;
use super::value::Ids;
use crate::base::ids::GroupId;
use crate::domain::tenant::TenantScope;

/// A new group holds itself.
#[must_use]
pub fn hold_itself_step(scope: TenantScope, group: GroupId) -> Step {
    step!(
        "INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id) SELECT $1, $2, $2 WHERE true",
        scope.tenant(),
        group
    )
}

row! {
    /// One group that holds another.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct HoldsRow {
        /// The one that holds.
        pub above: GroupId,
        /// The one that is held.
        pub below: GroupId,
    }
}

/// What holds these groups at whatever depth, themselves among them.
///
/// # Errors
///
/// Those of the database.
pub async fn above(tx: &mut Tx<'_>, scope: TenantScope, groups: &Ids) -> Result<Vec<HoldsRow>> {
    fetch!(
        all HoldsRow,
        tx,
        {
            pg: "SELECT ancestor_id AS above, descendant_id AS below FROM group_closure
                 WHERE tenant_id = $1 AND descendant_id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT ancestor_id AS above, descendant_id AS below FROM group_closure
                 WHERE tenant_id = $1 AND descendant_id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        groups
    )
}

/// What these groups hold at whatever depth, themselves among them; one that several hold comes for each. No more than
/// `limit` of them.
///
/// # Errors
///
/// Those of the database.
pub async fn below(tx: &mut Tx<'_>, scope: TenantScope, groups: &Ids, limit: i64) -> Result<Vec<GroupId>> {
    let rows = fetch!(
        all Single<GroupId>,
        tx,
        {
            pg: "SELECT descendant_id FROM group_closure
                 WHERE tenant_id = $1 AND ancestor_id = ANY (CAST($2 AS uuid[])) LIMIT $3",
            lite: "SELECT descendant_id FROM group_closure
                 WHERE tenant_id = $1 AND ancestor_id IN (SELECT unhex(value) FROM json_each($2)) LIMIT $3"
        },
        scope.tenant(),
        groups,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Which groups hold these directly.
///
/// # Errors
///
/// Those of the database.
pub async fn holders(tx: &mut Tx<'_>, scope: TenantScope, groups: &Ids) -> Result<Vec<HoldsRow>> {
    fetch!(
        all HoldsRow,
        tx,
        {
            pg: "SELECT group_id AS above, subgroup_id AS below FROM group_subgroups
                 WHERE tenant_id = $1 AND subgroup_id = ANY (CAST($2 AS uuid[]))",
            lite: "SELECT group_id AS above, subgroup_id AS below FROM group_subgroups
                 WHERE tenant_id = $1 AND subgroup_id IN (SELECT unhex(value) FROM json_each($2))"
        },
        scope.tenant(),
        groups
    )
}

/// All groups that are in a group directly, but these.
///
/// # Errors
///
/// Those of the database.
pub async fn held_besides(tx: &mut Tx<'_>, scope: TenantScope, group: GroupId, these: &Ids) -> Result<Vec<GroupId>> {
    let rows = fetch!(
        all Single<GroupId>,
        tx,
        {
            pg: "SELECT subgroup_id FROM group_subgroups WHERE tenant_id = $1 AND group_id = $2
                 AND subgroup_id NOT IN (SELECT n.id FROM unnest(CAST($3 AS uuid[])) AS n(id))",
            lite: "SELECT subgroup_id FROM group_subgroups WHERE tenant_id = $1 AND group_id = $2
                 AND subgroup_id NOT IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        group,
        these
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Some group of these that more than `most` hold at whatever depth, itself among them.
///
/// # Errors
///
/// Those of the database.
pub async fn find_held_by_more_than(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    groups: &Ids,
    most: i64,
) -> Result<Option<GroupId>> {
    let row = fetch!(
        opt Single<GroupId>,
        tx,
        {
            pg: "SELECT descendant_id FROM group_closure WHERE tenant_id = $1 AND descendant_id = ANY (CAST($2 AS uuid[]))
                 GROUP BY descendant_id HAVING count(*) > $3 LIMIT 1",
            lite: "SELECT descendant_id FROM group_closure
                 WHERE tenant_id = $1 AND descendant_id IN (SELECT unhex(value) FROM json_each($2))
                 GROUP BY descendant_id HAVING count(*) > $3 LIMIT 1"
        },
        scope.tenant(),
        groups,
        most
    )?;
    Ok(row.map(|(id,)| id))
}

/// Each of those above holds each of those below from now on, if it did not before.
///
/// # Errors
///
/// Those of the database.
pub async fn connect(tx: &mut Tx<'_>, scope: TenantScope, above: &Ids, below: &Ids) -> Result<()> {
    exec!(
        tx,
        {
            pg: "INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id)
                 SELECT $1, b.id, a.id FROM unnest(CAST($2 AS uuid[])) AS a(id) CROSS JOIN unnest(CAST($3 AS uuid[])) AS b(id)
                 WHERE true ON CONFLICT DO NOTHING",
            lite: "INSERT INTO group_closure (tenant_id, descendant_id, ancestor_id)
                 SELECT $1, unhex(b.value), unhex(a.value) FROM json_each($2) AS a CROSS JOIN json_each($3) AS b
                 WHERE true ON CONFLICT DO NOTHING"
        },
        scope.tenant(),
        above,
        below
    )?;
    Ok(())
}

/// None of those above holds one of those below any longer.
///
/// # Errors
///
/// Those of the database.
pub async fn part(tx: &mut Tx<'_>, scope: TenantScope, above: &Ids, below: &Ids) -> Result<()> {
    exec!(
        tx,
        {
            pg: "DELETE FROM group_closure WHERE tenant_id = $1
                 AND ancestor_id = ANY (CAST($2 AS uuid[])) AND descendant_id = ANY (CAST($3 AS uuid[]))",
            lite: "DELETE FROM group_closure WHERE tenant_id = $1
                 AND ancestor_id IN (SELECT unhex(value) FROM json_each($2))
                 AND descendant_id IN (SELECT unhex(value) FROM json_each($3))"
        },
        scope.tenant(),
        above,
        below
    )?;
    Ok(())
}
