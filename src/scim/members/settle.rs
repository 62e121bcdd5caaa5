//! Operations in order, reduced to what becomes of whom.

use std::collections::BTreeMap;

use super::{MemberKind, What, Wishes, select};
use crate::scim::error::Error;
use crate::scim::patch::{Effort, in_operation};
use crate::scim::schema::ResourceType;

/// What becomes of one who is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// In, wherever he was.
    In,
    /// Out, wherever he was.
    Out,
    /// Where he was.
    Stay,
}

/// What becomes of everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Those who are named.
    pub named: BTreeMap<String, Fate>,
    /// Whether users that nobody names stay.
    pub other_users_stay: bool,
    /// Whether groups that nobody names stay.
    pub other_groups_stay: bool,
}

impl Wishes<'_> {
    /// Carries out the wishes in order. `kind` says what an identifier is; nobody at all is in no group, and no filter
    /// selects him.
    ///
    /// # Errors
    ///
    /// `tooMany` when filters and names, each within its bound, are too much together.
    pub fn settle(&self, kind: impl Fn(&str) -> Option<MemberKind>) -> Result<Settled, Error> {
        let mut named: BTreeMap<String, Fate> =
            self.named().into_iter().map(|id| (id.to_owned(), Fate::Stay)).collect();
        let (mut other_users_stay, mut other_groups_stay) = (true, true);
        // Longer than every identifier that is named, so it is none of them.
        let nobody = "-".repeat(named.keys().map(String::len).max().unwrap_or(0) + 1);
        let mut effort = Effort::default();
        for wish in &self.0 {
            match &wish.what {
                What::Add(ids) => put(&mut named, ids, Fate::In),
                What::Remove(ids) => put(&mut named, ids, Fate::Out),
                What::Replace(ids) => {
                    named = named.into_keys().map(|id| (id, Fate::Out)).collect();
                    (other_users_stay, other_groups_stay) = (false, false);
                    put(&mut named, ids, Fate::In);
                }
                What::RemoveAll => {
                    named = named.into_keys().map(|id| (id, Fate::Out)).collect();
                    (other_users_stay, other_groups_stay) = (false, false);
                }
                What::Exchange(selector, ids) => {
                    if let Some(id) = select::only(&selector.expression) {
                        named.insert(id.to_owned(), Fate::Out);
                    } else {
                        if let Some(target) = ResourceType::group().find(None, super::MEMBERS, None) {
                            let spent = effort.spend(selector, named.len() + 2, target);
                            spent.map_err(|error| in_operation(wish.index, error))?;
                        }
                        for (id, fate) in &mut named {
                            if kind(id).is_some_and(|kind| select::selects(selector, id, kind)) {
                                *fate = Fate::Out;
                            }
                        }
                        other_users_stay &= !select::selects(selector, &nobody, MemberKind::User);
                        other_groups_stay &= !select::selects(selector, &nobody, MemberKind::Group);
                    }
                    put(&mut named, ids, Fate::In);
                }
            }
        }
        Ok(Settled { named, other_users_stay, other_groups_stay })
    }
}

fn put(named: &mut BTreeMap<String, Fate>, ids: &[String], fate: Fate) {
    named.extend(ids.iter().map(|id| (id.clone(), fate)));
}
