//! What a document names, and what of that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::base::caseless::fold;
use crate::base::json::shortened;
use crate::base::suggest::closest;
use crate::domain::grant::rule::{Entry, RuleBook, pool_key};
use crate::domain::thing::Kind;

/// Everything that rules name, to be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// Groups by folded display name.
    pub groups: BTreeSet<String>,
    /// Pools by folded name.
    pub pools: BTreeSet<String>,
    /// Things by kind and key.
    pub things: BTreeSet<(Kind, String)>,
}

/// What of it is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Groups by folded display name.
    pub groups: BTreeSet<String>,
    /// Pools by folded name, each with the kinds of things in it.
    pub pools: BTreeMap<String, BTreeSet<Kind>>,
    /// Other pools, one of which may be meant by what is not there.
    pub other_pools: BTreeSet<String>,
    /// Things by kind and key.
    pub things: BTreeSet<(Kind, String)>,
}

/// Something that a rule names and that is not there. It may come yet, so the rule stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Warning {
    /// The rule.
    pub rule: String,
    /// What follows for its members.
    pub problem: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {:?}: {}", self.rule, self.problem)
    }
}

/// What the rules name.
#[must_use]
pub fn mentions(book: &RuleBook) -> Mentions {
    let mut all = Mentions::default();
    for rule in &book.rules {
        all.groups.insert(fold(&rule.group));
        for (kind, entry) in rule.entries() {
            match entry {
                Entry::Named { key, .. } => _ = all.things.insert((kind, key.clone())),
                Entry::FromPool { pool, .. } => _ = all.pools.insert(pool_key(pool)),
                Entry::ByAttribute { .. } => {}
            }
        }
        all.things.extend(rule.extension_access.iter().map(|key| (Kind::Extension, key.clone())));
        for desk in &rule.desks {
            for (kind, access) in [(Kind::Extension, &desk.extensions), (Kind::Device, &desk.devices)] {
                all.things.extend(access.listed.iter().map(|key| (kind, key.clone())));
            }
        }
    }
    all
}

/// For so many names it is asked what may be meant: each is held against those of all pools.
const GUESSES: usize = 20;

/// What the rules name and `known` has not, rule by rule.
#[must_use]
pub fn warnings(book: &RuleBook, known: &Known) -> Vec<Warning> {
    let mut warnings = BTreeSet::new();
    let mut guesses = 0..GUESSES;
    for rule in &book.rules {
        let mut warn = |problem: String| _ = warnings.insert(Warning { rule: rule.name.clone(), problem });
        let alone = RuleBook { rules: vec![rule.clone()] };
        let named = mentions(&alone);
        if !known.groups.contains(&fold(&rule.group)) {
            warn(format!("there is no group {:?} yet, so it gives nothing", rule.group));
        }
        for pool in named.pools.iter().filter(|pool| !known.pools.contains_key(*pool)) {
            let names = known.pools.keys().chain(&known.other_pools).map(String::as_str);
            let like = guesses.next().and_then(|_| closest(shortened(pool), names));
            let meant = like.map_or_else(String::new, |like| format!("; did you mean {like:?}?"));
            warn(format!("there is no pool {pool:?}; who shall have something from it waits{meant}"));
        }
        for (kind, entry) in rule.entries() {
            let Entry::FromPool { pool, .. } = entry else { continue };
            let Some(there) = known.pools.get(&pool_key(pool)) else { continue };
            if !there.is_empty() && !there.contains(&kind) {
                let others: Vec<_> = there.iter().map(|kind| in_words(*kind)).collect();
                let (kind, others) = (in_words(kind), others.join(" and "));
                warn(format!("pool {pool:?} is one of {others}, without any {kind}; who shall have one waits"));
            }
        }
        for (kind, key) in named.things.difference(&known.things) {
            warn(format!("{} {key} is not in stock; who shall have it waits", in_words(*kind)));
        }
    }
    warnings.into_iter().collect()
}

fn in_words(kind: Kind) -> String {
    kind.name().replace('_', " ")
}
