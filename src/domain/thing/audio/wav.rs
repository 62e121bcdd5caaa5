//! RIFF WAVE: chunks, of which `fmt ` says what the samples in `data` are.

use super::{AudioError, lasting, u16_at, u32_at};

const PCM: u16 = 1;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
/// The format proper stands in the first two bytes of an identifier at the end of the chunk.
const EXTENSIBLE: u16 = 0xfffe;

pub(super) fn milliseconds(file: &[u8]) -> Result<u64, AudioError> {
    if file.get(8..12) != Some(b"WAVE") {
        return Err(AudioError::Unknown);
    }
    let mut rest = file.get(12..).unwrap_or_default();
    let mut bytes_a_second = None;
    while let (Some(kind), Some(length)) = (rest.get(..4), u32_at(rest, 4)) {
        let length = usize::try_from(length).map_err(|_| AudioError::Malformed)?;
        let body = rest.get(8..).and_then(|body| body.get(..length)).ok_or(AudioError::Malformed)?;
        match (kind, bytes_a_second) {
            (b"fmt ", None) => bytes_a_second = Some(rate(body)?),
            (b"data", Some(rate)) => {
                return lasting(u64::try_from(length).unwrap_or(u64::MAX), rate).ok_or(AudioError::Malformed);
            }
            (b"fmt " | b"data", _) => return Err(AudioError::Malformed),
            _ => {}
        }
        // Chunks begin at even places.
        rest = rest.get(8 + length + length % 2..).unwrap_or_default();
    }
    Err(AudioError::Malformed)
}

fn rate(body: &[u8]) -> Result<u32, AudioError> {
    let read = || Some((u16_at(body, 0)?, u16_at(body, 2)?, u32_at(body, 4)?, u32_at(body, 8)?, u16_at(body, 14)?));
    let (format, channels, samples, bytes_a_second, bits) = read().ok_or(AudioError::Malformed)?;
    let format = if format == EXTENSIBLE { u16_at(body, 24).ok_or(AudioError::Malformed)? } else { format };
    let is_played = matches!((format, bits), (PCM, 8 | 16 | 24 | 32) | (A_LAW | MU_LAW, 8))
        && (1..=2).contains(&channels)
        && (4_000..=192_000).contains(&samples);
    if !is_played {
        return Err(AudioError::Codec);
    }
    let expected = samples * u32::from(channels) * u32::from(bits / 8);
    if bytes_a_second == expected { Ok(expected) } else { Err(AudioError::Malformed) }
}
