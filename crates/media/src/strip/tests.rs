use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbaImage};
use proptest::prelude::*;

use super::*;

const SECRET: &[u8] = b"31.2304N 121.4737E";

/// A camera's notes with a place in them, and which way up it was held.
fn notes(little: bool, way: u16) -> Vec<u8> {
    let two = |value: u16| {
        if little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    };
    let four = |value: u32| {
        if little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    };
    let mut tiff = if little { b"II" } else { b"MM" }.to_vec();
    tiff.extend(two(42));
    tiff.extend(four(8));
    tiff.extend(two(2));
    for (tag, value) in [(0x0110, 1), (0x0112, way)] {
        tiff.extend(two(tag));
        tiff.extend(two(3));
        tiff.extend(four(1));
        tiff.extend(two(value));
        tiff.extend([0, 0]);
    }
    tiff.extend(four(0));
    tiff.extend(SECRET);
    tiff
}

fn encoded(format: ImageFormat, width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let picture = RgbaImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgba(state.to_be_bytes())
    });
    let picture = DynamicImage::ImageRgba8(picture);
    let mut out = Cursor::new(Vec::new());
    match format {
        ImageFormat::Jpeg => picture.into_rgb8().write_to(&mut out, format).unwrap(),
        _ => picture.write_to(&mut out, format).unwrap(),
    }
    out.into_inner()
}

fn jpeg_segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], body].concat()
}

fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    super::png::chunk(&mut out, name, body);
    out
}

fn riff_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    let pad = vec![0; body.len() % 2];
    [name, &length[..], body, &pad].concat()
}

fn tells(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

fn pixels(bytes: &[u8]) -> RgbaImage {
    image::load_from_memory(bytes).unwrap().into_rgba8()
}

/// Strips a file that tells; what is left tells nothing, and stripping it again changes nothing.
fn bare(bytes: Vec<u8>) -> Bytes {
    assert!(tells(&bytes));
    let bare = strip(bytes.into());
    assert!(!tells(&bare));
    assert_eq!(strip(bare.clone()), bare);
    bare
}

proptest! {
    #[test]
    fn pixels_stay_equal_in_a_jpeg(width in 1u32..40, height in 1u32..40, seed: u32, little: bool, way in 0u16..10) {
        let plain = encoded(ImageFormat::Jpeg, width, height, seed);
        let exif = [b"Exif\0\0", &notes(little, way)[..]].concat();
        let xmp = [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat();
        let told = [
            &plain[..2],
            &jpeg_segment(0xe1, &exif),
            &jpeg_segment(0xe1, &xmp),
            &jpeg_segment(0xed, SECRET),
            &jpeg_segment(0xfe, SECRET),
            &plain[2..],
            // Telephones put a film after the picture.
            SECRET,
        ];
        let bare = bare(told.concat());
        prop_assert_eq!(pixels(&bare), pixels(&plain));
        let kept = bare.windows(6).position(|part| part == b"Exif\0\0");
        let kept = kept.and_then(|at| orientation(&bare[at + 6..]));
        prop_assert_eq!(kept.map(u16::from), Some(way).filter(|way| (2..=8).contains(way)));
    }

    #[test]
    fn pixels_stay_equal_in_a_png(width in 1u32..40, height in 1u32..40, seed: u32, little: bool, way in 0u16..10) {
        let plain = encoded(ImageFormat::Png, width, height, seed);
        let text = [b"Comment\0", SECRET].concat();
        let told = [
            &plain[..33],
            &png_chunk(b"eXIf", &notes(little, way)),
            &png_chunk(b"tEXt", &text),
            &png_chunk(b"iTXt", &text),
            &png_chunk(b"zTXt", &text),
            &plain[33..],
            SECRET,
        ];
        let bare = bare(told.concat());
        prop_assert_eq!(pixels(&bare), pixels(&plain));
        let kept = bare.windows(4).position(|part| part == b"eXIf");
        let kept = kept.and_then(|at| orientation(&bare[at + 4..]));
        prop_assert_eq!(kept.map(u16::from), Some(way).filter(|way| (2..=8).contains(way)));
    }

    #[test]
    fn the_lines_of_a_webp_stay_equal(body in prop::collection::vec(any::<u8>(), 8..200), little: bool, way in 2u16..9) {
        let flags = [HAS_ALL, 0, 0, 0, 3, 0, 0, 2, 0, 0];
        let lines = [riff_chunk(b"ALPH", &body), riff_chunk(b"VP8 ", &body)].concat();
        let head = |flags: &[u8]| riff_chunk(b"VP8X", flags);
        let inside = [
            &head(&flags),
            &lines,
            &riff_chunk(b"EXIF", &notes(little, way)),
            &riff_chunk(b"XMP ", SECRET),
            &riff_chunk(b"what", SECRET),
        ];
        let inside = [b"WEBP", &inside.map(|part| &part[..]).concat()[..]].concat();
        let bare = bare([&riff_chunk(b"RIFF", &inside)[..], SECRET].concat());
        let upright = riff_chunk(b"EXIF", &upright(u8::try_from(way).unwrap()));
        let left = [b"WEBP", &head(&[0x18, 0, 0, 0, 3, 0, 0, 2, 0, 0])[..], &lines, &upright].concat();
        prop_assert_eq!(bare, riff_chunk(b"RIFF", &left));
    }

    #[test]
    fn no_bytes_are_too_broken_to_be_read(kind in 0usize..4, body in prop::collection::vec(any::<u8>(), 0..300)) {
        let heads: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\0\0\0WEBP"];
        let file = [heads[kind], &body].concat();
        let left = strip(file.clone().into());
        prop_assert!(left.len() <= file.len() + 34, "nothing grows but by the way up");
    }
}

/// Alpha, notes and words.
const HAS_ALL: u8 = 0x10 | 0x08 | 0x04;

#[test]
fn frames_of_a_gif_stay_and_its_comments_go() {
    let frame =
        b"\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\x80\0\0\0\xff\xff\xff\x02\x02\x44\x01\0";
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
    let again = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
    let block = [&[u8::try_from(SECRET.len()).unwrap()], SECRET, b"\0"].concat();
    let comment = [b"\x21\xfe", &block[..]].concat();
    let words = [b"\x21\xff\x0bXMP DataXMP", &block[..]].concat();
    let told = [
        head,
        &again[..],
        &comment,
        frame,
        &words,
        frame,
        b"\x3b",
        SECRET,
    ];
    let left = bare(told.concat());
    assert_eq!(left, [head, &again[..], frame, frame, b"\x3b"].concat());
}

#[test]
fn what_is_no_picture_stays_as_it_is() {
    let text = Bytes::from_static(b"%PDF- 31.2304N 121.4737E");
    assert_eq!(strip(text.clone()), text);
}
