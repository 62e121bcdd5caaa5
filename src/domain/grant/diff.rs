//! Plans as people read them: a line for each change, like those of a tool that shows what it is about to do.
//!
//! ```text
//! + ada@contoso.example  extension 201            rule Sales, pool sales
//! - max@contoso.example  number +49301234500      no longer in the group of rule Berlin; on hold
//! ~ eva@contoso.example  extension 203 → 205      wished
//! ? ada@contoso.example  number                   waits: pool "berlin" is empty
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::thing::Kind;

use super::change::{GrantChange, Plan, What};
use super::entitle::MAX_SLOTS;
use super::hold::Fate;
use super::reason::{Cause, Detail, Loss, Reason, Wait};
use super::slot::{Slot, WaitsFor};
use super::snapshot::{DeskState, GrantState, Have};
use super::source::{Origin, Source};

/// What kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    /// He loses something, or waits no longer.
    Loses,
    /// Something of his becomes another, or comes from elsewhere.
    Changes,
    /// He gets something.
    Gains,
    /// He waits for something.
    Waits,
}

impl Marker {
    /// The sign in front of the line.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Loses => '-',
            Self::Changes => '~',
            Self::Gains => '+',
            Self::Waits => '?',
        }
    }
}

/// One change in words. Without times, so that the same change reads the same when it is planned again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// The user name.
    pub user_name: String,
    /// Who.
    pub employee: EmployeeId,
    /// What kind.
    #[serde(rename = "change")]
    pub marker: Marker,
    /// What he gets or loses.
    pub what: String,
    /// Why.
    pub why: String,
}

/// A line for each change, by user name; what he loses stands before what he gets.
#[must_use]
pub fn lines(plan: &Plan) -> Vec<Line> {
    let kept: BTreeMap<ThingId, bool> = plan
        .things
        .iter()
        .filter_map(|change| match change.fate {
            Fate::Released { until, .. } => Some((change.thing.id, until.is_some())),
            Fate::Taken { .. } | Fate::HoldEnded => None,
        })
        .collect();
    let line = |(of, change): (&super::change::EmployeePlan, &GrantChange)| {
        let (marker, what, why) = in_words(change, &kept);
        Line { user_name: of.user_name.clone(), employee: of.employee, marker, what, why }
    };
    let mut lines: Vec<Line> = plan.changes().map(line).collect();
    lines.sort();
    lines
}

/// What distinguishes this plan from every other: the same as long as the same happens to the same people for the same
/// reasons.
#[must_use]
pub fn fingerprint(lines: &[Line]) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        let text = format!("{}\u{0}{}\u{0}{}\u{0}{}\n", line.employee, line.marker.sign(), line.what, line.why);
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What was shown and is not so any more, and what is new since.
#[must_use]
pub fn differences(shown: &[Line], now: &[Line]) -> (Vec<Line>, Vec<Line>) {
    let missing = |from: &[Line], all: &[Line]| -> Vec<Line> {
        let known: BTreeSet<&Line> = from.iter().collect();
        all.iter().filter(|line| !known.contains(line)).cloned().collect()
    };
    (missing(now, shown), missing(shown, now))
}

/// The lines as a table, without the summary.
#[must_use]
pub fn render(lines: &[Line]) -> String {
    let width = |text: fn(&Line) -> &str| lines.iter().map(|line| text(line).chars().count()).max().unwrap_or(0);
    let (names, whats) = (width(|line| &line.user_name), width(|line| &line.what));
    let mut out = String::new();
    for line in lines {
        let text = format!("{} {:names$}  {:whats$}  {}", line.marker.sign(), line.user_name, line.what, line.why);
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// How many people a plan concerns. Who gains something and loses something is among both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// All of them, each once.
    pub people: usize,
    /// Those who get something.
    pub gain: usize,
    /// Those who lose something.
    pub lose: usize,
    /// Those of whom something becomes another.
    pub change: usize,
    /// Those who wait for something.
    pub wait: usize,
}

impl Tally {
    /// Those of these lines.
    #[must_use]
    pub fn of(lines: &[Line]) -> Self {
        let count = |marker: Option<Marker>| {
            let lines = lines.iter().filter(|line| marker.is_none_or(|marker| line.marker == marker));
            lines.map(|line| line.employee).collect::<BTreeSet<EmployeeId>>().len()
        };
        Self {
            people: count(None),
            gain: count(Some(Marker::Gains)),
            lose: count(Some(Marker::Loses)),
            change: count(Some(Marker::Changes)),
            wait: count(Some(Marker::Waits)),
        }
    }
}

impl fmt::Display for Tally {
    /// `3 gain, 1 loses, 2 wait`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.gain, "gains", "gain"),
            (self.lose, "loses", "lose"),
            (self.change, "changes", "change"),
            (self.wait, "waits", "wait"),
        ];
        let words = |(count, one, many): (usize, &str, &str)| {
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
        };
        let words: Vec<String> = counts.into_iter().filter_map(words).collect();
        f.write_str(if words.is_empty() { "nothing changes" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}

fn in_words(change: &GrantChange, kept: &BTreeMap<ThingId, bool>) -> (Marker, String, String) {
    let had = change.before.as_ref().and_then(|state| state.have.as_ref());
    let has = change.after.as_ref().and_then(|state| state.have.as_ref());
    let wait = change.after.as_ref().and_then(|state| state.wait.as_ref());
    let sources = |state: &Option<GrantState>| state.as_ref().map_or_else(String::new, |state| givers(&state.sources));
    let slot = &change.slot;
    let waiting = wait.map(|wait| waits(slot, wait, change.detail.as_ref()));
    match change.what() {
        What::Granted => {
            let mut why = with_pool(sources(&change.after), slot);
            if let Some(waiting) = waiting {
                why = format!("{why}; {waiting}");
            }
            (Marker::Gains, held(slot, has), why)
        }
        What::Revoked if change.still_held => {
            (Marker::Changes, held(slot, had), format!("{}; stays from elsewhere", losses(&change.losses)))
        }
        What::Revoked => {
            let thing = had.and_then(Have::thing).filter(|_| slot.is_exclusive());
            let after = thing
                .and_then(|thing| kept.get(&thing.id))
                .map(|kept| if *kept { "; on hold" } else { "; free at once" });
            (Marker::Loses, held(slot, had), format!("{}{}", losses(&change.losses), after.unwrap_or_default()))
        }
        What::Suspended => (Marker::Loses, held(slot, had), format!("out of stock; {}", waiting.unwrap_or_default())),
        What::Moved => {
            let why = match slot {
                Slot::Pool { .. } => "wished",
                Slot::Attribute { .. } => "the IdP names another",
                _ => "replaced",
            };
            (Marker::Changes, moved(slot, had, has), why.to_owned())
        }
        What::LevelChanged => (Marker::Changes, moved(slot, had, has), sources(&change.after)),
        What::DeskChanged => (Marker::Changes, moved(slot, had, has), desk_changes(had, has)),
        What::Pended => (Marker::Waits, wanted(slot), waiting.unwrap_or_default()),
        What::Unpended => (Marker::Loses, wanted(slot), format!("waits no longer: {}", losses(&change.losses))),
        What::WaitChanged => match waiting {
            Some(waiting) => (Marker::Waits, has.map_or_else(|| wanted(slot), |_| held(slot, has)), waiting),
            None => (Marker::Changes, held(slot, has), "waits for no other any more".to_owned()),
        },
        What::SourcesChanged => {
            let what = has.map_or_else(|| wanted(slot), |_| held(slot, has));
            (Marker::Changes, what, format!("now by {}", sources(&change.after)))
        }
    }
}

/// A kind in words.
#[must_use]
pub const fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::VoiceNumber => "number",
        Kind::PersonalFax => "personal fax",
        Kind::SharedFax => "shared fax",
        Kind::Conference => "conference number",
        Kind::Extension => "extension",
        Kind::Device => "device",
        Kind::Destination => "destination",
        Kind::Announcement => "announcement",
        Kind::Mailbox => "mailbox",
    }
}

/// What a slot is for: `extension`, `number +49301234500`, `desk "maxi desktop"`.
#[must_use]
pub fn wanted(slot: &Slot) -> String {
    match slot {
        Slot::Thing { kind, key } => format!("{} {key}", kind_in_words(*kind)),
        Slot::Attribute { kind, .. } | Slot::Pool { kind, .. } => kind_in_words(*kind).to_owned(),
        Slot::Access { key } => format!("use of extension {key}"),
        Slot::Permission(permission) => permission.name().to_owned(),
        Slot::Desk { name } => format!("desk {name:?}"),
        Slot::DeskAccess { desk, kind, key } => format!("{} {key} on desk {desk:?}", kind_in_words(*kind)),
    }
}

/// What is in a slot: `extension 201`, `desk "Maxi Desktop"`, `mailboxes use`.
pub(super) fn held(slot: &Slot, have: Option<&Have>) -> String {
    match (slot, have) {
        (Slot::Access { .. }, Some(Have::Thing(thing))) => format!("use of extension {}", thing.name),
        (Slot::DeskAccess { desk, .. }, Some(Have::Thing(thing))) => {
            format!("{} {} on desk {desk:?}", kind_in_words(thing.kind), thing.name)
        }
        (_, Some(Have::Thing(thing))) => format!("{} {}", kind_in_words(thing.kind), thing.name),
        (_, Some(Have::Permission(allowance))) => allowance.to_string(),
        (_, Some(Have::Desk(desk))) => format!("desk {:?}", desk.name),
        (slot, None) => wanted(slot),
    }
}

fn moved(slot: &Slot, had: Option<&Have>, has: Option<&Have>) -> String {
    match (had, has) {
        (had, has) if had == has => held(slot, has),
        (_, Some(Have::Thing(thing))) => format!("{} → {}", held(slot, had), thing.name),
        (_, Some(Have::Permission(allowance))) => format!("{} → {}", held(slot, had), allowance.level()),
        (Some(Have::Desk(one)), Some(Have::Desk(other))) if one.name != other.name => {
            format!("{} → {:?}", held(slot, had), other.name)
        }
        _ => held(slot, has),
    }
}

fn desk_changes(had: Option<&Have>, has: Option<&Have>) -> String {
    // Something that a desk may use and that stays with it.
    let (Some(Have::Desk(had)), Some(Have::Desk(has))) = (had, has) else { return "another name".to_owned() };
    let switches = |desk: &DeskState| {
        let on = desk.switches;
        [
            ("fax", on.fax),
            ("sms", on.sms),
            ("contacts", on.contacts),
            ("call_list", on.call_list),
            ("own extensions", desk.own_extensions),
            ("own devices", desk.own_devices),
        ]
    };
    let mut changes: Vec<String> = switches(had)
        .into_iter()
        .zip(switches(has))
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, _), (_, after))| format!("{name} {}", if after { "on" } else { "off" }))
        .collect();
    let more = has.access.difference(&had.access).count();
    let fewer = had.access.difference(&has.access).count();
    if more > 0 {
        changes.push(format!("may use {more} more"));
    }
    if fewer > 0 {
        changes.push(format!("may use {fewer} fewer"));
    }
    if had.email != has.email {
        changes.push("another e-mail address".to_owned());
    }
    if had.name != has.name {
        changes.push("another name".to_owned());
    }
    changes.join(", ")
}

/// Who gives it: `rule Sales, rule Berlin, by hand`.
pub(super) fn givers(sources: &[Source]) -> String {
    let mut names: Vec<String> = sources.iter().map(|source| giver(&source.origin)).collect();
    names.dedup();
    names.join(", ")
}

/// One giver.
pub(super) fn giver(origin: &Origin) -> String {
    match origin {
        Origin::Rule { rule, .. } => format!("rule {rule}"),
        Origin::Attribute { rule, path, .. } => format!("rule {rule}, {path}"),
        Origin::Manual { administrator } => format!("by hand ({administrator})"),
    }
}

fn with_pool(givers: String, slot: &Slot) -> String {
    match slot {
        Slot::Pool { pool, .. } => format!("{givers}, pool {pool}"),
        _ => givers,
    }
}

/// Why somebody loses something: `no longer in the group of rule Sales, taken by hand`.
pub(super) fn losses(losses: &[Loss]) -> String {
    let mut words: Vec<String> = losses.iter().map(loss).collect();
    words.dedup();
    // Deleting him is one reason, whoever gave what he had.
    if losses.iter().any(|loss| loss.cause == Cause::Deleted) {
        return "deleted".to_owned();
    }
    if words.is_empty() { "replaced".to_owned() } else { words.join(", ") }
}

fn loss(loss: &Loss) -> String {
    let rule = loss.source.origin.rule().map_or("", |(rule, _)| rule);
    match loss.cause {
        Cause::LeftGroup => format!("no longer in the group of rule {rule}"),
        Cause::GroupGone => format!("the group of rule {rule} was deleted"),
        Cause::RuleGone => format!("rule {rule} is gone"),
        Cause::RuleChanged => format!("rule {rule} no longer gives it"),
        Cause::NotSent => format!("rule {rule}: the IdP no longer names one"),
        Cause::TakenByHand => "taken by hand".to_owned(),
        Cause::Deleted => "deleted".to_owned(),
    }
}

/// Why somebody waits: `waits: pool "berlin" is empty`.
#[must_use]
pub fn waits(slot: &Slot, wait: &Wait, detail: Option<&Detail>) -> String {
    let pool = match slot {
        Slot::Pool { pool, .. } => pool.as_str(),
        _ => "",
    };
    let (class, key) = match &wait.waits_for {
        Some(WaitsFor::Key { key, .. }) => (slot.kind().map_or("thing", kind_in_words), key.as_str()),
        Some(WaitsFor::Pool { .. }) | None => ("", ""),
    };
    let why = match (wait.reason, detail) {
        (Reason::PoolEmpty, _) => format!("pool {pool:?} is empty"),
        (Reason::UnknownPool, _) => format!("there is no pool {pool:?}"),
        (Reason::NotInStock, _) => format!("{class} {key} is not in stock"),
        (Reason::OtherKind, Some(Detail::Kind { kind })) => format!("{key} is a {}", kind_in_words(*kind)),
        (Reason::OtherKind, _) => format!("{key} is for another use"),
        (Reason::NotInPool, _) => format!("{class} {key} is not in pool {pool:?}"),
        (Reason::NotFree, Some(Detail::HeldBy { .. })) => format!("somebody else has {class} {key}"),
        (Reason::NotFree, Some(Detail::OnHold { .. })) => format!("{class} {key} is on hold for somebody else"),
        (Reason::NotFree, Some(Detail::Disabled)) => format!("{class} {key} is disabled"),
        (Reason::NotFree, Some(Detail::InTurn)) => format!("others wait longer for {class} {key}"),
        (Reason::NotFree, _) => format!("{class} {key} is not free"),
        (Reason::Malformed, Some(Detail::Sent { text })) => format!("the IdP sends {text:?}, which cannot be read"),
        (Reason::Malformed, _) => "what the IdP sends cannot be read".to_owned(),
        (Reason::TooMany, _) => {
            format!(
                "the rules ask for more than {MAX_SLOTS} things for one person; this and what comes after it is left out"
            )
        }
    };
    format!("waits: {why}")
}
