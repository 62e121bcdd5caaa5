//! `/Me` (RFC 7644, section 3.11).

use super::error::ScimError;
use crate::scim::error::Error;

/// 501: who calls is an identity provider and no user, so there is nobody whom `/Me` could mean.
pub async fn not_implemented() -> ScimError {
    Error::status(501, "a provisioning token belongs to no user; ask for /Users").into()
}
