//! The encrypted frame: `random16 | be32(length) | message | receiver`, padded to blocks of 32.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use super::EncodingAesKey;

/// The padding fills to 32 although AES blocks are 16: an ordinary PKCS#7 unpadder refuses every
/// frame whose padding is longer than 16.
const PAD_BLOCK: usize = 32;
/// Random prefix and length field.
const HEAD: usize = 16 + 4;

/// What is wrong with a frame, in the order of the checks. For logs only: a sender who could tell
/// these apart would have an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not standard base64.
    #[error("the ciphertext is not base64")]
    Base64,
    /// Empty, or not a whole number of AES blocks.
    #[error("the ciphertext is {0} bytes long, not a positive multiple of 16")]
    Length(usize),
    /// The padding is not n bytes of n with n in 1..=32.
    #[error("the padding is wrong")]
    Padding,
    /// The length field reaches beyond the frame, or the frame is shorter than its own head.
    #[error("the message length does not fit the frame")]
    MessageLength,
    /// Encrypted for another corp, app or suite.
    #[error("the frame is for another receiver")]
    Receiver,
}

/// Encrypts `message` for `receive_id` (corp id, suite id or app id) and returns base64.
///
/// `random16` must be fresh random bytes for every frame: the initial vector is fixed, so they are
/// all that keeps equal messages from looking equal.
///
/// # Errors
/// [`FrameError::MessageLength`] for a message of 4 GiB or more.
pub fn encrypt(
    key: &EncodingAesKey,
    random16: [u8; 16],
    message: &[u8],
    receive_id: &str,
) -> Result<String, FrameError> {
    let length = u32::try_from(message.len()).map_err(|_| FrameError::MessageLength)?;
    let plain_len = HEAD + message.len() + receive_id.len();
    let pad = PAD_BLOCK - plain_len % PAD_BLOCK;
    let mut frame = Vec::with_capacity(plain_len + pad);
    frame.extend_from_slice(&random16);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    frame.extend_from_slice(receive_id.as_bytes());
    frame.resize(plain_len + pad, pad as u8);
    let whole = frame.len();
    cbc::Encryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
        .encrypt_padded::<NoPadding>(&mut frame, whole)
        .map_err(|_| FrameError::Length(whole))?;
    Ok(STANDARD.encode(&frame))
}

/// Decrypts a base64 frame and returns its message, provided that it is meant for `receive_id`.
/// The signature must have been checked before.
///
/// # Errors
/// [`FrameError`], by the first check that fails.
pub fn decrypt(
    key: &EncodingAesKey,
    encrypted: &str,
    receive_id: &str,
) -> Result<Vec<u8>, FrameError> {
    let mut frame = STANDARD.decode(encrypted).map_err(|_| FrameError::Base64)?;
    if frame.is_empty() || !frame.len().is_multiple_of(16) {
        return Err(FrameError::Length(frame.len()));
    }
    let whole = frame.len();
    cbc::Decryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
        .decrypt_padded::<NoPadding>(&mut frame)
        .map_err(|_| FrameError::Length(whole))?;
    let plain = strip_padding(&frame).ok_or(FrameError::Padding)?;

    let (head, rest) = plain
        .split_at_checked(HEAD)
        .ok_or(FrameError::MessageLength)?;
    let length = u32::from_be_bytes([head[16], head[17], head[18], head[19]]);
    let length = usize::try_from(length).map_err(|_| FrameError::MessageLength)?;
    let (message, receiver) = rest
        .split_at_checked(length)
        .ok_or(FrameError::MessageLength)?;
    if receiver != receive_id.as_bytes() {
        return Err(FrameError::Receiver);
    }
    Ok(message.to_vec())
}

fn strip_padding(frame: &[u8]) -> Option<&[u8]> {
    let n = usize::from(*frame.last()?);
    if !(1..=PAD_BLOCK).contains(&n) {
        return None;
    }
    let (plain, pad) = frame.split_at_checked(frame.len().checked_sub(n)?)?;
    pad.iter()
        .all(|byte| usize::from(*byte) == n)
        .then_some(plain)
}
