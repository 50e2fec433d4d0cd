//! PNG: chunks with a name, a length and a checksum.

use super::{orientation, upright};

/// Chunks that change what is shown, beside those without which nothing is.
const SHOWN: [&[u8; 4]; 16] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD",
    b"pHYs", b"sPLT", b"hIST", b"acTL", b"fcTL", b"fdAT",
];

/// The picture without words and notes. Everything after its end goes too.
pub(super) fn strip(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes[..8].to_vec();
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let name = [head[4], head[5], head[6], head[7]];
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = at.saturating_add(length).saturating_add(12);
        let end = end.min(bytes.len());
        let critical = name[0].is_ascii_uppercase();
        if critical || SHOWN.contains(&&name) {
            out.extend(&bytes[at..end]);
        } else if &name == b"eXIf"
            && let Some(way) = orientation(&bytes[at + 8..end])
        {
            chunk(&mut out, b"eXIf", &upright(way));
        }
        at = end;
        if &name == b"IEND" {
            break;
        }
    }
    out
}

pub(super) fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend(u32::try_from(body.len()).unwrap_or(0).to_be_bytes());
    let from = out.len();
    out.extend(name);
    out.extend(body);
    let sum = checksum(&out[from..]);
    out.extend(sum.to_be_bytes());
}

/// CRC-32, bit by bit: it is only ever made over 30 bytes.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| (sum >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(sum & 1));
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !bytes.iter().fold(u32::MAX, byte)
}
