//! How values that are stored with grants are written as JSON where their own types do not say.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serializer, de};

/// Instants as RFC 3339 text.
pub(super) mod instant {
    use super::{Cow, Deserialize, Deserializer, Serializer, de};
    use crate::base::clock::Ts;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    pub(in super::super) fn serialize<S: Serializer>(instant: &Ts, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ts, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Ts::parse(&text).ok_or_else(|| de::Error::custom("this is no instant"))
    }
}

/// An instant or none.
pub(super) mod maybe_instant {
    use super::{Cow, Deserialize, Deserializer, Serializer, de};
    use crate::base::clock::Ts;

    #[allow(clippy::ref_option, reason = "serde calls it so")]
    pub(in super::super) fn serialize<S: Serializer>(instant: &Option<Ts>, serializer: S) -> Result<S::Ok, S::Error> {
        match instant {
            Some(instant) => serializer.collect_str(instant),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ts>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| Ts::parse(&text).ok_or_else(|| de::Error::custom("this is no instant"))).transpose()
    }
}

/// Kinds of things by name.
pub(super) mod kind {
    use super::{Cow, Deserialize, Deserializer, Serializer, de};
    use crate::domain::thing::Kind;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(in super::super) fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.name())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Kind::parse(&name).ok_or_else(|| de::Error::custom("there is no such kind"))
    }
}

/// Permissions at a level, as `call_forwarding manage`.
pub(super) mod allowance {
    use super::{Cow, Deserialize, Deserializer, Serializer, de};
    use crate::domain::permission::{Allowance, Permission};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    pub(in super::super) fn serialize<S: Serializer>(allowance: &Allowance, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(allowance)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Allowance, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let parsed = text
            .split_once(' ')
            .and_then(|(permission, level)| Allowance::parse(Permission::parse(permission)?, level));
        parsed.ok_or_else(|| de::Error::custom("there is no such permission"))
    }
}
