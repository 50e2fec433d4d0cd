//! What a person writes to an app: checked against what the client can send, shown on the phone,
//! and pushed in the platform's words.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::credits::Trigger;
use super::desk::AppDesk;
use crate::callback::app::packet::Packet;
use crate::config::AppKind;
use crate::crypto::digest;
use crate::error::SimError;
use crate::ids::Ids;
use crate::world::media::{Kind, LIFE, Media};
use crate::world::people::{Line, Side};

/// What the picture of a mini-program's page shows.
const PAGE: &[u8] = include_bytes!("page.png");

/// A message that a person sent to an app.
#[derive(Debug, Serialize)]
pub(crate) struct SaidToApp {
    pub(crate) msgid: String,
    pub(crate) openid: Arc<str>,
    pub(crate) appid: String,
}

impl AppDesk<'_> {
    /// Writes to the app. `content` holds msgtype and the object of that name; a type that nobody
    /// knows is pushed with its object's fields as elements.
    pub(crate) fn say_to_app(
        &mut self,
        customer: &str,
        content: Map<String, Value>,
    ) -> Result<SaidToApp, SimError> {
        let openid = self.openid(customer)?;
        let msgtype = content["msgtype"].as_str().unwrap_or_default().to_owned();
        let object = content.get(&msgtype).cloned().unwrap_or_default();
        self.may_say(&openid, &msgtype)?;
        if msgtype == "miniprogrampage" {
            self.keep_cover(&object);
        }
        let number = self.app.next_message();
        let packet = match self.app.kind {
            AppKind::Shop => self.shop_message(&openid, &msgtype, &object, number),
            _ => {
                let head = self.head(&openid, &msgtype);
                let packet = self.elements(head, &msgtype, &object);
                packet.number("MsgId", number)
            }
        };
        let msgid = number.to_string();
        self.trigger(&openid, Trigger::Message);
        let line = Line::new(
            self.now,
            Side::Me,
            Value::Object(content).to_string().into(),
        );
        self.show(&openid, line.from(&msgid));
        self.push(&openid, &msgtype, packet, true);
        Ok(SaidToApp {
            msgid,
            openid,
            appid: self.app.appid.clone(),
        })
    }

    /// What the client lets a person send. Types that it does not have at all are let through:
    /// the platform grows new ones.
    fn may_say(&mut self, openid: &str, msgtype: &str) -> Result<(), SimError> {
        let kind = self.app.kind;
        let contact = self.contact(openid);
        if kind == AppKind::OfficialAccount
            && contact.is_some_and(|contact| contact.followed.is_none())
        {
            return Err(SimError::Refused("关注公众号之后才能发消息".into()));
        }
        let elsewhere: &[&str] = match kind {
            AppKind::OfficialAccount => &["miniprogrampage", "product_share", "order_share"],
            AppKind::MiniProgram => &[
                "voice",
                "video",
                "shortvideo",
                "file",
                "location",
                "link",
                "product_share",
                "order_share",
            ],
            AppKind::Shop => &["miniprogrampage", "link", "location", "shortvideo"],
        };
        match elsewhere.contains(&msgtype) {
            true => Err(SimError::Refused(format!("这里的客户端不能发 {msgtype}"))),
            false => Ok(()),
        }
    }

    /// The picture of a page that brings none: the client takes one of the page.
    fn keep_cover(&mut self, page: &Value) {
        let id = cover(self.ids, page);
        if self.app.media.get(&id, self.now).is_none() {
            let media = Media {
                kind: Kind::Image,
                filename: "page.png".to_owned(),
                bytes: Bytes::from_static(PAGE),
                made: self.now,
                life: LIFE,
            };
            self.app.media.put(id, media);
        }
    }

    /// The elements of one type, from the names that scripts use.
    fn elements(&self, packet: Packet, msgtype: &str, object: &Value) -> Packet {
        let word = |name: &str| object[name].as_str().unwrap_or_default();
        let media = || format!("{}/sim/media/{}", self.base, word("media_id"));
        let thumb = || cover(self.ids, object);
        match msgtype {
            "text" => {
                let packet = packet.text("Content", word("content"));
                match object["menu_id"].as_str() {
                    Some(id) => packet.text("bizmsgmenuid", id),
                    None => packet,
                }
            }
            "image" => packet
                .text("PicUrl", media())
                .text("MediaId", word("media_id")),
            "voice" => {
                let packet = packet
                    .text("MediaId", word("media_id"))
                    .text("Format", "amr")
                    .text("MediaId16K", word("media_id"));
                match self.app.recognition {
                    true => packet.text("Recognition", word("recognition")),
                    false => packet,
                }
            }
            "video" | "shortvideo" => packet
                .text("MediaId", word("media_id"))
                .text("ThumbMediaId", thumb()),
            "location" => packet
                .number("Location_X", &object["latitude"])
                .number("Location_Y", &object["longitude"])
                .number("Scale", object["scale"].as_u64().unwrap_or(15))
                .text("Label", [word("address"), word("name")].join(" ").trim()),
            "link" => packet
                .text("Title", word("title"))
                .text("Description", word("desc"))
                .text("Url", word("url")),
            "file" => {
                let found = self.app.media.get(word("media_id"), self.now);
                let (name, size) =
                    found.map_or(("", 0), |media| (&*media.filename, media.bytes.len()));
                let sum = digest(&[b"file", word("media_id").as_bytes()]);
                let sum: String = sum[..16].iter().map(|byte| format!("{byte:02x}")).collect();
                packet
                    .text("Title", name)
                    .text("Description", "")
                    .text("FileKey", word("media_id"))
                    .text("FileMd5", sum)
                    .number("FileTotalLen", size)
            }
            "miniprogrampage" => packet
                .text("Title", word("title"))
                .text(
                    "AppId",
                    match word("appid") {
                        "" => &self.app.appid,
                        appid => appid,
                    },
                )
                .text("PagePath", word("pagepath"))
                .text(
                    "ThumbUrl",
                    match word("thumb_url") {
                        "" => format!("{}/goods/mini.svg", self.base),
                        url => url.to_owned(),
                    },
                )
                .text("ThumbMediaId", thumb()),
            _ => match object {
                Value::Object(fields) => packet.object(fields),
                _ => packet,
            },
        }
    }

    /// A shop is told of every message by one event with an object of the type's name.
    fn shop_message(&self, openid: &str, msgtype: &str, object: &Value, number: u64) -> Packet {
        let inside = match (msgtype, object) {
            ("image" | "video" | "file" | "voice", _) => {
                let id = object["media_id"].as_str().unwrap_or_default();
                Packet::default().text("cos_url", format!("{}/cos/{id}", self.base))
            }
            (_, Value::Object(fields)) => digits_as_numbers(fields),
            _ => Packet::default(),
        };
        self.event(openid, "commkf_send_msg_to_kf")
            .text("msg_id", number.to_string())
            .text("msg_type", msgtype)
            .text("msg_event", "EVENT_TYPE_SEND_MSG")
            .group(msgtype, inside)
    }
}

/// The media_id of the picture of a film or a page.
fn cover(ids: &Ids, object: &Value) -> String {
    let word = |name: &str| object[name].as_str().unwrap_or_default();
    match word("thumb_media_id") {
        "" => ids.derive("t", &["thumb", word("media_id"), word("pagepath")]),
        id => id.to_owned(),
    }
}

/// Ids of products and orders are numbers on the wire, larger than a browser can count; scripts
/// and the phone page give them as text.
fn digits_as_numbers(fields: &Map<String, Value>) -> Packet {
    fields
        .iter()
        .fold(Packet::default(), |packet, (name, value)| {
            match value.as_str() {
                Some(digits)
                    if name.ends_with("_id")
                        && !digits.is_empty()
                        && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    packet.number(name, digits)
                }
                _ => packet.object(&Map::from_iter([(name.clone(), value.clone())])),
            }
        })
}
