//! What a picture tells beside its pixels is cut out by bytes: where and when it was taken, by whom
//! and with what. Nothing is decoded, and pixels, colours and frames stay as they are. Which way up
//! a camera was held stays too, and nothing else of its notes.
//!
//! A file that breaks its format's rules keeps what a decoder would show of it.

use bytes::Bytes;

mod gif;
mod jpeg;
mod png;
mod webp;

/// The file without what it tells beside its pixels; anything but a picture stays as it is.
#[must_use]
pub fn strip(bytes: Bytes) -> Bytes {
    let bare = match super::sniff(&bytes).mime {
        "image/jpeg" => jpeg::strip(&bytes),
        "image/png" => png::strip(&bytes),
        "image/gif" => gif::strip(&bytes),
        "image/webp" => webp::strip(&bytes),
        _ => return bytes,
    };
    if bare == bytes { bytes } else { bare.into() }
}

/// A camera's notes (EXIF) that say nothing but which way up the picture is.
fn upright(orientation: u8) -> [u8; 26] {
    let mut tiff = *b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    tiff[18] = orientation;
    tiff
}

/// Which way up a camera's notes say that a picture is: 2 to 8; nothing for the ordinary way.
fn orientation(notes: &[u8]) -> Option<u8> {
    let little = match notes.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let two = |at: usize| {
        let pair = [*notes.get(at)?, *notes.get(at + 1)?];
        Some(if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    };
    let four = |at: usize| {
        let (first, second) = (u32::from(two(at)?), u32::from(two(at + 2)?));
        Some(if little {
            second << 16 | first
        } else {
            first << 16 | second
        })
    };
    let table = usize::try_from(four(4)?).ok()?;
    let entries = usize::from(two(table)?);
    let entry = (0..entries)
        .map(|n| table + 2 + n * 12)
        .take_while(|at| at + 12 <= notes.len())
        .find(|at| two(*at) == Some(0x0112))?;
    let way = u8::try_from(two(entry + 8)?).ok()?;
    (two(entry + 2) == Some(3) && (2..=8).contains(&way)).then_some(way)
}

#[cfg(test)]
mod tests;
