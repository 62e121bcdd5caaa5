//! Tenants: the operator's customers. Everything belongs to exactly one and is invisible to the others.

use crate::base::clock::Ts;
use crate::base::ids::{ConnectionId, TenantId};

/// The right to touch one tenant's rows.
///
/// Every query takes one (T1). It is made where somebody has proven who he is, and nowhere else: by authentication
/// from a credential, and by the operator's use cases from a tenant's name. A test holds the callers to those files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// Vouches that the caller has proven his right to this tenant.
    #[must_use]
    pub const fn vouched(tenant: TenantId) -> Self {
        Self(tenant)
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(self) -> TenantId {
        self.0
    }
}

/// One customer of the PBX operator.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Tenant {
    /// The identifier.
    pub id: TenantId,
    /// The name that the operator's commands take, unique letter case aside.
    pub name: String,
    /// The customer number of the telephone system, unique.
    pub customer_number: String,
    /// When it was made.
    #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
    pub created_at: Ts,
}

/// One identity provider's connection: its tokens open it, its employees belong to it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Connection {
    /// The identifier.
    pub id: ConnectionId,
    /// The name, unique within the tenant, letter case aside.
    pub name: String,
}

/// Writes an instant as RFC 3339 text.
///
/// # Errors
///
/// Those of the serializer.
pub fn rfc3339<S: serde::Serializer>(instant: &Ts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}
