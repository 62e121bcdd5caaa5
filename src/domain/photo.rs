//! Profile photos (W4): what somebody uploads is known by its content, decoded within bounds, and written anew, so that
//! neither metadata (where a picture was taken) nor anything hidden behind it is kept.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::LimitErrorKind;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, Limits, Rgb, RgbImage};

/// The largest file that is taken.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// The widest and highest picture that is taken.
pub const MAX_SIDE: u32 = 4096;
/// The widest and highest picture that is kept: enough for a profile, and small enough to be sent with a page.
pub const KEPT_SIDE: u32 = 512;
/// What a photo is served as, whatever was uploaded.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// What a decoder may take: a picture of the largest size with 16 bits a channel, and as much again to work with.
const MAX_ALLOCATION: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 85;

/// A photo as it is kept: JPEG without metadata, at most [`KEPT_SIDE`] wide and high.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    jpeg: Vec<u8>,
    width: u32,
    height: u32,
}

/// Why a file is no photo, in words that say what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// More bytes than allowed.
    #[error("the file is larger than 2 MiB: save the photo smaller")]
    TooLarge,
    /// None of the three formats.
    #[error("the file is no PNG, JPEG or WebP: save the photo in one of these formats")]
    Unknown,
    /// More pixels than allowed.
    #[error("the photo is wider or higher than {MAX_SIDE} pixels: save it smaller")]
    TooManyPixels,
    /// It cannot be decoded.
    #[error("the photo is damaged or of a rare kind: save it again as PNG, JPEG or WebP")]
    Malformed,
}

impl Photo {
    /// Decodes a PNG, JPEG or WebP file, turns the picture upright, puts what is transparent on white, makes it fit
    /// and writes it anew. It takes up to a second of a processor and some hundred megabytes for the largest pictures:
    /// no more than a few at a time.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn from_upload(file: &[u8]) -> Result<Self, PhotoError> {
        if file.len() > MAX_BYTES {
            return Err(PhotoError::TooLarge);
        }
        let input = Cursor::new(file);
        let image = if file.starts_with(b"\x89PNG\r\n\x1a\n") {
            upright(PngDecoder::with_limits(input, limits()).map_err(|error| refused(&error))?)?
        } else if file.starts_with(b"\xff\xd8\xff") {
            upright(JpegDecoder::new(input).map_err(|error| refused(&error))?)?
        } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
            upright(WebPDecoder::new(input).map_err(|error| refused(&error))?)?
        } else {
            return Err(PhotoError::Unknown);
        };
        let image = if image.width().max(image.height()) > KEPT_SIDE {
            image.resize(KEPT_SIDE, KEPT_SIDE, FilterType::Triangle)
        } else {
            image
        };
        let picture = on_white(&image);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&picture).map_err(|error| refused(&error))?;
        Ok(Self { jpeg, width: picture.width(), height: picture.height() })
    }

    /// The file to keep and to serve as [`MEDIA_TYPE`].
    #[must_use]
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

impl std::fmt::Debug for Photo {
    /// A person's face has no place in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Photo({}x{}, {} bytes)", self.width, self.height, self.jpeg.len())
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    limits
}

/// The picture as the camera meant it to be seen: the tag that says so goes with the other metadata.
fn upright(mut decoder: impl ImageDecoder) -> Result<DynamicImage, PhotoError> {
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE {
        return Err(PhotoError::TooManyPixels);
    }
    if width.min(height) == 0 {
        return Err(PhotoError::Malformed);
    }
    decoder.set_limits(limits()).map_err(|error| refused(&error))?;
    let orientation = decoder.orientation().map_err(|error| refused(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let image = image.to_rgba8();
    let mut picture = RgbImage::new(image.width(), image.height());
    for (below, above) in picture.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = above.0;
        let blend = |colour: u8| {
            let mixed = (u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        *below = Rgb([blend(red), blend(green), blend(blue)]);
    }
    picture
}

fn refused(error: &ImageError) -> PhotoError {
    match error {
        ImageError::Limits(error) if error.kind() == LimitErrorKind::DimensionError => PhotoError::TooManyPixels,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Limits(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => PhotoError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, ImageEncoder, ImageFormat, Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::{KEPT_SIDE, MAX_BYTES, MAX_SIDE, Photo, PhotoError};

    fn picture(width: u32, height: u32) -> DynamicImage {
        RgbaImage::from_fn(width, height, |x, y| {
            let left = if x < width / 2 { 250 } else { 5 };
            let top = if y < height / 2 { 250 } else { 5 };
            Rgba([left, top, 5, 255])
        })
        .into()
    }

    fn saved(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let image = if format == ImageFormat::Jpeg { image.to_rgb8().into() } else { image.clone() };
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    /// An EXIF block that says "turn by 90 degrees" and where it was taken.
    fn exif(orientation: u8) -> Vec<u8> {
        let tag = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
        [b"II*\0\x08\0\0\0\x01\0".as_slice(), &tag, b"\0\0\0\0GPS 52.52 N 13.40 E"].concat()
    }

    fn shown(photo: &Photo) -> DynamicImage {
        image::load_from_memory_with_format(photo.jpeg(), ImageFormat::Jpeg).unwrap()
    }

    #[test]
    fn w4_a_photo_of_any_of_the_formats_becomes_a_jpeg_that_fits() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let photo = Photo::from_upload(&saved(&picture(1024, 600), format)).unwrap();
            assert_eq!(photo.size(), (512, 300));
            let shown = shown(&photo).to_rgb8();
            let [red, green, _] = shown.get_pixel(10, 10).0;
            assert!(red > 230 && green > 230, "{format:?}");
            let [red, green, _] = shown.get_pixel(500, 290).0;
            assert!(red < 30 && green < 30, "{format:?}");
        }
        let small = Photo::from_upload(&saved(&picture(40, 20), ImageFormat::Png)).unwrap();
        assert_eq!(small.size(), (40, 20), "a small one is not blown up");
        let thin = Photo::from_upload(&saved(&picture(4096, 1), ImageFormat::Png)).unwrap();
        assert_eq!(thin.size(), (KEPT_SIDE, 1));
    }

    #[test]
    fn w4_metadata_is_gone_and_what_it_said_of_up_and_down_is_done() {
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new(&mut file);
        encoder.set_exif_metadata(exif(6)).unwrap();
        encoder.set_icc_profile(b"a profile".repeat(20)).unwrap();
        encoder.encode_image(&picture(60, 40).to_rgb8()).unwrap();
        assert!(file.windows(3).any(|bytes| bytes == b"GPS"));
        let photo = Photo::from_upload(&file).unwrap();
        assert_eq!(photo.size(), (40, 60));
        for trace in [b"GPS".as_slice(), b"Exif", b"profile", b"ICC"] {
            assert!(!photo.jpeg().windows(trace.len()).any(|bytes| bytes == trace));
        }
        let [red, green, _] = shown(&photo).to_rgb8().get_pixel(5, 5).0;
        assert!(red > 230 && green < 30, "the lower left corner has come up");
    }

    #[test]
    fn w4_nothing_behind_a_picture_is_kept() {
        let file = [saved(&picture(20, 20), ImageFormat::Png), b"<script>alert(1)</script>".to_vec()].concat();
        let photo = Photo::from_upload(&file).unwrap();
        assert!(!photo.jpeg().windows(6).any(|bytes| bytes == b"script"));
    }

    #[test]
    fn what_is_transparent_turns_white() {
        let clear: DynamicImage = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0])).into();
        let photo = Photo::from_upload(&saved(&clear, ImageFormat::Png)).unwrap();
        assert_eq!(shown(&photo).to_rgb8().get_pixel(4, 4).0, [255, 255, 255]);
    }

    #[test]
    fn l2_w4_what_is_too_large_or_no_photo_is_refused() {
        let huge = saved(&DynamicImage::new_luma8(MAX_SIDE + 1, 1), ImageFormat::Png);
        let wide_webp = saved(&DynamicImage::new_rgb8(MAX_SIDE + 1, 1), ImageFormat::WebP);
        let wide_jpeg = saved(&DynamicImage::new_rgb8(1, MAX_SIDE + 1), ImageFormat::Jpeg);
        let mut cut = saved(&picture(300, 300), ImageFormat::Png);
        cut.truncate(cut.len() / 2);
        for (file, error) in [
            (Vec::new(), PhotoError::Unknown),
            (b"GIF89a".to_vec(), PhotoError::Unknown),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), PhotoError::Unknown),
            (b"\x89PNG\r\n\x1a\n".to_vec(), PhotoError::Malformed),
            (b"\xff\xd8\xff\xe0".to_vec(), PhotoError::Malformed),
            (b"RIFF\x04\0\0\0WEBP".to_vec(), PhotoError::Malformed),
            (cut, PhotoError::Malformed),
            (huge, PhotoError::TooManyPixels),
            (wide_webp, PhotoError::TooManyPixels),
            (wide_jpeg, PhotoError::TooManyPixels),
            (vec![0; MAX_BYTES + 1], PhotoError::TooLarge),
        ] {
            assert_eq!(Photo::from_upload(&file).unwrap_err(), error);
        }
    }

    #[test]
    fn r1_a_photo_is_not_printed() {
        let photo = Photo::from_upload(&saved(&picture(20, 20), ImageFormat::Png)).unwrap();
        assert_eq!(format!("{photo:?}"), format!("Photo(20x20, {} bytes)", photo.jpeg().len()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_photo_or_refused(
            format in prop_oneof![Just(ImageFormat::Png), Just(ImageFormat::Jpeg), Just(ImageFormat::WebP)],
            changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..6),
        ) {
            let mut file = saved(&picture(12, 9), format);
            for (at, byte) in changes {
                let at = at % file.len();
                file[at] = byte;
            }
            let _ = Photo::from_upload(&file);
        }
    }
}
