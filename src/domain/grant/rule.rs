//! Rules: what membership of a group gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::base::caseless::fold;
use crate::base::ids::GroupId;
use crate::domain::office_desk::DeskOffer;
use crate::domain::permission::Allowance;
use crate::domain::thing::Kind;

/// All rules of a tenant, in the order of their document. The order decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct RuleBook {
    /// The rules; no two of one name, letter case aside.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// What the members of one group get, direct and indirect ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The name; with letter case aside, it is the rule's identity.
    pub name: String,
    /// The display name of the group in the IdP.
    pub group: String,
    /// The higher one's number is the default number.
    pub priority: i32,
    /// Things by kind; no empty lists.
    pub things: BTreeMap<Kind, Vec<Entry>>,
    /// Keys of extensions that they may use besides their own.
    pub extension_access: Vec<String>,
    /// Permissions, each once, in the order of [`Permission`](crate::domain::permission::Permission).
    pub permissions: Vec<Allowance>,
    /// Desks, one each for every member.
    pub desks: Vec<DeskOffer>,
}

/// One thing, or several of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The thing of that key.
    Named {
        /// Its key.
        key: String,
        /// As people write it.
        name: String,
    },
    /// So many out of a pool; of exclusive kinds only.
    FromPool {
        /// The pool's name.
        pool: String,
        /// How many, at least one.
        count: u32,
        /// Where the IdP says which one it wants, for the first of them.
        wish: Option<Attribute>,
    },
    /// The thing that the IdP names, anywhere in the tenant's stock.
    ByAttribute {
        /// Where it does.
        path: String,
    },
}

/// Where the IdP names a thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// The extension or number that Deskgate's own SCIM extension has a place for.
    Requested,
    /// A path within the user.
    Path(String),
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("requested"),
            Self::Path(path) => f.write_str(path),
        }
    }
}

impl Rule {
    /// What identifies it among the tenant's rules.
    #[must_use]
    pub fn key(&self) -> String {
        fold(&self.name)
    }

    /// How many slots it asks for with each member.
    #[must_use]
    pub fn asks_for(&self) -> usize {
        let things = self.entries().map(|(_, entry)| match entry {
            Entry::FromPool { count, .. } => usize::try_from(*count).unwrap_or(usize::MAX),
            Entry::Named { .. } | Entry::ByAttribute { .. } => 1,
        });
        let desks = self.desks.iter().map(|desk| 1 + desk.extensions.listed.len() + desk.devices.listed.len());
        things.chain(desks).sum::<usize>() + self.extension_access.len() + self.permissions.len()
    }

    /// Every entry with its kind.
    pub fn entries(&self) -> impl Iterator<Item = (Kind, &Entry)> {
        self.things.iter().flat_map(|(kind, entries)| entries.iter().map(|entry| (*kind, entry)))
    }
}

/// What a pool is found under.
#[must_use]
pub fn pool_key(name: &str) -> String {
    fold(name)
}

/// A rule and the group that it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundRule {
    /// The rule.
    pub rule: Rule,
    /// Its [`key`](Rule::key).
    pub key: String,
    /// The group; `None`: there is none of that name, so nobody gets anything.
    pub group: Option<GroupId>,
}

/// The rules in force, each with its group, whatever the order of their document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BoundRules {
    /// By key.
    rules: BTreeMap<String, BoundRule>,
    /// The keys of the rules of each group.
    by_group: BTreeMap<GroupId, Vec<String>>,
}

impl BoundRules {
    /// Binds each rule to the group that stands in `groups` under the rule's key.
    #[must_use]
    pub fn bind(book: &RuleBook, groups: &BTreeMap<String, GroupId>) -> Self {
        let mut bound = Self::default();
        for rule in &book.rules {
            let key = rule.key();
            let group = groups.get(&key).copied();
            bound.rules.insert(key.clone(), BoundRule { rule: rule.clone(), key, group });
        }
        for rule in bound.rules.values() {
            if let Some(group) = rule.group {
                bound.by_group.entry(group).or_default().push(rule.key.clone());
            }
        }
        bound
    }

    /// Whether nobody gets anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_group.is_empty()
    }

    /// All of them by key.
    pub fn all(&self) -> impl Iterator<Item = &BoundRule> {
        self.rules.values()
    }

    /// The rule of that name, letter case aside.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&BoundRule> {
        self.rules.get(&fold(name))
    }

    /// The rules of these groups, by key, each with its group.
    pub fn of<'s>(&'s self, groups: &BTreeSet<GroupId>) -> impl Iterator<Item = (&'s Rule, GroupId)> + use<'s> {
        let mut found: Vec<_> = groups
            .iter()
            .filter_map(|group| self.by_group.get(group).map(|keys| (group, keys)))
            .flat_map(|(group, keys)| keys.iter().map(|key| (key, *group)))
            .collect();
        found.sort_unstable();
        found.into_iter().filter_map(|(key, group)| self.rules.get(key).map(|bound| (&bound.rule, group)))
    }

    /// The attributes that rules read, with the kind of thing that each must name.
    #[must_use]
    pub fn reads(&self) -> BTreeSet<(Kind, Attribute)> {
        let entries = self.rules.values().flat_map(|bound| bound.rule.entries());
        entries
            .filter_map(|(kind, entry)| match entry {
                Entry::FromPool { wish, .. } => wish.clone().map(|wish| (kind, wish)),
                Entry::ByAttribute { path } => Some((kind, Attribute::Path(path.clone()))),
                Entry::Named { .. } => None,
            })
            .collect()
    }

    /// Whether what somebody gets depends on what the IdP says of him besides his groups: his attributes, or the names that
    /// desks are made of.
    #[must_use]
    pub fn mind_attributes(&self) -> bool {
        !self.reads().is_empty() || self.rules.values().any(|bound| !bound.rule.desks.is_empty())
    }

    /// The groups whose members a change from `self` to `after` concerns: those of rules that came, went or changed.
    #[must_use]
    pub fn groups_concerned(&self, after: &Self) -> BTreeSet<GroupId> {
        let differing = |one: &Self, other: &Self| -> Vec<GroupId> {
            let differs = |bound: &&BoundRule| other.rules.get(&bound.key) != Some(*bound);
            one.rules.values().filter(differs).filter_map(|bound| bound.group).collect()
        };
        differing(self, after).into_iter().chain(differing(after, self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Attribute, BoundRules, Entry, Rule, RuleBook};
    use crate::base::ids::GroupId;
    use crate::domain::thing::Kind;

    fn rule(name: &str, priority: i32) -> Rule {
        let entry = Entry::FromPool { pool: "Sales".to_owned(), count: 1, wish: Some(Attribute::Requested) };
        Rule {
            name: name.to_owned(),
            group: "Sales".to_owned(),
            priority,
            things: BTreeMap::from([(Kind::Extension, vec![entry])]),
            extension_access: Vec::new(),
            permissions: Vec::new(),
            desks: Vec::new(),
        }
    }

    #[test]
    fn a_change_concerns_the_groups_of_the_rules_that_changed() {
        let (sales, berlin, munich) = (GroupId::generate(), GroupId::generate(), GroupId::generate());
        let bound = |rules: &[Rule], groups: &[(&str, GroupId)]| {
            let groups = groups.iter().map(|(key, group)| ((*key).to_owned(), *group)).collect();
            BoundRules::bind(&RuleBook { rules: rules.to_vec() }, &groups)
        };
        let groups = [("sales", sales), ("berlin", berlin)];
        let before = bound(&[rule("Sales", 0), rule("Berlin", 0)], &groups);
        assert!(before.groups_concerned(&before).is_empty());
        let after = bound(&[rule("Berlin", 1), rule("Sales", 0)], &groups);
        assert_eq!(before.groups_concerned(&after), BTreeSet::from([berlin]));
        let moved = bound(&[rule("Sales", 0), rule("Berlin", 0)], &[("sales", munich), ("berlin", berlin)]);
        assert_eq!(before.groups_concerned(&moved), BTreeSet::from([sales, munich]));
        assert_eq!(before.of(&BTreeSet::from([sales, munich])).count(), 1);
        assert_eq!(before.reads(), BTreeSet::from([(Kind::Extension, Attribute::Requested)]));
    }
}
