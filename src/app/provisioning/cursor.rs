//! Cursors (RFC 9865): where a walk through a list goes on.
//!
//! Nothing is kept of a walk. All there is to know travels in the cursor, so it is good on every replica and after a
//! restart. It is sealed: the places in the order of arrival are numbered across all tenants, and who could read them
//! could count what others do. Whose list it is, which one, and what was asked for do not travel; without the same of
//! each it does not open. A foreign cursor, one of another query and a forged one are one thing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::predicate::Resource;
use crate::app::authentication::ProvisioningClient;
use crate::base::clock::Ts;
use crate::base::seal::{PROOF_BYTES, SealKey};
use crate::scim::error::{Error, ScimType};
use crate::scim::list::CURSOR_TIMEOUT;

/// What the key of cursors is derived for.
pub(in crate::app) const PURPOSE: &str = "cursors of lists";
/// Counts the forms of a cursor: one of an earlier form does not open.
const FORM: &[u8] = b"cursor 1";
/// When it was made; then, sealed, the type, the place and the total.
const TIME_BYTES: usize = 8;
const CLEAR_BYTES: usize = 1 + 8 + 8;
const BYTES: usize = TIME_BYTES + CLEAR_BYTES + PROOF_BYTES;

/// Which list a cursor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// `/Users`.
    Users,
    /// `/Groups`.
    Groups,
    /// The root: both.
    Everything,
}

/// Behind what a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Among which resources.
    pub(super) resource: Resource,
    /// The place of the last one shown in the order of their arrival; 0: none was shown yet.
    pub(super) after: i64,
    /// How many resources the list had when the walk began.
    pub(super) total: u64,
}

/// What a cursor opens for.
pub(super) struct Context(Vec<u8>);

impl Context {
    /// A list of the client's, and what is asked of it, in canonical words.
    pub(super) fn new(client: &ProvisioningClient, list: List, query: &str) -> Self {
        let list = match list {
            List::Users => b'U',
            List::Groups => b'G',
            List::Everything => b'*',
        };
        let (tenant, connection) = (client.scope.tenant().uuid(), client.connection.uuid());
        // The only part of any length is the last one.
        Self([FORM, &[list], tenant.as_bytes(), connection.as_bytes(), query.as_bytes()].concat())
    }

    /// The cursor for a position.
    pub(super) fn seal(&self, key: &SealKey, position: Position, now: Ts) -> String {
        let made_at = now.micros().to_be_bytes();
        let resource = match position.resource {
            Resource::User => 0,
            Resource::Group => 1,
        };
        let clear = [&[resource], &position.after.to_be_bytes()[..], &position.total.to_be_bytes()[..]].concat();
        let sealed = key.seal(u64::from_be_bytes(made_at), &self.0, &clear);
        URL_SAFE_NO_PAD.encode([&made_at[..], &sealed].concat())
    }

    /// The position that a cursor was made for.
    ///
    /// # Errors
    ///
    /// `invalidCursor` for a text that was not handed out in this context, `expiredCursor` for one that was and is too
    /// old.
    pub(super) fn open(&self, key: &SealKey, cursor: &str, now: Ts) -> Result<Position, Error> {
        let (made_at, position) = self.unsealed(key, cursor).ok_or_else(|| {
            Error::bad_request(
                ScimType::InvalidCursor,
                "the cursor is none that was handed out for this query; send nextCursor back as it came, with the same \
                 endpoint, filter and credential, or begin anew with an empty cursor",
            )
        })?;
        if made_at.until(now) > CURSOR_TIMEOUT {
            let detail = format!(
                "the cursor was handed out more than {} s ago (pagination.cursorTimeout); begin anew with an empty cursor",
                CURSOR_TIMEOUT.as_secs()
            );
            return Err(Error::bad_request(ScimType::ExpiredCursor, detail));
        }
        Ok(position)
    }

    fn unsealed(&self, key: &SealKey, cursor: &str) -> Option<(Ts, Position)> {
        let mut bytes = [0; BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(cursor, &mut bytes).ok()?;
        let (made_at, sealed) = bytes.get(..length)?.split_first_chunk::<TIME_BYTES>()?;
        let clear = key.open(u64::from_be_bytes(*made_at), &self.0, sealed)?;
        let (resource, numbers) = clear.split_first()?;
        let (after, total) = numbers.split_first_chunk::<8>()?;
        let position = Position {
            resource: if *resource == 0 { Resource::User } else { Resource::Group },
            after: i64::from_be_bytes(*after),
            total: u64::from_be_bytes(total.try_into().ok()?),
        };
        Some((Ts::from_micros(i64::from_be_bytes(*made_at)), position))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Context, PURPOSE, Position, Resource};
    use crate::base::clock::Ts;
    use crate::base::secret::HashKey;
    use crate::scim::error::ScimType;
    use crate::scim::list::CURSOR_TIMEOUT;

    const POSITION: Position = Position { resource: Resource::Group, after: 90_000, total: 100_000 };
    const NOW: Ts = Ts::from_micros(1_763_712_000_000_000);

    fn context(text: &str) -> Context {
        Context(text.as_bytes().to_vec())
    }

    #[test]
    fn a_cursor_leads_where_it_was_made_and_is_short() {
        let key = HashKey::new([1; 32]).derive(PURPOSE);
        let cursor = context("here").seal(&key, POSITION, NOW);
        assert_eq!(cursor.len(), 55);
        // RFC 3986, section 2.3.
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{cursor}");
        assert_eq!(context("here").open(&key, &cursor, NOW), Ok(POSITION));
        // The clock of a replica may be behind.
        assert_eq!(context("here").open(&key, &cursor, NOW.before(Duration::from_secs(5))), Ok(POSITION));
        for (context, key) in [(context("there"), &key), (context("here"), &HashKey::new([2; 32]).derive(PURPOSE))] {
            assert_eq!(context.open(key, &cursor, NOW).unwrap_err().scim_type, Some(ScimType::InvalidCursor));
        }
    }

    #[test]
    fn a_cursor_is_good_for_as_long_as_is_published() {
        let key = HashKey::new([1; 32]).derive(PURPOSE);
        let cursor = context("here").seal(&key, POSITION, NOW);
        let end = NOW.after(CURSOR_TIMEOUT);
        assert_eq!(context("here").open(&key, &cursor, end), Ok(POSITION));
        let refused = context("here").open(&key, &cursor, end.after(Duration::from_micros(1))).unwrap_err();
        assert_eq!(refused.scim_type, Some(ScimType::ExpiredCursor));
        // Who makes one older learns nothing from it.
        let refused = context("there").open(&key, &cursor, end.after(Duration::from_mins(1))).unwrap_err();
        assert_eq!(refused.scim_type, Some(ScimType::InvalidCursor));
    }

    #[test]
    fn the_place_cannot_be_read_from_a_cursor() {
        use base64::Engine as _;
        let key = HashKey::new([1; 32]).derive(PURPOSE);
        let cursor = context("here").seal(&key, POSITION, NOW);
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).unwrap();
        for number in [POSITION.after.to_be_bytes(), POSITION.total.to_be_bytes()] {
            assert!(!bytes.windows(4).any(|part| part == &number[4..]));
        }
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_cursor(text in ".{0,80}", at in 0usize..55, letter in "[A-Za-z0-9_-]") {
            let key = HashKey::new([1; 32]).derive(PURPOSE);
            let invalid = |text: &str| {
                context("here").open(&key, text, NOW).is_err_and(|e| e.scim_type == Some(ScimType::InvalidCursor))
            };
            prop_assert!(invalid(&text));
            let cursor = context("here").seal(&key, POSITION, NOW);
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &letter);
            prop_assert!(changed == cursor || invalid(&changed), "{}", changed);
        }
    }
}
