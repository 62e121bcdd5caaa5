//! MPEG audio, layer III: frames one behind the other, each with a header of its own; tags before and behind them.

use super::AudioError;

/// The longest frame there is, and so the most that a file cut in the middle of one leaves over.
const LONGEST_FRAME: usize = 1441;

/// Bit rates in kbit/s by index, for MPEG 1 and for MPEG 2 and 2.5.
const BIT_RATES: [[u32; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const SAMPLE_RATES: [u32; 3] = [44_100, 48_000, 32_000];

pub(super) fn begins(file: &[u8]) -> bool {
    file.starts_with(b"ID3") || Frame::read(file).is_some()
}

pub(super) fn milliseconds(file: &[u8]) -> Result<u64, AudioError> {
    let mut rest = without_tag(file).ok_or(AudioError::Malformed)?;
    let (mut frames, mut micros) = (0_u32, 0_u64);
    while let Some(frame) = Frame::read(rest) {
        let Some(next) = rest.get(frame.length..) else { break };
        frames += 1;
        micros += frame.micros;
        rest = next;
    }
    let is_end = rest.len() < LONGEST_FRAME
        || rest.starts_with(b"TAG")
        || rest.starts_with(b"APETAGEX")
        || rest.iter().all(|byte| *byte == 0);
    // One pattern of eleven bits proves nothing; two frames that meet do.
    if frames < 2 {
        Err(AudioError::Unknown)
    } else if is_end {
        Ok(micros / 1000)
    } else {
        Err(AudioError::Malformed)
    }
}

/// What follows an ID3v2 tag, whose length has seven bits a byte.
fn without_tag(file: &[u8]) -> Option<&[u8]> {
    if !file.starts_with(b"ID3") {
        return Some(file);
    }
    let length = file
        .get(6..10)?
        .iter()
        .try_fold(0_usize, |length, byte| (*byte < 0x80).then(|| length << 7 | usize::from(*byte)))?;
    let footer = if file.get(5)? & 0x10 == 0 { 0 } else { 10 };
    file.get(10 + length + footer..)
}

struct Frame {
    length: usize,
    micros: u64,
}

impl Frame {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [sync, kind, rates, _] = *bytes.first_chunk()?;
        if sync != 0xff || kind & 0xe0 != 0xe0 {
            return None;
        }
        let (rates_of, divisor) = match kind >> 3 & 3 {
            3 => (0, 1), // MPEG 1
            2 => (1, 2), // MPEG 2
            0 => (1, 4), // MPEG 2.5
            _ => return None,
        };
        let is_layer_three = kind >> 1 & 3 == 1;
        let bit_rate = *BIT_RATES.get(rates_of)?.get(usize::from(rates >> 4))?;
        let sample_rate = SAMPLE_RATES.get(usize::from(rates >> 2 & 3))? / divisor;
        if !is_layer_three || bit_rate == 0 {
            return None;
        }
        let samples = if rates_of == 0 { 1152 } else { 576 };
        let padding = u32::from(rates >> 1 & 1);
        let length = samples / 8 * bit_rate * 1000 / sample_rate + padding;
        let micros = u64::from(samples) * 1_000_000 / u64::from(sample_rate);
        Some(Self { length: usize::try_from(length).ok()?, micros })
    }
}
