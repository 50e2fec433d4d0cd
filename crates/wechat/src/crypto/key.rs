//! `EncodingAESKey`: the 43 characters that an administrator copies between two consoles.

use std::sync::Arc;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rand::{CryptoRng, RngExt};
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// Characters in an `EncodingAESKey`.
const KEY_CHARS: usize = 43;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The characters whose two low bits are zero in base64. All of them are letters or digits.
const LAST: &[u8; 16] = b"AEIMQUYcgkosw048";

/// 43 characters carry 258 bits, so the last one has two bits to spare, and in most real keys they
/// are not zero. A strict decoder refuses those keys; this one drops the bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Why a string is no `EncodingAESKey`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 43 bytes long.
    #[error("an EncodingAESKey has 43 characters, this has {0} bytes")]
    Length(usize),
    /// A character that base64 does not have.
    #[error("an EncodingAESKey consists of letters and digits")]
    Character,
}

/// A decoded callback key: 32 bytes that are wiped on drop and never printed.
#[derive(Clone)]
pub struct EncodingAesKey(Arc<SecretBox<[u8; 32]>>);

impl EncodingAesKey {
    /// Reads the 43 characters as the platform shows them, stray last bits and all.
    ///
    /// # Errors
    /// [`KeyError`] when the length or a character is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() != KEY_CHARS {
            return Err(KeyError::Length(text.len()));
        }
        let mut key = SecretBox::new(Box::new([0; 32]));
        let room = secrecy::ExposeSecretMut::expose_secret_mut(&mut key);
        match LENIENT.decode_slice(text, room) {
            Ok(32) => Ok(Self(Arc::new(key))),
            _ => Err(KeyError::Character),
        }
    }

    /// Makes the 43 characters of a new key: letters and digits only, as the platform's form
    /// demands, and no stray bits, so that strict decoders elsewhere take it too. 254 random bits.
    pub fn generate(rng: &mut impl CryptoRng) -> SecretString {
        let mut text = String::with_capacity(KEY_CHARS);
        for _ in 1..KEY_CHARS {
            text.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
        }
        text.push(char::from(LAST[rng.random_range(0..LAST.len())]));
        SecretString::from(text)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// The initial vector is the head of the key, for every frame.
    pub(super) fn iv(&self) -> [u8; 16] {
        let mut iv = [0; 16];
        iv.copy_from_slice(&self.bytes()[..16]);
        iv
    }
}

impl std::fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EncodingAesKey(…)")
    }
}
