//! QR codes both ways: PNG pictures of words, and the words in a picture. Also the small pictures
//! that stand for avatars. Bounded in pixels, so that no upload can fill the memory.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, ImageReader, Limits, Luma, Rgb, RgbImage};
use qrcode::{Color, EcLevel, QrCode};

use crate::crypto::digest;
use crate::error::SimError;

/// Pixels per module; a code of 45 modules becomes about 400 pixels wide.
const MODULE: u32 = 8;
/// The quiet zone that readers need, in modules.
const QUIET: u32 = 4;
/// Longest side of a picture that is searched for a code.
const LARGEST: u32 = 8_192;

/// A PNG that shows `words` as a QR code.
pub(crate) fn draw(words: &str) -> Result<Vec<u8>, SimError> {
    let code = QrCode::with_error_correction_level(words, EcLevel::M)
        .map_err(|error| SimError::invalid(format!("too long for a QR code: {error}")))?;
    let modules = code.width() as u32;
    let colors = code.to_colors();
    let side = (modules + 2 * QUIET) * MODULE;
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let inside = |pixel: u32| {
            (pixel / MODULE)
                .checked_sub(QUIET)
                .filter(|at| *at < modules)
        };
        let dark = inside(x)
            .zip(inside(y))
            .is_some_and(|(x, y)| colors[(y * modules + x) as usize] == Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    });
    png(|out| picture.write_to(out, ImageFormat::Png))
}

/// The words of every QR code in a PNG or JPEG picture; empty if there is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<String>, SimError> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| SimError::invalid(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST);
    limits.max_image_height = Some(LARGEST);
    limits.max_alloc = Some(256 << 20);
    reader.limits(limits);
    let picture = reader
        .decode()
        .map_err(|error| SimError::invalid(format!("not a PNG or JPEG picture: {error}")))?
        .to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.get_pixel(x as u32, y as u32).0[0]
    });
    let grids = prepared.detect_grids();
    Ok(grids
        .iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, words)| words)
        .collect())
}

/// Quiet pairs of ground and ink.
const PAIRS: [([u8; 3], [u8; 3]); 7] = [
    ([0xD3, 0xE0, 0xE8], [0x1F, 0x47, 0x63]),
    ([0xDA, 0xE4, 0xD3], [0x35, 0x52, 0x2A]),
    ([0xEB, 0xDD, 0xD0], [0x6A, 0x42, 0x21]),
    ([0xE0, 0xDA, 0xE9], [0x4B, 0x3A, 0x6B]),
    ([0xD2, 0xE5, 0xE1], [0x1D, 0x54, 0x50]),
    ([0xEB, 0xD9, 0xDA], [0x71, 0x38, 0x40]),
    ([0xDF, 0xE2, 0xE1], [0x3C, 0x47, 0x45]),
];

/// A picture of its own for every id: five by five, the left half mirrored.
pub(crate) fn avatar(id: &str) -> Result<Vec<u8>, SimError> {
    let bits = digest(&[b"avatar", id.as_bytes()]);
    let (ground, ink) = PAIRS[usize::from(bits[19]) % PAIRS.len()];
    let picture = RgbImage::from_fn(140, 140, |x, y| {
        let cell = |pixel: u32| (pixel / 20).checked_sub(1).filter(|at| *at < 5);
        let set = cell(x).zip(cell(y)).is_some_and(|(column, row)| {
            let column = column.min(4 - column);
            bits[(row * 3 + column) as usize] & 1 == 1
        });
        Rgb(if set { ink } else { ground })
    });
    png(|out| picture.write_to(out, ImageFormat::Png))
}

/// A tea tin, as an SVG, in the colours of the name.
pub(crate) fn goods(name: &str) -> String {
    let bits = digest(&[b"goods", name.as_bytes()]);
    let (ground, ink) = PAIRS[usize::from(bits[19]) % PAIRS.len()];
    let rgb = |[r, g, b]: [u8; 3]| format!("rgb({r},{g},{b})");
    let (ground, ink) = (rgb(ground), rgb(ink));
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>\
         <rect width='64' height='64' fill='{ground}'/>\
         <rect x='15' y='14' width='34' height='40' rx='3' fill='{ink}'/>\
         <rect x='15' y='24' width='34' height='18' fill='#EDE7D3'/>\
         <path d='M32 27c4 2 5 7 0 12-5-5-4-10 0-12z' fill='{ink}'/></svg>"
    )
}

fn png(
    write: impl FnOnce(&mut Cursor<Vec<u8>>) -> image::ImageResult<()>,
) -> Result<Vec<u8>, SimError> {
    let mut out = Cursor::new(Vec::new());
    write(&mut out).map_err(|error| SimError::invalid(error.to_string()))?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_can_be_read() {
        let words = "http://127.0.0.1:51234/q/c/3f2a91b0c4d5e6f7";
        let picture = draw(words).expect("a picture");
        assert_eq!(read(&picture).expect("codes"), [words]);
    }

    #[test]
    fn a_code_on_a_card_is_found() {
        let code = image::load_from_memory(&draw("茶与客").expect("a picture")).expect("a PNG");
        let mut card = image::DynamicImage::new_luma8(900, 1_200);
        card.invert();
        image::imageops::overlay(&mut card, &code, 300, 500);
        let bytes = png(|out| card.write_to(out, ImageFormat::Jpeg)).expect("a JPEG");
        assert_eq!(read(&bytes).expect("codes"), ["茶与客"]);
    }

    #[test]
    fn no_code_and_no_picture_are_two_things() {
        let plain = avatar("wm1").expect("a picture");
        assert!(read(&plain).expect("no error").is_empty());
        assert!(read(b"hello").is_err());
    }
}
