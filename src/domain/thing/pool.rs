//! Pools: named stocks from which rules allocate. A pool has no kind; what takes from it says which kind it wants.

use super::text::Name;
use crate::base::clock::Ts;
use crate::base::ids::PoolId;

/// One pool of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The identifier.
    pub id: PoolId,
    /// The name, unique within the tenant, letter case aside.
    pub name: Name,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
}
