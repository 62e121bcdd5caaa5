//! Texts that we hand out and get back: nobody else can read, make or change one.
//!
//! AES-256-GCM-SIV (RFC 8452): a nonce that is used twice tells that the same was sealed twice, and nothing more. So the
//! nonce may be something that is at hand, and sealing asks nobody for randomness.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// How many bytes the proof takes behind what is sealed.
pub const PROOF_BYTES: usize = 16;

/// A key for one purpose. Its `Debug` says nothing.
pub struct SealKey(LessSafeKey);

impl SealKey {
    /// Takes 32 bytes.
    #[must_use]
    pub fn new(bytes: &Zeroizing<[u8; 32]>) -> Self {
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes.as_ref()).expect("the cipher takes 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Seals a short text. It can be opened with the same nonce and in the same context only, whose bytes do not travel.
    #[must_use]
    pub fn seal(&self, nonce: u64, context: &[u8], clear: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(clear.len() + PROOF_BYTES);
        sealed.extend_from_slice(clear);
        self.0
            .seal_in_place_append_tag(whole(nonce), Aad::from(context), &mut sealed)
            .expect("the cipher takes far longer texts");
        sealed
    }

    /// What was sealed; `None` for anything that this key did not seal with this nonce in this context.
    #[must_use]
    pub fn open(&self, nonce: u64, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut text = sealed.to_vec();
        let length = self.0.open_in_place(whole(nonce), Aad::from(context), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

/// The twelve bytes that the cipher takes.
fn whole(nonce: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes.iter_mut().zip(nonce.to_be_bytes()).for_each(|(to, byte)| *to = byte);
    Nonce::assume_unique_for_key(bytes)
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{PROOF_BYTES, SealKey};

    #[test]
    fn what_is_sealed_is_opened_where_it_belongs_and_nowhere_else() {
        let (key, other) = (SealKey::new(&Zeroizing::new([1; 32])), SealKey::new(&Zeroizing::new([2; 32])));
        let sealed = key.seal(3, b"here", b"behind the 7th");
        assert_eq!(sealed.len(), b"behind the 7th".len() + PROOF_BYTES);
        assert!(!sealed.windows(6).any(|part| part == b"behind"), "it can be read");
        assert_eq!(key.open(3, b"here", &sealed).unwrap(), b"behind the 7th");
        assert_eq!(other.open(3, b"here", &sealed), None);
        assert_eq!(key.open(4, b"here", &sealed), None);
        assert_eq!(key.open(3, b"there", &sealed), None);
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(key.open(3, b"here", &changed), None, "{position}");
            assert_eq!(key.open(3, b"here", &sealed[..position]), None, "{position}");
        }
        assert_eq!(format!("{key:?}"), "SealKey(..)");
    }
}
