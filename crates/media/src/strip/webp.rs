//! WebP: chunks in a RIFF file, and flags that say which of them are there.

use super::{orientation, upright};

/// Chunks that change what is shown.
const SHOWN: [&[u8; 4]; 7] = [
    b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP",
];
const HAS_NOTES: u8 = 0x08;
const HAS_WORDS: u8 = 0x04;

/// The picture without notes and words. Everything after its end goes too.
pub(super) fn strip(bytes: &[u8]) -> Vec<u8> {
    let told = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    let end = usize::try_from(told).unwrap_or(usize::MAX);
    let end = end.saturating_add(8).min(bytes.len());
    let mut out = bytes[..12].to_vec();
    let mut way = None;
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8).filter(|_| at + 8 <= end) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let next = at.saturating_add(8).saturating_add(length);
        let next = next.saturating_add(length % 2).min(end);
        let name = [head[0], head[1], head[2], head[3]];
        if SHOWN.contains(&&name) {
            out.extend(&bytes[at..next]);
        } else if &name == b"EXIF" {
            let notes = &bytes[at + 8..next];
            let notes = notes.strip_prefix(b"Exif\0\0").unwrap_or(notes);
            way = way.or_else(|| orientation(notes));
        }
        at = next;
    }
    // Only an extended file has flags, and room for notes.
    if out.get(12..16) == Some(b"VP8X")
        && let Some(flags) = out.get_mut(20)
    {
        *flags &= !(HAS_NOTES | HAS_WORDS);
        if let Some(way) = way {
            *flags |= HAS_NOTES;
            out.extend(b"EXIF\x1a\0\0\0");
            out.extend(upright(way));
        }
    }
    let length = u32::try_from(out.len() - 8).unwrap_or(u32::MAX);
    out[4..8].copy_from_slice(&length.to_le_bytes());
    out
}
