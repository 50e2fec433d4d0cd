//! Signatures and encrypted frames of WeChat callbacks.
//!
//! One scheme serves WeCom, official accounts, mini-programs and shops: a SHA-1 over sorted parts
//! and AES-256-CBC frames whose tail names the receiver. This module knows neither XML nor HTTP,
//! draws no randomness of its own and never panics, whatever bytes it is given.

mod frame;
mod key;
mod signature;
#[cfg(test)]
mod tests;

pub use frame::{FrameError, decrypt, encrypt};
pub use key::{EncodingAesKey, KeyError};
pub(crate) use signature::hex;
pub use signature::{signature, signature_matches};
