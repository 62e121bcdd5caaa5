//! Random bytes, and random text that people can read off a screen and type into a telephone.

use zeroize::Zeroizing;

/// Small letters and digits without those that look alike: 32, so that each carries five bits.
const ALPHABET: [u8; 32] = *b"abcdefghijkmnpqrstuvwxyz23456789";

/// So many bytes from the system's random source, for those who take randomness as an argument.
///
/// # Errors
///
/// When the system has no randomness to give.
pub fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(bytes.as_mut())?;
    Ok(bytes)
}

/// A readable character for each byte, with five of its bits.
#[must_use]
pub fn readable(bytes: &[u8]) -> Zeroizing<String> {
    // Room for all of it beforehand, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
    for byte in bytes {
        let letter = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'a');
        text.push(char::from(letter));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{bytes, readable};

    #[test]
    fn random_text_is_readable_and_never_the_same() {
        let text = || readable(bytes::<26>().unwrap().as_ref()).to_string();
        let texts: HashSet<String> = (0..200).map(|_| text()).collect();
        assert_eq!(texts.len(), 200);
        let letters: HashSet<char> = texts.iter().flat_map(|text| text.chars()).collect();
        assert_eq!(letters.len(), 32);
        assert!(letters.is_disjoint(&HashSet::from(['0', '1', 'o', 'l'])));
        assert!(texts.iter().all(|text| text.len() == 26));
    }
}
