//! The one error of SCIM: status, `scimType` and a `detail` that tells the IdP's administrator what to change
//! (RFC 7644, section 3.12).

/// The detail error keywords of RFC 7644, table 9, and of RFC 9865, section 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter is malformed or compares what cannot be compared.
    InvalidFilter,
    /// Answering would take more than the server is willing to do.
    TooMany,
    /// Another resource holds the value already.
    Uniqueness,
    /// The attribute may not be changed.
    Mutability,
    /// The message is not structured as its schema says.
    InvalidSyntax,
    /// The PATCH path is malformed or names nothing.
    InvalidPath,
    /// The PATCH path selects no value to work on.
    NoTarget,
    /// A value is missing, of the wrong type or out of bounds.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// The request would show personal data in a URI.
    Sensitive,
    /// The cursor is none that was handed out for this query.
    InvalidCursor,
    /// The cursor was handed out too long ago.
    ExpiredCursor,
    /// The size of a page is no whole number.
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands on the wire.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// A refusal in SCIM's words. `Display` is the `detail`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The HTTP status, 400 to 599.
    pub status: u16,
    /// The keyword, where the RFCs have one for the case.
    pub scim_type: Option<ScimType>,
    /// What to change, for the administrator of the IdP.
    pub detail: String,
}

impl Error {
    /// 400 with a keyword.
    #[must_use]
    pub fn bad_request(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: 400, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// 400 `invalidFilter`.
    #[must_use]
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::bad_request(ScimType::InvalidFilter, detail)
    }

    /// 400 `invalidPath`.
    #[must_use]
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::bad_request(ScimType::InvalidPath, detail)
    }

    /// 400 `invalidValue`.
    #[must_use]
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::bad_request(ScimType::InvalidValue, detail)
    }

    /// 400 `invalidSyntax`.
    #[must_use]
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::bad_request(ScimType::InvalidSyntax, detail)
    }

    /// 400 `noTarget`.
    #[must_use]
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::bad_request(ScimType::NoTarget, detail)
    }

    /// 400 `mutability`.
    #[must_use]
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::bad_request(ScimType::Mutability, detail)
    }

    /// 409 `uniqueness` (RFC 7644, section 3.3).
    #[must_use]
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self { status: 409, scim_type: Some(ScimType::Uniqueness), detail: detail.into() }
    }

    /// 404: no such resource, here or for this credential (T2: the two look alike).
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self { status: 404, scim_type: None, detail: detail.into() }
    }

    /// Any other status without a keyword.
    #[must_use]
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }
}
