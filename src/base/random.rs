//! Random text that people can read off a screen and type into a telephone.

use zeroize::Zeroizing;

/// Small letters and digits without those that look alike: 32, so that each carries five bits.
const ALPHABET: [u8; 32] = *b"abcdefghijkmnpqrstuvwxyz23456789";

/// So many characters from the system's random source, five random bits each.
///
/// # Errors
///
/// When the system has no randomness to give.
pub fn readable(length: usize) -> Result<Zeroizing<String>, getrandom::Error> {
    let mut random = Zeroizing::new(vec![0u8; length]);
    getrandom::fill(&mut random)?;
    // Room for all of it beforehand, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(length));
    for byte in random.iter() {
        let letter = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'a');
        text.push(char::from(letter));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::readable;

    #[test]
    fn random_text_is_readable_and_never_the_same() {
        let texts: HashSet<String> = (0..200).map(|_| readable(26).unwrap().to_string()).collect();
        assert_eq!(texts.len(), 200);
        let letters: HashSet<char> = texts.iter().flat_map(|text| text.chars()).collect();
        assert_eq!(letters.len(), 32);
        assert!(letters.is_disjoint(&HashSet::from(['0', '1', 'o', 'l'])));
        assert!(texts.iter().all(|text| text.len() == 26));
    }
}
