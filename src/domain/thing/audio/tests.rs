use proptest::prelude::*;

use super::{Audio, AudioError, AudioFormat, inspect};

fn wav(format: u16, channels: u16, rate: u32, bits: u16, data: usize) -> Vec<u8> {
    let mut fmt = Vec::new();
    fmt.extend(format.to_le_bytes());
    fmt.extend(channels.to_le_bytes());
    fmt.extend(rate.to_le_bytes());
    fmt.extend((rate * u32::from(channels) * u32::from(bits / 8)).to_le_bytes());
    fmt.extend((channels * bits / 8).to_le_bytes());
    fmt.extend(bits.to_le_bytes());
    let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
    for (kind, body) in [(b"LIST", vec![1, 2, 3]), (b"fmt ", fmt), (b"data", vec![0; data])] {
        file.extend(kind);
        file.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        file.extend(&body);
        file.extend(vec![0; body.len() % 2]);
    }
    file
}

fn ogg(header: &[u8], position: u64) -> Vec<u8> {
    let page = |position: u64, body: &[u8]| {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(position.to_le_bytes());
        page.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, u8::try_from(body.len()).unwrap()]);
        page.extend(body);
        page
    };
    [page(0, header), page(u64::MAX, b"setup"), page(position, b"sound")].concat()
}

fn vorbis(rate: u32) -> Vec<u8> {
    [b"\x01vorbis\0\0\0\0\x01".as_slice(), &rate.to_le_bytes(), &[0; 14]].concat()
}

const OPUS: &[u8] = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";

/// Frames of 128 kbit/s at 44.1 kHz: 417 bytes, 26.12 ms.
fn mp3(frames: usize) -> Vec<u8> {
    let frame = [[0xff, 0xfb, 0x90, 0x00].as_slice(), &[0; 413]].concat();
    frame.repeat(frames)
}

#[test]
fn a_sound_file_is_known_by_its_content() {
    let tagged = [b"ID3\x04\0\0\0\0\x01\0".as_slice(), &[0; 128], &mp3(100), b"TAG", &[0; 125]].concat();
    for (file, format, milliseconds) in [
        (wav(1, 1, 8_000, 16, 16_000), AudioFormat::Wav, 1000),
        (wav(6, 1, 8_000, 8, 4_000), AudioFormat::Wav, 500),
        (wav(1, 2, 44_100, 16, 176_400), AudioFormat::Wav, 1000),
        (ogg(&vorbis(22_050), 22_050), AudioFormat::Ogg, 1000),
        (ogg(OPUS, 48_312), AudioFormat::Ogg, 1000),
        (mp3(100), AudioFormat::Mp3, 2612),
        (tagged, AudioFormat::Mp3, 2612),
    ] {
        let bytes = u32::try_from(file.len()).unwrap();
        assert_eq!(inspect(&file), Ok(Audio { format, milliseconds, bytes }));
    }
}

#[test]
fn what_is_no_announcement_is_refused() {
    let cut = |file: Vec<u8>| file[..file.len() - 3].to_vec();
    for (file, error) in [
        (Vec::new(), AudioError::Unknown),
        (b"<html>".to_vec(), AudioError::Unknown),
        (b"RIFF\0\0\0\0AVI LIST".to_vec(), AudioError::Unknown),
        (b"\xff\xfb\x90\x00 and no frame after it".to_vec(), AudioError::Unknown),
        (b"ID3\x04\0\0\xff\xff\xff\xff".to_vec(), AudioError::Malformed),
        (cut(wav(1, 1, 8_000, 16, 16_000)), AudioError::Malformed),
        (wav(3, 1, 8_000, 32, 16_000), AudioError::Codec),
        (wav(1, 6, 8_000, 16, 16_000), AudioError::Codec),
        (wav(1, 1, 8_000, 16, 0), AudioError::Empty),
        (cut(ogg(OPUS, 48_000)), AudioError::Malformed),
        (ogg(b"\x80theora", 48_000), AudioError::Codec),
        (ogg(&vorbis(0), 48_000), AudioError::Codec),
        (ogg(OPUS, 48_000 * 601), AudioError::TooLong),
        (ogg(OPUS, u64::MAX - 1), AudioError::TooLong),
        ([mp3(5), vec![7; 5_000]].concat(), AudioError::Malformed),
        (vec![0; super::MAX_BYTES + 1], AudioError::TooLarge),
    ] {
        assert_eq!(inspect(&file), Err(error));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        begin in prop_oneof![
            Just(b"".to_vec()), Just(b"ID3".to_vec()), Just(b"OggS\0".to_vec()), Just(b"\xff\xfb\x90".to_vec()),
            Just(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec()), Just(ogg(OPUS, 5)), Just(wav(1, 1, 8_000, 16, 10)),
        ],
    ) {
        let _ = inspect(&[begin, bytes].concat());
    }
}
