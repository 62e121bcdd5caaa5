//! The sound of an announcement: which of three formats it is, told by its content, and how long it lasts.
//!
//! Nothing is decoded: the headers are walked from the first byte to the last, so that a file that breaks off, or is
//! something else behind its first bytes, is refused here and not when somebody calls.

mod mp3;
mod ogg;
mod wav;

/// The largest file.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The longest announcement, in milliseconds: ten minutes.
pub const MAX_MILLISECONDS: u32 = 10 * 60 * 1000;

/// A format that telephone systems play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioFormat {
    /// RIFF WAVE with PCM, A-law or µ-law samples.
    Wav,
    /// MPEG audio, layer III.
    Mp3,
    /// Ogg with Vorbis or Opus (RFC 3533, RFC 7845).
    Ogg,
}

impl AudioFormat {
    /// The one media type under which it is served.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
        }
    }
}

/// What is known of a sound file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    /// Its format.
    pub format: AudioFormat,
    /// How long it lasts, in milliseconds.
    pub milliseconds: u32,
    /// How large the file is.
    pub bytes: u32,
}

/// Why a file is no announcement, in words that say what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// Larger than allowed.
    #[error("the file is larger than 10 MiB: shorten it, or save it as MP3")]
    TooLarge,
    /// None of the three formats.
    #[error("the file is no WAV, MP3 or Ogg: save it in one of these formats")]
    Unknown,
    /// The content is not what its beginning says.
    #[error("the file is damaged or breaks off: save it again")]
    Malformed,
    /// A WAV or Ogg file with something else in it.
    #[error(
        "the file holds a kind of sound that telephones do not play: save it as PCM, MP3, Vorbis or Opus with one or two channels"
    )]
    Codec,
    /// No sound in it.
    #[error("there is no sound in the file")]
    Empty,
    /// Longer than allowed.
    #[error("the announcement is longer than 10 minutes: shorten it")]
    TooLong,
}

/// Looks at a sound file, by its content alone.
///
/// # Errors
///
/// What is wrong with it.
pub fn inspect(file: &[u8]) -> Result<Audio, AudioError> {
    if file.len() > MAX_BYTES {
        return Err(AudioError::TooLarge);
    }
    let (format, milliseconds) = if file.starts_with(b"RIFF") {
        (AudioFormat::Wav, wav::milliseconds(file)?)
    } else if file.starts_with(b"OggS") {
        (AudioFormat::Ogg, ogg::milliseconds(file)?)
    } else if mp3::begins(file) {
        (AudioFormat::Mp3, mp3::milliseconds(file)?)
    } else {
        return Err(AudioError::Unknown);
    };
    match u32::try_from(milliseconds) {
        Ok(0) => Err(AudioError::Empty),
        Ok(milliseconds) if milliseconds <= MAX_MILLISECONDS => {
            Ok(Audio { format, milliseconds, bytes: u32::try_from(file.len()).map_err(|_| AudioError::TooLarge)? })
        }
        _ => Err(AudioError::TooLong),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// How long `samples` at `rate` a second last.
fn lasting(samples: u64, rate: u32) -> Option<u64> {
    samples.checked_mul(1000)?.checked_div(u64::from(rate))
}

#[cfg(test)]
mod tests;
