//! What a message of `sync_msg` says.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::event::Event;
use super::menu::Menu;
use crate::lenient;
use crate::pick::pick;

/// The content of a message, by its `msgtype`.
#[derive(Debug, Clone)]
pub enum Content {
    /// Words, or a tap on a menu item.
    Text(Text),
    /// A picture.
    Image(Media),
    /// A voice message.
    Voice(Media),
    /// A video.
    Video(Media),
    /// A file.
    File(Media),
    /// A place.
    Location(Location),
    /// A link with a card.
    Link(Link),
    /// The card of a member.
    BusinessCard(BusinessCard),
    /// A mini-program card.
    Miniprogram(Miniprogram),
    /// A menu that a servicer's tool or another app sent.
    Msgmenu(Menu),
    /// A product of a Channels (视频号) shop.
    ChannelsShopProduct(ShopProduct),
    /// An order of a Channels shop.
    ChannelsShopOrder(ShopOrder),
    /// A Channels post, live room or card.
    Channels(Channels),
    /// A forwarded bundle of messages.
    MergedMsg(MergedMsg),
    /// A meeting; its content is not published.
    Meeting,
    /// A calendar entry; its content is not published.
    Schedule,
    /// A note; its content is not published.
    Note,
    /// Something happened.
    Event(Event),
    /// A type without words here, or a known one whose content is not of its shape.
    Unknown {
        /// `msgtype`.
        msgtype: String,
        /// The whole entry.
        raw: Box<RawValue>,
    },
}

/// Words of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Text {
    /// The words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub content: String,
    /// Id of the menu item whose tap made this message.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub menu_id: Option<String>,
}

/// A file on the platform, kept there for three days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Media {
    /// What to fetch it by.
    #[serde(deserialize_with = "lenient::text")]
    pub media_id: String,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Location {
    /// Degrees, −90 to 90.
    #[serde(deserialize_with = "lenient::float")]
    pub latitude: f64,
    /// Degrees, −180 to 180.
    #[serde(deserialize_with = "lenient::float")]
    pub longitude: f64,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::text")]
    pub address: String,
}

/// A link with a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Link {
    /// Title of the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: String,
    /// Text of the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub desc: String,
    /// Where it leads.
    #[serde(default, deserialize_with = "lenient::text")]
    pub url: String,
    /// Picture of the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pic_url: String,
}

/// The card of a member of the corp.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct BusinessCard {
    /// The member.
    #[serde(default, deserialize_with = "lenient::text")]
    pub userid: String,
}

/// A mini-program card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Miniprogram {
    /// Title of the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: String,
    /// The mini-program.
    #[serde(default, deserialize_with = "lenient::text")]
    pub appid: String,
    /// The page inside it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pagepath: String,
    /// Picture of the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub thumb_media_id: String,
}

/// A product of a Channels shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ShopProduct {
    /// The product.
    #[serde(default, deserialize_with = "lenient::text")]
    pub product_id: String,
    /// Address of its picture.
    #[serde(default, deserialize_with = "lenient::text")]
    pub head_img: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: String,
    /// Price in cents; of one that is no such number, the product is shown without it.
    #[serde(default, deserialize_with = "price")]
    pub sales_price: Option<i64>,
    /// The shop.
    #[serde(default, deserialize_with = "lenient::text")]
    pub shop_nickname: String,
    /// Address of the shop's picture.
    #[serde(default, deserialize_with = "lenient::text")]
    pub shop_head_img: String,
}

fn price<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let cents = lenient::opt_int(serde_json::Value::deserialize(from)?);
    Ok(cents.unwrap_or_default())
}

/// An order in a Channels shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ShopOrder {
    /// The order.
    #[serde(default, deserialize_with = "lenient::text")]
    pub order_id: String,
    /// What was bought, in words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub product_titles: String,
    /// The price, in words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub price_wording: String,
    /// How far it is, in words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub state: String,
    /// Address of a picture.
    #[serde(default, deserialize_with = "lenient::text")]
    pub image_url: String,
    /// The shop.
    #[serde(default, deserialize_with = "lenient::text")]
    pub shop_nickname: String,
}

/// Something of a Channels account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Channels {
    /// 1 post, 2 live room, 3 name card.
    #[serde(default, deserialize_with = "lenient::int")]
    pub sub_type: i64,
    /// The account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// Title of a post.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: String,
}

/// A forwarded bundle of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct MergedMsg {
    /// Title of the bundle.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: String,
    /// The messages in order.
    #[serde(default, rename = "item", deserialize_with = "lenient::list")]
    pub items: Vec<MergedItem>,
}

/// One message of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct MergedItem {
    /// Unix seconds.
    #[serde(default, deserialize_with = "lenient::int")]
    pub send_time: i64,
    /// Type of the message.
    #[serde(default, deserialize_with = "lenient::text")]
    pub msgtype: String,
    /// Who wrote it, as shown.
    #[serde(default, deserialize_with = "lenient::text")]
    pub sender_name: String,
    /// JSON text with `msgtype` and the member of its name, not read further.
    #[serde(default, deserialize_with = "lenient::text")]
    pub msg_content: String,
}

/// Reads the member that `msgtype` names; whatever cannot be read stays raw.
pub(super) fn read(msgtype: &str, raw: &RawValue) -> Content {
    let known = match msgtype {
        "text" => member(raw, msgtype).map(Content::Text),
        "image" => member(raw, msgtype).map(Content::Image),
        "voice" => member(raw, msgtype).map(Content::Voice),
        "video" => member(raw, msgtype).map(Content::Video),
        "file" => member(raw, msgtype).map(Content::File),
        "location" => member(raw, msgtype).map(Content::Location),
        "link" => member(raw, msgtype).map(Content::Link),
        "business_card" => member(raw, msgtype).map(Content::BusinessCard),
        "miniprogram" => member(raw, msgtype).map(Content::Miniprogram),
        "msgmenu" => member(raw, msgtype).map(Content::Msgmenu),
        "channels_shop_product" => member(raw, msgtype).map(Content::ChannelsShopProduct),
        "channels_shop_order" => member(raw, msgtype).map(Content::ChannelsShopOrder),
        "channels" => member(raw, msgtype).map(Content::Channels),
        "merged_msg" => member(raw, msgtype).map(Content::MergedMsg),
        "meeting" => Some(Content::Meeting),
        "schedule" => Some(Content::Schedule),
        "note" => Some(Content::Note),
        "event" => pick(raw, msgtype)
            .ok()
            .flatten()
            .and_then(Event::read)
            .map(Content::Event),
        _ => None,
    };
    known.unwrap_or_else(|| Content::Unknown {
        msgtype: msgtype.to_owned(),
        raw: raw.to_owned(),
    })
}

fn member<T: DeserializeOwned>(raw: &RawValue, name: &str) -> Option<T> {
    serde_json::from_str(pick(raw, name).ok()??.get()).ok()
}
