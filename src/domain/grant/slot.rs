//! Slots: what a person has or waits for, by name.

use std::fmt;

use crate::domain::permission::Permission;
use crate::domain::thing::{Class, Kind};

/// One place that a person can have something in, unique with him. Whoever asks for the same means the same slot, so what
/// two groups give stays until both are gone.
///
/// Things and pools stand here by their keys and not by their identifiers: a rule may name what is not in stock yet, and
/// what waits for it must keep its place in the queue on the day it comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The thing of that key.
    Thing {
        /// What kind it must be.
        kind: Kind,
        /// Its key.
        key: String,
    },
    /// A thing that the IdP names in an attribute.
    Attribute {
        /// What kind it must be.
        kind: Kind,
        /// The attribute.
        path: String,
    },
    /// The use of an extension that somebody else may hold.
    Access {
        /// The extension's key.
        key: String,
    },
    /// A permission.
    Permission(Permission),
    /// A desk.
    Desk {
        /// Its folded name, as it was asked for.
        name: String,
    },
    /// The use of an extension or device that a desk lists.
    DeskAccess {
        /// The slot name of the desk.
        desk: String,
        /// Extension or device.
        kind: Kind,
        /// Its key.
        key: String,
    },
    /// The n-th thing of a kind out of a pool.
    Pool {
        /// What kind.
        kind: Kind,
        /// The pool's folded name.
        pool: String,
        /// From 1.
        n: u32,
    },
}

impl Slot {
    /// The same slot once the thing with the key `before` has the key `after`; of other things as it is.
    #[must_use]
    pub fn renamed(&self, before: &str, after: &str) -> Self {
        let mut renamed = self.clone();
        match &mut renamed {
            Self::Thing { key, .. } | Self::Access { key } | Self::DeskAccess { key, .. } if *key == before => {
                after.clone_into(key);
            }
            _ => {}
        }
        renamed
    }

    /// What it is for, as stored beside it: the kind of a thing that it makes its person's, else `extension_access`,
    /// `desk_access`, `permission`, `desk`.
    #[must_use]
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::Thing { kind, .. } | Self::Attribute { kind, .. } | Self::Pool { kind, .. } => kind.name(),
            Self::Access { .. } => "extension_access",
            Self::DeskAccess { .. } => "desk_access",
            Self::Permission(_) => "permission",
            Self::Desk { .. } => "desk",
        }
    }

    /// The kind of thing that can be in it.
    #[must_use]
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::Thing { kind, .. }
            | Self::Attribute { kind, .. }
            | Self::Pool { kind, .. }
            | Self::DeskAccess { kind, .. } => Some(*kind),
            Self::Access { .. } => Some(Kind::Extension),
            Self::Permission(_) | Self::Desk { .. } => None,
        }
    }

    /// Whether what is in it has this person as its one holder.
    #[must_use]
    pub const fn is_exclusive(&self) -> bool {
        match self {
            Self::Thing { kind, .. } | Self::Attribute { kind, .. } | Self::Pool { kind, .. } => kind.is_exclusive(),
            Self::Access { .. } | Self::DeskAccess { .. } | Self::Permission(_) | Self::Desk { .. } => false,
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (what, rest) = text.split_once(':')?;
        let with_kind = |rest: &str| {
            let (kind, key) = rest.split_once(':')?;
            Some((Kind::parse(kind)?, key.to_owned()))
        };
        match what {
            "thing" => with_kind(rest).map(|(kind, key)| Self::Thing { kind, key }),
            "attribute" => with_kind(rest).map(|(kind, path)| Self::Attribute { kind, path }),
            "access" => Some(Self::Access { key: rest.to_owned() }),
            "permission" => Permission::parse(rest).map(Self::Permission),
            "desk" => Some(Self::Desk { name: rest.to_owned() }),
            "desk_access" => {
                let (kind, rest) = with_kind(rest)?;
                let (key, desk) = rest.split_once(':')?;
                Some(Self::DeskAccess { desk: desk.to_owned(), kind, key: key.to_owned() })
            }
            "pool" => {
                let (kind, rest) = with_kind(rest)?;
                let (n, pool) = rest.split_once(':')?;
                Some(Self::Pool { kind, pool: pool.to_owned(), n: n.parse().ok()? })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    /// The stored form. Names stand last, so that they may hold colons; keys of extensions and devices have none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thing { kind, key } => write!(f, "thing:{}:{key}", kind.name()),
            Self::Attribute { kind, path } => write!(f, "attribute:{}:{path}", kind.name()),
            Self::Access { key } => write!(f, "access:{key}"),
            Self::Permission(permission) => write!(f, "permission:{}", permission.name()),
            Self::Desk { name } => write!(f, "desk:{name}"),
            Self::DeskAccess { desk, kind, key } => write!(f, "desk_access:{}:{key}:{desk}", kind.name()),
            Self::Pool { kind, pool, n } => write!(f, "pool:{}:{n}:{pool}", kind.name()),
        }
    }
}

/// What somebody waits for. When that much of the stock changes, he is planned anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitsFor {
    /// The thing of that key, whatever it is used for.
    Key {
        /// The name space of the key.
        class: Class,
        /// The key.
        key: String,
    },
    /// Anything of that kind in that pool.
    Pool {
        /// The kind.
        kind: Kind,
        /// The pool's folded name.
        pool: String,
    },
}

impl WaitsFor {
    /// The thing of that kind and key.
    #[must_use]
    pub fn key(kind: Kind, key: &str) -> Self {
        Self::Key { class: kind.class(), key: key.to_owned() }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (what, rest) = text.split_once(':')?;
        let (kind, name) = rest.split_once(':')?;
        match what {
            "key" => {
                let class = Kind::ALL.into_iter().map(Kind::class).find(|class| class.name() == kind)?;
                Some(Self::Key { class, key: name.to_owned() })
            }
            "pool" => Some(Self::Pool { kind: Kind::parse(kind)?, pool: name.to_owned() }),
            _ => None,
        }
    }
}

impl fmt::Display for WaitsFor {
    /// The stored form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { class, key } => write!(f, "key:{}:{key}", class.name()),
            Self::Pool { kind, pool } => write!(f, "pool:{}:{pool}", kind.name()),
        }
    }
}

macro_rules! as_text {
    ($($type:ident),+) => { $(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("this is not one of the forms"))
            }
        }
    )+ };
}
as_text!(Slot, WaitsFor);

#[cfg(test)]
mod tests {
    use super::{Slot, WaitsFor};

    #[test]
    fn slots_are_stored_as_text_and_read_back() {
        for text in [
            "thing:extension:201",
            "thing:voice_number:+49301234500",
            "thing:destination:zentrale: nachts",
            "attribute:voice_number:phoneNumbers[type eq \"work\"].value",
            "access:201",
            "permission:forwarding_reach",
            "desk:maxi desktop",
            "desk_access:device:phone-1:maxi: desktop",
            "pool:extension:1:sales: berlin",
        ] {
            assert_eq!(Slot::parse(text).map(|slot| slot.to_string()).as_deref(), Some(text));
        }
        for text in ["", "thing", "thing:fax:1", "permission:all", "pool:extension:x:sales", "desk_access:device:1"] {
            assert_eq!(Slot::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_waited_for_is_stored_as_text_and_read_back() {
        for text in ["key:number:+49301234500", "key:destination:a:b", "pool:personal_fax:berlin: mitte"] {
            assert_eq!(WaitsFor::parse(text).map(|waits| waits.to_string()).as_deref(), Some(text));
        }
        for text in ["key:voice_number:1", "pool:number:x", "pool", "key:number"] {
            assert_eq!(WaitsFor::parse(text), None, "{text}");
        }
    }
}
