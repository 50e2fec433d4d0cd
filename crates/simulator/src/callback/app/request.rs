//! One push as it goes over the wire: query and body by mode and format, with the ways in which
//! a script may have it forged.

use super::packet::Packet;
use crate::callback::{Forgery, Seal};
use crate::config::{Format, Mode};
use crate::crypto::{self, AesKey};
use crate::world::app::PushTo;

/// A push ready to be signed; every attempt is signed and encrypted anew.
pub(crate) struct Outgoing<'a> {
    pub(crate) to: &'a PushTo,
    pub(crate) openid: &'a str,
    pub(crate) packet: &'a Packet,
    pub(crate) seal: Seal,
    pub(crate) forgery: Option<Forgery>,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) uri: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

impl Outgoing<'_> {
    pub(crate) fn request(&self) -> Request {
        let to = self.to;
        let (timestamp, nonce) = (self.seal.now.to_string(), self.seal.nonce.to_string());
        let wrong_signature = self.forgery == Some(Forgery::Signature);
        let sign = |words: &[&str]| match wrong_signature {
            true => crypto::sign(&["somebody", "else"]),
            false => crypto::sign(words),
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("signature", &sign(&[&to.token, &timestamp, &nonce]))
            .append_pair("timestamp", &timestamp)
            .append_pair("nonce", &nonce);
        if !self.openid.is_empty() {
            query.append_pair("openid", self.openid);
        }
        let plain = plaintext(to, self.packet);
        let outer = match to.mode {
            Mode::Plain => None,
            mode => {
                let encrypt = self.sealed(&plain);
                let signature = sign(&[&to.token, &timestamp, &nonce, &encrypt]);
                query
                    .append_pair("encrypt_type", "aes")
                    .append_pair("msg_signature", &signature);
                Some(match mode {
                    Mode::Compatible => self.packet.clone().text("Encrypt", encrypt),
                    _ => Packet::default()
                        .text("ToUserName", &to.original_id)
                        .text("Encrypt", encrypt),
                })
            }
        };
        let body = match (outer, self.forgery) {
            (Some(_), Some(Forgery::Plain)) | (None, _) => plain,
            (Some(outer), _) => plaintext(to, &outer),
        };
        let separator = if to.url.contains('?') { '&' } else { '?' };
        Request {
            uri: format!("{}{separator}{}", to.url, query.finish()),
            content_type: match to.format {
                Format::Xml => "text/xml",
                Format::Json => "application/json",
            },
            body,
        }
    }

    fn sealed(&self, plain: &str) -> String {
        let receiver = match self.forgery {
            Some(Forgery::Receiver) => "wx_somebody_else",
            _ => &self.to.appid,
        };
        let key = match self.forgery {
            // Some other key of the right length.
            Some(Forgery::Key) => AesKey::read(&"k".repeat(43)).unwrap_or(self.to.key.clone()),
            _ => self.to.key.clone(),
        };
        let mut sealed = crypto::seal(&key, self.seal.random, plain.as_bytes(), receiver);
        if self.forgery == Some(Forgery::Cut) {
            sealed.truncate((sealed.len() / 2) | 1);
        }
        sealed
    }
}

/// A packet in the format of the app.
pub(crate) fn plaintext(to: &PushTo, packet: &Packet) -> String {
    match to.format {
        Format::Xml => format!("<xml>{}</xml>", packet.xml()),
        Format::Json => packet.json(to.numbers_as_strings),
    }
}
