//! The sound file of an announcement: never a panic, never slow.

#![no_main]

use deskgate::domain::thing::audio::{self, MAX_MILLISECONDS};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    deskgate_fuzz::in_time(|| {
        let _ = audio::inspect(data);
    });
    if let Ok(audio) = audio::inspect(data) {
        assert!((1..=MAX_MILLISECONDS).contains(&audio.milliseconds));
    }
    Corpus::Keep
});
