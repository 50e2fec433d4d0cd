//! Signatures and encrypted frames of the platform's callbacks, read from its documentation and
//! written here a second time: a gateway that agrees with this file agrees with the platform, not
//! with its own mistakes. Knows bytes only; neither XML nor HTTP.

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// The frame is padded to a multiple of this, not to the cipher's own 16.
const PAD_BLOCK: usize = 32;
const RANDOM: usize = 16;
const HEAD: usize = RANDOM + 4;

/// Why a key or a frame was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum CryptoError {
    /// The EncodingAESKey is not 43 symbols of base64.
    #[error("the EncodingAESKey is not 43 base64 symbols")]
    Key,
    /// The signature belongs to other words.
    #[error("the signature does not match")]
    Signature,
    /// The ciphertext is not base64, or not a whole number of blocks.
    #[error("the ciphertext is not base64 of whole blocks")]
    Ciphertext,
    /// The frame inside is broken: padding, length, or text that is not UTF-8.
    #[error("the frame is broken")]
    Frame,
    /// The frame is addressed to somebody else.
    #[error("the frame is for another receiver")]
    Receiver,
}

/// The 32 bytes behind a 43-symbol EncodingAESKey.
#[derive(Clone)]
pub struct AesKey([u8; 32]);

impl std::fmt::Debug for AesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AesKey(…)")
    }
}

impl AesKey {
    /// Reads a key. 43 symbols carry 258 bits; the two left over may be anything.
    pub fn read(text: &str) -> Result<Self, CryptoError> {
        let lenient = GeneralPurpose::new(
            &alphabet::STANDARD,
            GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        if text.len() != 43 {
            return Err(CryptoError::Key);
        }
        let bytes = lenient.decode(text).map_err(|_| CryptoError::Key)?;
        bytes.try_into().map(Self).map_err(|_| CryptoError::Key)
    }

    fn iv(&self) -> &[u8] {
        &self.0[..16]
    }
}

/// Lower-case hex SHA-1 of the words, sorted as bytes and joined.
pub fn sign(words: &[&str]) -> String {
    let mut sorted = words.to_vec();
    sorted.sort_unstable();
    let mut sha = Sha1::new();
    for word in sorted {
        sha.update(word.as_bytes());
    }
    hex(&sha.finalize())
}

/// Whether `signature` is that of the words; takes the same time whatever differs.
pub fn signed_by(words: &[&str], signature: &str) -> bool {
    sign(words).as_bytes().ct_eq(signature.as_bytes()).into()
}

/// Encrypts `text` for `receiver` into base64. `random` is arbitrary bytes.
pub fn seal(key: &AesKey, random: [u8; RANDOM], text: &[u8], receiver: &str) -> String {
    let length = HEAD + text.len() + receiver.len();
    let pad = PAD_BLOCK - length % PAD_BLOCK;
    let mut frame = Vec::with_capacity(length + pad);
    frame.extend_from_slice(&random);
    frame.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(text);
    frame.extend_from_slice(receiver.as_bytes());
    // The pad is 1 to 32, so it always fits its own byte.
    frame.resize(length + pad, pad as u8);
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key.0, key.iv())
        .expect("key and iv have the lengths that AES-256-CBC wants");
    let sealed = cipher
        .encrypt_padded::<NoPadding>(&mut frame, length + pad)
        .expect("the frame is a whole number of blocks");
    STANDARD.encode(sealed)
}

/// Decrypts what [`seal`] made. A client that plays the gateway in a test needs it.
pub fn open(key: &AesKey, sealed: &str, receiver: &str) -> Result<Vec<u8>, CryptoError> {
    let mut frame = STANDARD
        .decode(sealed)
        .map_err(|_| CryptoError::Ciphertext)?;
    if frame.is_empty() || frame.len() % 16 != 0 {
        return Err(CryptoError::Ciphertext);
    }
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(&key.0, key.iv())
        .expect("key and iv have the lengths that AES-256-CBC wants");
    let plain = cipher
        .decrypt_padded::<NoPadding>(&mut frame)
        .map_err(|_| CryptoError::Frame)?;
    let pad = usize::from(*plain.last().ok_or(CryptoError::Frame)?);
    if !(1..=PAD_BLOCK).contains(&pad) || pad > plain.len() {
        return Err(CryptoError::Frame);
    }
    let (body, padding) = plain.split_at(plain.len() - pad);
    if padding.iter().any(|byte| usize::from(*byte) != pad) || body.len() < HEAD {
        return Err(CryptoError::Frame);
    }
    let length = body[RANDOM..HEAD]
        .iter()
        .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    let rest = &body[HEAD..];
    if length > rest.len() {
        return Err(CryptoError::Frame);
    }
    let (text, addressee) = rest.split_at(length);
    if addressee != receiver.as_bytes() {
        return Err(CryptoError::Receiver);
    }
    Ok(text.to_vec())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

/// SHA-1 of several parts, each closed by a zero byte so that they cannot run together.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 20] {
    let mut sha = Sha1::new();
    for part in parts {
        sha.update(part);
        sha.update([0]);
    }
    sha.finalize().into()
}

#[cfg(test)]
#[path = "crypto_tests.rs"]
mod tests;
