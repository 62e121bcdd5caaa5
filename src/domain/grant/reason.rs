//! Why somebody waits, and why somebody lost something.

use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::thing::Kind;

use super::slot::WaitsFor;
use super::source::Source;
use super::wire;

/// Why something cannot be given. It says no more than a row can know that is not written again when others move: who
/// holds the number today is a [`Detail`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There is nothing free in the pool.
    PoolEmpty,
    /// There is no such pool.
    UnknownPool,
    /// Nothing in stock has this key.
    NotInStock,
    /// The number is in stock for another use.
    OtherKind,
    /// What was wished is in no pool or in another one.
    NotInPool,
    /// Somebody else holds it, it is on hold for somebody else, or disabled.
    NotFree,
    /// What the IdP sends cannot be read.
    Malformed,
    /// Rules ask for more with him than anybody can have.
    TooMany,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::PoolEmpty,
        Self::UnknownPool,
        Self::NotInStock,
        Self::OtherKind,
        Self::NotInPool,
        Self::NotFree,
        Self::Malformed,
        Self::TooMany,
    ];

    /// The closed-set name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PoolEmpty => "pool_empty",
            Self::UnknownPool => "unknown_pool",
            Self::NotInStock => "not_in_stock",
            Self::OtherKind => "other_kind",
            Self::NotInPool => "not_in_pool",
            Self::NotFree => "not_free",
            Self::Malformed => "malformed",
            Self::TooMany => "too_many",
        }
    }

    /// The reason of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// What more is known of a reason at the moment; shown, never stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Detail {
    /// This employee holds it.
    HeldBy {
        /// Who.
        employee: EmployeeId,
    },
    /// It is on hold for this one, employee or gone.
    OnHold {
        /// For whom.
        employee: EmployeeId,
        /// Until when.
        #[serde(with = "wire::instant")]
        until: Ts,
    },
    /// The administrator has disabled it, or is taking it out of stock.
    Disabled,
    /// It is for this use.
    Kind {
        /// Which.
        #[serde(with = "wire::kind")]
        kind: Kind,
    },
    /// This is what the IdP sends.
    Sent {
        /// The beginning of it.
        text: String,
    },
    /// It has just become free; those who wait longer are asked first.
    InTurn,
}

/// Why somebody waits, and for what.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wait {
    /// Why.
    pub reason: Reason,
    /// What in the stock would change it; `None`: nothing, only the IdP can.
    pub waits_for: Option<WaitsFor>,
}

/// Why a source gives no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// He is no longer in the group.
    LeftGroup,
    /// The group is no longer there. Said of [`LeftGroup`](Self::LeftGroup) when it is explained, never stored.
    GroupGone,
    /// There is no such rule any more, or it is about another group.
    RuleGone,
    /// The rule gives something else now.
    RuleChanged,
    /// The IdP no longer sends the attribute.
    NotSent,
    /// The administrator took it.
    TakenByHand,
    /// The employee was deleted.
    Deleted,
}

/// A source that gives no longer, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Loss {
    /// Why.
    pub cause: Cause,
    /// The source.
    pub source: Source,
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_reason_is_found_under_its_name_which_is_its_json() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.name()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
