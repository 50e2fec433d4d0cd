//! Pictures made smaller. Runs in a worker: what strangers send may be made to cost.

use std::io::Cursor;

use image::{DynamicImage, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType};

/// Pixels of a side that are still opened.
const SIDE: u32 = 20_000;
/// Memory for the pixels.
const MEMORY: u64 = 512 << 20;
/// The longest side that is kept.
const LONGEST: u32 = 4_096;
/// The shortest that is tried; each try is a quarter shorter than the one before.
const SHORTEST: u32 = 320;
/// How well the lines are kept.
const QUALITY: u8 = 85;

/// The picture as a JPEG of at most so many bytes, as large as that goes; nothing if it is no
/// picture, or one that is too large to open.
#[must_use]
pub fn shrink(bytes: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes));
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let picture = reader.with_guessed_format().ok()?.decode().ok()?;
    let mut picture = on_white(picture);
    let mut side = picture.width().max(picture.height()).min(LONGEST);
    loop {
        if picture.width() > side || picture.height() > side {
            picture = picture.resize(side, side, FilterType::Triangle);
        }
        let mut made = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut made, QUALITY);
        picture.write_with_encoder(encoder).ok()?;
        if made.len() <= max_bytes {
            return Some(made);
        }
        side = side / 4 * 3;
        if side < SHORTEST {
            return None;
        }
    }
}

/// A JPEG cannot be seen through: what is behind becomes white.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let mut flat = image::RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.into_rgba8().pixels()) {
        let [r, g, b, a] = from.0.map(u32::from);
        let over = |part: u32| u8::try_from((part * a + 255 * (255 - a)) / 255).unwrap_or(255);
        to.0 = [over(r), over(g), over(b)];
    }
    DynamicImage::ImageRgb8(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that no encoder makes small.
    fn noise(side: u32) -> Vec<u8> {
        let mut state = 7_u32;
        let picture = image::RgbaImage::from_fn(side, side, |x, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [r, g, b, _] = state.to_be_bytes();
            image::Rgba([r, g, b, if x == 0 { 0 } else { 255 }])
        });
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    }

    #[test]
    fn a_large_picture_becomes_one_that_fits() {
        let png = noise(1_000);
        let small = shrink(&png, 300_000).unwrap();
        assert!(small.len() <= 300_000 && png.len() > 3_000_000);
        let back = image::load_from_memory(&small).unwrap().into_rgb8();
        assert_eq!(back.width(), back.height());
        assert!(
            back.width() >= 400,
            "no smaller than it must: {}",
            back.width()
        );
    }

    #[test]
    fn what_is_no_picture_or_a_trap_is_left_alone() {
        assert_eq!(shrink(b"tea", 1_000), None);
        assert_eq!(shrink(&noise(64), 10), None, "nothing fits");
        // A header that claims 60,000 pixels a side.
        let mut bomb = noise(8);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert_eq!(shrink(&bomb, 1_000_000), None);
    }
}
