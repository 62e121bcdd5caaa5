//! What an employee may set up, use or remove by himself (`domain.md`: Permission).

use std::fmt;

/// What a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Forwarding his calls.
    CallForwarding,
    /// Where he may forward them to.
    ForwardingReach,
    /// Mailboxes.
    Mailboxes,
    /// Announcements.
    Announcements,
    /// Destinations of his own.
    OwnDestinations,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// What the administrator has set up.
    Use,
    /// Set up, change and remove.
    Manage,
}

/// How far calls may be forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reach {
    /// To IP devices only, which costs nothing.
    #[default]
    Free,
    /// To landline and mobile numbers as well.
    Paid,
}

/// One permission at one level. Of two about the same the greater one allows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Allowance {
    /// [`Permission::CallForwarding`]
    CallForwarding(Level),
    /// [`Permission::ForwardingReach`]
    ForwardingReach(Reach),
    /// [`Permission::Mailboxes`]
    Mailboxes(Level),
    /// [`Permission::Announcements`]
    Announcements(Level),
    /// [`Permission::OwnDestinations`]
    OwnDestinations(Level),
}

/// All permissions of one employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Forwarding his calls.
    pub call_forwarding: Level,
    /// Where he may forward them to.
    pub forwarding_reach: Reach,
    /// Mailboxes.
    pub mailboxes: Level,
    /// Announcements.
    pub announcements: Level,
    /// Destinations of his own.
    pub own_destinations: Level,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CallForwarding, Self::ForwardingReach, Self::Mailboxes, Self::Announcements, Self::OwnDestinations];

    /// The closed-set name, as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallForwarding => "call_forwarding",
            Self::ForwardingReach => "forwarding_reach",
            Self::Mailboxes => "mailboxes",
            Self::Announcements => "announcements",
            Self::OwnDestinations => "own_destinations",
        }
    }

    /// The permission of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    /// The names of its levels, from nothing to most.
    #[must_use]
    pub const fn levels(self) -> &'static [&'static str] {
        match self {
            Self::ForwardingReach => &["free", "paid"],
            Self::CallForwarding | Self::Mailboxes | Self::Announcements | Self::OwnDestinations => {
                &["none", "use", "manage"]
            }
        }
    }
}

impl Level {
    /// The closed-set name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Use => "use",
            Self::Manage => "manage",
        }
    }

    /// The level of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::None, Self::Use, Self::Manage].into_iter().find(|level| level.name() == name)
    }
}

impl Reach {
    /// The closed-set name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Paid => "paid",
        }
    }

    /// The reach of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Free, Self::Paid].into_iter().find(|reach| reach.name() == name)
    }
}

impl Allowance {
    /// The permission at the level of that name, which must be one of [`Permission::levels`].
    #[must_use]
    pub fn parse(permission: Permission, level: &str) -> Option<Self> {
        Some(match permission {
            Permission::CallForwarding => Self::CallForwarding(Level::parse(level)?),
            Permission::ForwardingReach => Self::ForwardingReach(Reach::parse(level)?),
            Permission::Mailboxes => Self::Mailboxes(Level::parse(level)?),
            Permission::Announcements => Self::Announcements(Level::parse(level)?),
            Permission::OwnDestinations => Self::OwnDestinations(Level::parse(level)?),
        })
    }

    /// What it is about.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::CallForwarding(_) => Permission::CallForwarding,
            Self::ForwardingReach(_) => Permission::ForwardingReach,
            Self::Mailboxes(_) => Permission::Mailboxes,
            Self::Announcements(_) => Permission::Announcements,
            Self::OwnDestinations(_) => Permission::OwnDestinations,
        }
    }

    /// The name of the level.
    #[must_use]
    pub const fn level(self) -> &'static str {
        match self {
            Self::CallForwarding(level)
            | Self::Mailboxes(level)
            | Self::Announcements(level)
            | Self::OwnDestinations(level) => level.name(),
            Self::ForwardingReach(reach) => reach.name(),
        }
    }

    /// Whether it allows no more than everybody has anyway.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        match self {
            Self::CallForwarding(level)
            | Self::Mailboxes(level)
            | Self::Announcements(level)
            | Self::OwnDestinations(level) => matches!(level, Level::None),
            Self::ForwardingReach(reach) => matches!(reach, Reach::Free),
        }
    }
}

impl fmt::Display for Allowance {
    /// `call_forwarding manage`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.permission().name(), self.level())
    }
}

impl Permissions {
    /// Each with its level, in the order of [`Permission::ALL`].
    #[must_use]
    pub const fn allowances(self) -> [Allowance; 5] {
        [
            Allowance::CallForwarding(self.call_forwarding),
            Allowance::ForwardingReach(self.forwarding_reach),
            Allowance::Mailboxes(self.mailboxes),
            Allowance::Announcements(self.announcements),
            Allowance::OwnDestinations(self.own_destinations),
        ]
    }
}

impl FromIterator<Allowance> for Permissions {
    /// The union: the highest level of each.
    fn from_iter<I: IntoIterator<Item = Allowance>>(allowances: I) -> Self {
        let mut all = Self::default();
        for allowance in allowances {
            match allowance {
                Allowance::CallForwarding(level) => all.call_forwarding = all.call_forwarding.max(level),
                Allowance::ForwardingReach(reach) => all.forwarding_reach = all.forwarding_reach.max(reach),
                Allowance::Mailboxes(level) => all.mailboxes = all.mailboxes.max(level),
                Allowance::Announcements(level) => all.announcements = all.announcements.max(level),
                Allowance::OwnDestinations(level) => all.own_destinations = all.own_destinations.max(level),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Level, Permission, Permissions, Reach};

    #[test]
    fn every_level_of_every_permission_is_found_under_its_names() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.name()), Some(permission));
            let levels: Vec<_> =
                permission.levels().iter().map(|level| Allowance::parse(permission, level).unwrap()).collect();
            assert!(levels.is_sorted() && levels[0].is_nothing() && !levels[1].is_nothing());
            for (allowance, name) in levels.iter().zip(permission.levels()) {
                assert_eq!((allowance.permission(), allowance.level()), (permission, *name));
            }
        }
        assert_eq!(Allowance::parse(Permission::ForwardingReach, "manage"), None);
    }

    #[test]
    fn the_highest_level_of_all_sources_counts() {
        let all: Permissions = [
            Allowance::Mailboxes(Level::Manage),
            Allowance::ForwardingReach(Reach::Paid),
            Allowance::Mailboxes(Level::Use),
            Allowance::ForwardingReach(Reach::Free),
        ]
        .into_iter()
        .collect();
        assert_eq!((all.mailboxes, all.forwarding_reach), (Level::Manage, Reach::Paid));
        assert_eq!(all.call_forwarding, Level::None);
        assert_eq!(all.allowances().into_iter().collect::<Permissions>(), all);
        assert_eq!(all.allowances().map(Allowance::permission), Permission::ALL);
    }
}
