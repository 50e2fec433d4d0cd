//! GIF: a screen, then frames and extensions in small blocks.

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2c;
const END: u8 = 0x3b;

/// The picture without comments and foreign extensions. Everything after its end goes too.
pub(super) fn strip(bytes: &[u8]) -> Vec<u8> {
    let table = |packed: u8| {
        if packed & 0x80 == 0 {
            0
        } else {
            3 << ((packed & 7) + 1)
        }
    };
    let Some(packed) = bytes.get(10) else {
        return bytes.to_vec();
    };
    let mut at = (13 + table(*packed)).min(bytes.len());
    let mut out = bytes[..at].to_vec();
    while let Some(kind) = bytes.get(at) {
        let from = at;
        let kept = match *kind {
            EXTENSION => {
                let label = bytes.get(at + 1).copied().unwrap_or(0);
                at = end_of_blocks(bytes, at + 2);
                keeps(label, bytes.get(from + 2..at).unwrap_or_default())
            }
            FRAME => {
                let packed = bytes.get(at + 9).copied().unwrap_or(0);
                at = end_of_blocks(bytes, at + 11 + table(packed));
                true
            }
            END => {
                out.push(END);
                break;
            }
            // No block begins so: whoever shows it stops here.
            _ => break,
        };
        at = at.min(bytes.len());
        if kept {
            out.extend(&bytes[from.min(at)..at]);
        }
    }
    out
}

/// Where the blocks that begin here have ended.
fn end_of_blocks(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(length) = bytes.get(at) {
        at += 1 + usize::from(*length);
        if *length == 0 {
            break;
        }
    }
    at
}

/// Timing, plain text, and how often a film is repeated.
fn keeps(label: u8, body: &[u8]) -> bool {
    match label {
        0xff => body.starts_with(b"\x0bNETSCAPE2.0") || body.starts_with(b"\x0bANIMEXTS1.0"),
        0xfe => false,
        _ => true,
    }
}
