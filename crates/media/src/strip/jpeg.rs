//! JPEG: segments that begin with a marker, and lines of pixels between them.

use super::{orientation, upright};

/// Where what is no marker's belongs to the lines before it.
const STUFFED: u8 = 0;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const NOTES: u8 = 0xe1;

/// The picture without its notes. Everything after its end goes too: a second picture, a film.
pub(super) fn strip(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes[..2].to_vec();
    let mut at = 2;
    let mut told = false;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            STUFFED => continue,
            END => {
                out.extend([0xff, END]);
                break;
            }
            0x01 | 0xd0..=0xd7 => {
                out.extend([0xff, marker]);
                continue;
            }
            _ => (),
        }
        let Some(length) = bytes.get(at..at + 2) else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        let end = (at + length).min(bytes.len());
        let body = &bytes[at + 2..end.max(at + 2)];
        if keeps(marker, body) {
            out.extend([0xff, marker]);
            out.extend(&bytes[at..end]);
        } else if let Some(way) = way_up(marker, body).filter(|_| !told) {
            told = true;
            out.extend([0xff, NOTES, 0, 34]);
            out.extend(b"Exif\0\0");
            out.extend(upright(way));
        }
        at = end;
        if marker == SCAN {
            let from = at;
            at = end_of_lines(bytes, at);
            out.extend(&bytes[from..at]);
        }
    }
    out
}

/// The next marker; what stands before it is no part of the picture.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    let begin = bytes.get(*at..)?.iter().position(|byte| *byte == 0xff)?;
    let filled = bytes[*at + begin..].iter().position(|byte| *byte != 0xff)?;
    *at += begin + filled + 1;
    bytes.get(*at - 1).copied()
}

/// Where the lines of pixels that begin here are followed by another marker.
fn end_of_lines(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        let Some(begin) = bytes[at..].iter().position(|byte| *byte == 0xff) else {
            return bytes.len();
        };
        let mark = at + begin;
        let Some(filled) = bytes[mark..].iter().position(|byte| *byte != 0xff) else {
            return bytes.len();
        };
        if !matches!(bytes[mark + filled], STUFFED | 0xd0..=0xd7) {
            return mark;
        }
        at = mark + filled + 1;
    }
}

/// Is a segment needed to show the picture? Tables, frames, and the colours of two notes.
fn keeps(marker: u8, body: &[u8]) -> bool {
    match marker {
        0xe0 => body.starts_with(b"JFIF\0"),
        0xe2 => body.starts_with(b"ICC_PROFILE\0"),
        0xee => body.starts_with(b"Adobe"),
        0xe1..=0xfe => false,
        _ => true,
    }
}

fn way_up(marker: u8, body: &[u8]) -> Option<u8> {
    let notes = body.strip_prefix(b"Exif\0\0")?;
    orientation(notes).filter(|_| marker == NOTES)
}
