//! What a request wants of members, against what there is: whom to add, whom to remove. Nothing here asks the database.

use std::collections::HashMap;

use uuid::Uuid;

use crate::app::provisioning::trace::MembersMoved;
use crate::base::ids::{EmployeeId, GroupId};
use crate::base::json::shortened;
use crate::scim::error::Error;
use crate::scim::members::{Fate, MemberKind, Settled, Wishes};
use crate::storage::Ids;
use crate::storage::group_members::MemberCounts;

/// How many unknown identifiers an error names.
const NAMED_IN_ERROR: usize = 10;

/// How one who is named stands to the group.
#[derive(Debug, Clone, Copy)]
struct Standing {
    id: Uuid,
    kind: MemberKind,
    is_member: bool,
}

/// Everybody whom a request names, as texts and, where they can be somebody, as identifiers to be looked up.
pub(super) struct Named<'w> {
    texts: Vec<&'w str>,
    ids: Vec<Uuid>,
}

impl<'w> Named<'w> {
    /// Those whom the wishes name. A text that is no identifier of ours is nobody.
    pub(super) fn of(wishes: &'w Wishes<'_>) -> Self {
        let known = wishes.named().into_iter().filter_map(|text| Some((text, EmployeeId::parse(text)?.uuid())));
        let (texts, ids) = known.unzip();
        Self { texts, ids }
    }

    /// The identifiers, to be looked up in this order.
    pub(super) fn ids(&self) -> Ids {
        Ids(self.ids.clone())
    }

    /// What was found: a letter for each identifier, as `storage::groups` gives them.
    pub(super) fn found(&self, letters: &str) -> Found<'w> {
        let found = self.texts.iter().zip(&self.ids).zip(letters.chars()).filter_map(|((text, id), letter)| {
            let (kind, is_member) = match letter {
                'E' => (MemberKind::User, true),
                'e' => (MemberKind::User, false),
                'G' => (MemberKind::Group, true),
                'g' => (MemberKind::Group, false),
                _ => return None,
            };
            Some((*text, Standing { id: *id, kind, is_member }))
        });
        Found(found.collect())
    }
}

/// Those who are named and are somebody.
pub(super) struct Found<'w>(HashMap<&'w str, Standing>);

impl Found<'_> {
    /// What an identifier is.
    pub(super) fn kind(&self, text: &str) -> Option<MemberKind> {
        self.0.get(text).map(|standing| standing.kind)
    }
}

/// What is to be written for one kind of members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moves {
    /// To be added.
    pub(super) add: Vec<Uuid>,
    /// To be removed.
    pub(super) remove: Vec<Uuid>,
    /// All but these are to be removed, whom nobody named among them.
    pub(super) keep_only: Option<Vec<Uuid>>,
    /// How many go because they are not kept.
    others: usize,
}

impl Moves {
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.keep_only.is_none()
    }

    fn clear(&mut self, kept: usize, there: i64, kept_ids: Vec<Uuid>) {
        self.remove.clear();
        self.others = usize::try_from(there).unwrap_or(0).saturating_sub(kept);
        if self.others > 0 {
            // Who is added is kept as well: somebody else may have added him in the meantime.
            self.keep_only = Some(kept_ids.into_iter().chain(self.add.iter().copied()).collect());
        }
    }
}

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) employees: Moves,
    pub(super) groups: Moves,
}

impl Plan {
    /// What becomes of the members of `group` (`None`: it is just being made). `there` says how many it has, where those
    /// whom nobody names do not stay.
    ///
    /// # Errors
    ///
    /// `invalidValue` that names those who are to be added and are nobody, and for a group in itself.
    pub(super) fn new(
        settled: &Settled,
        found: &Found<'_>,
        group: Option<GroupId>,
        there: Option<MemberCounts>,
    ) -> Result<Self, Error> {
        let mut plan = Self::default();
        let (mut kept_employees, mut kept_groups) = (Vec::new(), Vec::new());
        let mut unknown = Vec::new();
        for (text, fate) in &settled.named {
            let Some(standing) = found.0.get(text.as_str()) else {
                if *fate == Fate::In {
                    unknown.push(text.as_str());
                }
                continue;
            };
            let (moves, kept) = match standing.kind {
                MemberKind::User => (&mut plan.employees, &mut kept_employees),
                MemberKind::Group => (&mut plan.groups, &mut kept_groups),
            };
            match (fate, standing.is_member) {
                (Fate::In, false) if group.is_some_and(|group| group.uuid() == standing.id) => {
                    return Err(cycle(&[text.as_str()]));
                }
                (Fate::In, false) => moves.add.push(standing.id),
                (Fate::In | Fate::Stay, true) => kept.push(standing.id),
                (Fate::Out, true) => moves.remove.push(standing.id),
                (Fate::Out | Fate::Stay, false) => {}
            }
        }
        if !unknown.is_empty() {
            return Err(nobody(&unknown));
        }
        if let Some(there) = there {
            if !settled.other_users_stay {
                plan.employees.clear(kept_employees.len(), there.employees, kept_employees);
            }
            if !settled.other_groups_stay {
                plan.groups.clear(kept_groups.len(), there.groups, kept_groups);
            }
        }
        Ok(plan)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.employees.is_empty() && self.groups.is_empty()
    }

    /// For the records; nothing when no member moves.
    pub(super) fn moved(&self) -> Option<MembersMoved> {
        (!self.is_empty()).then(|| MembersMoved {
            added: self.employees.add.clone(),
            removed: self.employees.remove.clone(),
            groups_added: self.groups.add.clone(),
            groups_removed: self.groups.remove.clone(),
            others: self.employees.others + self.groups.others,
        })
    }
}

/// 400 for members whom nobody knows here; nothing is changed (decision 2).
fn nobody(unknown: &[&str]) -> Error {
    Error::invalid_value(format!(
        "no user or group of this connection has the id {}; create it first, or leave it out",
        listed(unknown)
    ))
}

/// 400 for a group that would hold itself.
pub(super) fn cycle(ids: &[&str]) -> Error {
    Error::invalid_value(format!("the group would be a member of itself by way of {}; leave it out", listed(ids)))
}

fn listed(ids: &[&str]) -> String {
    let first: Vec<String> = ids.iter().take(NAMED_IN_ERROR).map(|id| format!("{:?}", shortened(id))).collect();
    match ids.len().saturating_sub(NAMED_IN_ERROR) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
