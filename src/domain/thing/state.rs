//! In which state a thing is, worked out in this one place.

use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;

/// What may be done with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Anybody may get it.
    Free,
    /// An employee has it.
    Assigned {
        /// Who.
        holder: EmployeeId,
    },
    /// So many have it, of what many may have. Others may get it, too.
    Shared {
        /// How many.
        by: u32,
    },
    /// Somebody has left it, and until then nobody else gets it.
    Held {
        /// The end.
        until: Ts,
        /// For whom it is held; `None`: for nobody.
        former: Option<EmployeeId>,
    },
    /// The administrator has taken it out of use; whoever has it keeps it, nobody gets it.
    Disabled,
}

impl State {
    /// The state at `now`: disabled comes first, then the holder, then a hold that has not ended. How many have what many
    /// may have is the grants' to say: see [`shared_by`](Self::shared_by).
    #[must_use]
    pub fn of(
        disabled_at: Option<Ts>,
        holder: Option<EmployeeId>,
        held_until: Option<Ts>,
        held_for: Option<EmployeeId>,
        now: Ts,
    ) -> Self {
        match (disabled_at, holder, held_until.filter(|end| *end > now)) {
            (Some(_), _, _) => Self::Disabled,
            (None, Some(holder), _) => Self::Assigned { holder },
            (None, None, Some(until)) => Self::Held { until, former: held_for },
            (None, None, None) => Self::Free,
        }
    }

    /// The same where so many have it: what many may have is free only as long as nobody has it.
    #[must_use]
    pub const fn shared_by(self, many: u32) -> Self {
        match self {
            Self::Free if many > 0 => Self::Shared { by: many },
            state => state,
        }
    }

    /// The closed-set name; what is shared is assigned, as far as anybody asks for a state.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Assigned { .. } | Self::Shared { .. } => "assigned",
            Self::Held { .. } => "held",
            Self::Disabled => "disabled",
        }
    }

    /// Whether `employee` may get it now: it is free, or held for him.
    #[must_use]
    pub fn is_available_to(self, employee: EmployeeId) -> bool {
        match self {
            Self::Free | Self::Shared { .. } => true,
            Self::Held { former, .. } => former == Some(employee),
            Self::Assigned { .. } | Self::Disabled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State;
    use crate::base::clock::Ts;
    use crate::base::ids::EmployeeId;

    #[test]
    fn a_thing_is_disabled_before_assigned_before_held_before_free() {
        let [ada, bob] = [EmployeeId::generate(), EmployeeId::generate()];
        let [then, now, later] = [1, 2, 3].map(Ts::from_micros);
        let held = State::Held { until: later, former: Some(ada) };
        assert_eq!(State::of(Some(then), Some(ada), Some(later), Some(ada), now), State::Disabled);
        assert_eq!(State::of(None, Some(ada), Some(later), Some(ada), now), State::Assigned { holder: ada });
        assert_eq!(State::of(None, None, Some(later), Some(ada), now), held);
        assert_eq!(State::of(None, None, Some(now), Some(ada), now), State::Free, "the hold is over");
        assert_eq!(State::of(None, None, None, None, now), State::Free);
        assert!(held.is_available_to(ada) && !held.is_available_to(bob));
        assert!(State::Free.is_available_to(bob) && !State::Disabled.is_available_to(ada));
    }

    #[test]
    fn what_many_have_is_assigned_and_may_be_given_to_more() {
        let shared = State::Free.shared_by(4);
        assert_eq!((shared, shared.name()), (State::Shared { by: 4 }, "assigned"));
        assert!(shared.is_available_to(EmployeeId::generate()));
        assert_eq!((State::Free.shared_by(0), State::Disabled.shared_by(4)), (State::Free, State::Disabled));
    }

    #[test]
    fn b3_a_thing_on_hold_for_nobody_is_for_nobody() {
        let held = State::of(None, None, Some(Ts::from_micros(2)), None, Ts::from_micros(1));
        assert!(!held.is_available_to(EmployeeId::generate()));
    }
}
