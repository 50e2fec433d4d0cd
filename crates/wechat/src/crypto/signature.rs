//! The SHA-1 signature over sorted parts.

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// Signs `parts` (token, timestamp, nonce and, where there is one, the ciphertext): lower-case hex
/// SHA-1 of the parts in byte order, joined with nothing between them.
///
/// Timestamp and nonce go in as the strings that travelled; reformatting them changes the result.
pub fn signature(parts: &[&str]) -> String {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha1::new();
    for part in sorted {
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// Whether `given` is the signature of `parts`, compared in constant time. Only the lower-case
/// form that the platform sends is taken.
pub fn signature_matches(parts: &[&str], given: &str) -> bool {
    signature(parts).as_bytes().ct_eq(given.as_bytes()).into()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}
