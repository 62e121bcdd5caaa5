//! Ogg (RFC 3533): pages, of which the first holds the codec's header and the last the number of samples.

use super::{AudioError, lasting, u16_at, u32_at};

/// Opus counts samples at this rate whatever was recorded (RFC 7845, section 4).
const OPUS_RATE: u32 = 48_000;
/// A page on which no packet ends.
const NO_POSITION: u64 = u64::MAX;

pub(super) fn milliseconds(file: &[u8]) -> Result<u64, AudioError> {
    let mut rest = file;
    let mut stream = None;
    let mut last = 0;
    while !rest.is_empty() {
        let page = Page::read(rest).ok_or(AudioError::Malformed)?;
        match &stream {
            None => stream = Some((page.serial, codec(page.body)?)),
            // More than one stream at a time, or one after the other: not an announcement.
            Some((serial, _)) if *serial != page.serial => return Err(AudioError::Codec),
            Some(_) => {}
        }
        if page.position != NO_POSITION {
            if page.position < last {
                return Err(AudioError::Malformed);
            }
            last = page.position;
        }
        rest = rest.get(page.length..).unwrap_or_default();
    }
    let (_, (rate, skipped)) = stream.ok_or(AudioError::Malformed)?;
    lasting(last.saturating_sub(skipped), rate).ok_or(AudioError::TooLong)
}

struct Page<'a> {
    position: u64,
    serial: u32,
    body: &'a [u8],
    length: usize,
}

impl<'a> Page<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(b"OggS\0") {
            return None;
        }
        let position = u64::from_le_bytes(*bytes.get(6..)?.first_chunk()?);
        let serial = u32_at(bytes, 14)?;
        let segments = bytes.get(27..)?.get(..usize::from(*bytes.get(26)?))?;
        let start = 27 + segments.len();
        let body = bytes.get(start..)?.get(..segments.iter().map(|length| usize::from(*length)).sum())?;
        Some(Self { position, serial, body, length: start + body.len() })
    }
}

/// Samples a second, and how many of the first are not heard.
fn codec(packet: &[u8]) -> Result<(u32, u64), AudioError> {
    let (channels, rate, skipped) = if packet.starts_with(b"\x01vorbis") {
        (packet.get(11).copied(), u32_at(packet, 12), Some(0))
    } else if packet.starts_with(b"OpusHead") {
        (packet.get(9).copied(), Some(OPUS_RATE), u16_at(packet, 10))
    } else {
        return Err(AudioError::Codec);
    };
    match (channels, rate, skipped) {
        (Some(1 | 2), Some(rate @ 4_000..=192_000), Some(skipped)) => Ok((rate, u64::from(skipped))),
        (Some(_), Some(_), Some(_)) => Err(AudioError::Codec),
        _ => Err(AudioError::Malformed),
    }
}
