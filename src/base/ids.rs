//! Identifiers: random, never reused, one type for each thing (T4).

use std::fmt;

use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new UUIDv7: random, and near its neighbours in the index.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// Reads the hyphenated lower-case form and no other, so that one thing has one name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let id = Uuid::try_parse(text).ok()?;
                let mut buffer = Uuid::encode_buffer();
                (id.hyphenated().encode_lower(&mut buffer) == text).then_some(Self(id))
            }

            /// The bare UUID, for the wire and the database.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("this is no identifier"))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+ };
}

id! {
    /// One customer of the PBX operator.
    TenantId,
    /// One identity provider's connection to a tenant.
    ConnectionId,
    /// One person with an account; the `id` of the SCIM User.
    EmployeeId,
    /// One group of an identity provider; the `id` of the SCIM Group.
    GroupId,
    /// One provisioning token.
    TokenId,
    /// One OAuth client of an identity provider; the `client_id` on the wire.
    ClientId,
    /// One secret or public key of a client.
    ClientKeyId,
    /// One access token of a client.
    AccessTokenId,
    /// One request of an identity provider, as kept for the administrator.
    EventId,
    /// One audit record.
    AuditId,
    /// One thing in stock: a phone number, an extension, a device …
    ThingId,
    /// One named stock that rules allocate from.
    PoolId,
    /// One thing or right that one employee has or waits for.
    GrantId,
    /// One OfficeDesk.
    DeskId,
}

#[cfg(test)]
mod tests {
    use super::EmployeeId;

    #[test]
    fn only_the_canonical_form_names_a_thing() {
        let id = EmployeeId::generate();
        assert_eq!(EmployeeId::parse(&id.to_string()), Some(id));
        assert_eq!(EmployeeId::parse(&id.to_string().to_uppercase()), None);
        assert_eq!(EmployeeId::parse(&id.uuid().simple().to_string()), None);
        assert_eq!(EmployeeId::parse("00919288221112222"), None);
    }
}
