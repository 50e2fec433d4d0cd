//! A connection as its platform sees it: what it signs, seals and posts, right or wrong on purpose.

use std::net::SocketAddr;

use aes::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use base64::{Engine, engine::general_purpose::STANDARD};
use kefu_wechat::crypto::{EncodingAesKey, encrypt, signature};
use serde_json::Value;

use crate::http::{self, Reply};

const NONCE: &str = "n0nce";

#[derive(Clone)]
pub(crate) struct Far {
    pub(crate) token: String,
    pub(crate) key: String,
    pub(crate) receiver: String,
    /// Path and nothing more.
    pub(crate) path: String,
}

/// Unix seconds.
pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// The body of an encrypted post.
pub(crate) fn envelope(frame: &str) -> Vec<u8> {
    format!("<xml><Encrypt><![CDATA[{frame}]]></Encrypt></xml>").into_bytes()
}

impl Far {
    /// From the row that the gateway answers when a connection is made.
    pub(crate) fn of(connection: &Value) -> Self {
        let word = |name: &str| connection[name].as_str().unwrap().to_owned();
        let url = word("callback_url");
        let (_, path) = url.split_once("/callback/").unwrap();
        Self {
            token: word("token"),
            key: word("encoding_aes_key"),
            receiver: word("corpid"),
            path: format!("/callback/{path}"),
        }
    }

    /// A frame with this head of its random part.
    pub(crate) fn frame(&self, random: u8, plain: &[u8]) -> String {
        let key = EncodingAesKey::parse(&self.key).unwrap();
        encrypt(&key, [random; 16], plain, &self.receiver).unwrap()
    }

    /// Any bytes under the right key; as many as blocks have room for.
    pub(crate) fn sealed(&self, bytes: &[u8]) -> String {
        let key: [u8; 32] = STANDARD
            .decode(format!("{}=", self.key))
            .unwrap()
            .try_into()
            .unwrap();
        let iv: [u8; 16] = key[..16].try_into().unwrap();
        let (mut bytes, whole) = (bytes.to_vec(), bytes.len());
        cbc::Encryptor::<aes::Aes256>::new(&key.into(), &iv.into())
            .encrypt_padded::<NoPadding>(&mut bytes, whole)
            .unwrap();
        STANDARD.encode(bytes)
    }

    /// Where a push goes that was signed over this frame at that time.
    pub(crate) fn signed_at(&self, at: u64, frame: &str) -> String {
        let at = at.to_string();
        let plain = signature(&[&self.token, &at, NONCE]);
        let whole = signature(&[&self.token, &at, NONCE, frame]);
        format!(
            "{}?signature={plain}&timestamp={at}&nonce={NONCE}&encrypt_type=aes&msg_signature={whole}",
            self.path
        )
    }

    /// The same, now.
    pub(crate) fn signed(&self, frame: &str) -> String {
        self.signed_at(now(), frame)
    }

    /// Posts what the platform would.
    pub(crate) async fn push(&self, addr: SocketAddr, plain: &[u8]) -> Reply {
        let frame = self.frame(7, plain);
        let target = self.signed(&frame);
        http::send(addr, "POST", &target, &[], &envelope(&frame)).await
    }
}
