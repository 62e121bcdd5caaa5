//! Sources: who gives what is in a slot, since when, and on which request.

use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::GroupId;
use crate::domain::office_desk::DeskOffer;
use crate::domain::permission::Allowance;

use super::wire;

/// Who gives something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Origin {
    /// A rule, because he is in its group.
    Rule {
        /// The rule's name.
        rule: String,
        /// The group.
        group: GroupId,
    },
    /// A rule, because he is in its group and the IdP names the thing in an attribute.
    Attribute {
        /// The rule's name.
        rule: String,
        /// The group.
        group: GroupId,
        /// The attribute.
        path: String,
    },
    /// The administrator. No IdP takes it away.
    Manual {
        /// Who it was.
        administrator: String,
    },
}

impl Origin {
    /// Whether it is the same giver: a rule by name, letter case aside, with its group; the administrators are one.
    #[must_use]
    pub fn is_same_giver(&self, other: &Self) -> bool {
        let same_rule = |one: &str, other: &str| one == other || fold(one) == fold(other);
        match (self, other) {
            (Self::Manual { .. }, Self::Manual { .. }) => true,
            (Self::Rule { rule, group }, Self::Rule { rule: other, group: others }) => {
                group == others && same_rule(rule, other)
            }
            (
                Self::Attribute { rule, group, path },
                Self::Attribute { rule: other, group: others, path: other_path },
            ) => group == others && path == other_path && same_rule(rule, other),
            _ => false,
        }
    }

    /// The rule, if it is one.
    #[must_use]
    pub fn rule(&self) -> Option<(&str, GroupId)> {
        match self {
            Self::Rule { rule, group } | Self::Attribute { rule, group, .. } => Some((rule, *group)),
            Self::Manual { .. } => None,
        }
    }
}

/// What one source contributes where several add up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// A level of a permission; the highest counts.
    Permission(#[serde(with = "wire::allowance")] Allowance),
    /// A desk; its switches and what it may use are united.
    Desk(DeskOffer),
}

/// One source of what is in a slot. Stored with it as JSON.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// Who gives it.
    #[serde(flatten)]
    pub origin: Origin,
    /// The rule's priority, of a phone number: it decides about the default number. Else 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// What it contributes, of permissions and desks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// When it came.
    #[serde(with = "wire::instant")]
    pub at: Ts,
    /// The request of the IdP that brought it; `None`: a command, a change of rules or of the stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// The sources as they shall be: those that were there before keep when they came and on which request.
pub(super) fn merged(before: &[Source], mut wanted: Vec<Source>) -> Vec<Source> {
    for source in &mut wanted {
        let is_known = |known: &&Source| known.share == source.share && known.origin.is_same_giver(&source.origin);
        if let Some(known) = before.iter().find(is_known) {
            source.at = known.at;
            source.request.clone_from(&known.request);
        }
    }
    wanted.sort_by(|one, other| (&one.origin, &one.share).cmp(&(&other.origin, &other.share)));
    wanted
}

/// The sources of both, each once.
#[must_use]
pub fn united(one: &[Source], other: &[Source]) -> Vec<Source> {
    let is_new = |source: &&Source| {
        !one.iter().any(|known| known.share == source.share && known.origin.is_same_giver(&source.origin))
    };
    merged(&[], one.iter().chain(other.iter().filter(is_new)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::{Origin, Share, Source, merged};
    use crate::base::clock::Ts;
    use crate::base::ids::GroupId;
    use crate::domain::permission::{Allowance, Level};

    fn source(origin: Origin, at: i64) -> Source {
        Source { origin, priority: 0, share: None, at: Ts::from_micros(at), request: Some(format!("request {at}")) }
    }

    #[test]
    fn sources_are_stored_as_json_and_read_back() {
        let group = GroupId::parse("00000000-0000-4000-8000-000000000001").unwrap();
        let path = "phoneNumbers[type eq \"work\"].value".to_owned();
        let sources = vec![
            source(Origin::Attribute { rule: "Sales".to_owned(), group, path }, 1),
            Source {
                share: Some(Share::Permission(Allowance::Mailboxes(Level::Use))),
                request: None,
                priority: 7,
                ..source(Origin::Manual { administrator: "root".to_owned() }, 2)
            },
        ];
        let text = serde_json::to_string(&sources).unwrap();
        insta::assert_snapshot!(text, @r#"[{"by":"attribute","rule":"Sales","group":"00000000-0000-4000-8000-000000000001","path":"phoneNumbers[type eq \"work\"].value","at":"1970-01-01T00:00:00.000001Z","request":"request 1"},{"by":"manual","administrator":"root","priority":7,"share":{"permission":"mailboxes use"},"at":"1970-01-01T00:00:00.000002Z"}]"#);
        assert_eq!(serde_json::from_str::<Vec<Source>>(&text).unwrap(), sources);
    }

    #[test]
    fn a_source_that_was_there_keeps_its_time_and_takes_the_new_spelling() {
        let group = GroupId::generate();
        let rule = |name: &str| Origin::Rule { rule: name.to_owned(), group };
        let before = [source(rule("sales"), 1)];
        let after = merged(&before, vec![source(rule("Sales"), 9), source(rule("Berlin"), 9)]);
        assert_eq!(after, [source(rule("Berlin"), 9), Source { origin: rule("Sales"), ..source(rule("sales"), 1) }]);
    }
}
