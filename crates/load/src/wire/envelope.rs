//! The envelope in which WeCom sends its callbacks: AES-256-CBC under the EncodingAESKey, padded to
//! whole 32 bytes, signed together with token, timestamp and nonce.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use sha1::{Digest, Sha1};

use crate::error::{Error, Result};

/// Token and key of one callback address.
#[derive(Debug, Clone)]
pub struct Envelope {
    token: String,
    key: Vec<u8>,
    receiver: String,
    to: String,
}

/// A callback ready to be posted.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// `msg_signature=…&timestamp=…&nonce=…`.
    pub query: String,
    /// The XML around the ciphertext.
    pub body: String,
}

impl Envelope {
    /// Of the party whose id is `receiver`.
    ///
    /// # Errors
    /// When the key is not 43 symbols of base64.
    pub fn new(token: &str, encoding_aes_key: &str, receiver: &str) -> Result<Self> {
        // The platform's form takes any 43 symbols: the last one's two spare bits mean nothing.
        let tolerant = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
        let key = GeneralPurpose::new(&base64::alphabet::STANDARD, tolerant)
            .decode(format!("{encoding_aes_key}="));
        let key = key.ok().filter(|key| key.len() == 32);
        Ok(Self {
            token: token.to_owned(),
            key: key.ok_or_else(|| Error::Protocol("no EncodingAESKey".into()))?,
            receiver: receiver.to_owned(),
            to: receiver.to_owned(),
        })
    }

    /// With another name on the outside than the receiver's: accounts have an original id.
    #[must_use]
    pub fn addressed(mut self, to: &str) -> Self {
        to.clone_into(&mut self.to);
        self
    }

    /// Seals `message`; `random` goes in front of it.
    pub fn seal(&self, message: &str, timestamp: u64, nonce: u64, random: [u8; 16]) -> Sealed {
        let encrypted = STANDARD.encode(self.encrypt(message, random));
        let (timestamp, nonce) = (timestamp.to_string(), nonce.to_string());
        let mut parts = [&self.token, &timestamp, &nonce, &encrypted];
        parts.sort_unstable();
        let mut digest = Sha1::new();
        for part in parts {
            digest.update(part.as_bytes());
        }
        let signature: String = digest
            .finalize()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        Sealed {
            query: format!("msg_signature={signature}&timestamp={timestamp}&nonce={nonce}"),
            body: format!(
                "<xml><ToUserName><![CDATA[{}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>",
                self.to
            ),
        }
    }

    fn encrypt(&self, message: &str, random: [u8; 16]) -> Vec<u8> {
        let mut plain = random.to_vec();
        plain.extend((message.len() as u32).to_be_bytes());
        plain.extend(message.as_bytes());
        plain.extend(self.receiver.as_bytes());
        let pad = 32 - plain.len() % 32;
        let whole = plain.len() + pad;
        plain.resize(whole, pad as u8);
        let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&self.key, &self.key[..16])
            .expect("key and iv have the lengths that AES-256-CBC wants");
        cipher
            .encrypt_padded::<NoPadding>(&mut plain, whole)
            .expect("the frame is a whole number of blocks")
            .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The platform's own published example.
    #[test]
    fn the_published_example_is_sealed_to_the_byte() {
        let key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
        let envelope = Envelope::new("QDG6eK", key, "wx5823bf96d3bd56c7").unwrap();
        let random = *b"c41b64491c2468d0";
        let sealed = envelope.seal("1616140317555161061", 1_409_659_589, 263_014_780, random);
        let query = "msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3&timestamp=1409659589&nonce=263014780";
        assert_eq!(sealed.query, query);
        let encrypted = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
        assert!(sealed.body.contains(encrypted), "{}", sealed.body);
    }

    #[test]
    fn a_cut_key_is_refused() {
        assert!(Envelope::new("t", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2", "ww").is_err());
    }
}
