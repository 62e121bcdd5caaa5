//! Why somebody has, had or waits for something, and what would change that: as data, and in words.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId, ThingId};

use super::change::Past;
use super::diff::{by, giver, held, kind_in_words, losses, waits, wanted};
use super::reason::{Cause, Detail, Loss, Reason, Wait};
use super::rule::{BoundRules, Entry, Rule, pool_key};
use super::slot::{Slot, WaitsFor};
use super::snapshot::{Current, Have};
use super::source::{Origin, Share, Source};
use super::stock::Stock;
use super::wire;

/// What is known besides the grants.
#[derive(Debug, Clone, Copy)]
pub struct History<'h> {
    /// How long things are kept for who lost them.
    pub hold: Duration,
    /// The rules in force.
    pub rules: &'h BoundRules,
    /// The things that are waited for, as far as they are in stock.
    pub awaited: &'h Stock,
    /// What he had.
    pub past: &'h [Past],
    /// What is on hold for him, and until when.
    pub on_hold: &'h BTreeMap<ThingId, Ts>,
    /// The groups that occur in it and are gone.
    pub gone: &'h BTreeMap<GroupId, GoneGroup>,
}

/// A group that the identity provider has deleted.
#[derive(Debug, Clone)]
pub struct GoneGroup {
    /// What it was called.
    pub name: String,
    /// Since when it is gone.
    pub at: Ts,
}

/// How identifiers are called today, or were last.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Groups.
    pub groups: BTreeMap<GroupId, String>,
    /// Groups that are gone.
    pub gone: BTreeMap<GroupId, GoneGroup>,
    /// Employees, also those who left.
    pub employees: BTreeMap<EmployeeId, String>,
}

/// One thing or right, and why it is as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// The slot.
    pub slot: Slot,
    /// Whether he has it, had it, or waits for it.
    pub standing: Standing,
    /// Who gives it, or gave it.
    pub because: Vec<Because>,
    /// What would have to happen, all of it, before he loses it or waits no longer. Empty: he has lost it already.
    pub until: Vec<Ending>,
    /// For how many days he could have it back after that; `None`: that makes no sense for what he has.
    pub kept_days: Option<u64>,
    /// Until when it is on hold for him, who has lost it.
    #[serde(with = "wire::maybe_instant")]
    pub kept_until: Option<Ts>,
}

/// See [`Explanation`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// He has it.
    Has {
        /// What.
        have: Have,
        /// Since when.
        #[serde(with = "wire::maybe_instant")]
        since: Option<Ts>,
        /// He waits for something better.
        waits: Option<Waiting>,
    },
    /// He waits for it.
    Waits(Waiting),
    /// He had it.
    Had {
        /// What.
        had: Have,
        /// Since when.
        #[serde(with = "wire::maybe_instant")]
        since: Option<Ts>,
        /// Until when.
        #[serde(with = "wire::instant")]
        until: Ts,
        /// The request of the IdP that ended it.
        request: Option<String>,
        /// Who gives it no longer, and why.
        losses: Vec<Loss>,
    },
}

/// What somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Waiting {
    /// Why, and for what.
    #[serde(flatten)]
    pub wait: Wait,
    /// What is known about it today.
    pub detail: Option<Detail>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Because {
    /// The source as it is stored: rule, group, request, when.
    #[serde(flatten)]
    pub source: Source,
    /// What the rule says, in its words; `None`: there is no such rule any more, or there never was one.
    pub rule_says: Option<String>,
}

/// What would end it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Ending {
    /// He leaves the group, or the rule no longer gives it.
    LeavesGroup {
        /// The group.
        group: GroupId,
        /// The rule.
        rule: String,
    },
    /// The same, or the IdP names nothing any more.
    NotSent {
        /// The group.
        group: GroupId,
        /// The rule.
        rule: String,
        /// The attribute.
        path: String,
    },
    /// An administrator takes it back.
    TakenByHand,
}

/// An explanation for everything that he has or waits for, by slot, and then for what he had, the latest first.
#[must_use]
pub fn explain(current: &[Current], history: History<'_>) -> Vec<Explanation> {
    let mut all: Vec<Explanation> = current.iter().filter_map(|row| of_current(row, history)).collect();
    all.sort_by(|one, other| one.slot.cmp(&other.slot));
    let mut past: Vec<&Past> = history.past.iter().collect();
    past.sort_by(|one, other| other.ended_at.cmp(&one.ended_at).then_with(|| one.slot.cmp(&other.slot)));
    // What he lost more than once is on hold since the last time.
    let mut on_hold = history.on_hold.clone();
    all.extend(past.into_iter().map(|past| {
        let kept_until = past.had.thing().and_then(|thing| on_hold.remove(&thing.id));
        Explanation { kept_until, ..of_past(past, history) }
    }));
    all
}

fn of_current(row: &Current, history: History<'_>) -> Option<Explanation> {
    let state = &row.state;
    let waits =
        state.wait.as_ref().map(|wait| Waiting { wait: wait.clone(), detail: detail(&row.slot, wait, history) });
    let standing = match (&state.have, waits) {
        (Some(have), waits) => Standing::Has { have: have.clone(), since: state.granted_at, waits },
        (None, Some(waiting)) => Standing::Waits(waiting),
        (None, None) => return None,
    };
    let kept = row.slot.is_exclusive() && state.have.is_some();
    Some(Explanation {
        standing,
        because: because(&row.slot, &state.sources, history),
        until: state.sources.iter().map(ending).collect(),
        kept_days: kept.then_some(history.hold.as_secs() / 86_400),
        kept_until: None,
        slot: row.slot.clone(),
    })
}

fn of_past(past: &Past, history: History<'_>) -> Explanation {
    let standing = Standing::Had {
        had: past.had.clone(),
        since: past.granted_at,
        until: past.ended_at,
        request: past.request.clone(),
        losses: past.losses.iter().map(|loss| of_loss(loss, past, history)).collect(),
    };
    let because = because(&past.slot, &past.sources, history);
    Explanation { slot: past.slot.clone(), standing, because, until: Vec::new(), kept_days: None, kept_until: None }
}

/// Who is out of a group because it was deleted has not left it.
fn of_loss(loss: &Loss, past: &Past, history: History<'_>) -> Loss {
    let gone = loss.source.origin.rule().and_then(|(_, group)| history.gone.get(&group));
    let with_the_group = loss.cause == Cause::LeftGroup && gone.is_some_and(|gone| gone.at <= past.ended_at);
    Loss { cause: if with_the_group { Cause::GroupGone } else { loss.cause }, ..loss.clone() }
}

/// What is so today about what is waited for.
fn detail(slot: &Slot, wait: &Wait, history: History<'_>) -> Option<Detail> {
    let Some(WaitsFor::Key { class, key }) = &wait.waits_for else { return None };
    let thing = history.awaited.by_key(*class, key)?;
    match wait.reason {
        Reason::OtherKind => Some(Detail::Kind { kind: thing.thing.kind }),
        Reason::NotFree if thing.disabled => Some(Detail::Disabled),
        Reason::NotFree if slot.is_exclusive() => match (thing.holder, thing.hold) {
            (Some(employee), _) => Some(Detail::HeldBy { employee }),
            (None, Some(hold)) => Some(Detail::OnHold { employee: hold.employee, until: hold.until }),
            (None, None) => None,
        },
        _ => None,
    }
}

fn because(slot: &Slot, sources: &[Source], history: History<'_>) -> Vec<Because> {
    let of = |source: &Source| {
        let bound = source
            .origin
            .rule()
            .and_then(|(rule, group)| history.rules.find(rule).filter(|bound| bound.group == Some(group)));
        let rule_says = bound.and_then(|bound| rule_says(&bound.rule, slot, source));
        Because { source: source.clone(), rule_says }
    };
    sources.iter().map(of).collect()
}

/// Which entry of the rule it is, in words; `None`: none any more.
fn rule_says(rule: &Rule, slot: &Slot, source: &Source) -> Option<String> {
    match (slot, &source.share) {
        (Slot::Thing { kind, key }, _) => rule.entries().find_map(|(of, entry)| match entry {
            Entry::Named { key: named, name } if of == *kind && named == key => {
                Some(format!("{} {name}", kind_in_words(*kind)))
            }
            _ => None,
        }),
        (Slot::Pool { kind, pool, .. }, _) => rule.entries().find_map(|(of, entry)| match entry {
            Entry::FromPool { pool: named, count, .. } if of == *kind && pool_key(named) == *pool => {
                let noun = kind_in_words(*kind);
                Some(if *count == 1 {
                    format!("one {noun} from pool {named}")
                } else {
                    format!("{count} of {noun} from pool {named}")
                })
            }
            _ => None,
        }),
        (Slot::Attribute { kind, path }, _) => Some(format!("the {} that {path} names", kind_in_words(*kind))),
        (Slot::Permission(_), Some(Share::Permission(allowance))) => Some(allowance.to_string()),
        (Slot::Desk { .. }, Some(Share::Desk(offer))) => Some(format!("desk {:?}", offer.name)),
        (Slot::Access { .. } | Slot::DeskAccess { .. }, _) => Some(wanted(slot)),
        (Slot::Permission(_) | Slot::Desk { .. }, _) => None,
    }
}

fn ending(source: &Source) -> Ending {
    match &source.origin {
        Origin::Rule { rule, group } => Ending::LeavesGroup { group: *group, rule: rule.clone() },
        Origin::Attribute { rule, group, path } => {
            Ending::NotSent { group: *group, rule: rule.clone(), path: path.clone() }
        }
        Origin::Manual { .. } => Ending::TakenByHand,
    }
}

impl Names {
    fn group(&self, group: GroupId) -> String {
        match (self.groups.get(&group), self.gone.get(&group)) {
            (Some(name), _) => format!("group {name:?}"),
            (None, Some(GoneGroup { name, .. })) => format!("group {name:?}, which is gone"),
            (None, None) => format!("group {group}, which is gone"),
        }
    }

    fn employee(&self, employee: EmployeeId) -> String {
        self.employees.get(&employee).cloned().unwrap_or_else(|| "somebody who is gone".to_owned())
    }
}

impl Explanation {
    /// What he has, had or waits for: `extension 201`, `desk "Maxi Desktop"`.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.standing {
            Standing::Has { have, .. } => held(&self.slot, Some(have)),
            Standing::Had { had, .. } => held(&self.slot, Some(had)),
            Standing::Waits(_) => wanted(&self.slot),
        }
    }

    /// The explanation in words, a line each: what it is, then indented since when, why, and until when.
    #[must_use]
    pub fn in_words(&self, names: &Names) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.standing {
            Standing::Has { have, since, waits } => {
                lines.push(held(&self.slot, Some(have)));
                lines.extend(since.map(|since| format!("  since {}", since.to_the_second())));
                lines.extend(waits.as_ref().map(|waiting| format!("  {}", self.waiting(waiting, names))));
            }
            Standing::Waits(waiting) => {
                lines.push(format!("{}: not yet", wanted(&self.slot)));
                lines.push(format!("  {}", self.waiting(waiting, names)));
            }
            Standing::Had { had, since, until, request, losses: lost } => {
                lines.push(format!("{}: no longer", held(&self.slot, Some(had))));
                let since = since.map_or_else(String::new, |since| format!("from {} ", since.to_the_second()));
                lines.push(format!(
                    "  {since}until {}: {}{}",
                    until.to_the_second(),
                    losses(lost),
                    by_request(request.as_deref())
                ));
                lines.extend(self.kept_until.map(|end| format!("  on hold for him until {}", end.to_the_second())));
            }
        }
        let past = matches!(self.standing, Standing::Had { .. });
        for because in &self.because {
            let Because { source, rule_says } = because;
            let group =
                source.origin.rule().map_or_else(String::new, |(_, group)| format!(" for {}", names.group(group)));
            let says = match rule_says {
                Some(words) => format!(": {words}"),
                None if source.origin.rule().is_some() && !past => ", which no longer says so".to_owned(),
                None => String::new(),
            };
            let request = by_request(source.request.as_deref());
            lines.push(format!(
                "  {}{group}{says} (since {}{request})",
                by(&giver(&source.origin)),
                source.at.to_the_second()
            ));
        }
        let until: Vec<String> = self.until.iter().map(|ending| ending.in_words(names)).collect();
        if !until.is_empty() {
            let kept = match self.kept_days {
                Some(0) => "; then it is free at once".to_owned(),
                Some(days) => format!("; then on hold for {days} days"),
                None => String::new(),
            };
            lines.push(format!("  until {}{kept}", until.join(", and ")));
        }
        lines
    }

    fn waiting(&self, waiting: &Waiting, names: &Names) -> String {
        let words = waits(&self.slot, &waiting.wait, waiting.detail.as_ref());
        match &waiting.detail {
            Some(Detail::HeldBy { employee }) => format!("{words}: {}", names.employee(*employee)),
            Some(Detail::OnHold { employee, until }) => {
                format!("{words}: {}, until {}", names.employee(*employee), until.to_the_second())
            }
            _ => words,
        }
    }
}

impl Ending {
    fn in_words(&self, names: &Names) -> String {
        match self {
            Self::LeavesGroup { group, rule } => {
                format!("{} is left or rule {rule} no longer gives it", names.group(*group))
            }
            Self::NotSent { group, rule, path } => {
                let group = names.group(*group);
                format!("{group} is left, the IdP no longer sends {path}, or rule {rule} no longer reads it")
            }
            Self::TakenByHand => "an administrator takes it back".to_owned(),
        }
    }
}

fn by_request(request: Option<&str>) -> String {
    request.map_or_else(String::new, |request| format!(", request {request}"))
}
