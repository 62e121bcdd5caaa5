//! An uploaded photo: never a panic, and what is kept is a JPEG that fits. How long it takes is bounded by the size of
//! the picture, not of the file, so it is not measured here.

#![no_main]

use deskgate::domain::photo::{KEPT_SIDE, Photo};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(photo) = Photo::from_upload(data) else { return Corpus::Keep };
    let (width, height) = photo.size();
    assert!((1..=KEPT_SIDE).contains(&width) && (1..=KEPT_SIDE).contains(&height));
    assert!(photo.jpeg().starts_with(b"\xff\xd8\xff"));
    assert_eq!(Photo::from_upload(photo.jpeg()).expect("a photo that is kept is a photo").size(), photo.size());
    Corpus::Keep
});
