//! Ids in the platform's shapes, and opaque tokens that carry their own expiry, so that a million
//! doorbells leave nothing behind in memory. One seed gives the same ids again.

use crate::crypto::digest;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes ids, and signs opaque tokens with a key that only this simulator has.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    state: u64,
    mark: [u8; 20],
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed,
            mark: digest(&[b"mark", &seed.to_be_bytes()]),
        }
    }

    /// The next number of a splitmix64 stream: fast, well spread, no secret.
    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// `prefix` and enough random symbols to make `length` in all.
    pub(crate) fn make(&mut self, prefix: &str, length: usize) -> String {
        let mut id = String::with_capacity(length);
        id.push_str(prefix);
        let mut bits = 0_u64;
        for place in 0..length.saturating_sub(prefix.len()) {
            if place % 12 == 0 {
                bits = self.number();
            }
            id.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        id
    }

    pub(crate) fn random16(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.number().to_be_bytes());
        bytes[8..].copy_from_slice(&self.number().to_be_bytes());
        bytes
    }

    /// `prefix` and 30 symbols that depend only on the seed and the words.
    pub(crate) fn derive(&self, prefix: &str, words: &[&str]) -> String {
        let mut parts: Vec<&[u8]> = vec![&self.mark];
        parts.extend(words.iter().map(|word| word.as_bytes()));
        format!("{prefix}{}", spell(&digest(&parts), 30))
    }

    /// An opaque token for `subject` that dies at `expires` (unix seconds).
    pub(crate) fn mint(&mut self, prefix: &str, subject: &str, expires: i64) -> String {
        let head = format!("{:x}_{:08x}", expires, self.number() as u32);
        let seal = self.derive("", &[prefix, subject, &head]);
        format!("{prefix}{head}_{seal}")
    }

    /// When the token for `subject` dies; nothing if it was never minted here.
    pub(crate) fn minted(&self, prefix: &str, subject: &str, token: &str) -> Option<i64> {
        let (head, seal) = token.strip_prefix(prefix)?.rsplit_once('_')?;
        if self.derive("", &[prefix, subject, head]) != seal {
            return None;
        }
        i64::from_str_radix(head.split_once('_')?.0, 16).ok()
    }
}

/// The first `length` symbols of the bytes, five bits each. 20 bytes spell 32.
fn spell(bytes: &[u8; 20], length: usize) -> String {
    (0..length.min(32))
        .map(|place| {
            let bit = place * 5;
            let pair =
                u16::from(bytes[bit / 8]) << 8 | u16::from(*bytes.get(bit / 8 + 1).unwrap_or(&0));
            char::from(ALPHABET[usize::from(pair >> (11 - bit % 8) & 31)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_length_and_differ() {
        let mut ids = Ids::new(1);
        let one = ids.make("wm", 32);
        assert_eq!(one.len(), 32);
        assert_ne!(one, ids.make("wm", 32));
        assert_eq!(ids.derive("wm", &["a"]).len(), 32);
        assert_ne!(ids.derive("wm", &["a"]), ids.derive("wm", &["b"]));
    }

    #[test]
    fn a_minted_token_knows_its_expiry_and_its_subject() {
        let mut ids = Ids::new(2);
        let token = ids.mint("ENC", "wk1", 1_700_000_000);
        assert_eq!(ids.minted("ENC", "wk1", &token), Some(1_700_000_000));
        assert_eq!(ids.minted("ENC", "wk2", &token), None);
        assert_eq!(ids.minted("ENC", "wk1", "ENC_x_"), None);
        assert_eq!(Ids::new(3).minted("ENC", "wk1", &token), None);
    }
}
