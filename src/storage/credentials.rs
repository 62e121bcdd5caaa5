//! What is kept alike of tokens and of OAuth clients.

use uuid::Uuid;

use crate::base::clock::Ts;

row! {
    /// A token or a client, with the name of its connection.
    #[derive(Debug, Clone)]
    pub struct CredentialRow {
        /// The identifier.
        pub id: Uuid,
        /// What the administrator calls it.
        pub label: String,
        /// The connection it opens; none where it belongs to the tenant.
        pub connection: Option<String>,
        /// What it may do, or ask for.
        pub scope: String,
        /// How long the access tokens of a client live, in seconds.
        pub token_lifetime: Option<i64>,
        /// Who made it.
        pub created_by: String,
        /// When it was made.
        pub created_at: Ts,
        /// When it dies by itself.
        pub expires_at: Option<Ts>,
        /// When it was taken back.
        pub revoked_at: Option<Ts>,
        /// When it was used last.
        pub last_used_at: Option<Ts>,
        /// From where it was used last.
        pub last_used_from: Option<String>,
        /// When it was refused last although it is known.
        pub last_refused_at: Option<Ts>,
        /// Why.
        pub last_refused_for: Option<String>,
        /// From where it may be used: networks separated by blanks.
        pub allow_from: String,
    }
}
