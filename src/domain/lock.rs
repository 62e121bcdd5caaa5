//! The two keys of the lock (`domain.md`: Lock).

use crate::base::clock::Ts;

/// Who holds a key, and since when. An employee is locked while either key is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lock {
    /// The identity provider's key: `active` is false.
    pub by_idp: Option<Ts>,
    /// The administrator's key, which no identity provider can take away.
    pub by_administrator: Option<Ts>,
}

impl Lock {
    /// Whether the employee can neither log in nor phone.
    #[must_use]
    pub const fn is_locked(self) -> bool {
        self.by_idp.is_some() || self.by_administrator.is_some()
    }

    /// Who holds a key: `idp`, `administrator`.
    #[must_use]
    pub fn holders(self) -> Vec<&'static str> {
        let idp = self.by_idp.map(|_| "idp");
        idp.into_iter().chain(self.by_administrator.map(|_| "administrator")).collect()
    }

    /// The lock after the IdP wrote `active` at `now`. Only the IdP's own key moves; writing the same again keeps the
    /// time of the first.
    #[must_use]
    pub fn after_idp_wrote(self, active: bool, now: Ts) -> Self {
        let by_idp = if active { None } else { self.by_idp.or(Some(now)) };
        Self { by_idp, ..self }
    }

    /// The lock after an administrator locked or unlocked at `now`. Only his own key moves.
    #[must_use]
    pub fn after_administrator(self, locks: bool, now: Ts) -> Self {
        let by_administrator = if locks { self.by_administrator.or(Some(now)) } else { None };
        Self { by_administrator, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;
    use crate::base::clock::Ts;

    const THEN: Ts = Ts::from_micros(1);
    const NOW: Ts = Ts::from_micros(2);

    #[test]
    fn administrators_lock_survives_reactivation_by_the_idp() {
        let locked = Lock { by_idp: Some(THEN), by_administrator: Some(THEN) };
        let after = locked.after_idp_wrote(true, NOW);
        assert_eq!(after, Lock { by_idp: None, by_administrator: Some(THEN) });
        assert!(after.is_locked());
    }

    #[test]
    fn an_administrator_moves_his_own_key_and_no_other() {
        let by_idp = Lock::default().after_idp_wrote(false, THEN);
        let both = by_idp.after_administrator(true, NOW);
        assert_eq!(both, Lock { by_idp: Some(THEN), by_administrator: Some(NOW) });
        assert_eq!(both.after_administrator(false, NOW), by_idp);
        assert_eq!(both.after_administrator(true, THEN), both);
    }

    #[test]
    fn locking_again_keeps_the_time_of_the_first() {
        let locked = Lock::default().after_idp_wrote(false, THEN);
        assert_eq!(locked.after_idp_wrote(false, NOW).by_idp, Some(THEN));
        assert!(!locked.after_idp_wrote(true, NOW).is_locked());
    }
}
